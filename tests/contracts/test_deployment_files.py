"""Many DAOs: each has a name, and no deployment writes over the record of one that lives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.deployment_plan import CONTRACTS, predict_addresses
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import Address
from dao_backend.errors import DeploymentMismatch, InputError, UnreadablePath
from scripts.deploy import complete, undertake
from scripts.deployment.files import FOLDER, DeploymentFiles, choose, read_parameters

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from dao_backend.core.deployment import DeploymentParameters


@pytest.fixture
def files(tmp_path: Path) -> DeploymentFiles:
    """Where the second DAO is written down."""
    return DeploymentFiles(tmp_path, "second")


def recorded(
    parameters: DeploymentParameters, deployer: AccountAPI, chain_id: int
) -> DeploymentRecord:
    """The record of a DAO at addresses without code."""
    peers = predict_addresses(Address(deployer.address), 10**6)
    hashes = dict.fromkeys(CONTRACTS, bytes(32))
    return DeploymentRecord(chain_id, 1, Address(deployer.address), peers, hashes, parameters)


# --- refusals ---


def test_deploy__name_of_a_living_dao__is_refused(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> None:
    """No deployment writes over the addresses of a DAO that is there."""
    complete(undertake(parameters, deployer, files), deployer, files)
    with pytest.raises(DeploymentMismatch, match=r"second\.json tells of a DAO on chain 1337"):
        undertake(parameters, deployer, files)


def test_deploy__name_of_a_dao_on_another_live_chain__is_refused(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> None:
    """A node cannot say that a DAO on a chain it does not serve is gone."""
    files.finish(recorded(parameters, deployer, chain_id=8453))
    with pytest.raises(DeploymentMismatch, match="tells of a DAO on chain 8453"):
        undertake(parameters, deployer, files)


@pytest.mark.parametrize("name", ["", "../up", "a.unfinished", "-x", "a b"])
def test_deploy__name_that_is_no_file__is_refused(name: str, tmp_path: Path) -> None:
    """A name stays inside the folder, and is never that of a journal."""
    with pytest.raises(InputError, match="is no name: use letters, digits"):
        DeploymentFiles(tmp_path, name)


def test_read_parameters__missing_or_broken_file__is_named(tmp_path: Path) -> None:
    """What is wrong is told with the file that it is in."""
    path = tmp_path / "club.yaml"
    with pytest.raises(UnreadablePath, match=r"club\.yaml cannot be read"):
        read_parameters(path)
    path.write_text("a: [")
    with pytest.raises(InputError, match=r"club\.yaml is no YAML"):
        read_parameters(path)
    path.write_text("a: 1")
    with pytest.raises(InputError, match=r"club\.yaml: name is missing: add it"):
        read_parameters(path)


# --- success ---


def test_deploy__two_daos_on_one_network__keep_their_records(
    parameters: DeploymentParameters, deployer: AccountAPI, tmp_path: Path
) -> None:
    """Each has its name, its addresses and its file."""
    records = []
    for name in ("left", "right"):
        files = DeploymentFiles(tmp_path, name)
        records.append(complete(undertake(parameters, deployer, files), deployer, files))
    assert DeploymentFiles(tmp_path, "left").record() == records[0]
    assert DeploymentFiles(tmp_path, "right").record() == records[1]
    left, right = ({where for _, _, where in record.peers.items()} for record in records)
    assert not left & right


@pytest.mark.parametrize("chain_id", [1337, 31337])
def test_deploy__name_of_a_dao_whose_local_chain_is_gone__is_written_over(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles, chain_id: int
) -> None:
    """Rehearsals leave records of chains that lived for a moment."""
    files.finish(recorded(parameters, deployer, chain_id))
    assert undertake(parameters, deployer, files).place == 0


def test_choose__file_and_name__say_what_is_read_and_written() -> None:
    """The name is the file's stem, or what was given; the record lies beside local.yaml."""
    source, files = choose(Path("/tmp/club.yaml"), None, "sepolia")
    assert (source, files.record_path) == (Path("/tmp/club.yaml"), FOLDER / "club.json")
    source, files = choose(Path("/tmp/club.yaml"), "other", "sepolia")
    assert (source, files.name) == (Path("/tmp/club.yaml"), "other")
    source, files = choose(None, None, "sepolia")
    assert (source, files.name) == (FOLDER / "sepolia.yaml", "sepolia")
    assert choose(None, "mine", "sepolia")[0] == FOLDER / "mine.yaml"
