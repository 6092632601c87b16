"""No answer of a keeper's server tells strangers where its files lie or which nodes it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

import httpx
import pytest
from structlog.testing import capture_logs

from dao_backend.core.access import Denied, Reason
from dao_backend.core.discretion import Discretion
from dao_backend.errors import (
    ChainUnavailable,
    DaoError,
    DatabaseUnavailable,
    NodesDisagree,
    StorageFull,
)
from dao_backend.keeper.server import create_app
from dao_backend.ports.keepers import KeeperStatus
from tests.support import shelf_keeper as shelf
from tests.support.shelf_keeper import ShelfKeeper, served
from tests.support.shelf_server import BUNDLE, GETS, LICENCE

FOLDER, HOST = "/home/op/keeper", "rpc.provider.io"
DISCRETION = Discretion.of_keeper(
    PurePosixPath(FOLDER), ("http://first.example", f"https://{HOST}/v3/some-access-key")
)
TROUBLES: dict[str, tuple[DaoError, str]] = {
    "database unusable": (
        DatabaseUnavailable(f"the database {FOLDER}/custody.sqlite cannot be used: it is full"),
        "the database custody.sqlite cannot be used: it is full",
    ),
    "bundles full": (
        StorageFull(f"no space left for the blob in {FOLDER}/bundles/incoming (ENOSPC)"),
        "no space left for the blob in bundles/incoming (ENOSPC)",
    ),
    "node silent": (
        ChainUnavailable(f"0 nodes answer, 1 have to agree (no answer from https://{HOST})"),
        "0 nodes answer, 1 have to agree (no answer from node 2)",
    ),
    "nodes contradict": (
        NodesDisagree(f"block 7: https://{HOST} answers otherwise than other nodes"),
        "block 7: node 2 answers otherwise than other nodes",
    ),
}


class Troubled(ShelfKeeper):
    """A keeper whose status has an alarm."""

    alarm: str | None = None

    def status(self) -> KeeperStatus:
        """What it says of itself."""
        return replace(super().status(), alarm=self.alarm)


@pytest.fixture
def keeper() -> Troubled:
    """What stands behind the server."""
    return Troubled()


@pytest.fixture
def http(keeper: Troubled) -> Iterator[httpx.Client]:
    """A client of a server that has a folder and two nodes to keep back."""
    with (
        served(create_app(keeper, DISCRETION)) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


def fail(error: DaoError) -> None:
    """What a keeper does in trouble."""
    raise error


def require_discreet(answer: httpx.Response) -> None:
    """See that nothing of the operator's machine is in an answer."""
    whole = answer.text + repr(answer.headers)
    assert FOLDER not in whole
    assert HOST not in whole


@pytest.mark.parametrize(("error", "public"), TROUBLES.values(), ids=TROUBLES.keys())
@pytest.mark.parametrize("path", GETS[1:])
def test_get__trouble__is_told_without_paths_and_hosts(
    keeper: Troubled, http: httpx.Client, path: str, error: DaoError, public: str
) -> None:
    """The sentence stays; the log alone names the file and the node."""
    keeper.trouble = partial(fail, error)
    with capture_logs() as logs:
        answer = http.get(path)
    require_discreet(answer)
    assert answer.json()["detail"] == public
    assert str(error) in {entry.get("cause") for entry in logs}


@pytest.mark.parametrize(("error", "public"), TROUBLES.values(), ids=TROUBLES.keys())
def test_status__alarm__names_the_node_by_its_number(
    keeper: Troubled, http: httpx.Client, error: DaoError, public: str
) -> None:
    """Who has the settings knows which node that is."""
    keeper.alarm = str(error)
    answer = http.get("/status")
    require_discreet(answer)
    assert answer.json()["alarm"] == public


@pytest.mark.parametrize("path", [LICENCE, BUNDLE])
def test_licence__nodes_contradict__decision_names_the_number(
    keeper: Troubled, http: httpx.Client, path: str
) -> None:
    """A denied release repeats what the nodes disagree about, and no more than that."""
    error, public = TROUBLES["nodes contradict"]
    keeper.decision = Denied(Reason.NODES_DISAGREE, str(error))
    answer = http.get(path)
    require_discreet(answer)
    assert public in answer.text
    keeper.bundle_built = None
    require_discreet(http.get(path))


def test_metrics__alarm__has_no_text(keeper: Troubled, http: httpx.Client) -> None:
    """Numbers tell neither paths nor hosts."""
    keeper.alarm = str(TROUBLES["database unusable"][0])
    answer = http.get("/metrics")
    require_discreet(answer)
    assert "ddao_keeper_alarm 1" in answer.text.splitlines()
    delayed = f"ddao_keeper_delayed_licences {len(shelf.STATUS.delayed)}"
    assert delayed in answer.text.splitlines()
