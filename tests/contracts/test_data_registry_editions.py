"""An edition holds what a collection held at the end of the second before it was sealed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import HOUR, call_of, deploy_core
from tests.contracts.dao import Dao, words
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

STEPS = 40
Call = tuple[str, bytes]


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


@pytest.fixture
def wallet(project: ProjectManager, alice: AccountAPI) -> ContractInstance:
    """A contributor that makes several calls within one second."""
    return alice.deploy(project.BatchWallet, alice)


def contribution(
    dao: Dao, who: ContractInstance, units: int, collection: int = 0
) -> tuple[bytes, Call]:
    """A contribution to come: its id and its call."""
    record, nonce = dao.record(who.address, collection)
    statement = dao.appraisal(record, units)
    return record.contribution_id, call_of(
        dao.registry, "contribute", words(record), nonce, statement
    )


def facts(dao: Dao, edition: int) -> tuple[int, ...]:
    """Collection, timepoint, total units, history count, epoch."""
    return tuple(dao.registry.editionOf(edition))


# --- refusals ---


def test_seal__an_unknown_collection__is_refused(core: Dao) -> None:
    """There are editions of the DAO's collections only."""
    with refused("CollectionUnknown", collection=2):
        core.registry.seal(2, sender=core.stranger)
    with refused("CollectionUnknown", collection=2):
        core.registry.newestEdition(2)


@pytest.mark.parametrize("edition", [0, 1])
def test_look_up__an_unknown_edition__is_refused(core: Dao, edition: int) -> None:
    """Nobody is shown an empty edition in place of one that does not exist."""
    with refused("EditionUnknown", editionId=edition):
        core.registry.editionOf(edition)


def test_seal__before_anything_was_contributed__is_refused(core: Dao, alice: AccountAPI) -> None:
    """What never held anything has no edition, whatever the other collection holds."""
    with refused("NothingChanged", collection=0, historyCount=0):
        core.registry.seal(0, sender=alice)
    core.contribute(alice, collection=1)
    with refused("NothingChanged", collection=0, historyCount=1):
        core.registry.seal(0, sender=alice)


def test_seal__within_the_interval__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Sealing again and again cannot be used to hold grants up."""
    core.contribute(alice)
    edition = core.seal()
    core.contribute(alice)
    earliest = facts(core, edition)[1] + 1 + HOUR
    core.chain.pending_timestamp = earliest - 1
    with refused("SealTooSoon", collection=0, earliest=earliest):
        core.registry.seal(0, sender=alice)
    core.chain.pending_timestamp = earliest
    core.registry.seal(0, sender=alice)
    assert core.registry.newestEdition(0) == edition + 1


def test_seal__unchanged_since_the_last__is_refused(core: Dao, alice: AccountAPI) -> None:
    """An edition that would equal the one before is not sealed, though others changed."""
    core.contribute(alice)
    core.seal()
    core.contribute(alice, collection=1)
    core.wait(HOUR)
    with refused("NothingChanged", collection=0, historyCount=2):
        core.registry.seal(0, sender=alice)


def test_seal__after_a_change_of_the_same_second__is_refused(
    core: Dao, alice: AccountAPI, wallet: ContractInstance
) -> None:
    """What happens in this second is not part of the past that is sealed."""
    _, call = contribution(core, wallet, 10)
    with refused("NothingChanged", collection=0, historyCount=0):
        wallet.execute([call, call_of(core.registry, "seal", 0)], sender=alice)


# --- success ---


def test_seal__first_time__needs_no_interval(core: Dao, alice: AccountAPI, bob: AccountAPI) -> None:
    """Anybody seals what everybody contributed, and the edition says what it is."""
    core.contribute(alice, 40)
    core.contribute(bob, 2)
    core.contribute(bob, 100, collection=1)
    receipt = core.registry.seal(0, sender=core.stranger)
    sealed = (1, 0, receipt.timestamp - 1, 42, 3, 1)
    assert list(receipt.events) == [core.registry.EditionSealed(*sealed)]
    assert facts(core, 1) == sealed[1:]
    assert [core.registry.newestEdition(number) for number in (0, 1)] == [1, 0]
    assert core.registry.editionCount() == 1


def test_seal__another_collection__numbers_on_and_does_not_mix(
    core: Dao, alice: AccountAPI
) -> None:
    """Editions share one sequence; each belongs to one collection only."""
    for collection in (0, 1):
        core.contribute(alice, 10 + collection, collection)
    for collection in (1, 0):
        core.registry.seal(collection, sender=alice)
    assert [facts(core, edition)[0] for edition in (1, 2)] == [1, 0]
    assert [facts(core, edition)[2] for edition in (1, 2)] == [11, 10]
    assert [core.registry.newestEdition(number) for number in (0, 1)] == [2, 1]


def test_seal__after_everybody_left__is_an_empty_edition(core: Dao, alice: AccountAPI) -> None:
    """The last leaver too can make sure that nothing older is granted."""
    identity = core.contribute(alice)
    core.seal()
    core.withdraw(alice, identity)
    edition = core.seal()
    assert core.registry.newestEdition(0) == edition == 2
    assert facts(core, edition)[2:4] == (0, 2)


def test_contribute_seal_withdraw__within_one_second__sells_nothing(
    core: Dao, alice: AccountAPI, bob: AccountAPI, wallet: ContractInstance
) -> None:
    """Who passes through in one block is in no edition."""
    core.contribute(bob, 7)
    identity, call = contribution(core, wallet, 1000)
    calls = [call, call_of(core.registry, "seal", 0)]
    calls += [call_of(core.registry, "withdraw", identity)]
    receipt = wallet.execute(calls, sender=alice)
    assert facts(core, 1) == (0, receipt.timestamp - 1, 7, 1, 1)
    assert core.registry.historyCount() == 3
    assert core.token.pastUnits(wallet, 0, facts(core, 1)[1]) == 0


def test_seal__between_a_withdrawal_and_its_second_end__leaves_the_leaver_its_edition(
    core: Dao, alice: AccountAPI, wallet: ContractInstance
) -> None:
    """Nobody can start the interval with an old list in the very second somebody leaves."""
    identity, call = contribution(core, wallet, 10)
    wallet.execute([call], sender=alice)
    core.seal()
    core.wait(HOUR)
    withdrawal = call_of(core.registry, "withdraw", identity)
    seal = call_of(core.registry, "seal", 0)
    with refused("NothingChanged", collection=0, historyCount=1):
        wallet.execute([withdrawal, seal], sender=alice)
    wallet.execute([withdrawal], sender=alice)
    wallet.execute([seal], sender=alice)
    assert facts(core, 2)[2:4] == (0, 2)


def test_seal__in_the_second_of_a_withdrawal__leaves_it_to_the_next_edition(
    core: Dao, alice: AccountAPI, bob: AccountAPI, wallet: ContractInstance
) -> None:
    """A change that shares its second with a seal is neither in that edition nor forgotten."""
    core.contribute(bob, 7)
    identity, call = contribution(core, wallet, 10)
    wallet.execute([call], sender=alice)
    withdrawal = call_of(core.registry, "withdraw", identity)
    wallet.execute([withdrawal, call_of(core.registry, "seal", 0)], sender=alice)
    assert facts(core, 1)[2:4] == (17, 2)
    core.wait(HOUR)
    core.registry.seal(0, sender=alice)
    assert facts(core, 2)[2:4] == (7, 3)


# --- properties ---


@dataclass
class Model:
    """What the registry must say, from a plain list of changes."""

    changes: list[tuple[int, int, int]] = field(default_factory=list)
    """Second, collection, units gained or lost."""
    timepoints: dict[int, int] = field(default_factory=dict)
    """Of each collection's newest edition."""

    def seal(self, collection: int, now: int) -> tuple[str, dict[str, int]] | tuple[int, int]:
        """The refusal, or total units and history count of the edition."""
        before = self.timepoints.get(collection, -HOUR)
        past = [change for change in self.changes if change[0] < now]
        if now < before + 1 + HOUR:
            return "SealTooSoon", {"collection": collection, "earliest": before + 1 + HOUR}
        if not any(c == collection and before < second for second, c, _ in past):
            return "NothingChanged", {"collection": collection, "historyCount": len(past)}
        self.timepoints[collection] = now - 1
        return sum(units for _, c, units in past if c == collection), len(past)


