"""A contribution whose share a keeper was never given holds it up until its operator forgoes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core import bundle as bundles
from dao_backend.core.bundle import HEADER, Bound
from dao_backend.core.events import EditionSealed
from dao_backend.core.identity import committee_hash
from dao_backend.core.manifest import Published
from dao_backend.core.manifest_file import decode
from dao_backend.core.shares import GAP, bad_keepers
from dao_backend.core.typed import Attestation, recover_signer
from dao_backend.custody import book
from dao_backend.errors import NotFound, Refused
from dao_backend.keeper import attesting
from dao_backend.keeper.local import LocalKeeper
from tests.keeper.committees import registered
from tests.keeper.forgoing import Clock, forgo
from tests.keeper.intakes import intake_of
from tests.support.running_dao import ALICE, RELEASE_SECRET, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


def sealed_edition(dao: RunningDao) -> int:
    """The next edition, sealed and final, attested by nobody yet."""
    dao.pass_time(3600)
    dao.system.editions.seal(0)
    dao.settle_down()
    return dao.system.chain.newest_edition(0)


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
        assert (told.missing, told.forgone) == ((), (named,))
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
        assert (working[0].status().missing, working[0].status().forgone) == ((), ())


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


# --- withdrawn ------------------------------------------------------------------------------


def test_status__forgone_and_withdrawn__names_it_until_nothing_needs_it(sold: RunningDao) -> None:
    """The list does not grow for ever; manifests of earlier editions still hold its place."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    edition = sealed_edition(sold)
    with sold.keeper(1) as keeper:
        forgo(keeper, named)
        sold.dao.writer(ALICE).withdraw(named)
        sold.settle_down()
        keeper.work()
        assert keeper.status().forgone == (named,)
        sealed_edition(sold)
        keeper.work()
        assert keeper.status().forgone == ()
        assert len(list(keeper.manifest(edition))) == len(list(keeper.manifest(1))) + 1
    with sold.keeper(1) as again:
        again.work()
        assert (again.status().missing, again.status().forgone) == ((), ())


def test_status__log_left_out_what_needs_it__names_it_again(sold: RunningDao) -> None:
    """What was found in a log that is read anew does not count."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    newest, lying = sealed_edition(sold), [True]
    sold.dao.writer(ALICE).withdraw(named)
    sold.pass_time(60)
    sold.settle_down()

    def logs(real: Any, first: int, last: int) -> Any:
        hidden = EditionSealed if lying else ()
        found = real.logs(first, last)
        return [
            each
            for each in found
            if not (isinstance(each.fact, hidden) and each.fact.edition_id == newest)
        ]

    with sold.keeper(1, chain=lambda real: Meddled(real, logs=logs)) as keeper:
        forgo(keeper, named)
        keeper.work()
        assert keeper.status().forgone == ()
        lying.clear()
        keeper._ledger.distrust()
        keeper.work()
        assert keeper.status().forgone == (named,)
