"""DataGovernor: votes and proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Address, ProposalState
from dao_backend.core.motion import Motion
from dao_backend.errors import ChainUnavailable

_STATES = tuple(ProposalState)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with its id."""

    proposal_id: int
    motion: Motion


class DataGovernor(Contract):
    """See contracts/interfaces/IDataGovernor.sol and OpenZeppelin's Governor."""

    name = ContractName.GOVERNOR

    def vote(self, proposal_id: int, support: int) -> Action:
        """Cast the sender's own ballot."""
        return self._act("castVote", proposal_id, support)

    def vote_for(self, proposal_id: int, support: int, voter: Address, signature: bytes) -> Action:
        """Cast a signed ballot."""
        return self._act("castVoteBySig", proposal_id, support, voter, signature)

    def vote_for_all(
        self, proposal_id: int, ballots: Sequence[tuple[Address, int, bytes]]
    ) -> Action:
        """Cast signed ballots (voter, support, signature), in increasing order of voter."""
        action = self._act("castVotesBySig", proposal_id, tuple(ballots))
        return replace(action, parts=len(ballots))

    def countable(
        self, proposal_id: int, ballots: Sequence[tuple[Address, int, bytes]]
    ) -> Call[int]:
        """How many of a batch of ballots would be counted now."""
        return self._value("castVotesBySig", proposal_id, tuple(ballots))

    def propose(self, motion: Motion) -> Action:
        """Put a motion to the vote."""
        calls = (motion.targets, motion.values, motion.calldatas)
        return self._act("propose", *calls, motion.description)

    def queue(self, motion: Motion) -> Action:
        """Hand a passed motion to the timelock."""
        return self._act("queue", *motion.operation)

    def execute(self, motion: Motion) -> Action:
        """Carry a queued motion out."""
        return self._act("execute", *motion.operation)

    def state(self, proposal_id: int) -> Call[ProposalState]:
        """Where a proposal stands."""
        return self._ask("state", proposal_id, read=_state)

    def quorum(self, proposal_id: int) -> Call[int]:
        """Votes for and abstaining that a proposal takes to pass."""
        return self._value("proposalQuorum", proposal_id)

    def eta(self, proposal_id: int) -> Call[int | None]:
        """When a queued proposal may be executed, None where it is not queued."""
        return self._ask("proposalEta", proposal_id, read=lambda seconds: seconds or None)

    def threshold(self) -> Call[int]:
        """Votes that proposing takes."""
        return self._value("proposalThreshold")

    def has_voted(self, proposal_id: int, voter: Address) -> Call[bool]:
        """Whether an account's ballot was counted."""
        return self._value("hasVoted", proposal_id, voter)

    def votes_at(self, voter: Address, timepoint: int) -> Call[int]:
        """Votes of an account at the end of a past second."""
        return self._value("getVotes", voter, timepoint)

    def timelock(self) -> Call[Address]:
        """The timelock that executes."""
        return self._value("timelock")

    def token(self) -> Call[Address]:
        """The token whose units vote."""
        return self._value("token")


def _state(place: int) -> ProposalState:
    if place >= len(_STATES):
        raise ChainUnavailable(f"the governor answers with an unknown state {place}")
    return _STATES[place]
