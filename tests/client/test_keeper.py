"""A keeper over HTTP gives what it gives in process, and refuses as it refuses there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from dao_backend.client.keeper import RemoteKeeper
from dao_backend.core.access import Denied, Reason
from dao_backend.core.problems import document_of
from dao_backend.errors import (
    ChainUnavailable,
    DaoError,
    InputError,
    InvalidSignature,
    NotFound,
    NotReleased,
    Refused,
    ServiceUnavailable,
    ShareMismatch,
)
from dao_backend.keeper.server import create_app
from tests.support import shelf_keeper as shelf
from tests.support.core_actors import seed, wallet
from tests.support.keeper_calls import every_call
from tests.support.shelf_keeper import CONTENT, ShelfKeeper, served

SECRET = "a thing that stays inside"


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[ShelfKeeper, str]]:
    """A keeper on a real socket and under a path, as a service mounts it; and its endpoint."""
    keeper = ShelfKeeper()
    app = Starlette(routes=[Mount("/keeper/2", create_app(keeper))])
    with served(app) as url:
        yield keeper, f"{url}/keeper/2"


@pytest.fixture
def shelf_keeper(standing: tuple[ShelfKeeper, str]) -> ShelfKeeper:
    """What stands behind the wire, as new."""
    standing[0].clear()
    return standing[0]


@pytest.fixture
def remote(standing: tuple[ShelfKeeper, str], shelf_keeper: ShelfKeeper) -> Iterator[RemoteKeeper]:
    """The same, asked over the wire."""
    with closing(RemoteKeeper(2, standing[1])) as keeper:
        yield keeper


def collect(keeper: RemoteKeeper, into: bytearray) -> None:
    """Add a bundle to what is there, piece by piece."""
    for piece in keeper.bundle(7, len(into)):
        into += piece


@every_call
def test_call__unforeseen_at_the_keeper__is_unavailable_and_tells_nothing(
    call: Callable[[RemoteKeeper], object], shelf_keeper: ShelfKeeper, remote: RemoteKeeper
) -> None:
    """A defect of a keeper is a number for its operator; the text of it stays there."""

    def fail() -> None:
        raise RuntimeError(SECRET)

    shelf_keeper.trouble = fail
    with pytest.raises(ServiceUnavailable, match=r"answers 500: .* number [0-9a-f]{16}") as raised:
        call(remote)
    assert SECRET not in str(raised.value)


@every_call
@pytest.mark.parametrize(
    "error",
    [
        Refused("not while this stands"),
        NotFound("nothing here"),
        InvalidSignature("somebody else's"),
        ShareMismatch("not this share", 3),
        ChainUnavailable("no node answers"),
        NotReleased("not yet", "not-delivered"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_call__keeper_refuses__raises_what_the_keeper_raised(
    call: Callable[[RemoteKeeper], object],
    error: DaoError,
    shelf_keeper: ShelfKeeper,
    remote: RemoteKeeper,
) -> None:
    """Every class of the error tree comes back with its sentence and its reason."""

    def refuse() -> None:
        raise error

    shelf_keeper.trouble = refuse
    with pytest.raises(type(error)) as raised:
        call(remote)
    assert document_of(raised.value, "") == document_of(error, "")


def test_bundle__refused__has_the_reason(shelf_keeper: ShelfKeeper, remote: RemoteKeeper) -> None:
    """A buyer learns why, before any byte."""
    shelf_keeper.decision = Denied(Reason.NOT_DELIVERED, "Too few receipts are final.")
    with pytest.raises(NotReleased, match="Too few receipts") as raised:
        next(remote.bundle(7))
    assert raised.value.reason == "not-delivered"


def test_bundle__offset_behind_the_end__is_an_input_error(remote: RemoteKeeper) -> None:
    """There is nothing to resume behind the last byte."""
    with pytest.raises(InputError, match="bytes only"):
        next(remote.bundle(7, len(CONTENT)))


def test_bundle__breaks_off__is_unavailable_and_resumes(
    shelf_keeper: ShelfKeeper, remote: RemoteKeeper
) -> None:
    """What arrived before is kept, and the rest is fetched from there."""

    def fail() -> None:
        raise RuntimeError(SECRET)

    shelf_keeper.trouble, shelf_keeper.broken_at = fail, 1_000_000
    got = bytearray()
    with pytest.raises(ServiceUnavailable) as raised:
        collect(remote, got)
    assert SECRET not in str(raised.value)
    assert 0 < len(got) < len(CONTENT)
    shelf_keeper.trouble = lambda: None
    collect(remote, got)
    assert bytes(got) == CONTENT


def test_calls__answered__give_what_the_keeper_gave(
    shelf_keeper: ShelfKeeper, remote: RemoteKeeper
) -> None:
    """Every method gives over the wire what it gives in process, and asks for the same."""
    ids = tuple(seed("id", number) for number in range(500))
    asker, key = wallet(1), seed("release key")
    assert remote.take_in(shelf.INTAKE) == shelf.SIGNATURE
    assert remote.commitments(shelf.CONTRIBUTION) == shelf.COMMITMENTS
    assert remote.attestation(2**40 - 1) == (seed("root"), shelf.SIGNATURE)
    assert remote.release(2**64 - 1, asker, key) == shelf.ALLOWED
    assert remote.bundle_facts(7) == shelf.BUNDLE
    assert remote.tombstone(shelf.CONTRIBUTION) == shelf.TOMBSTONE
    assert remote.hand_over(shelf.ASK, ids, shelf.SIGNATURE) == shelf.HANDED
    assert remote.status() == shelf.STATUS
    assert b"".join(remote.manifest(3)) == b"".join(shelf.LINES)
    assert b"".join(remote.bundle(7)) == CONTENT
    asked = [each for each in shelf_keeper.asked if each[0] not in ("bundle_facts", "bundle")]
    assert asked == [
        ("take_in", shelf.INTAKE),
        ("commitments", shelf.CONTRIBUTION),
        ("attestation", 2**40 - 1),
        ("release", (2**64 - 1, asker, key)),
        ("release", (7, None, None)),
        ("tombstone", shelf.CONTRIBUTION),
        ("hand_over", (shelf.ASK, ids, shelf.SIGNATURE)),
        ("status", None),
        ("manifest", 3),
    ]
    assert remote.index == 2


def test_release__denied__is_a_result(shelf_keeper: ShelfKeeper, remote: RemoteKeeper) -> None:
    """A denial is no error, and the bundle's facts stand beside it."""
    shelf_keeper.decision = Denied(Reason.RECEIPT_NOT_FINAL, "Not final yet.")
    assert remote.release(7) == shelf_keeper.decision
    assert remote.bundle_facts(7) == shelf.BUNDLE
    shelf_keeper.bundle_built = None
    assert remote.bundle_facts(7) is None


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 1), (0, 100_000), (5, None), (1_048_576, 1_048_576), (len(CONTENT) - 1, 10), (9, 0)],
)
def test_bundle__range__is_that_part(remote: RemoteKeeper, offset: int, length: int | None) -> None:
    """Any part can be fetched by itself."""
    stop = None if length is None else offset + length
    assert b"".join(remote.bundle(7, offset, length)) == CONTENT[offset:stop]


def test_bundle__left_half_way__frees_the_connection(remote: RemoteKeeper) -> None:
    """A reader that has enough may go."""
    pieces = remote.bundle(7)
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert remote.status() == shelf.STATUS
