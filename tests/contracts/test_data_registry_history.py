"""The chain's history is the fold of its events, through any coming and going of the members."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.events import Contributed, Left, Withdrawn
from dao_backend.core.history import GENESIS, Change, check_history, next_head
from dao_backend.core.model import Address, Record
from tests.contracts.actors import deploy_core, register
from tests.contracts.dao import Dao
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

ACTIVE, WITHDRAWN = 1, 2
STEPS = 40


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


@dataclass
class Entry:
    """A contribution as a plain list would keep it."""

    record: Record
    units: int
    tenure: int
    active: bool = True
    withdrawn_alone: bool = False


class Season:
    """Members who contribute, withdraw and leave by a dice, and the list of what they did."""

    def __init__(self, dao: Dao, members: list[AccountAPI], seed: int) -> None:
        self.dao, self.members, self.dice = dao, members, random.Random(seed)
        self.entries: list[Entry] = []
        self.tenures = dict.fromkeys((member.address for member in members), 0)
        self.changes: list[Change] = []

    def step(self) -> str:
        """One member does one thing; give its name."""
        member = self.dice.choice(self.members)
        own = [entry for entry in self.entries if entry.record.contributor == member.address]
        active = [entry for entry in own if entry.active]
        over = [entry for entry in own if entry.tenure < self.tenures[member.address]]
        act = self.dice.random()
        if not active or act < 0.5:
            return self._contribute(member)
        if act < 0.7:
            return self._withdraw(member, self.dice.choice(active))
        if act < 0.85 or not over:
            return self._leave(member, active)
        return self._withdraw_again(member, self.dice.choice(over))

    def balance(self, member: AccountAPI, collection: int) -> int:
        """Units that the member's active contributions gave it."""
        return sum(
            entry.units
            for entry in self.entries
            if entry.active
            and (entry.record.contributor, entry.record.collection) == (member.address, collection)
        )

    def _contribute(self, member: AccountAPI) -> str:
        units = self.dice.randint(1, 99)
        record, nonce = self.dao.record(member.address, self.dice.randrange(2))
        register(self.dao, record, nonce, self.dao.appraisal(record, units), sender=member)
        self.entries.append(Entry(record, units, self.tenures[member.address]))
        self.changes.append(Contributed(record, units, Address(self.dao.appraiser.address)))
        return "contributed"

    def _withdraw(self, member: AccountAPI, entry: Entry) -> str:
        record = entry.record
        self.dao.withdraw(member, record.contribution_id)
        entry.active, entry.withdrawn_alone = False, True
        identity, who = record.contribution_id, record.contributor
        self.changes.append(Withdrawn(identity, who, record.collection, entry.units))
        return "withdrew"

    def _leave(self, member: AccountAPI, active: list[Entry]) -> str:
        units = (self.balance(member, 0), self.balance(member, 1), 0)
        self.dao.registry.leaveAll(sender=member)
        for entry in active:
            entry.active = False
        tenure = self.tenures[member.address]
        self.tenures[member.address] = tenure + 1
        self.changes.append(Left(Address(member.address), tenure, units))
        return "left"

    def _withdraw_again(self, member: AccountAPI, entry: Entry) -> str:
        identity, tenure = entry.record.contribution_id, entry.tenure
        over = {"member": member, "tenure": tenure, "current": self.tenures[member.address]}
        alone = entry.withdrawn_alone
        refusal = {"contributionId": identity} if alone else over
        with refused("ContributionNotActive" if alone else "TenureOver", **refusal):
            self.dao.withdraw(member, identity)
        return "refused"


# --- success ---


def test_leave_all__among_others__is_one_link_of_the_history(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A node that hides a departure cannot arrive at the head."""
    head = GENESIS
    for member, units, collection in ((alice, 40, 0), (bob, 5, 0), (alice, 7, 1)):
        record, nonce = core.record(member.address, collection)
        register(core, record, nonce, core.appraisal(record, units), sender=member)
        head = next_head(head, Contributed(record, units, Address(core.appraiser.address)))
    core.registry.leaveAll(sender=alice)
    head = next_head(head, Left(Address(alice.address), 0, (40, 7, 0)))
    assert bytes(core.registry.historyHead()) == head
    assert core.registry.historyCount() == 4


# --- properties ---


@pytest.mark.parametrize("seed", [1, 2])
def test_change__in_any_season__agrees_with_a_plain_list(
    core: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, seed: int
) -> None:
    """Units, status and history are those of a list that remembers everything."""
    season = Season(core, [alice, bob, carol], seed)
    outcomes = {season.step() for _ in range(STEPS)}
    assert outcomes == {"contributed", "withdrew", "left", "refused"}
    head, count = bytes(core.registry.historyHead()), core.registry.historyCount()
    check_history(season.changes, head, count)
    for entry in season.entries:
        found = core.registry.contributionOf(entry.record.contribution_id)
        assert int(found.status) == (ACTIVE if entry.active else WITHDRAWN)
    for member in season.members:
        held = [core.token.unitsOf(member, collection) for collection in (0, 1)]
        assert held == [season.balance(member, collection) for collection in (0, 1)]
        assert core.token.tenureOf(member) == season.tenures[member.address]
