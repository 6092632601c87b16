"""What appraisers mint in a window is a share of what there was when it began, and never more."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import COLLECTIONS, HOUR, deploy_core, sealing_key
from tests.contracts.dao import DAY, Dao
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

    Refusal = dict[str, object]

GENESIS_UNITS = 1000
WINDOW, ONE, ALL = 6 * HOUR, 1_000, 1_500
STEPS = 30
ABSURD = [
    (HOUR - 1, 1, 1),
    (30 * DAY + 1, 1, 1),
    (0, 1, 1),
    (HOUR, 0, 1),
    (HOUR, 0, 0),
    (HOUR, 2, 1),
]
"""Caps beyond each bound: window, one appraiser, all of them."""


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts: a tenth for each of two appraisers, three twentieths for both.

    Bob is the second. Alice's 1,000 units have begun the DAO.
    """
    core = deploy_core(chain, project, accounts, ((1, GENESIS_UNITS), (WINDOW, ONE, ALL)))
    core.registry.addAppraiser(bob, sealing_key(5), "", sender=core.timelock)
    core.contribute(alice, GENESIS_UNITS)
    return core


@pytest.fixture
def second(core: Dao, bob: AccountAPI) -> Dao:
    """The same DAO where bob appraises."""
    return replace(core, appraiser=bob)


def over(dao: Dao, units: int, available: int, ends: int, appraiser: object = None) -> Refusal:
    """The arguments of a refusal."""
    who = getattr(appraiser or dao.appraiser, "address", appraiser)
    return {"appraiser": who, "units": units, "available": available, "ends": ends}


# --- refusals ---


@pytest.mark.parametrize(("window", "one", "total"), ABSURD)
def test_deploy__caps_out_of_bounds__is_refused(
    project: ProjectManager, deployer: AccountAPI, window: int, one: int, total: int
) -> None:
    """A window lasts an hour to 30 days; one appraiser's share is some, and at most that of all."""
    terms = ([deployer] * 13, COLLECTIONS, [], HOUR, (1, 1), (window, one, total))
    with refused("CapsOutOfBounds", window=window, appraiserBps=one, totalBps=total):
        deployer.deploy(project.DataRegistry, *terms)


@pytest.mark.parametrize(("window", "one", "total"), ABSURD)
def test_set_caps__out_of_bounds__is_refused(core: Dao, window: int, one: int, total: int) -> None:
    """A vote cannot set what a deployment could not."""
    with refused("CapsOutOfBounds", window=window, appraiserBps=one, totalBps=total):
        core.registry.setCaps((window, one, total), sender=core.timelock)
    assert tuple(core.registry.caps()) == (WINDOW, ONE, ALL)


def test_set_caps__by_anybody_but_the_timelock__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Neither an appraiser nor the council loosens them."""
    for caller in (alice, core.appraiser, core.council):
        with refused("UnexpectedCaller", caller=caller, expected=core.timelock):
            core.registry.setCaps((HOUR, 1, 1), sender=caller)


def test_contribute__over_the_appraisers_cap__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A tenth of the genesis units is all that one appraiser mints in the first window."""
    ends = core.now + WINDOW
    with refused("MintingCapReached", **over(core, 101, 100, ends)):
        core.contribute(alice, 101)
    core.contribute(alice, 60)
    with refused("MintingCapReached", **over(core, 41, 40, ends)):
        core.contribute(alice, 41)
    core.contribute(alice, 40)
    with refused("MintingCapReached", **over(core, 1, 0, ends)):
        core.contribute(alice, 1)


def test_contribute__over_the_cap_of_all__is_refused(
    core: Dao, second: Dao, alice: AccountAPI
) -> None:
    """Two appraisers together mint less than twice what one may."""
    ends = core.now + WINDOW
    core.contribute(alice, 100)
    with refused("MintingCapReached", **over(core, 51, 50, ends, NOBODY)):
        second.contribute(alice, 51)
    second.contribute(alice, 50)
    with refused("MintingCapReached", **over(core, 1, 0, ends, NOBODY)):
        second.contribute(alice, 1)


