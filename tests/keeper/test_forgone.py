"""A contribution whose share a keeper was never given holds it up until its operator forgoes it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core import bundle as bundles
from dao_backend.core.bundle import HEADER, Bound
from dao_backend.core.identity import committee_hash
from dao_backend.core.manifest import Published
from dao_backend.core.manifest_file import decode
from dao_backend.core.shares import GAP, bad_keepers
from dao_backend.core.typed import Attestation, recover_signer
from dao_backend.custody import book
from dao_backend.errors import NotFound, Refused, ServiceUnavailable
from dao_backend.keeper import attesting, takeover
from dao_backend.keeper.local import LocalKeeper
from tests.keeper.committees import confirm, follower, registered, replaced
from tests.keeper.intakes import intake_of
from tests.support.running_dao import ALICE, RELEASE_SECRET, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


class Clock:
    """A keeper's time, which passes when it is told to."""

    def __init__(self) -> None:
        self.now = int(time.time())

    def __call__(self) -> int:
        return self.now


def sealed_edition(dao: RunningDao) -> int:
    """The next edition, sealed and final, attested by nobody yet."""
    dao.pass_time(3600)
    dao.system.editions.seal(0)
    dao.settle_down()
    return dao.system.chain.newest_edition(0)


def forgo(keeper: LocalKeeper, *ids: bytes) -> None:
    """The operator's word."""
    keeper._office.custody.forgo(ids)


def sold_with(dao: RunningDao) -> int:
    """A licence on the newest edition, which the service has attested; the grant is final."""
    dao.system.editions.attest(dao.system.chain.newest_edition(0))
    dao.settle_down()
    licence = dao.sell().request_id
    dao.settle_down()
    return licence


@contextmanager
def keepers(dao: RunningDao, **parts: Any) -> Iterator[list[LocalKeeper]]:
    """The three of them anew over their files, the first with these parts."""
    with ExitStack() as stack:
        given: list[dict[str, Any]] = [parts, {}, {}]
        yield [stack.enter_context(dao.keeper(index, **own)) for index, own in enumerate(given, 1)]


def delivered(dao: RunningDao, working: list[LocalKeeper], licence: int) -> Published:
    """Let keepers build and post; the manifest of what was bought, as the first publishes it."""
    for keeper in working:
        keeper.work()
    dao.settle_down()
    found = dao.system.chain.licence(licence)
    assert found is not None
    where, edition = dao.dao.addresses, dao.system.chain.edition(found.edition_id)
    lines = list(working[0].manifest(found.edition_id))
    return decode(lines, where.chain_id, where.registry, edition)


def places(dao: RunningDao, keeper: LocalKeeper, licence: int, count: int) -> list[bytes]:
    """What the buyer finds in a keeper's bundle, in order."""
    content = b"".join(keeper.bundle(licence))
    found, where = dao.system.chain.licence(licence), dao.dao.addresses
    assert found is not None
    root = dao.system.chain.edition(found.edition_id).root
    assert root is not None
    bound = Bound(
        where.chain_id,
        where.desk,
        licence,
        root,
        keeper.index,
        RELEASE_SECRET.public,
        bundles.read_header(content[:HEADER]).block_hash,
    )
    shares = bundles.read(RELEASE_SECRET, bound, count, [content])
    return [shares[at : at + 32] for at in range(0, len(shares), 32)]


# --- before the operator's word -------------------------------------------------------------


def test_attestation__share_that_no_keeper_was_given__is_refused_with_its_name(
    sold: RunningDao,
) -> None:
    """What is registered without its shares is named, and so is the way out."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    edition = sealed_edition(sold)
    for keeper in sold.system.local:
        with pytest.raises(Refused, match=f"misses 1 shares of edition {edition}") as refusal:
            keeper.attestation(edition)
        assert f"0x{named.hex()}; its operator can" in str(refusal.value)
        assert str(refusal.value).endswith("or go on without them: `ddao keeper forgo`")
        with pytest.raises(NotFound, match=named.hex()):
            list(keeper.manifest(edition))


def test_attestation__one_of_two_forgone__is_refused_for_the_other(sold: RunningDao) -> None:
    """The operator's word is on a contribution, not on a number of them."""
    first, second = (registered(sold, sold.sealed(ALICE, program(each))) for each in (8, 9))
    edition = sealed_edition(sold)
    keeper = sold.system.local[0]
    forgo(keeper, first)
    with pytest.raises(Refused, match=f"misses 1 shares of edition {edition}") as refusal:
        keeper.attestation(edition)
    assert second.hex() in str(refusal.value)
    assert first.hex() not in str(refusal.value)
    keeper.work()
    assert keeper.status().missing == (second,)


