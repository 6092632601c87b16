"""One anvil and one DAO for all chain tests; every test begins from the freshly created DAO."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.anvil import Chain, running_chain
from tests.support.local_dao import LocalDao, found_dao


@pytest.fixture(scope="session")
def shared_chain() -> Iterator[Chain]:
    """One anvil for the whole session."""
    with running_chain() as chain:
        yield chain


@pytest.fixture(scope="session")
def founded(shared_chain: Chain) -> LocalDao:
    """One DAO for the whole session; take `dao`, which is undone after each test."""
    return found_dao(shared_chain)


@pytest.fixture
def dao(founded: LocalDao) -> Iterator[LocalDao]:
    """The freshly created DAO."""
    snapshot = founded.chain.snapshot()
    yield founded
    founded.chain.mine_at_once()
    founded.chain.revert(snapshot)


@pytest.fixture
def chain(dao: LocalDao) -> Chain:
    """The chain that the DAO lives on."""
    return dao.chain
