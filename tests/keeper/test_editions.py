"""Manifests rebuilt from the book: refused unless they are what was sealed, and kept once made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dao_backend.core.events import Contributed
from dao_backend.core.manifest import Entry, Manifest, Published, root
from dao_backend.core.manifest_file import encode
from dao_backend.core.model import Edition
from dao_backend.core.state import State
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import HistoryMismatch, InputError, ManifestMismatch, NotFound
from dao_backend.keeper.editions import Editions
from dao_backend.keeper.ledger import FinalView
from dao_backend.keeper.office import Keyring, Office
from dao_backend.ports.book import Listed
from dao_backend.ports.keepers import StoredShare
from tests.support.core_actors import CHAIN, REGISTRY, Dealt, committee, dealt, seed, wallet

MEMBERS = committee(2, 3)
COUNT = 1_005
"""More than custody is asked about at once."""
DEALT = sorted(
    (dealt(number, MEMBERS) for number in range(COUNT)), key=lambda one: one.record.contribution_id
)
WHOLE = Manifest(CHAIN, REGISTRY, 0, COUNT, tuple(Entry(one.record, 10) for one in DEALT))
SEALED = Edition(1, 0, 1_700_000_000, 10 * COUNT, COUNT, 1)


@dataclass
class Desk:
    """Editions over real files, and what they told."""

    office: Office
    told: list[str]

    def editions(
        self, reading: Callable[[], AbstractContextManager[FinalView]] | None = None
    ) -> Editions:
        """As a keeper that has just begun has them."""
        return Editions(self.office, reading or (lambda: nullcontext(view(SEALED))))


def view(*editions: Edition) -> FinalView:
    """A final log that has sealed these."""
    sealed = {each.edition_id: each for each in editions}
    return FinalView(None, State(history_count=COUNT, editions=sealed))


def stored(one: Dealt) -> StoredShare:
    """A share as custody has it."""
    return StoredShare(one.record, one.dealing.commitments, b"sealed", bytes(65), seed("key"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A keeper that holds every share."""
    custody, book = SqliteCustody(tmp_path / "custody.sqlite"), SqliteBook(tmp_path / "book.sqlite")
    custody.add_all([stored(one) for one in DEALT])
    book.write(
        [
            Listed(position, Contributed(one.record, 10, wallet(50)))
            for position, one in enumerate(DEALT, 1)
        ]
    )
    told: list[str] = []
    parts: dict[str, object] = dict.fromkeys(
        ("operator", "relay", "bundles", "randomness", "clock", "reach", "room")
    )
    chain = SimpleNamespace(addresses=SimpleNamespace(chain_id=CHAIN, registry=REGISTRY))
    parts |= {"chain": chain, "custody": custody, "book": book, "at": told.append}
    yield Desk(Office(index=1, keys=Keyring([]), **parts), told)  # type: ignore[arg-type]
    custody.close()
    book.close()


@pytest.mark.parametrize("changed", [{"total_units": 1}, {"history_count": 3}])
def test_rebuilt__other_than_sealed__is_refused(desk: Desk, changed: dict[str, int]) -> None:
    """What the book gives is held against what the chain sealed."""
    edition = replace(SEALED, **changed)
    with pytest.raises(ManifestMismatch, match="was sealed over"):
        desk.editions().rebuilt(view(edition), edition)
    assert desk.told == []


def test_rebuilt__contract_and_log_differ__is_refused(desk: Desk) -> None:
    """One answer of a node is not enough."""
    with pytest.raises(ManifestMismatch, match="the log does not seal edition 1"):
        desk.editions().rebuilt(view(SEALED), replace(SEALED, timepoint=5))


def test_rebuilt__another_root_attested__is_refused(desk: Desk) -> None:
    """A root that others attested later is compared although the manifest is not built again."""
    editions = desk.editions()
    editions.rebuilt(view(SEALED), SEALED)
    attested = replace(SEALED, root=seed("another root"))
    with pytest.raises(ManifestMismatch, match="root is not the one"):
        editions.rebuilt(view(attested), attested)
    assert desk.told == ["manifest"]


