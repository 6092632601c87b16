"""A buyer of what no keeper holds the whole of: everything that can be had, and names for the rest.

Of six contributions four are held by two of three keepers or more, one by one, one by nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core.crypto import ContentKey
from dao_backend.core.manifest_file import encode
from dao_backend.core.shares import GAP
from dao_backend.errors import IntegrityError, NotEnoughShares, NotReleased, ServiceUnavailable
from dao_backend.service import commitments, editions
from dao_backend.service.buying import Buyer, Purchase
from dao_backend.service.fetching import Pace
from dao_backend.service.keepers import Keepers
from tests.service.gappy import HAD, HOLDERS, Gappy, gappy
from tests.service.lies import bundle_of, post_receipt_of
from tests.support.core_actors import seed
from tests.support.running_dao import RELEASE_SECRET, Meddled, RunningDao
from tests.support.running_fixtures import PROGRAMS, SOLD, Stage

HASTY = Pace(patience=0.5, silence=3.0)


@pytest.fixture(scope="module")
def sale(young_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gappy]:
    """What all tests here buy."""
    with gappy(young_stage, tmp_path_factory.mktemp("gappy")) as found:
        yield found


def buyer(sale: Gappy, *, reach: Any = None, **service: Any) -> Buyer:
    """The buyer's program, with a service that does `service`; keepers are those of `reach`."""
    gateway = Meddled(sale.dao.gateway, **service)
    return Buyer(gateway, sale.dao.system.chain, RELEASE_SECRET, reach, HASTY)


def with_keys(purchase: Purchase) -> set[bytes]:
    """The ids of what was recovered."""
    listed = zip(purchase.published.manifest.entries, purchase.keys, strict=True)
    return {entry.record.contribution_id for entry, key in listed if isinstance(key, ContentKey)}


def file_of(sale: Gappy, index: int) -> Any:
    """A service that passes on one keeper's file of the edition as it is."""
    return lambda _real, edition: b"".join(sale.dao.system.local[index - 1].manifest(edition))


def silent(*indexes: int) -> Any:
    """A service that has no bundle of these keepers."""

    def bundle(real: Any, licence: int, index: int, offset: int = 0) -> Iterator[bytes]:
        if index in indexes:
            raise ServiceUnavailable("the keeper does not answer")
        return real.bundle(licence, index, offset)

    return bundle


def name(sale: Gappy, number: int) -> str:
    """A contribution's id in sentences."""
    return f"0x{sale.ids[number].hex()}"


# --- what cannot be had ---------------------------------------------------------------------


def test_purchase__two_keepers_are_silent__is_refused_as_a_whole(sale: Gappy) -> None:
    """Fewer bundles than the threshold open nothing, gaps or none."""
    with pytest.raises(NotEnoughShares, match="keeper 2: the keeper does not answer"):
        buyer(sale, bundle=silent(1, 2)).purchase(sale.licence)


def test_purchase__nobody_gives_anything__is_not_released(sale: Gappy) -> None:
    """Gaps change nothing of what is told when no bundle comes."""
    with pytest.raises(NotReleased):
        buyer(sale, bundle=silent(1, 2, 3)).purchase(sale.licence)


def test_purchase__too_few_hold_a_share__names_contribution_and_keepers(sale: Gappy) -> None:
    """What one keeper or nobody holds has no key, and who lacks it is told."""
    found = buyer(sale).purchase(sale.licence)
    closed = {str(key) for key in found.keys if isinstance(key, NotEnoughShares)}
    assert closed == {
        f"only 1 of the 2 shares needed of {name(sale, 4)} came: keepers 1, 2 do not hold theirs",
        f"nobody gave the share commitments of {name(sale, 5)} to check shares by",
    }
    assert set(found.problems) == closed | {
        "keeper 1 goes on without 3 contributions",
        "keeper 2 goes on without 3 contributions",
        "keeper 3 goes on without 2 contributions",
    }


