"""Fetching: what is asked of whom, what a break costs, and who is named for what."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pytest

from dao_backend.errors import (
    CidMismatch,
    NotReleased,
    ShareMismatch,
    TruncatedEnvelope,
    UnreadablePath,
)
from dao_backend.service.fetching import Failure, Pace, Source, Wanted, fetch
from dao_backend.service.parts import remove_parts
from tests.service.places import LICENCE, PIECE, Hanging, Place, bundle, receipt

HASTY = Pace(patience=0.3, silence=1.5)


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end, so that nothing hangs on."""
    event = threading.Event()
    yield event
    event.set()


Open = Callable[[int], Iterator[bytes]]


def wanted(index: int, *places: Open) -> Wanted:
    """Keeper `index`'s bundle, from these places."""
    return Wanted(index, receipt(index), tuple(Source(place) for place in places))


@dataclass
class Fetched:
    """What came of it."""

    bundles: dict[int, bytes]
    failures: tuple[Failure, ...]

    @property
    def said(self) -> list[str]:
        """What was wrong, in words."""
        return [str(each) for each in self.failures]


def fetched(folder: Path, needed: int, *each: Wanted, pace: Pace = HASTY) -> Fetched:
    """Fetch, and accept whatever its receipt states."""
    good: dict[int, bytes] = {}

    def accept(index: int, path: Path) -> int:
        good[index] = path.read_bytes()
        return needed - len(good)

    failures = fetch(each, needed, accept, folder, pace, lambda _done: None)
    return Fetched(good, failures)


def parts(folder: Path) -> list[bytes]:
    """What is kept."""
    return [path.read_bytes() for path in folder.iterdir()]


# --- what is not taken ----------------------------------------------------------------------

WRONG: dict[str, tuple[bytes, str]] = {
    "another licence's": (bundle(1, LICENCE + 1), f"keeper 1's bundle for licence {LICENCE + 1}"),
    "another keeper's": (bundle(2), f"keeper 2's bundle for licence {LICENCE}"),
    "an old one": (bundle(1, label="old"), "other bytes"),
    "longer": (bundle(1) + b"x", "more"),
    "noise": (bytes(len(bundle(1))), "no bundle"),
}


@pytest.mark.parametrize(("content", "named"), WRONG.values(), ids=WRONG.keys())
def test_fetch__not_what_the_receipt_states__is_named_and_thrown_away(
    tmp_path: Path, content: bytes, named: str
) -> None:
    """Only the bytes whose digest stands on chain are kept; what came instead is told."""
    found = fetched(tmp_path, 1, wanted(1, Place(content)))
    assert found.bundles == {}
    (failure,) = found.failures
    assert isinstance(failure.error, CidMismatch)
    assert found.said == [f"keeper 1: it gives {named}, not the bundle that its receipt states"]
    assert parts(tmp_path) == []


def test_fetch__cut_short__is_named_and_kept(tmp_path: Path) -> None:
    """A bundle that ends early is told by its lengths; what came of it may still be right."""
    whole = bundle(1)
    found = fetched(tmp_path, 1, wanted(1, Place(whole[:-1])))
    (failure,) = found.failures
    assert isinstance(failure.error, TruncatedEnvelope)
    assert f"only {len(whole) - 1} of {len(whole)} bytes came" in failure.sentence
    assert parts(tmp_path) == [whole[:-1]]


def test_fetch__endless__is_left_soon(tmp_path: Path) -> None:
    """A keeper that sends without end is left as soon as it has sent too much."""
    sent = 0

    def endless(_offset: int) -> Iterator[bytes]:
        nonlocal sent
        for piece in repeat(bytes(PIECE)):
            sent += PIECE
            yield piece

    assert fetched(tmp_path, 1, wanted(1, endless)).bundles == {}
    assert sent <= len(bundle(1)) + 2 * PIECE
    assert parts(tmp_path) == []


def test_fetch__no_receipt_on_chain__is_never_kept(tmp_path: Path) -> None:
    """A keeper that posted nothing is heard, and what it gives is not taken."""

    def waits(_offset: int) -> Iterator[bytes]:
        raise NotReleased("The keeper has not posted its receipt yet.")

    silent = Wanted(1, None, (Source(waits),))
    eager = Wanted(2, None, (Source(Place(bundle(2))),))
    found = fetched(tmp_path, 1, silent, eager)
    assert found.said == [
        "keeper 1: The keeper has not posted its receipt yet.",
        "keeper 2: it gives a bundle, and has posted no receipt of one",
    ]
    assert parts(tmp_path) == []


def test_fetch__not_accepted__is_named_and_another_is_asked(tmp_path: Path) -> None:
    """A bundle that is what its receipt states, and no good, is replaced by another keeper's."""
    good: list[int] = []

    def accept(index: int, _path: Path) -> int:
        if index == 1:
            raise ShareMismatch("keeper 1 gave a bad share of 0x01", 1)
        good.append(index)
        return 0

    each = [wanted(index, Place(bundle(index))) for index in (1, 2)]
    (failure,) = fetch(each, 1, accept, tmp_path, HASTY, lambda _done: None)
    assert str(failure) == "keeper 1: keeper 1 gave a bad share of 0x01"
    assert good == [2]


def test_fetch__folder_cannot_be_written__blames_nobody(tmp_path: Path) -> None:
    """What is wrong on this side is raised, not told of a keeper."""
    with pytest.raises(UnreadablePath, match="cannot be written"):
        fetched(tmp_path / "missing", 1, wanted(1, Place(bundle(1))))


# --- whom is asked --------------------------------------------------------------------------