def test_work__missing_and_not_forgone__builds_nothing(sold: RunningDao) -> None:
    """A keeper that has not agreed delivers nothing with a gap, whatever others attested."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    edition = sealed_edition(sold)
    for keeper in sold.system.local[1:]:
        forgo(keeper, named)
    licence = sold_with(sold)
    found = sold.system.chain.licence(licence)
    assert found is not None
    assert found.edition_id == edition
    with capture_logs() as logs, keepers(sold) as working:
        for keeper in working:
            keeper.work()
        assert [keeper.bundle_facts(licence) is None for keeper in working] == [True, False, False]
    (told,) = (each for each in logs if each["event"] == "keeper.delayed")
    assert (told["keeper"], told["licence"]) == (1, licence)
    assert named.hex() in told["cause"]


# --- after it -------------------------------------------------------------------------------


def test_attestation__forgone__is_signed_within_seconds(sold: RunningDao) -> None:
    """The operator's word counts for a keeper that runs, and for what was refused before."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    edition, clock = sealed_edition(sold), Clock()
    domain = sold.dao.addresses.domain("KeeperRegistry")
    with sold.keeper(1, clock=lambda _: clock) as keeper:
        with pytest.raises(Refused):
            keeper.attestation(edition)
        keeper.work()
        assert keeper.status().missing == (named,)
        forgo(keeper, named)
        told = keeper.status()
        assert (told.missing, told.forgone) == ((), 1)
        clock.now += attesting.PAUSE
        root, signature = keeper.attestation(edition)
        signer = recover_signer(domain, Attestation(edition, root), signature)
        assert signer == keeper._office.operator.address