def test_purchase__one_keeper_is_silent__what_hangs_on_it_is_named(sale: Gappy) -> None:
    """With one keeper down just that is closed which only it and one other hold."""
    for down in (1, 2, 3):
        found = buyer(sale, bundle=silent(down)).purchase(sale.licence)
        left = [len(set(holders) - {down}) >= 2 for holders in HOLDERS]
        assert with_keys(found) == {sale.ids[at] for at, good in enumerate(left) if good}
        assert f"keeper {down}: the keeper does not answer" in found.problems


def test_deliver__two_cannot_be_opened__writes_all_others_and_names_them(
    sale: Gappy, tmp_path: Path
) -> None:
    """What nobody holds keeps nothing else back, and the refusal at the end names it."""
    program = buyer(sale, reach=sale.reach)
    purchase = program.purchase(sale.licence, tmp_path)
    written: list[Path] = []
    with pytest.raises(IntegrityError, match="2 contributions cannot be opened") as refusal:
        written.extend(each.path for each in program.deliver(purchase, tmp_path))
    assert sorted(path.name for path in written) == ["0.py", "1.py", "2.py", "3.py"]
    assert name(sale, 4) in str(refusal.value)
    assert name(sale, 5) in str(refusal.value)


def test_purchase__a_keeper_gives_only_gaps__others_make_up_for_it(delivered: RunningDao) -> None:
    """Who states and gives a bundle of nothing hides nothing that two others hold."""
    number = delivered.sell().request_id
    delivered.settle_down()
    empty = bundle_of(delivered, number, [GAP] * len(PROGRAMS))
    post_receipt_of(delivered, number, empty)
    delivered.deliver(number)

    def bundle(real: Any, licence: int, index: int, offset: int = 0) -> Iterator[bytes]:
        return iter((empty[offset:],)) if index == 1 else real.bundle(licence, index, offset)

    found = delivered.buyer(Meddled(delivered.gateway, bundle=bundle)).purchase(number)
    assert found.keys == delivered.buyer().purchase(SOLD).keys
    assert found.problems == ("keeper 1 goes on without 3 contributions",)


# --- commitments ----------------------------------------------------------------------------


def test_purchase__commitments_are_lacking_and_no_keeper_is_reached__names_them(
    sale: Gappy,
) -> None:
    """A share that cannot be checked is not used, and that is said."""
    found = buyer(sale, manifest=file_of(sale, 1)).purchase(sale.licence)
    assert with_keys(found) == {sale.ids[at] for at in (0, 1, 3)}
    assert f"nobody gave the share commitments of {name(sale, 2)} to check shares by" in (
        found.problems
    )


@pytest.mark.parametrize("one_by_one", [200, 0], ids=["one by one", "whole files"])
def test_purchase__commitments_are_lacking__keepers_are_asked(
    sale: Gappy, monkeypatch: pytest.MonkeyPatch, one_by_one: int
) -> None:
    """Whatever a keeper's file lacks comes from keepers that hold a share."""
    monkeypatch.setattr(commitments, "ONE_BY_ONE", one_by_one)
    for index, lacked in ((1, {2, 4, 5}), (2, {3, 4, 5}), (3, {1, 5})):
        assert sale.unknown(sale.published(index)) == lacked
        program = buyer(sale, reach=sale.reach, manifest=file_of(sale, index))
        found = program.purchase(sale.licence)
        assert with_keys(found) == sale.obtainable
        assert sale.unknown(found.published) == {5}


def wrong(_real: Any, _named: bytes) -> tuple[bytes, ...]:
    """Commitments of nothing."""
    return tuple(seed("commitment", place) for place in range(3))


def gone(_real: Any, _named: bytes) -> tuple[bytes, ...]:
    """No answer."""
    raise ServiceUnavailable("nobody is there")


def none(_real: Any, _named: bytes) -> tuple[bytes, ...]:
    """An empty answer."""
    return ()


