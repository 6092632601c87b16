"""An appraiser that turns hostile mints for itself; a vote must be able to remove it first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.capture import largest_safe_cap
from dao_backend.core.deployment import VotingSettings
from dao_backend.core.deployment_plan import steps
from dao_backend.core.model import Address
from dao_backend.core.model import Vote as Support
from dao_backend.core.safeguards import Genesis, MintingCaps
from scripts.deploy import deploy_all
from tests.contracts.actors import sealing_key
from tests.contracts.dao import DAY, Dao
from tests.contracts.refusals import refused
from tests.contracts.votes import State, VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from dao_backend.core.deployment import DeploymentParameters

    Besiege = Callable[[MintingCaps], "Siege"]

MINUTE = 60
WINDOW = 4 * DAY
QUORUM = 20
VOTING = VotingSettings(
    delay=DAY, period=5 * DAY, extension=DAY, quorum_percent=QUORUM, proposal_threshold=100
)
TIMELOCK = 2 * DAY
WINDOWS = 4
"""That the nine days of a removal can touch."""
SAFE = largest_safe_cap(WINDOWS, QUORUM)
UNITS = 1_000_000
GREED = 10 * UNITS
"""What is enough where nothing holds the appraiser back."""


def caps(bps: int) -> MintingCaps:
    """Caps of one appraiser that is also all of them."""
    return MintingCaps(WINDOW, bps, bps)


def siege_parameters(parameters: DeploymentParameters, bounds: MintingCaps) -> DeploymentParameters:
    """A DAO as one would create it on a real network: votes take days."""
    return replace(
        parameters,
        voting=VOTING,
        timelock_delay=TIMELOCK,
        requests=replace(parameters.requests, execution_period=10 * DAY),
        genesis=Genesis(members=3, units=UNITS),
        caps=bounds,
    )


class Siege:
    """The hostile appraiser against one member with a quarter of the units; all others sleep.

    The appraiser begins in the last minute of a window, so that it has two windows' shares at
    once; the member notices at once and files the removal, but votes in the last minute.
    """

    def __init__(self, dao: Dao, member: AccountAPI, accomplice: AccountAPI) -> None:
        self.dao, self.member, self.accomplice = dao, member, accomplice
        self.hostile = dao.appraiser
        self.window = dao.now
        dao.go_to(self.window + WINDOW - MINUTE)
        self._mint()
        text = "Remove the hostile appraiser"
        self.removal = self._propose(member, "removeAppraiser", self.hostile, text=text)
        self._mint_in_the_next_window()
        self.first_coup = self._coup("Another appraiser")

    def vote(self) -> Siege:
        """The removal and the first coup are voted on, and a third window's share is minted."""
        self.removal.open().cast(self.hostile, Support.AGAINST)
        self.first_coup.open().cast(self.hostile)
        self._mint_in_the_next_window()
        self.dao.go_to(self.removal.deadline - MINUTE)
        self.removal.cast(self.member)
        self.removal.close()
        self.first_coup.close()
        return self

    def remove(self) -> Siege:
        """The removal is executed; just before, a fourth share is minted and a coup filed."""
        self.removal.queue()
        self._mint_in_the_next_window()
        self.last_coup = self._coup("Yet another appraiser")
        self.removal.wait().execute()
        self.last_coup.open().cast(self.hostile)
        self.last_coup.close()
        return self

    def share(self, vote: VoteHelper) -> float:
        """The part of all votes that the appraiser has in `vote`, in percent."""
        votes = self.dao.token.getPastVotes(self.hostile, vote.snapshot)
        return float(100 * votes / self.dao.token.getPastTotalSupply(vote.snapshot))

    def _mint(self) -> None:
        most = min(self.dao.registry.mintableBy(self.hostile), GREED)
        self.dao.contribute(self.hostile, most)

    def _mint_in_the_next_window(self) -> None:
        self.dao.go_to(self.window + WINDOW)
        self._mint()
        self.window = self.dao.now

    def _coup(self, text: str) -> VoteHelper:
        arguments = (self.accomplice, sealing_key(7), "")
        return self._propose(self.hostile, "addAppraiser", *arguments, text=text)

    def _propose(self, who: AccountAPI, method: str, *arguments: object, text: str) -> VoteHelper:
        registry = self.dao.registry
        call = bytes(getattr(registry, method).encode_input(*arguments))
        return self.dao.propose(who, [(registry, 0, call)], text)


@pytest.fixture
def besiege(
    parameters: DeploymentParameters,
    dao: Dao,
    deployer: AccountAPI,
    alice: AccountAPI,
    bob: AccountAPI,
    carol: AccountAPI,
    stranger: AccountAPI,
) -> Besiege:
    """A verb: create a DAO with these caps, let it begin, and begin the siege."""

    def begin(bounds: MintingCaps) -> Siege:
        plan = steps(
            siege_parameters(parameters, bounds), Address(deployer.address), deployer.nonce
        )
        besieged = replace(dao, **deploy_all(plan, deployer))
        for member, part in ((alice, 55), (carol, 20), (bob, 25)):
            besieged.contribute(member, UNITS * part // 100)
        return Siege(besieged, bob, stranger)

    return begin


def test_turn_hostile__caps_below_the_risk__carries_and_blocks_nothing(
    parameters: DeploymentParameters, besiege: Besiege
) -> None:
    """With the widest caps that are called safe, the removal comes before any coup can pass."""
    assert siege_parameters(parameters, caps(SAFE)).capture_risk() is None
    siege = besiege(caps(SAFE)).vote()
    assert (siege.removal.state, siege.first_coup.state) == (State.SUCCEEDED, State.DEFEATED)
    siege.remove()
    assert not siege.dao.registry.isAppraiser(siege.hostile)
    assert siege.last_coup.state == State.DEFEATED
    assert QUORUM - 1 < siege.share(siege.last_coup) < QUORUM
    siege.dao.wait(WINDOW)
    with refused("AppraiserUnknown", signer=siege.hostile):
        siege.dao.contribute(siege.hostile, 1)


def test_turn_hostile__caps_a_little_above__carries_a_vote(
    parameters: DeploymentParameters, besiege: Besiege
) -> None:
    """One basis point more, and the appraiser alone makes the quorum: the bound is where it is."""
    risk = siege_parameters(parameters, caps(SAFE + 1)).capture_risk()
    assert risk is not None
    assert f"caps.total_bps to at most {SAFE}" in risk
    siege = besiege(caps(SAFE + 1)).vote().remove()
    assert siege.last_coup.state == State.SUCCEEDED
    assert siege.share(siege.last_coup) >= QUORUM


def test_turn_hostile__without_caps__takes_the_dao(
    parameters: DeploymentParameters, besiege: Besiege
) -> None:
    """Caps that bound nothing let it block its removal and appoint whom it likes."""
    boundless = caps(4 * 10**9)
    assert siege_parameters(parameters, boundless).capture_risk() is not None
    siege = besiege(boundless).vote()
    assert siege.removal.state == State.DEFEATED
    siege.first_coup.queue().wait().execute()
    assert siege.dao.registry.isAppraiser(siege.accomplice)
    assert siege.dao.registry.isAppraiser(siege.hostile)
