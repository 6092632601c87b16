"""What the service says of bundles: the keepers' words, and nothing of its own."""

from __future__ import annotations

import pytest

from dao_backend.core.access import Reason
from dao_backend.errors import ChainUnavailable, NotFound, NotReleased
from dao_backend.service.releases import UNAVAILABLE, ReleaseBoard
from tests.service.desks import asked
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER
from tests.support.running_dao import ALICE, RELEASE_SECRET, Meddled, RunningDao
from tests.support.running_fixtures import SOLD


def test_bundles__before_the_receipt__each_keeper_says_why_not(sold: RunningDao) -> None:
    """Every keeper is asked, in order, and answers for itself."""
    found = sold.system.releases.bundles(SOLD)
    assert [one.index for one in found] == [1, 2, 3]
    assert {one.reason for one in found} == {Reason.GRANT_NOT_FINAL.value}
    assert not any(one.ready or one.cid or one.length for one in found)


def test_bundles__keepers_at_different_steps__are_told_apart(sold: RunningDao) -> None:
    """Two that are done are ready once both receipts are final, though the third has not begun."""
    sold.settle_down()
    sold.system.keepers[1].work()
    sold.settle_down()
    first, second, third = sold.system.releases.bundles(SOLD)
    assert second.reason == Reason.NOT_DELIVERED.value
    assert first.reason == third.reason == Reason.RECEIPT_NOT_POSTED.value
    sold.system.keepers[2].work()
    sold.settle_down()
    first, second, third = sold.system.releases.bundles(SOLD)
    assert second.ready
    assert third.ready
    assert second.sentence is None
    assert first.reason == Reason.RECEIPT_NOT_POSTED.value
    built = sold.system.keepers[1].bundle_facts(SOLD)
    assert (second.cid, second.length) == (built.cid, built.length)


def test_bundles__claims_of_the_asker__are_passed_on(sold: RunningDao) -> None:
    """Another wallet or key is denied by each keeper; the holder with its key is not."""
    sold.deliver(SOLD)
    ask = sold.system.releases.bundles
    assert {one.reason for one in ask(SOLD, wallet(ALICE))} == {Reason.OTHER_WALLET.value}
    other_key = ask(SOLD, wallet(BUYER), seed("key"))
    assert {one.reason for one in other_key} == {Reason.OTHER_KEY.value}
    assert all(one.ready for one in ask(SOLD, wallet(BUYER), RELEASE_SECRET.public))


def test_bundle__not_released__is_refused_with_the_keepers_reason(sold: RunningDao) -> None:
    """The service cannot hand over what its keeper does not."""
    with pytest.raises(NotReleased) as refusal:
        sold.system.releases.bundle(SOLD, 1)
    assert refusal.value.reason == Reason.GRANT_NOT_FINAL.value
    assert sold.system.releases.standing(SOLD, 1).sentence == str(refusal.value)


def test_bundles__one_keeper_down__the_others_still_answer(sold: RunningDao) -> None:
    """A keeper that cannot judge says so in its own line, and hands nothing over."""
    sold.deliver(SOLD)
    first, *others = sold.system.keepers

    def release(*_asked: object) -> object:
        raise ChainUnavailable("its node does not answer")

    keepers = asked(Meddled(first, release=release), *others)
    board = ReleaseBoard(sold.system.chain, keepers)
    down, *ready = board.bundles(SOLD)
    assert (down.reason, down.sentence) == (UNAVAILABLE, "its node does not answer")
    assert not down.ready
    assert [one.ready for one in ready] == [True, True]


@pytest.mark.parametrize("index", [0, 4, -1, 255])
def test_bundle__unknown_keeper__is_not_found(sold: RunningDao, index: int) -> None:
    """There are three keepers."""
    for ask in (sold.system.releases.bundle, sold.system.releases.standing):
        with pytest.raises(NotFound, match="no keeper"):
            ask(SOLD, index)


def test_bundle__a_range__is_that_part(sold: RunningDao) -> None:
    """A broken download goes on where it stopped."""
    sold.deliver(SOLD)
    whole = b"".join(sold.system.releases.bundle(SOLD, 2))
    assert b"".join(sold.system.releases.bundle(SOLD, 2, 10, 20)) == whole[10:30]
    assert b"".join(sold.system.releases.bundle(SOLD, 2, len(whole) - 5)) == whole[-5:]
