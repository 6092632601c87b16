"""A release that is cut off at any point goes on to one bundle and one receipt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.access import Allowed, Denied, Reason
from dao_backend.core.events import ReceiptPosted
from dao_backend.errors import DatabaseUnavailable, NotReleased, StorageFull
from dao_backend.keeper import holding
from dao_backend.storage.embedded import EmbeddedBlobStore
from tests.keeper.releases import others_work
from tests.support.running_dao import Meddled, RunningDao, running
from tests.support.running_fixtures import SOLD


class PowerCut(BaseException):
    """The process ends here: nothing catches it."""


def cut_off(method: str, *, after: bool) -> Callable[[Any], Any]:
    """A part whose method is done, or not even begun, when the process ends."""

    def dying(real: Any, *args: Any, **named: Any) -> Any:
        if after:
            getattr(real, method)(*args, **named)
        raise PowerCut

    return lambda real: Meddled(real, **{method: dying})


def cut_in_the_middle(real: Any) -> Any:
    """A store that writes half of a bundle when the process ends."""

    def put(store: Any, pieces: Any) -> Any:
        def half() -> Any:
            yield next(pieces)
            raise PowerCut

        return store.put(half())

    return Meddled(real, put=put)


def posted(dao: RunningDao) -> list[ReceiptPosted]:
    """The first keeper's receipts on chain."""
    found = (fact for fact in dao.dao.facts() if isinstance(fact, ReceiptPosted))
    return [receipt for receipt in found if receipt.index == 1]


STEPS = {
    "before the bundle": {"bundles": cut_off("put", after=False)},
    "in the middle of the bundle": {"bundles": cut_in_the_middle},
    "after the bundle": {"bundles": cut_off("put", after=True)},
    "before the log": {"custody": cut_off("log_bundle", after=False)},
    "after the log": {"custody": cut_off("log_bundle", after=True)},
    "before the receipt": {"relay": cut_off("post_receipt_for", after=False)},
    "after the receipt": {"relay": cut_off("post_receipt_for", after=True)},
    "before it is noted": {"custody": cut_off("log_posted", after=False)},
    "after it is noted": {"custody": cut_off("log_posted", after=True)},
}


@pytest.mark.parametrize("parts", STEPS.values(), ids=STEPS.keys())
def test_work__process_ends_at_any_step__goes_on_to_one_bundle(
    sold: RunningDao, parts: dict[str, Any]
) -> None:
    """Whatever was durable is kept, and the keeper started again finishes the rest, once."""
    sold.settle_down()
    with sold.keeper(1, **parts) as keeper:
        with pytest.raises(PowerCut):
            keeper.work()
        logged = keeper.bundle_facts(SOLD)
        before = posted(sold)
    with sold.keeper(1) as restarted:
        restarted.work()
        restarted.work()
        others_work(sold)
        sold.settle_down()
        assert isinstance(restarted.release(SOLD), Allowed)
        built = restarted.bundle_facts(SOLD)
        assert len(b"".join(restarted.bundle(SOLD))) == built.length
    assert logged in (None, built)
    assert before in ([], posted(sold))
    assert [receipt.bundle_digest for receipt in posted(sold)] == [built.receipt.bundle_digest]


@pytest.mark.parametrize("parts", STEPS.values(), ids=STEPS.keys())
def test_work__process_ends_at_any_step__hands_nothing_over_before_the_receipt(
    sold: RunningDao, parts: dict[str, Any]
) -> None:
    """A keeper that was cut off answers at once, and still hands over nothing too early."""
    sold.settle_down()
    with sold.keeper(1, **parts) as keeper, pytest.raises(PowerCut):
        keeper.work()
    with sold.keeper(1) as restarted, pytest.raises(NotReleased) as refusal:
        restarted.bundle(SOLD)
    expected = Reason.RECEIPT_NOT_FINAL if posted(sold) else Reason.RECEIPT_NOT_POSTED
    assert refusal.value.reason == expected.value


def test_start__bundle_was_written_and_not_logged__is_removed(sold: RunningDao) -> None:
    """What no log names takes no room for ever; what is logged stays, byte for byte."""
    sold.settle_down()
    with sold.keeper(1, bundles=cut_off("put", after=True)) as keeper, pytest.raises(PowerCut):
        keeper.work()
    store = EmbeddedBlobStore(sold.data / "keeper-1" / "bundles")
    (orphan,) = store.names()
    with running(sold.dao, sold.place, sold.data) as restarted:
        assert store.names() == frozenset()
        restarted.work()
    (logged,) = store.names()
    assert logged != orphan
    content = b"".join(store.open(logged))
    with running(sold.dao, sold.place, sold.data) as again:
        assert b"".join(store.open(logged)) == content
        facts = again.system.local[0].bundle_facts(SOLD)
        assert facts is not None
        assert facts.cid == logged