def test_contribute__what_was_withdrawn__makes_no_room(core: Dao, alice: AccountAPI) -> None:
    """Minting and burning in turns does not get around a cap."""
    ends = core.now + WINDOW
    core.withdraw(alice, core.contribute(alice, 100))
    core.registry.leaveAll(sender=alice)
    with refused("MintingCapReached", **over(core, 1, 0, ends)):
        core.contribute(alice, 1)


def test_contribute__in_the_last_second_of_a_window__still_belongs_to_it(
    core: Dao, alice: AccountAPI
) -> None:
    """The next window begins with the first contribution after the end, and not before."""
    ends = core.now + WINDOW
    core.contribute(alice, 100)
    core.go_to(ends - 2)
    core.chain.pending_timestamp = ends - 1
    with refused("MintingCapReached", **over(core, 1, 0, ends)):
        core.contribute(alice, 1)
    core.go_to(ends)
    core.contribute(alice, 110)
    again = core.now + WINDOW
    with refused("MintingCapReached", **over(core, 1, 0, again)):
        core.contribute(alice, 1)


def test_contribute__by_an_appraiser_removed_and_added_again__counts_on(
    core: Dao, alice: AccountAPI
) -> None:
    """Coming back in the same window is not a fresh start."""
    ends = core.now + WINDOW
    core.contribute(alice, 100)
    core.registry.removeAppraiser(core.appraiser, sender=core.timelock)
    assert core.registry.mintableBy(core.appraiser) == 0
    core.registry.addAppraiser(core.appraiser, sealing_key(0), "", sender=core.timelock)
    with refused("MintingCapReached", **over(core, 1, 0, ends)):
        core.contribute(alice, 1)


# --- success ---


def test_set_caps__by_the_timelock__holds_at_once(core: Dao, alice: AccountAPI) -> None:
    """A vote that tightens or loosens the caps does so in the window under way."""
    ends = core.now + WINDOW
    core.contribute(alice, 80)
    receipt = core.registry.setCaps((WINDOW, 500, 500), sender=core.timelock)
    assert list(receipt.events) == [core.registry.CapsChanged(WINDOW, 500, 500)]
    assert tuple(core.registry.caps()) == (WINDOW, 500, 500)
    with refused("MintingCapReached", **over(core, 1, 0, ends)):
        core.contribute(alice, 1)
    core.registry.setCaps((WINDOW, 900, 900), sender=core.timelock)
    core.contribute(alice, 10)
    core.registry.setCaps((HOUR, 900, 900), sender=core.timelock)
    core.wait(HOUR)
    assert core.registry.mintableBy(core.appraiser) == 1090 * 900 // 10_000


def test_contribute__in_the_next_window__takes_its_share_of_what_there_is_then(
    core: Dao, second: Dao, alice: AccountAPI
) -> None:
    """What was minted in a window widens the next one, never its own."""
    core.contribute(alice, 100)
    second.contribute(alice, 50)
    core.wait(WINDOW)
    core.contribute(alice, 115)
    assert core.registry.mintableBy(core.appraiser) == 0
    assert core.registry.mintableBy(second.appraiser) == 1150 * ALL // 10_000 - 115


def test_contribute__after_a_long_silence__saves_nothing_up(core: Dao, alice: AccountAPI) -> None:
    """A year without a contribution gives one window's share and not a year's."""
    core.wait(365 * DAY)
    core.contribute(alice, 100)
    ends = core.now + WINDOW
    with refused("MintingCapReached", **over(core, 1, 0, ends)):
        core.contribute(alice, 1)


