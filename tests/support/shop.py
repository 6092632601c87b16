"""A service that does nothing by itself, a contributor, a buyer and an arbiter with terminals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dao_backend.chain.anvil import TimeMachine
from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service
from tests.support.cli import SOURCE, Answer, Person, settle_in, write_module


@dataclass(frozen=True, slots=True)
class Shop:
    """One edition to be bought, and the people around it."""

    service: Service
    time: TimeMachine
    alice: Person
    bob: Person
    judge: Person

    def later(self, seconds: int = 0) -> None:
        """Let chain time pass, final and indexed."""
        self.time.advance(seconds)
        self.follow()

    def follow(self) -> None:
        """Make everything final and known."""
        self.time.finalize()
        self.service.system.indexer.sync_once()

    def until(self, moment: int) -> None:
        """Let chain time pass beyond a moment."""
        self.later(max(0, moment - self.service.system.chain.head().timestamp) + 1)

    def work(self) -> None:
        """What worker and keepers do by themselves elsewhere, until nothing is due."""
        for _ in range(2):
            self.follow()
            self.service.system.worker.run_once()
            for keeper in self.service.system.keepers:
                keeper.work()
        self.follow()

    def granted(self, *options: str) -> str:
        """Number of a licence that the buyer was just granted; no keeper has worked yet."""
        words = ("request", SOURCE, "--purpose", "fine-tune", "--pay", "1", *options)
        number = str(self.bob.signs(*words)["requestId"])
        self.passed(number)
        assert self.bob.does("status", number)["status"] == "granted"
        return number

    def enlarge(self) -> None:
        """Give the contributor the units that a proposal takes, in a new attested edition."""
        path = write_module(self.service.data.parent / "more.py", 31, 90)
        self.alice.signs("contribute", path, "--collection", SOURCE)
        self.later(3601)
        self.work()

    def passed(self, proposal: str) -> None:
        """Vote for a proposal, and let its timelock run out; the worker does the rest."""
        self.later(61)
        self.alice.signs("vote", proposal, "for")
        for seconds in (8 * 60, 61):
            self.later(seconds)
            self.service.system.worker.run_once()
        self.follow()

    def held(self, person: Person) -> int:
        """A person's balance in wei."""
        return int(person.does("wallet", "show")["balance"])

    def delivered(self, *options: str) -> str:
        """The same with every receipt final, and settled unless an arbiter is named."""
        number = self.granted(*options)
        self.work()
        return number


def said(answer: Answer, code: int, sentence: str) -> None:
    """The command ended with this code and this sentence."""
    assert (answer.err.splitlines()[0], answer.code) == (sentence, code)


@contextmanager
def opened_shop(folder: Path) -> Iterator[Shop]:
    """Serve from `folder`, with one attested edition of one member."""
    settings = Settings(data=folder / "service", port=0)
    with Service(settings, with_loops=False) as service:
        people = [settle_in(folder / name) for name in ("alice", "bob", "judge")]
        for each in people:
            each.does("init", "--service", service.url)
            each.does("wallet", "fund")
        shop = Shop(service, TimeMachine(service.chain.rpc), *people)
        path = write_module(folder / "module.py", 30)
        shop.alice.signs("contribute", path, "--collection", SOURCE)
        shop.later(3601)
        shop.work()
        yield shop
