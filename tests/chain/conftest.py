"""One anvil and one DAO for all chain tests; every test begins from the freshly created DAO."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.anvil import Chain, running_chain
from tests.support.local_dao import LocalDao, found_dao


@pytest.fixture(scope="session")
def shared_chain() -> Iterator[Chain]:
    with running_chain() as chain:
        yield chain


@pytest.fixture(scope="session")
def founded(shared_chain: Chain) -> LocalDao:
    return found_dao(shared_chain)


@pytest.fixture
def dao(founded: LocalDao) -> Iterator[LocalDao]:
    snapshot = founded.chain.snapshot()
    yield founded
    founded.chain.revert(snapshot)


@pytest.fixture
def chain(dao: LocalDao) -> Chain:
    return dao.chain