def test_contribute__when_units_fell_below_the_genesis__takes_its_share_of_that(
    core: Dao, alice: AccountAPI
) -> None:
    """A DAO that everybody left can grow again."""
    core.registry.leaveAll(sender=alice)
    core.wait(WINDOW)
    core.contribute(alice, 100)
    assert core.registry.mintableBy(core.appraiser) == 0


def test_mintable__by_who_is_no_appraiser__is_nothing(core: Dao, alice: AccountAPI) -> None:
    """Others mint nothing."""
    assert core.registry.mintableBy(alice) == 0


# --- properties ---


@dataclass
class Model:
    """What the caps allow, from a plain list of what was minted."""

    begin: int
    base: int = GENESIS_UNITS
    supply: int = GENESIS_UNITS
    minted: dict[str, int] = field(default_factory=dict)

    def left(self, now: int, appraiser: str) -> tuple[int, int]:
        """Units that `appraiser`, and that all together, may mint at `now`."""
        self._roll_over(now)
        own = self.base * ONE // 10_000 - self.minted.get(appraiser, 0)
        return own, self.base * ALL // 10_000 - sum(self.minted.values())

    def mint(self, now: int, appraiser: str, units: int) -> Refusal | None:
        """Count what is minted, or say why it cannot be."""
        begin, base, minted = self.begin, self.base, self.minted
        for who, left in zip((appraiser, NOBODY), self.left(now, appraiser), strict=True):
            if units > left:
                refusal = {"appraiser": who, "units": units, "available": left}
                refusal["ends"] = self.begin + WINDOW
                self.begin, self.base, self.minted = begin, base, minted
                return refusal
        self.minted[appraiser] = self.minted.get(appraiser, 0) + units
        self.supply += units
        return None

    def _roll_over(self, now: int) -> None:
        if now >= self.begin + WINDOW:
            self.begin, self.base, self.minted = now, max(self.supply, GENESIS_UNITS), {}


class Season:
    """Two appraisers and two members over some days; one of the members leaves now and then."""

    def __init__(self, appraisers: list[Dao], members: list[AccountAPI], seed: int) -> None:
        self.dao, self.dice = appraisers[0], random.Random(seed)
        self.appraisers, (self.stays, self.goes) = appraisers, members
        self.model = Model(self.dao.now)

    def step(self) -> str:
        """One contribution of up to one unit too much, or a departure; give how it went."""
        self.dao.wait(self.dice.choice((60, HOUR, 2 * HOUR, WINDOW)))
        held = self.dao.token.balanceOf(self.goes)
        if held and self.dice.random() < 0.2:
            self.dao.registry.leaveAll(sender=self.goes)
            self.model.supply -= held
            return "left"
        by, now = self.dice.choice(self.appraisers), self.dao.now + 10
        who = by.appraiser.address
        most = min(replace(self.model).left(now, who))
        assert self.dao.registry.mintableBy(who) == most
        units = self.dice.choice((most, most // 2, most + 1)) or 1
        refusal = self.model.mint(now, who, units)
        return self._contribute(by, units, now, refusal)

    def _contribute(self, by: Dao, units: int, now: int, refusal: Refusal | None) -> str:
        member = self.dice.choice((self.stays, self.goes))
        self.dao.chain.pending_timestamp = now
        if refusal is None:
            by.contribute(member, units)
            return "minted"
        with refused("MintingCapReached", **refusal):
            by.contribute(member, units)
        return "of all" if refusal["appraiser"] == NOBODY else "of one"


@pytest.mark.parametrize("seed", [1, 2])
def test_contribute__in_any_season__mints_exactly_what_is_said_to_be_mintable(
    core: Dao, second: Dao, alice: AccountAPI, carol: AccountAPI, seed: int
) -> None:
    """At every step all that may be minted can be, and one unit more cannot."""
    season = Season([core, second], [alice, carol], seed)
    outcomes = {season.step() for _ in range(STEPS)}
    assert outcomes == {"left", "minted", "of all", "of one"}
    assert core.token.totalSupply() == season.model.supply