def test_work__shares_are_missing__says_how_many_and_names_a_few(
    sold: RunningDao, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator learns at once what to have given in again, and nothing is built."""
    monkeypatch.setattr(holding, "NAMED", 2)
    sold.settle_down()
    with sold.keeper(1, data=tmp_path / "empty") as keeper, capture_logs() as logs:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
        first, second, _ = sorted(keeper.status().missing)
    causes = [each["cause"] for each in logs if each["event"] == "keeper.delayed"]
    named = f"0x{first.hex()}, 0x{second.hex()} …"
    told = f"keeper 1 misses 3 shares of edition 1, and could not deliver it: {named}; "
    remedy = "have them given in again, or go on without them: `ddao keeper forgo`"
    assert causes == [f"{told}its operator can {remedy}"]


def test_work__disk_full_while_building__leaves_nothing_and_goes_on_later(
    sold: RunningDao,
) -> None:
    """A full disk costs the keeper nothing but time."""
    sold.settle_down()

    def put(real: Any, pieces: Any) -> Any:
        def full() -> Any:
            yield next(pieces)
            raise StorageFull("no space left")

        return real.put(full())

    with sold.keeper(1, bundles=lambda real: Meddled(real, put=put)) as keeper:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
        assert not posted(sold)
    folder = sold.data / "keeper-1" / "bundles"
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    with sold.keeper(1) as restarted:
        restarted.work()
        others_work(sold)
        sold.settle_down()
        assert isinstance(restarted.release(SOLD), Allowed)


def test_work__log_cannot_be_written__posts_nothing(sold: RunningDao) -> None:
    """No receipt states a bundle that is not written down."""
    sold.settle_down()

    def log_bundle(_real: Any, _entry: Any) -> None:
        raise DatabaseUnavailable("the disk is read-only")

    with sold.keeper(1, custody=lambda real: Meddled(real, log_bundle=log_bundle)) as keeper:
        keeper.work()
        assert not posted(sold)
        assert isinstance(keeper.release(SOLD), Denied)


# --- restored from an old backup ------------------------------------------------------------


def backup(dao: RunningDao, to: Path) -> Path:
    """The first keeper's files as they are now."""
    shutil.copytree(dao.data / "keeper-1", to / "keeper-1")
    return to


@pytest.mark.parametrize("final", [False, True], ids=["receipt in the head", "receipt final"])
def test_release__log_lost_after_the_receipt__is_a_mismatch_and_no_second_bundle(
    sold: RunningDao, tmp_path: Path, final: bool
) -> None:
    """A keeper restored from before its bundle makes no other one for the same receipt."""
    sold.settle_down()
    old = backup(sold, tmp_path / "old")
    sold.system.keepers[0].work()
    (first,) = posted(sold)
    if final:
        sold.settle_down()
    with sold.keeper(1, data=old) as restored:
        restored.work()
        assert restored.bundle_facts(SOLD) is None
        sold.settle_down()
        restored.work()
        decision = restored.release(SOLD)
        assert isinstance(decision, Denied)
        assert decision.reason is Reason.RECEIPT_MISMATCH
        with pytest.raises(NotReleased):
            restored.bundle(SOLD)
        assert restored.bundle_facts(SOLD) is None
    assert posted(sold) == [first]
    assert not any((old / "keeper-1" / "bundles" / "blobs").iterdir())


def test_release__another_bundle_was_logged__is_a_mismatch(
    sold: RunningDao, tmp_path: Path
) -> None:
    """Where two copies of a keeper ran apart, only the bundle that the receipt states goes out."""
    sold.settle_down()
    copy = backup(sold, tmp_path / "copy")

    def deaf(_real: Any, *_args: Any) -> Any:
        raise PowerCut

    lost = {"relay": lambda real: Meddled(real, post_receipt_for=deaf)}
    with sold.keeper(1, data=copy, **lost) as second, pytest.raises(PowerCut):
        second.work()
    sold.work()
    sold.settle_down()
    assert isinstance(sold.system.keepers[0].release(SOLD), Allowed)
    with sold.keeper(1, data=copy) as second:
        second.work()
        decision = second.release(SOLD)
        assert isinstance(decision, Denied)
        assert decision.reason is Reason.RECEIPT_MISMATCH
    assert len(posted(sold)) == 1


def test_work__bundle_lost_before_its_receipt__posts_nothing(sold: RunningDao) -> None:
    """A keeper never states a bundle that it cannot hand over; the buyer is refunded instead."""
    sold.settle_down()
    with sold.keeper(1, relay=cut_off("post_receipt_for", after=False)) as keeper:
        with pytest.raises(PowerCut):
            keeper.work()
        built = keeper.bundle_facts(SOLD)
    (sold.data / "keeper-1" / "bundles" / "blobs" / built.cid).unlink()
    with sold.keeper(1) as restarted:
        restarted.work()
        assert restarted.bundle_facts(SOLD) == built
    assert not posted(sold)
