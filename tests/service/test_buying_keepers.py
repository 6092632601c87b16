"""The buyer and the keepers themselves, over HTTP: the service is not needed, nor believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.client.keeper import Patience, RemoteKeeper
from dao_backend.core.crypto import ContentKey
from dao_backend.core.model import Keeper
from dao_backend.errors import (
    InconsistentDealing,
    IntegrityError,
    NotEnoughShares,
    ServiceUnavailable,
)
from dao_backend.keeper.server import create_app
from dao_backend.service.buying import Buyer, Purchase
from dao_backend.service.fetching import Pace
from dao_backend.wiring.server import ApiServer, bound
from tests.keeper.committees import replaced
from tests.service.lies import bundle_with_wrong_shares, post_receipt_of
from tests.support.running_dao import RELEASE_SECRET, Meddled, RunningDao
from tests.support.running_fixtures import PROGRAMS, SOLD

HASTY = Pace(patience=0.5, silence=3.0)


class Keepers:
    """Each keeper's own server, which can be stopped; asked by its seat on chain."""

    def __init__(self, stack: ExitStack, keepers: tuple[Any, ...]) -> None:
        self._servers: dict[int, ApiServer] = {}
        self._remote: dict[int, RemoteKeeper] = {}
        for keeper in keepers:
            listening = stack.enter_context(bound("127.0.0.1", 0))
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            server = ApiServer(create_app(keeper), listening)
            server.start()
            stack.callback(server.stop)
            remote = RemoteKeeper(keeper.index, url, Patience(connect=1, read=2, whole=5))
            stack.callback(remote.close)
            self._servers[keeper.index], self._remote[keeper.index] = server, remote

    def __call__(self, seat: Keeper) -> RemoteKeeper:
        """The keeper of that seat."""
        return self._remote[seat.index]

    def stop(self, index: int) -> None:
        """Let one end."""
        self._servers[index].stop()


@contextmanager
def serving(*keepers: Any) -> Iterator[Keepers]:
    """The keepers behind real servers."""
    with ExitStack() as stack:
        yield Keepers(stack, keepers)


def refusing(_real: Any, *_asked: Any) -> Iterator[bytes]:
    """A service that drops every bundle."""
    raise ServiceUnavailable("the service has no bundle")


