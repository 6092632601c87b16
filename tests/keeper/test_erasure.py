"""Keepers erase what was withdrawn, once nobody needs it, and say so under their signature."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.events import (
    DeliveryOpened,
    EditionSealed,
    Granted,
    LicenceIssued,
    LogEvent,
    Requested,
)
from dao_backend.core.typed import recover_signer
from dao_backend.core.typed_keepers import Cause
from dao_backend.errors import (
    ChainUnavailable,
    DatabaseUnavailable,
    HistoryMismatch,
    NotFound,
    RecordMismatch,
    Refused,
)
from dao_backend.keeper.erasure import PAUSE
from dao_backend.service.missed import intake_of
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import BOB, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


def withdrawn(dao: RunningDao, *, seal: bool = True) -> bytes:
    """Let Bob withdraw his contribution, and seal an edition without it unless told not to."""
    (named,) = (
        each.fact.record.contribution_id
        for each in dao.agreement.logs(0, dao.chain.height())
        if type(each.fact).__name__ == "Contributed"
        and each.fact.record.contributor == dao.chain.signer(BOB).address
    )
    dao.dao.writer(BOB).withdraw(named)
    if seal:
        dao.pass_time(3600)
        dao.dao.seal()
    dao.settle_down()
    return bytes(named)


def held(keeper: Any, named: bytes) -> bool:
    """Whether its share is here."""
    return bool(keeper._office.custody.sealed_to([named]))


def test_tombstone__never_erased__is_not_found(sold: RunningDao) -> None:
    """A keeper states only what it did."""
    sold.settle_down()
    with pytest.raises(NotFound, match="was not erased here"):
        sold.system.local[0].tombstone(bytes(32))


def test_sweep__still_in_the_newest_edition__keeps_the_share(sold: RunningDao) -> None:
    """What can still be bought is kept, though its contributor has withdrawn it."""
    sold.deliver(SOLD)
    named = withdrawn(sold, seal=False)
    sold.work()
    assert all(held(keeper, named) for keeper in sold.system.local)


def test_sweep__withdrawal_not_final__keeps_the_share(sold: RunningDao) -> None:
    """A reorganisation may take a withdrawal back."""
    sold.deliver(SOLD)
    gone = sold.contribute(BOB, program(8)).contribution_id
    sold.dao.writer(BOB).withdraw(gone)
    sold.work()
    assert all(held(keeper, gone) for keeper in sold.system.local)


def test_sweep__licence_awaits_it__goes_after_the_delivery(sold: RunningDao) -> None:
    """A buyer that was granted gets what it bought; then the share goes, and the bundle stays."""
    named = withdrawn(sold)
    domain = sold.dao.addresses.domain("KeeperRegistry")
    sold.work()
    assert all(held(keeper, named) for keeper in sold.system.local)
    sold.settle_down()
    sold.work()
    for keeper, number in zip(sold.system.local, KEEPERS, strict=True):
        assert not held(keeper, named)
        stone = keeper.tombstone(named)
        assert (stone.erasure.index, stone.erasure.cause) == (keeper.index, Cause.WITHDRAWN)
        signer = recover_signer(domain, stone.erasure, stone.signature)
        assert signer == sold.chain.signer(number).address
        assert b"".join(keeper.bundle(SOLD))
        assert keeper.status().missing == ()
        assert b"".join(keeper.manifest(1))


def test_sweep__time_for_delivery_over__erases(sold: RunningDao) -> None:
    """What was not delivered in time is delivered no more."""
    named = withdrawn(sold)
    deliver_by = sold.system.chain.request(SOLD).deliver_by
    sold.pass_time(deliver_by - sold.agreement.head().timestamp + 1)
    sold.settle_down()
    sold.work()
    assert not any(held(keeper, named) for keeper in sold.system.local)
    assert all(keeper.bundle_facts(SOLD) is None for keeper in sold.system.local)


def test_sweep__nothing_changed__reads_nothing(sold: RunningDao) -> None:
    """The list of what was withdrawn is not gone through every second."""
    sold.deliver(SOLD)
    withdrawn(sold)
    reads: list[Any] = []

    def listed(real: Any, *args: Any) -> Any:
        reads.append(args)
        return real.withdrawn(*args)

    clock = [1_800_000_000]
    parts = {
        "book": lambda real: Meddled(real, withdrawn=listed),
        "clock": lambda _: lambda: clock[0],
    }
    with sold.keeper(1, **parts) as keeper:
        keeper.work()
        seen = len(reads)
        for _ in range(3):
            sold.chain.time.finalize()
            keeper.work()
        assert len(reads) == seen
        gone = sold.contribute(BOB, program(8)).contribution_id
        sold.dao.writer(BOB).withdraw(gone)
        sold.pass_time(60)
        sold.settle_down()
        keeper.work()
        assert held(keeper, gone)
        clock[0] += PAUSE
        keeper.work()
        assert not held(keeper, gone)
        assert reads[seen][0] != (0, b"")


OMITTED: dict[str, tuple[type[object], ...]] = {
    "the newest edition": (EditionSealed,),
    "the grant": (Granted, LicenceIssued, DeliveryOpened),
    "the delivery": (DeliveryOpened,),
    "the request and all of it": (Requested, Granted, LicenceIssued, DeliveryOpened),
}


@pytest.mark.parametrize("kinds", OMITTED.values(), ids=OMITTED.keys())
def test_sweep__log_leaves_out_what_forbids_it__erases_nothing(
    sold: RunningDao, kinds: tuple[type[object], ...]
) -> None:
    """The history head does not cover grants and editions: the contracts are asked for them."""
    named = withdrawn(sold, seal=kinds != (EditionSealed,))

    def logs(real: Any, first: int, last: int) -> list[LogEvent]:
        return [each for each in real.logs(first, last) if not isinstance(each.fact, kinds)]

    with sold.keeper(1, chain=lambda real: Meddled(real, logs=logs)) as keeper:
        with pytest.raises(HistoryMismatch, match="the log"):
            keeper.work()
        assert held(keeper, named)


def test_sweep__node_is_silent_when_asked_for_proof__erases_nothing(sold: RunningDao) -> None:
    """Nothing goes for good while the contracts' own state cannot be read."""
    sold.deliver(SOLD)
    named = withdrawn(sold)

    def request(real: Any, number: int, *args: Any) -> Any:
        if number > SOLD:
            raise ChainUnavailable("no answer")
        return real.request(number, *args)

    with sold.keeper(1, chain=lambda real: Meddled(real, request=request)) as keeper:
        with pytest.raises(ChainUnavailable):
            keeper.work()
        assert held(keeper, named)
    sold.work()
    assert not held(sold.system.local[0], named)


