"""A sold licence, and nodes to ask about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.lives import NEW_KEY
from tests.chain.nodes import Nodes, Sold, sold_licence
from tests.support.local_dao import BUYER, RELAY

KEY_DELAY = 601


@pytest.fixture(scope="module")
def sold() -> Iterator[Sold]:
    """A DAO with a delivered licence."""
    with sold_licence() as found:
        yield found


@pytest.fixture
def nodes(sold: Sold) -> Iterator[Nodes]:
    """Opens nodes."""
    opened = Nodes(sold.chain, sold.dao)
    yield opened
    opened.close()


@pytest.fixture
def rotated(sold: Sold) -> Iterator[int]:
    """A second licence, whose release key its holder has changed."""
    before = sold.chain.snapshot()
    request = sold.dao.file()
    sold.dao.grant(request, 1)
    buyer = sold.dao.writer(BUYER)
    buyer.announce_release_key(request.request_id, NEW_KEY)
    sold.chain.time.advance(KEY_DELAY)
    sold.dao.writer(RELAY).apply_release_key(request.request_id)
    sold.chain.rpc.once("anvil_mine", hex(5))
    yield request.request_id
    sold.chain.revert(before)