@pytest.mark.parametrize("answer", [wrong, gone, none])
def test_purchase__a_keeper_gives_no_or_other_commitments__the_next_is_asked(
    sale: Gappy, answer: Any
) -> None:
    """What has not the record's share root is not taken, and nobody is asked twice for it."""
    asked: list[bytes] = []

    def told(real: Any, named: bytes) -> Any:
        asked.append(named)
        return answer(real, named)

    def reach(seat: Any) -> Any:
        real = sale.reach(seat)
        return Meddled(real, commitments=told) if seat.index == 2 else real

    program = buyer(sale, reach=reach, manifest=file_of(sale, 1))
    assert with_keys(program.purchase(sale.licence)) == sale.obtainable
    assert len(asked) == (3 if answer is none else 1)


def test_completed__a_keeper_answers_slowly__is_left_after_its_time(sale: Gappy) -> None:
    """One that takes its time for every answer costs a bounded time."""
    now, asked = [0.0], []

    def slow(_real: Any, named: bytes) -> Any:
        asked.append(named)
        now[0] += 61
        return wrong(_real, named) if len(asked) > 1 else ()

    def reach(seat: Any) -> Any:
        return Meddled(sale.reach(seat), commitments=slow if seat.index == 2 else gone)

    chain = sale.dao.system.chain
    completion = commitments.Completion(chain, Keepers(reach), 60, lambda: now[0])
    published = sale.published(1)
    assert completion.completed(published, chain.edition(1), 1) is published
    assert len(asked) == 1


def test_completed__a_keeper_hangs__the_next_is_asked(
    sale: Gappy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that never answers is waited for no longer than is bearable."""
    monkeypatch.setattr(commitments, "_LAST_ANSWER", 0.2)
    over = threading.Event()

    def hanging(_real: Any, _named: bytes) -> Any:
        over.wait(30)
        return ()

    def reach(seat: Any) -> Any:
        return (
            Meddled(sale.reach(seat), commitments=hanging)
            if seat.index == 2
            else (sale.reach(seat))
        )

    chain = sale.dao.system.chain
    completion = commitments.Completion(chain, Keepers(reach), 0.2)
    found = completion.completed(sale.published(1), chain.edition(1), 1)
    over.set()
    assert sale.unknown(found) == {5}


def test_completed__a_keepers_file_has_no_end__is_read_no_further_than_the_edition(
    sale: Gappy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many lines a keeper sends, no more are read than the edition has."""
    monkeypatch.setattr(commitments, "ONE_BY_ONE", 0)
    sent = []

    def endless(real: Any, edition: int) -> Iterator[bytes]:
        *lines, last = real.manifest(edition)
        yield from lines
        while True:
            sent.append(last)
            yield last

    def reach(seat: Any) -> Any:
        return Meddled(sale.reach(seat), manifest=endless)

    chain = sale.dao.system.chain
    published = sale.published(1)
    completion = commitments.Completion(chain, Keepers(reach), 60)
    found = completion.completed(published, chain.edition(1), 1)
    assert found is published
    assert len(sent) == 2 * 3


def test_manifest__keepers_know_different_commitments__is_completed(sale: Gappy) -> None:
    """The service's file lacks what no keeper knows, and is what a keeper that knew would give."""
    file = sale.dao.gateway.manifest(1)
    assert sale.unknown(sale.read(file)) == {5}
    assert b"".join(encode(sale.read(file))) == file


def test_manifest__very_many_commitments_are_lacking__is_left_to_the_buyer(
    sale: Gappy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request makes the service read every keeper's whole file."""
    monkeypatch.setattr(editions, "ONE_BY_ONE", 2)
    assert sale.unknown(sale.read(sale.dao.gateway.manifest(1))) == {2, 4, 5}


# --- what can be had ------------------------------------------------------------------------


def test_purchase__no_two_keepers_hold_everything__finds_all_that_two_hold(sale: Gappy) -> None:
    """Through the service alone or from keepers themselves: the same keys, the real ones."""
    relayed = buyer(sale).purchase(sale.licence)
    own = buyer(sale, reach=sale.reach, bundle=silent(1, 2, 3)).purchase(sale.licence)
    assert with_keys(relayed) == with_keys(own) == sale.obtainable
    assert [key for key in relayed.keys if isinstance(key, ContentKey)] == [
        key for key in own.keys if isinstance(key, ContentKey)
    ]
    assert len(sale.obtainable) == sum(HAD) == 4