def test_take_in__erased_before__is_refused(sold: RunningDao) -> None:
    """A share that was erased does not come back, whoever kept a copy of it."""
    sold.deliver(SOLD)
    submission = sold.submission(BOB, program(8))
    named = submission.record.contribution_id
    sold.system.submissions.submit(submission)
    sold.system.submissions.register(named)
    sold.settle_down()
    sold.dao.writer(BOB).withdraw(named)
    sold.pass_time(60)
    sold.settle_down()
    with sold.keeper(1) as keeper:
        keeper.work()
        with pytest.raises(RecordMismatch, match="nothing needs its share"):
            keeper.take_in(intake_of(submission, 1))
    with sold.keeper(1) as fresh, pytest.raises(RecordMismatch, match="was erased here"):
        fresh.take_in(intake_of(submission, 1))


def test_attestation__share_erased__is_refused_for_the_edition_that_held_it(
    sold: RunningDao,
) -> None:
    """What could not be delivered is not attested, and the refusal counts what is missing."""
    sold.deliver(SOLD)
    named = withdrawn(sold)
    sold.work()
    for keeper in sold.system.local:
        with pytest.raises(Refused, match=f"misses 1 shares of edition 1, .*0x{named.hex()}"):
            keeper.attestation(1)
        assert keeper.attestation(2)


def test_sweep__many_at_once__tells_how_many(sold: RunningDao) -> None:
    """One line in the log for each batch."""
    sold.deliver(SOLD)
    withdrawn(sold)
    with capture_logs() as logs, sold.keeper(2) as keeper:
        keeper.work()
    told = [each for each in logs if each["event"] == "shares.erased"]
    assert [(each["index"], each["count"], each["cause"]) for each in told] == [(2, 1, "WITHDRAWN")]


def test_sweep__database_cannot_be_written__erases_later(sold: RunningDao) -> None:
    """Nothing is stated that was not done; the next turn does it."""
    sold.deliver(SOLD)
    named = withdrawn(sold)
    locked = [True]

    def erase(real: Any, stones: Any) -> None:
        if locked:
            raise DatabaseUnavailable("attempt to write a readonly database")
        real.erase(stones)

    with sold.keeper(1, custody=lambda real: Meddled(real, erase=erase)) as keeper:
        with pytest.raises(DatabaseUnavailable, match="readonly"):
            keeper.work()
        assert held(keeper, named)
        with pytest.raises(NotFound):
            keeper.tombstone(named)
        locked.clear()
        keeper.work()
        assert not held(keeper, named)
        assert keeper.tombstone(named)
