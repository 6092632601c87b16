"""An index that follows a chain, also where the chain takes blocks back or a node lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from dao_backend.chain.reader import Reader
from dao_backend.core.events import Contributed, LogEvent
from dao_backend.core.facts import Addresses
from dao_backend.errors import ChainUnavailable, HistoryMismatch
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.indexer import Indexer
from dao_backend.ports.chain import Block
from tests.support.anvil import Chain, running_chain
from tests.support.local_dao import LocalDao, found_dao


@dataclass
class Untrusted:
    """The real reader, which may leave events out or let things happen while it reads."""

    honest: Reader
    hides: Callable[[LogEvent], bool] = lambda event: False
    during_logs: list[Callable[[], object]] = field(default_factory=list)
    blocks_asked: int = 0

    @property
    def addresses(self) -> Addresses:
        """The DAO's."""
        return self.honest.addresses

    def head(self) -> Block:
        """The chain's."""
        return self.honest.head()

    def block(self, number: int) -> Block:
        """The chain's; counted."""
        self.blocks_asked += 1
        return self.honest.block(number)

    def history(self, block: int | None = None) -> tuple[bytes, int]:
        """The chain's."""
        return self.honest.history(block)

    def logs(self, first: int, last: int) -> list[LogEvent]:
        """The chain's, without what is hidden."""
        found = self.honest.logs(first, last)
        if self.during_logs:
            self.during_logs.pop(0)()
        return [event for event in found if not self.hides(event)]


class Rounds(Event):
    """A stop event that ends a loop after some waits, and remembers how long each was."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Do not wait."""
        self.waits.append(timeout or 0)
        if len(self.waits) == self.rounds:
            self.set()
        return self.is_set()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    """An empty index."""
    made = SqliteIndex(tmp_path / "index.sqlite")
    yield made
    made.close()


def _events(index: SqliteIndex) -> list[LogEvent]:
    found, after = [], None
    while True:
        page = index.events(after=after, limit=7)
        found += page.rows
        if (after := page.next) is None:
            return found


def _level(index: SqliteIndex, dao: LocalDao) -> bool:
    """Whether the index holds exactly what the chain's log holds."""
    head = dao.reader.head()
    return index.cursor() == head and _events(index) == dao.reader.logs(0, head.number)


def test_sync__node_hides_a_contribution__is_a_mismatch(dao: LocalDao, index: SqliteIndex) -> None:
    """An event left out is noticed by the registry's history head, and nothing of it is kept."""
    dao.register(1)
    hidden = dao.registration(2).record.contribution_id

    def hides(event: LogEvent) -> bool:
        fact = event.fact
        return isinstance(fact, Contributed) and fact.record.contribution_id == hidden

    reader = Untrusted(dao.reader, hides)
    indexer = Indexer(reader, index)
    indexer.sync_once()
    checked = index.cursor()
    dao.register(2)
    dao.register(3)
    with pytest.raises(HistoryMismatch):
        indexer.sync_once()
    assert index.cursor() == checked
    reader.hides = lambda event: False
    indexer.sync_once()
    assert _level(index, dao)


def test_sync__node_hid_something_earlier__begins_again(dao: LocalDao, index: SqliteIndex) -> None:
    """An index that was filled before the lie was noticed is emptied and filled anew."""
    dao.register(1)
    dao.chain.time.mine(10)
    reader = Untrusted(dao.reader, lambda event: isinstance(event.fact, Contributed))
    with pytest.raises(HistoryMismatch):
        Indexer(reader, index, widest=3).sync_once()
    assert index.cursor() is None
    assert _events(index) == []


def test_sync__blocks_taken_back_while_reading__stores_nothing_of_them(
    dao: LocalDao, index: SqliteIndex
) -> None:
    """What was read from a chain that is gone is not mixed with what is there now."""
    indexer_reader = Untrusted(dao.reader)
    indexer = Indexer(indexer_reader, index)
    indexer.sync_once()
    dao.register(1)
    indexer_reader.during_logs = [lambda: dao.chain.reorganise(1)]
    with pytest.raises(ChainUnavailable, match="reorganised while"):
        indexer.sync_once()
    indexer.sync_once()
    assert _level(index, dao)


def test_run__chain_fails__goes_on_with_longer_pauses(dao: LocalDao, index: SqliteIndex) -> None:
    """A chain that does not answer is asked again, less and less often, and said so."""

    def fails() -> None:
        raise ChainUnavailable("gone")

    reader = Untrusted(dao.reader, during_logs=[fails, fails])
    stop = Rounds(4)
    with capture_logs() as logged:
        Indexer(reader, index).run(stop, pause=1.0)
    assert stop.waits == [2.0, 4.0, 1.0, 1.0]
    assert [entry["event"] for entry in logged[:2]] == ["index.paused"] * 2
    assert logged[0]["cause"] == "gone"
    assert _level(index, dao)