@pytest.mark.parametrize("cores", [1, 2])
def test_bundle__one_forgone__has_a_gap_in_its_place_alone(
    sold: RunningDao, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other share is the one committed to, and the receipt counts all places."""
    monkeypatch.setattr(book, "_PAGE", 1)  # so that few contributions are work for two cores
    named = registered(sold, sold.sealed(ALICE, program(8)))
    sealed_edition(sold)
    for keeper in sold.system.local:
        forgo(keeper, named)
    licence = sold_with(sold)
    committee = committee_hash(sold.system.facts.committee)
    with keepers(sold, cores=lambda _: cores) as working:
        published = delivered(sold, working, licence)
        records = [entry.record for entry in published.manifest.entries]
        for keeper in working:
            facts = keeper.bundle_facts(licence)
            assert facts is not None
            assert facts.receipt.count == len(records) == 4
            found = places(sold, keeper, licence, len(records))
            listed = zip(records, published.commitments, found, strict=True)
            for record, commitments, share in listed:
                if record.contribution_id == named:
                    assert (share, commitments) == (GAP, ())
                    continue
                own = {keeper.index: share}
                assert bad_keepers(own, record.contribution_id, committee, commitments) == ()


def test_bundle__forgone_and_given_later__holds_the_share(sold: RunningDao) -> None:
    """Being forgone matters only while the share is absent."""
    sealed = sold.sealed(ALICE, program(8))
    named, late = registered(sold, sealed), intake_of(sold, sealed, 1)
    sealed_edition(sold)
    for keeper in sold.system.local:
        forgo(keeper, named)
    licence = sold_with(sold)
    with keepers(sold) as working:
        working[0].take_in(late)
        published = delivered(sold, working, licence)
        ids = [entry.record.contribution_id for entry in published.manifest.entries]
        at, committee = ids.index(named), committee_hash(sold.system.facts.committee)
        assert published.commitments[at] == sealed.commitments
        first, second, _ = (places(sold, each, licence, len(ids)) for each in working)
        assert bad_keepers({1: first[at]}, named, committee, sealed.commitments) == ()
        assert second[at] == GAP
        assert (working[0].status().missing, working[0].status().forgone) == ((), 1)


# --- handovers ------------------------------------------------------------------------------


def test_take_over__missing_and_then_forgone__is_confirmed_after_the_pause(
    sold: RunningDao,
) -> None:
    """The word of two operators lets their committee serve; what is forgone is not needed."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    replaced(sold)
    clock = Clock()
    with follower(sold, clock=lambda _: clock) as keeper:
        keeper.work()
        told = keeper.status()
        assert told.missing == (named,)
        assert told.handover is not None
        assert (told.handover.needed, told.handover.held) == (4, 3)
        assert told.handover.confirmation is None
        forgo(keeper, named)
        keeper.work()
        assert keeper.status().missing == ()
        clock.now += takeover.PAUSE
        forgo(sold.system.local[1], named)
        confirm(sold, keeper, sold.system.local[1])
        told = keeper.status()
        assert told.handover is not None
        assert (told.handover.needed, told.handover.held) == (3, 3)
    assert sold.system.chain.serving_epoch() == 2


def test_take_over__forgone_after_a_long_round__is_looked_at_again_after_the_pause(
    sold: RunningDao,
) -> None:
    """However long a look takes, the operator's word brings the next one."""
    replaced(sold)
    clock, looks = Clock(), list[int]()

    def reach(_seat: Any) -> Any:
        raise ServiceUnavailable("it is down")

    def slowly(real: Any, after: int = 0, limit: int = 1_000) -> Any:
        looks.append(after)
        clock.now += 100
        return real.contributions(after, limit)

    parts = {
        "clock": lambda _: clock,
        "reach": lambda _: reach,
        "book": lambda real: Meddled(real, contributions=slowly),
    }
    with follower(sold, **parts) as keeper:
        for _ in range(2):
            keeper.work()
        begun = looks.count(0)
        clock.now += takeover.PAUSE
        keeper.work()
        assert looks.count(0) == begun
        missing = keeper.status().missing
        assert len(missing) == 3
        forgo(keeper, *missing)
        for _ in range(2):
            keeper.work()
        assert looks.count(0) == begun + 1
        told = keeper.status().handover
        assert told is not None
        assert told.confirmation is not None


def test_take_over__forgone_and_another_missing__is_asked_for_with_it(sold: RunningDao) -> None:
    """What a keeper before has all the same is taken, and counts as held again."""
    replaced(sold)
    clock, silent = Clock(), [True]

    def reach(seat: Any) -> Any:
        if silent:
            raise ServiceUnavailable("it is down")
        return sold.system.local[seat.index - 1]

    with follower(sold, clock=lambda _: clock, reach=lambda _: reach) as keeper:
        keeper.work()
        first, *others = keeper.status().missing
        assert len(others) == 2
        forgo(keeper, first)
        assert keeper.status().missing == tuple(others)
        clock.now += takeover.PAUSE
        keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held, told.confirmation) == (2, 0, None)
        silent.clear()
        clock.now += takeover.PAUSE
        confirm(sold, keeper)
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held) == (3, 3)
        assert keeper._office.custody.sealed_to([first])


def test_work__nothing_missing__asks_for_nothing_forgone(sold: RunningDao) -> None:
    """Where every share is held, nobody is asked what may be left out."""
    asked: list[Any] = []

    def forgone(real: Any, ids: Any) -> Any:
        asked.append(ids)
        return real.forgone(ids)

    sold.settle_down()
    with sold.keeper(1, custody=lambda real: Meddled(real, forgone=forgone)) as keeper:
        assert keeper.attestation(1)
        assert list(keeper.manifest(1))
        keeper.work()
        assert keeper.bundle_facts(SOLD) is not None
        assert keeper.status().missing == ()
    assert asked == []