def test_fetch__all_are_good__asks_no_more_than_needed(tmp_path: Path) -> None:
    """Two of three are asked where two are needed and both give what they state."""
    places = [Place(bundle(index)) for index in (1, 2, 3)]
    each = [wanted(index, place) for index, place in enumerate(places, 1)]
    found = fetched(tmp_path, 2, *each, pace=Pace())
    assert found.bundles == {1: bundle(1), 2: bundle(2)}
    assert found.failures == ()
    assert places[2].asked == []


def test_fetch__what_was_accepted_is_not_enough__asks_for_as_many_more(tmp_path: Path) -> None:
    """Who takes a bundle says how many more it needs; that one lacked something is no failure."""
    places = [Place(bundle(index)) for index in (1, 2, 3, 4, 5)]
    each = [wanted(index, place) for index, place in enumerate(places, 1)]
    good: list[int] = []

    def accept(index: int, _path: Path) -> int:
        good.append(index)
        return 4 - len(good)

    assert fetch(each, 2, accept, tmp_path, Pace(), lambda _done: None) == ()
    assert set(good) == {1, 2, 3, 4}
    assert places[4].asked == []


def test_fetch__never_enough__ends_when_nobody_is_left(tmp_path: Path) -> None:
    """What nobody can give is not waited for once everybody has been asked."""
    each = [wanted(index, Place(bundle(index))) for index in (1, 2, 3)]
    good: list[int] = []

    def accept(index: int, _path: Path) -> int:
        good.append(index)
        return 1

    assert fetch(each, 2, accept, tmp_path, Pace(), lambda _done: None) == ()
    assert sorted(good) == [1, 2, 3]


def test_fetch__keeper_hangs__another_is_asked_and_it_is_named(
    tmp_path: Path, over: threading.Event
) -> None:
    """Whoever gives nothing for the patience gets a competitor, and is named for it."""
    each = [wanted(1, Hanging(over)), wanted(2, Hanging(over, bundle(2)[:10]))]
    each += [wanted(index, Place(bundle(index))) for index in (3, 4)]
    found = fetched(tmp_path, 2, *each)
    assert set(found.bundles) == {3, 4}
    assert [failure.index for failure in found.failures] == [1, 2]
    assert all("has given nothing for" in sentence for sentence in found.said)


def test_fetch__keeper_drips__another_is_asked_and_it_is_named(
    tmp_path: Path, over: threading.Event
) -> None:
    """A byte now and then is no progress beside a keeper that gives everything at once."""

    def dripping(_offset: int) -> Iterator[bytes]:
        for byte in bundle(1):
            over.wait(0.05)
            yield bytes((byte,))

    each = [wanted(1, dripping), *(wanted(index, Place(bundle(index))) for index in (2, 3))]
    found = fetched(tmp_path, 2, *each)
    assert set(found.bundles) == {2, 3}
    assert found.said == ["keeper 1: it is much slower than the others"]


def test_fetch__keeper_drips_what_others_lack__is_given_up(
    tmp_path: Path, over: threading.Event
) -> None:
    """One who never ends does not keep back what enough others have given."""

    def dripping(_offset: int) -> Iterator[bytes]:
        while not over.wait(0.05):
            yield b"x"

    said = fetch(
        [wanted(1, Place(bundle(1))), wanted(2, dripping)],
        1, lambda _index, _path: 1, tmp_path, HASTY, lambda _done: None,
    )  # fmt: skip
    assert list(map(str, said)) == ["keeper 2: it is much slower than the others"]


def test_fetch__all_hang__ends_after_the_silence(tmp_path: Path, over: threading.Event) -> None:
    """Where nobody else is left, silence is waited for so long and not longer."""
    found = fetched(tmp_path, 1, wanted(1, Hanging(over)), wanted(2, Hanging(over)))
    assert found.bundles == {}
    assert [failure.index for failure in found.failures] == [1, 2]


# --- breaks ---------------------------------------------------------------------------------


def test_fetch__line_breaks__the_second_place_goes_on_from_there(tmp_path: Path) -> None:
    """What came before a break is not asked for again."""
    whole = bundle(1)
    first, second = Place(whole, breaks_after=1_500), Place(whole)
    found = fetched(tmp_path, 1, wanted(1, first, second))
    assert found.bundles == {1: whole}
    assert (first.asked, second.asked) == ([0], [1_500])
    assert found.said == ["keeper 1: the line is dead"]


def test_fetch__earlier_run_broke_off__asks_for_the_rest(tmp_path: Path) -> None:
    """The next run goes on where the last one was, and a complete bundle is not asked for."""
    whole = bundle(1)
    assert fetched(tmp_path, 1, wanted(1, Place(whole, breaks_after=2_000))).bundles == {}
    again = Place(whole)
    assert fetched(tmp_path, 1, wanted(1, again)).bundles == {1: whole}
    assert again.asked == [2_000]
    unasked = Place(whole)
    assert fetched(tmp_path, 1, wanted(1, unasked)).bundles == {1: whole}
    assert unasked.asked == []


def test_fetch__begun_with_wrong_bytes__an_honest_place_is_not_blamed(tmp_path: Path) -> None:
    """What a liar began is thrown away whole, and the honest place is asked from the start."""
    whole = bundle(1)
    liar, honest = Place(b"\1" * len(whole), breaks_after=1_000), Place(whole)
    found = fetched(tmp_path, 1, wanted(1, liar, honest))
    assert found.bundles == {1: whole}
    assert honest.asked == [1_000, 0]
    assert found.said == ["keeper 1: the line is dead"]


def test_remove_parts__beside_other_files__removes_what_was_fetched(tmp_path: Path) -> None:
    """Nothing but part files goes."""
    fetched(tmp_path, 1, wanted(1, Place(bundle(1))))
    (tmp_path / "kept").write_bytes(b"kept")
    remove_parts(tmp_path)
    assert parts(tmp_path) == [b"kept"]
