"""A deployment that fails half-way: run again, it goes on, and nothing is deployed twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ape
import pytest

from dao_backend.core.deployment_journal import Journal
from dao_backend.core.deployment_plan import CONTRACTS, predict_addresses
from dao_backend.core.model import Address
from dao_backend.errors import DeploymentMismatch
from scripts.deploy import complete, undertake
from scripts.deployment.files import DeploymentFiles

if TYPE_CHECKING:
    from pathlib import Path

    from ape.api import AccountAPI, TransactionAPI

    from dao_backend.core.deployment import DeploymentParameters

NUMBER = len(CONTRACTS)


class PowerCut(BaseException):
    """Ends a run where no code can clean up."""


class Failing:
    """A deployer whose machine dies when it signs transaction `after` + 1."""

    def __init__(self, account: AccountAPI, after: int) -> None:
        self.address = account.address
        self.prepare_transaction = account.prepare_transaction
        self._account = account
        self._left = after

    @property
    def nonce(self) -> int:
        return int(self._account.nonce)

    def sign_transaction(self, transaction: TransactionAPI) -> TransactionAPI | None:
        """Sign, as long as there is power."""
        if self._left == 0:
            raise PowerCut
        self._left -= 1
        return self._account.sign_transaction(transaction)


@pytest.fixture
def files(tmp_path: Path) -> DeploymentFiles:
    """Where the second DAO is written down."""
    return DeploymentFiles(tmp_path, "second")


@pytest.fixture
def other(parameters: DeploymentParameters) -> DeploymentParameters:
    """Parameters that differ in one value."""
    return replace(parameters, seal_interval=parameters.seal_interval + 1)


def fail(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles, after: int
) -> None:
    """Begin, or go on, and die after `after` creations."""
    broken = Failing(deployer, after)
    with pytest.raises(PowerCut):
        complete(undertake(parameters, broken, files), broken, files)


# --- refusals ---


def test_resume__parameters_changed__is_refused(
    parameters: DeploymentParameters,
    other: DeploymentParameters,
    deployer: AccountAPI,
    files: DeploymentFiles,
) -> None:
    """Contracts of two different plans are no DAO."""
    fail(parameters, deployer, files, 3)
    with pytest.raises(DeploymentMismatch, match="a parameter has changed since"):
        undertake(other, deployer, files)


def test_resume__another_deployer__is_refused(
    parameters: DeploymentParameters,
    deployer: AccountAPI,
    stranger: AccountAPI,
    files: DeploymentFiles,
) -> None:
    """The addresses belong to the account that began."""
    fail(parameters, deployer, files, 3)
    with pytest.raises(DeploymentMismatch, match="the deployer has changed since"):
        undertake(parameters, stranger, files)


def test_resume__code_changed__is_refused(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> None:
    """Compiled anew in between, the rest would be another version than the begun part."""
    fail(parameters, deployer, files, 3)
    begun = files.journal()
    assert begun is not None
    files.write(replace(begun, codes=bytes(32)))
    with pytest.raises(DeploymentMismatch, match="the contracts' code has changed since"):
        undertake(parameters, deployer, files)


@pytest.mark.parametrize("after", [0, 5, NUMBER - 1])
def test_resume__foreign_transaction_in_between__is_refused(
    parameters: DeploymentParameters,
    deployer: AccountAPI,
    stranger: AccountAPI,
    files: DeploymentFiles,
    after: int,
) -> None:
    """The lost number can never be had again: the plan is given up, and why is said."""
    fail(parameters, deployer, files, after)
    deployer.transfer(stranger, 1)
    with pytest.raises(DeploymentMismatch) as caught:
        undertake(parameters, deployer, files)
    contract = list(CONTRACTS.values())[after]
    assert f"did not create {contract}, and no other can" in str(caught.value)
    assert "start again with another --name" in str(caught.value)


def test_resume__contract_that_nobody_noted__is_refused(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> None:
    """What stands at an address is believed only by the transaction that created it."""
    fail(parameters, deployer, files, 3)
    begun = files.journal()
    assert begun is not None
    files.write(replace(begun, sent={**begun.sent, "token": begun.sent["timelock"]}))
    with pytest.raises(DeploymentMismatch, match=r"^ContributionToken was created with other"):
        undertake(parameters, deployer, files)


# --- success ---


@pytest.mark.parametrize("after", range(NUMBER))
def test_resume__after_any_number_of_creations__completes_the_same_plan(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles, after: int
) -> None:
    """Thirteen creations in all, at the addresses that were planned first."""
    begun = deployer.nonce
    fail(parameters, deployer, files, after)
    assert deployer.nonce == begun + after
    assert files.record() is None
    undertaking = undertake(parameters, deployer, files)
    assert undertaking.place == after
    record = complete(undertaking, deployer, files)
    assert deployer.nonce == begun + NUMBER
    assert record.peers == predict_addresses(Address(deployer.address), begun)
    assert files.journal() is None
    assert files.record() == record


def test_resume__after_many_failures__completes_the_same_plan(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> None:
    """It may fail at every single contract."""
    begun = deployer.nonce
    while deployer.nonce < begun + NUMBER - 1:
        fail(parameters, deployer, files, 1)
    complete(undertake(parameters, deployer, files), deployer, files)
    assert deployer.nonce == begun + NUMBER


def test_resume__died_between_the_last_creation_and_the_record__writes_it(
    parameters: DeploymentParameters,
    deployer: AccountAPI,
    stranger: AccountAPI,
    files: DeploymentFiles,
) -> None:
    """All are there: nothing is sent, whatever the deployer did since, and all is checked."""
    undertaking = undertake(parameters, deployer, files)
    journals: list[Journal] = []
    record = complete(undertaking, deployer, Watched(files.folder, files.name, journals))
    files.write(journals[-1])
    deployer.transfer(stranger, 1)
    nonce = deployer.nonce
    again = undertake(parameters, deployer, files)
    assert again.place == NUMBER
    assert complete(again, deployer, files) == record
    assert deployer.nonce == nonce
    assert files.journal() is None


class Watched(DeploymentFiles):
    """Files that remember every journal, and what the chain was like when it was written."""

    def __init__(self, folder: Path, name: str, journals: list[Journal]) -> None:
        super().__init__(folder, name)
        object.__setattr__(self, "journals", journals)

    def write(self, journal: Journal) -> None:
        """Note that what the journal says was not sent yet."""
        super().write(journal)
        assert self.journal() == journal
        eth = ape.networks.provider.web3.eth
        assert eth.get_transaction_count(journal.deployer) == journal.first_nonce + max(
            0, len(journal.sent) - 1
        )
        self.journals.append(journal)  # type: ignore[attr-defined]


def test_journal__before_each_transaction__is_on_the_disk(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> None:
    """Whatever is on the chain is in the file, at every moment."""
    journals: list[Journal] = []
    watched = Watched(files.folder, files.name, journals)
    complete(undertake(parameters, deployer, watched), deployer, watched)
    assert [len(journal.sent) for journal in journals] == list(range(NUMBER + 1))
