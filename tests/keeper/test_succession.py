"""Who delivers what around a change of the committee, and when a leaver has done its duty."""

from __future__ import annotations

from typing import Any

import pytest

from dao_backend.core.access import Reason
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.typed import digest, recover_signer
from dao_backend.core.typed_keepers import Cause, Handover
from dao_backend.errors import HistoryMismatch, NotFound, RecordMismatch, ServiceUnavailable
from dao_backend.keeper.office import Keyring
from tests.keeper.committees import (
    NEXT,
    confirm,
    contribute_to,
    follower,
    key_of,
    listed,
    reaches,
    replaced,
    seat_of,
)
from tests.keeper.releases import others_work, why
from tests.support.core_actors import sealing_secret
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao
from tests.support.running_fixtures import SOLD


def shares(keeper: Any) -> int:
    """How many it holds."""
    return int(keeper.status().shares)


def reach_only(leaver: Any) -> Any:
    """A `reach` by which this leaver alone answers."""
    operator = leaver.status().operator

    def reach(seat: Any) -> Any:
        if seat.operator != operator:
            raise ServiceUnavailable("it does not answer")
        return leaver

    return reach


def lied(dao: RunningDao, epoch: int, index: int, number: int) -> bytes:
    """The confirmation of an operator that holds nothing."""
    domain = dao.dao.addresses.domain("KeeperRegistry")
    return dao.chain.signer(number).sign_digest(digest(domain, Handover(epoch, index)))


def test_work__delivery_of_the_committee_before__is_left_to_it(sold: RunningDao) -> None:
    """A licence is delivered by the committee under which it was granted, by no other."""
    sold.settle_down()
    replaced(sold)
    leaver, *others = sold.system.local
    with follower(sold) as keeper:
        confirm(sold, keeper, *others)
        assert why(keeper) is Reason.OTHER_COMMITTEE
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
        sold.work()
        sold.settle_down()
        assert b"".join(leaver.bundle(SOLD))


def test_work__delivery_of_the_committee_after__is_not_the_leavers(sold: RunningDao) -> None:
    """A leaver neither builds nor posts for what was granted after it had left."""
    sold.deliver(SOLD)
    replaced(sold)
    leaver, *others = sold.system.local
    with follower(sold) as keeper:
        confirm(sold, keeper, *others)
        later = sold.sell(ALICE, BOB).request_id
        sold.settle_down()
        sold.work()
        assert leaver.bundle_facts(later) is None
        assert why(leaver, later) is Reason.OTHER_COMMITTEE
        keeper.work()
        sold.settle_down()
        assert b"".join(keeper.bundle(later))


def test_sweep__successor_has_not_confirmed__keeps_everything(sold: RunningDao) -> None:
    """While others' confirmations suffice to serve, this index's shares are with the leaver."""
    sold.deliver(SOLD)
    replaced(sold)
    leaver, *others = sold.system.local
    with follower(sold) as keeper:
        keeper.work()
        confirm(sold, *others)
        assert sold.system.chain.serving_epoch() == 2
        leaver.work()
        assert shares(leaver) == 3
        confirm(sold, keeper)
        reaches(leaver, keeper)
        leaver.work()
        assert shares(leaver) == 0


def test_sweep__delivery_left__keeps_everything_until_it_is_made(sold: RunningDao) -> None:
    """A leaver stays until what was granted under it is delivered."""
    sold.settle_down()
    replaced(sold)
    leaver, *others = sold.system.local
    with follower(sold) as keeper:
        confirm(sold, keeper, *others)
        reaches(leaver, keeper)
        leaver.work()
        assert shares(leaver) == 3
        others_work(sold)
        sold.settle_down()
        leaver.work()
        assert shares(leaver) == 0
        assert b"".join(leaver.bundle(SOLD))


@pytest.mark.parametrize(
    "lie",
    [
        {"serving_epoch": lambda *_: 1},
        {"is_holding": lambda *_: False},
        {"committee": lambda real, _epoch, *args: real.committee(1, *args)},
    ],
    ids=["who serves", "who holds", "who sits"],
)
def test_sweep__contracts_say_otherwise_than_the_log__erases_nothing(
    sold: RunningDao, lie: dict[str, Any]
) -> None:
    """Shares do not go on the word of a log that the contracts' state contradicts."""
    sold.deliver(SOLD)
    replaced(sold)
    agreed = {"approves_handover": lambda _: True}
    with follower(sold) as keeper:
        confirm(sold, keeper, *sold.system.local[1:])
        with sold.keeper(1, chain=lambda real: Meddled(real, **lie), **agreed) as leaver:
            reaches(leaver, keeper)
            with pytest.raises(HistoryMismatch, match="contracts"):
                leaver.work()
            assert shares(leaver) == 3
        with sold.keeper(1, **agreed) as leaver:
            reaches(leaver, keeper)
            leaver.work()
            assert shares(leaver) == 0