def test_run__unexpected_failure__is_logged_and_survived(dao: LocalDao, index: SqliteIndex) -> None:
    """A defect in one round does not end the process that serves everybody."""
    reader = Untrusted(dao.reader, during_logs=[lambda: int("no number")])
    with capture_logs() as logged:
        Indexer(reader, index).run(Rounds(2))
    assert logged[0]["event"] == "index.failed"
    assert _level(index, dao)


def test_sync__new_index__holds_the_whole_log(dao: LocalDao, index: SqliteIndex) -> None:
    """Everything since the contracts were created is there, in order."""
    dao.register(1)
    progress = Indexer(dao.reader, index).sync_once()
    assert _level(index, dao)
    assert progress.events == len(_events(index)) > 0
    assert not progress.rolled_back


def test_sync__nothing_new__asks_little(dao: LocalDao, index: SqliteIndex) -> None:
    """A level index costs two questions a round: the head, and whether it is still the same."""
    reader = Untrusted(dao.reader)
    indexer = Indexer(reader, index)
    indexer.sync_once()
    reader.blocks_asked = 0
    assert indexer.sync_once().events == 0
    assert reader.blocks_asked == 1


def test_sync__another_process__resumes_at_the_cursor(dao: LocalDao, index: SqliteIndex) -> None:
    """A restart reads on from where the index stands, and checks the history across it."""
    dao.register(1)
    Indexer(dao.reader, index).sync_once()
    dao.register(2)
    progress = Indexer(dao.reader, index).sync_once()
    assert progress.events == 2
    assert _level(index, dao)


@pytest.mark.parametrize("widest", [1, 2, 1000])
def test_sync__in_spans_of_any_width__is_the_same(
    dao: LocalDao, index: SqliteIndex, widest: int
) -> None:
    """How much is read at once changes nothing about what is stored."""
    dao.register(1)
    dao.register(2)
    dao.writer(1).withdraw(dao.registration(1).record.contribution_id)
    Indexer(dao.reader, index, widest).sync_once()
    assert _level(index, dao)


def test_sync__blocks_were_taken_back__forgets_what_they_held(
    dao: LocalDao, index: SqliteIndex
) -> None:
    """After a reorganisation the index holds what the chain holds now, and says it rolled back."""
    indexer = Indexer(dao.reader, index)
    for number in (1, 2, 3):
        dao.register(number)
        indexer.sync_once()
    dao.chain.reorganise(2)
    with capture_logs() as logged:
        progress = indexer.sync_once()
    assert progress.rolled_back
    assert logged[0]["event"] == "chain.reorganised"
    assert _level(index, dao)
    assert index.totals().contributions == 1


def test_sync__everything_was_taken_back__begins_again(dao: LocalDao, index: SqliteIndex) -> None:
    """Where no remembered block is left, the index is emptied and filled anew."""
    dao.register(1)
    Indexer(dao.reader, index).sync_once()
    dao.chain.reorganise(1)
    assert Indexer(dao.reader, index).sync_once().rolled_back
    assert _level(index, dao)


@pytest.fixture(scope="module")
def playground() -> Iterator[LocalDao]:
    """A DAO of its own, which the property below pushes about."""
    with running_chain() as chain:
        yield found_dao(chain)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.integers(1, 3)),
        st.tuples(st.just("mine"), st.integers(1, 4)),
        st.tuples(st.just("reorganise"), st.integers(1, 4)),
        st.tuples(st.just("sync"), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=15)
@given(steps=_STEPS)
def test_sync__any_reorganisations__equal_a_replay(
    playground: LocalDao, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Following a chain through any history ends where reading it once would have ended."""
    index = SqliteIndex(tmp_path_factory.mktemp("index") / "index.sqlite")
    indexer = Indexer(playground.reader, index, widest=4)
    fresh = playground.chain.height() * 1000
    floor = playground.chain.height()
    for place, (step, count) in enumerate(steps):
        _take(playground.chain, playground, indexer, (step, count), (fresh + 10 * place, floor))
    indexer.sync_once()
    assert _level(index, playground)
    index.close()


def _take(
    chain: Chain, dao: LocalDao, indexer: Indexer, step: tuple[str, int], bounds: tuple[int, int]
) -> None:
    """One step of a history; blocks below `bounds[1]` stay."""
    match step:
        case "register", count:
            for offset in range(count):
                dao.register(bounds[0] + offset)
        case "mine", count:
            chain.time.mine(count)
        case "reorganise", count if chain.height() - bounds[1] >= count:
            chain.reorganise(count)
        case "sync", _:
            indexer.sync_once()