def replaying(real: Any, _licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
    """A service that gives another licence's bundle."""
    return real.bundle(SOLD, index, offset)


def swapping(real: Any, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
    """A service that gives the next keeper's bundle."""
    return real.bundle(licence_id, index % 3 + 1, offset)


def buyer(dao: RunningDao, keepers: Keepers, bundle: Any = refusing) -> Buyer:
    """The buyer's program, with a service that does `bundle`."""
    gateway = Meddled(dao.gateway, bundle=bundle)
    return Buyer(gateway, dao.system.chain, RELEASE_SECRET, keepers, HASTY)


@pytest.fixture(scope="module")
def purchase(shop: RunningDao) -> Purchase:
    """What the buyer recovers where all is well."""
    return shop.buyer().purchase(SOLD)


@pytest.mark.parametrize("lie", [refusing, replaying, swapping])
def test_purchase__service_lies__keepers_give_everything(
    shop: RunningDao, purchase: Purchase, lie: Any
) -> None:
    """Whatever the service does to bundles, keepers that answer are enough."""
    with serving(*shop.system.local) as keepers:
        found = buyer(shop, keepers, lie).purchase(SOLD)
    assert found == purchase


@pytest.mark.parametrize("lie", [replaying, swapping])
def test_purchase__service_lies_and_keepers_are_down__names_what_came(
    delivered: RunningDao, lie: Any
) -> None:
    """With no keeper reachable a lying service can withhold, and what it gives is told."""
    number = delivered.sell().request_id
    delivered.deliver(number)
    with serving(*delivered.system.local) as keepers:
        for index in (1, 2, 3):
            keepers.stop(index)
        with pytest.raises(NotEnoughShares) as refusal:
            buyer(delivered, keepers, lie).purchase(number)
    said = str(refusal.value)
    assert said.count("does not answer") == 3
    assert said.count("not the bundle that its receipt states (relayed by the service)") == 3


def test_purchase__keeper_is_down__the_service_relays(shop: RunningDao, purchase: Purchase) -> None:
    """A keeper that cannot be reached is not lost while the service can reach it."""
    with serving(*shop.system.local) as keepers:
        keepers.stop(1)
        keepers.stop(2)
        keepers.stop(3)
        found = Buyer(shop.gateway, shop.system.chain, RELEASE_SECRET, keepers, HASTY)
        assert found.purchase(SOLD).keys == purchase.keys


def test_purchase__one_down_one_lying__the_rest_suffice_or_not(
    delivered: RunningDao, purchase: Purchase
) -> None:
    """Two of three are needed: a liar is made up for, a liar and a dead keeper are not."""
    number = delivered.sell().request_id
    delivered.settle_down()
    wrong = bundle_with_wrong_shares(delivered, number)
    stated = post_receipt_of(delivered, number, wrong)
    delivered.deliver(number)
    one, *others = delivered.system.local
    liar = Meddled(
        one,
        bundle=lambda _real, *_asked: iter((wrong,)),
        bundle_facts=lambda _real, _licence: stated,
    )
    with serving(liar, *others) as keepers:
        found = buyer(delivered, keepers).purchase(number)
        assert found.keys == purchase.keys
        (problem,) = found.problems
        assert problem.startswith("keeper 1: keeper 1 gave a bad share of 0x")
        keepers.stop(3)
        with pytest.raises(NotEnoughShares) as refusal:
            buyer(delivered, keepers).purchase(number)
    assert "keeper 1: keeper 1 gave a bad share" in str(refusal.value)
    assert "keeper 3: keeper 3 at 127.0.0.1" in str(refusal.value)


def test_purchase__committee_has_changed__asks_that_of_the_delivery(
    delivered: RunningDao, purchase: Purchase
) -> None:
    """An edition of the first epoch is delivered by the second, whose keepers are asked."""
    epoch = replaced(delivered)
    delivered.work()
    delivered.system.receipts.confirm()
    delivered.settle_down()
    number = delivered.sell().request_id
    delivered.deliver(number)
    chain = delivered.system.chain
    delivery = chain.delivery(number)
    assert delivery is not None
    assert (delivery.epoch, chain.edition(delivery.edition_id).epoch) == (epoch, epoch - 1)
    known = {keeper.index: keeper for keeper in delivered.system.local}
    asked: set[Keeper] = set()

    def reach(seat: Keeper) -> Any:
        asked.add(seat)
        if seat.index == 2:
            raise ServiceUnavailable("nobody is there")
        return known[seat.index]

    gateway = Meddled(delivered.gateway, bundle=refusing)
    program = Buyer(gateway, chain, RELEASE_SECRET, reach, HASTY)
    with pytest.raises(NotEnoughShares, match="keeper 1: "):
        program.purchase(number)
    assert asked == set(chain.committee(epoch).keepers)
    assert delivered.buyer().purchase(number).keys == purchase.keys


def test_deliver__broken_off_between__goes_on_without_asking_again(
    shop: RunningDao, tmp_path: Path
) -> None:
    """Bundles stay until everything is delivered; then only what was bought is there."""
    with serving(*shop.system.local) as keepers:
        buyer(shop, keepers).purchase(SOLD, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2

    def nobody(_seat: Keeper) -> Any:
        raise ServiceUnavailable("nobody is asked")

    again = Buyer(
        Meddled(shop.gateway, bundle=refusing), shop.system.chain, RELEASE_SECRET, nobody, HASTY
    )
    found = again.purchase(SOLD, tmp_path)
    assert found.problems == ()
    assert len(list(again.deliver(found, tmp_path))) == len(PROGRAMS)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_purchase__keys_recovered__are_nowhere_on_disk(shop: RunningDao, tmp_path: Path) -> None:
    """What is kept between runs is what the keepers sealed, never a key."""
    with serving(*shop.system.local) as keepers:
        found = buyer(shop, keepers).purchase(SOLD, tmp_path)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert kept
    assert all(isinstance(key, ContentKey) and key.raw not in kept for key in found.keys)


def test_deliver__one_was_dealt_another_key__all_others_are_delivered(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """A contributor who dealt shares of another key keeps nothing back but its own."""
    first = purchase.published.manifest.entries[0].record.contribution_id
    fault = InconsistentDealing(f"good shares of 0x{first.hex()} give another key")
    without = replace(purchase, keys=(fault, *purchase.keys[1:]))
    written: list[Path] = []
    with pytest.raises(InconsistentDealing) as refusal:
        written.extend(each.path for each in shop.buyer().deliver(without, tmp_path))
    assert first.hex() in str(refusal.value)
    assert len(list(tmp_path.iterdir())) == len(PROGRAMS) - 1
    assert isinstance(refusal.value, IntegrityError)