def test_sweep__captured_vote_and_lying_confirmations__destroys_nothing(sold: RunningDao) -> None:
    """Who names a committee and says that it holds all makes no honest leaver erase its shares.

    The next committee gets them, once the operators agree to that one; their word on another seat
    of the lying epoch lets nothing go.
    """
    sold.deliver(SOLD)
    replaced(sold, 1, 2)
    for index, number in ((1, NEXT), (2, NEXT + 1)):
        sold.system.relay.confirm_handover(2, index, lied(sold, 2, index, number))
    sold.settle_down()
    assert sold.system.chain.serving_epoch() == 2
    honest = sold.chain.signer(NEXT + 10).address
    with sold.keeper(1) as first, sold.keeper(2) as second:
        for leaver in (first, second):
            agreed = Seat(leaver.index, honest, key_of(NEXT + 10).public, "")
            for epoch in (2, 3):
                leaver._office.custody.approve_handover(epoch, agreed)
            leaver.work()
            assert shares(leaver) == 3
            with pytest.raises(NotFound):
                leaver.tombstone(listed(sold, leaver)[0])
        replaced(sold, 1, by=NEXT + 10)
        with follower(sold, number=NEXT + 10, reach=lambda _: reach_only(first)) as keeper:
            confirm(sold, keeper)
            assert shares(keeper) == 3


def test_sweep__succeeded__leaves_signed_statements_and_commitments(sold: RunningDao) -> None:
    """What is gone is stated; manifests can still be made; nothing is taken in again."""
    sold.deliver(SOLD)
    replaced(sold)
    leaver, *others = sold.system.local
    domain = sold.dao.addresses.domain("KeeperRegistry")
    kept = leaver._office.custody.get(listed(sold, leaver)[0])
    with follower(sold) as keeper:
        confirm(sold, keeper, *others)
        reaches(leaver, keeper)
        leaver.work()
        for named in listed(sold, leaver):
            stone = leaver.tombstone(named)
            assert stone.erasure.cause is Cause.HANDED_OVER
            operator = sold.chain.signer(KEEPERS[0]).address
            assert recover_signer(domain, stone.erasure, stone.signature) == operator
            with pytest.raises(NotFound):
                leaver._office.custody.get(named)
        assert list(leaver.manifest(1)) == list(keeper.manifest(1))
        assert leaver.status().missing == ()
        with pytest.raises(RecordMismatch, match="another operator has followed"):
            leaver._erasure.require_wanted(
                leaver._ledger.view, leaver._office.book.contributions()[0]
            )
    assert kept.sealed_share


def test_take_over__voted_in_again__gets_its_shares_back(sold: RunningDao) -> None:
    """A keeper that had handed over, and follows its own successor, holds everything again."""
    sold.deliver(SOLD)
    replaced(sold)
    leaver, *others = sold.system.local
    with follower(sold) as between:
        confirm(sold, between, *others)
        reaches(leaver, between)
        leaver.work()
        assert shares(leaver) == 0
        dealt = contribute_to(sold, [between, *others], 8)
        replaced(sold, by=KEEPERS[0])
        between._office.custody.approve_handover(3, seat_of(sold, 3))
        keys = Keyring([sealing_secret(1, 1), key_of(KEEPERS[0])])
        parts = {"keys": lambda _: keys, "reach": lambda _: lambda _seat: between}
        with sold.keeper(1, **parts) as again:
            confirm(sold, again, *others)
            assert set(again._office.custody.ids()) == set(listed(sold, again))
            with pytest.raises(NotFound):
                again.tombstone(dealt)
            reaches(between, again)
            between.work()
            assert shares(between) == 0


def test_progress__first_epoch_or_no_seat__is_none(sold: RunningDao) -> None:
    """There is nothing to be taken over where nothing changed, or from where one left."""
    sold.settle_down()
    leaver = sold.system.local[0]
    leaver.work()
    assert leaver.status().handover is None
    replaced(sold, by=NEXT)
    leaver.work()
    assert leaver.status().handover is None
    assert leaver.status().missing == ()
