"""One anvil and one DAO for each module; every test has a service of its own over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.support.anvil import running_chain
from tests.support.local_dao import LocalDao, found_dao
from tests.support.stand import Stand, standing


@pytest.fixture(scope="module")
def founded() -> Iterator[LocalDao]:
    """One DAO for each module: a chain keeps so many states, and each revert uses some up."""
    with running_chain() as chain:
        yield found_dao(chain)


@pytest.fixture
def stand(founded: LocalDao, tmp_path: Path) -> Iterator[Stand]:
    """A service over the freshly created DAO, which is put back afterwards."""
    snapshot = founded.chain.snapshot()
    with standing(founded, tmp_path) as made:
        yield made
    founded.chain.revert(snapshot)


@pytest.fixture
def client(stand: Stand) -> TestClient:
    """Whoever talks to the service over HTTP."""
    return stand.client