class Season:
    """A random season of one wallet, whose seals fall between changes of the same second."""

    def __init__(self, dao: Dao, wallet: ContractInstance, owner: AccountAPI, seed: int) -> None:
        self.dao, self.wallet, self.owner = dao, wallet, owner
        self.dice, self.model = random.Random(seed), Model()
        self.active: list[tuple[bytes, int, int]] = []
        self.outcomes: set[str] = set()

    def step(self) -> None:
        """Some changes, a seal, some changes, in one second."""
        now = self.dao.now + self.dice.choice((2, 2, 30, HOUR // 2, HOUR))
        collection = self.dice.randrange(2)
        expected = self.model.seal(collection, now)
        self.dao.chain.pending_timestamp = now
        seal = call_of(self.dao.registry, "seal", collection)
        if isinstance(expected[0], str):
            self.outcomes.add(expected[0])
            with refused(expected[0], **expected[1]):
                self.wallet.execute([seal], sender=self.owner)
            later = self.dao.chain.pending_timestamp
            self._execute(self._changes(later), later)
            return
        self.outcomes.add("sealed")
        self._execute([*self._changes(now), seal, *self._changes(now)], now)
        edition = self.dao.registry.newestEdition(collection)
        assert facts(self.dao, edition) == (collection, now - 1, *expected, 1)

    def _execute(self, calls: list[Call], now: int) -> None:
        assert self.wallet.execute(calls, sender=self.owner).timestamp == now

    def _changes(self, now: int) -> list[Call]:
        calls = []
        for _ in range(self.dice.randint(0, 2)):
            if self.active and self.dice.random() < 0.4:
                identity, collection, units = self.active.pop()
                calls.append(call_of(self.dao.registry, "withdraw", identity))
                self.model.changes.append((now, collection, -units))
                continue
            collection, units = self.dice.randrange(2), self.dice.randint(1, 99)
            identity, call = contribution(self.dao, self.wallet, units, collection)
            self.active.append((identity, collection, units))
            calls.append(call)
            self.model.changes.append((now, collection, units))
        return calls


@pytest.mark.parametrize("seed", [3, 4])
def test_seal__in_any_season__agrees_with_a_plain_list(
    core: Dao, alice: AccountAPI, wallet: ContractInstance, seed: int
) -> None:
    """Editions and refusals are those of a model that remembers every change and its second."""
    season = Season(core, wallet, alice, seed)
    for _ in range(STEPS):
        season.step()
    assert season.outcomes == {"sealed", "SealTooSoon", "NothingChanged"}
    assert core.registry.historyCount() == len(season.model.changes)
    assert core.token.totalSupply() == sum(units for _, _, units in season.model.changes)