def test_rebuilt__nothing_in_it__is_refused(desk: Desk) -> None:
    """An edition that everybody has left has no root."""
    empty = replace(SEALED, collection=1, total_units=0)
    with pytest.raises(InputError, match="without contributions"):
        desk.editions().rebuilt(view(empty), empty)


def test_rebuilt__log_doubted__is_refused(desk: Desk) -> None:
    """Nothing is rebuilt from a book that may hold what a node made up."""

    def doubted() -> AbstractContextManager[FinalView]:
        raise HistoryMismatch("doubted")

    with pytest.raises(HistoryMismatch):
        desk.editions(doubted).rebuilt(view(SEALED), SEALED)


def test_file__share_never_taken_in__is_not_found(desk: Desk, tmp_path: Path) -> None:
    """A keeper publishes no manifest that it cannot complete."""
    other = SqliteCustody(tmp_path / "empty.sqlite")
    editions = Editions(replace(desk.office, custody=other), lambda: nullcontext(view(SEALED)))
    rebuilt = editions.rebuilt(view(SEALED), SEALED)
    first = DEALT[0].record.contribution_id.hex()
    with pytest.raises(NotFound, match=first):
        list(editions.file(SEALED, rebuilt))
    other.close()


def test_file__other_share_never_taken_in_is_forgone__is_not_found(
    desk: Desk, tmp_path: Path
) -> None:
    """What the operator goes on without says nothing about the rest."""
    other = SqliteCustody(tmp_path / "empty.sqlite")
    other.forgo([DEALT[0].record.contribution_id])
    editions = Editions(replace(desk.office, custody=other), lambda: nullcontext(view(SEALED)))
    rebuilt = editions.rebuilt(view(SEALED), SEALED)
    with pytest.raises(NotFound, match=DEALT[1].record.contribution_id.hex()):
        list(editions.file(SEALED, rebuilt))
    other.close()


def test_file__some_forgone__lists_them_without_commitments(desk: Desk, tmp_path: Path) -> None:
    """The file says of which contributions this keeper knows no commitments, in every batch."""
    gone = {0, 500, COUNT - 1}
    custody = SqliteCustody(tmp_path / "partial.sqlite")
    custody.add_all([stored(one) for at, one in enumerate(DEALT) if at not in gone])
    custody.forgo([DEALT[at].record.contribution_id for at in (*gone, 7)])
    editions = Editions(replace(desk.office, custody=custody), lambda: nullcontext(view(SEALED)))
    found = list(editions.file(SEALED, editions.rebuilt(view(SEALED), SEALED)))
    known = (() if at in gone else one.dealing.commitments for at, one in enumerate(DEALT))
    assert found == list(encode(Published(WHOLE, tuple(known))))
    custody.close()


def test_file__book_changed_meanwhile__is_refused_at_its_end(desk: Desk) -> None:
    """Lines of other contributions than were summarised never pass for the edition."""
    editions = desk.editions()
    rebuilt = editions.rebuilt(view(SEALED), SEALED)
    with pytest.raises(ManifestMismatch, match="the book changed"):
        list(editions.file(SEALED, replace(rebuilt, records=seed("other records"))))


def test_file__whole_edition__is_byte_for_byte_that_of_the_manifest_in_memory(desk: Desk) -> None:
    """Written entry by entry, after the root was made once, it is the same file."""
    editions = desk.editions()
    rebuilt = editions.rebuilt(view(SEALED), SEALED)
    attested = replace(SEALED, root=root(WHOLE))
    assert editions.rebuilt(view(attested), attested) == rebuilt
    assert rebuilt.summary.root == root(WHOLE)
    published = Published(WHOLE, tuple(one.dealing.commitments for one in DEALT))
    assert list(editions.file(attested, rebuilt)) == list(encode(published))
    assert desk.told == ["manifest"]
