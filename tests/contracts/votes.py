"""A whole vote in five lines: open, cast, close, queue, execute."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from dao_backend.core.model import Vote as Support
from dao_backend.core.packing import keccak256

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

    from tests.contracts.dao import Dao


class State(IntEnum):
    """OpenZeppelin's ProposalState."""

    PENDING = 0
    ACTIVE = 1
    CANCELED = 2
    DEFEATED = 3
    SUCCEEDED = 4
    QUEUED = 5
    EXPIRED = 6
    EXECUTED = 7


class VoteHelper:
    """One proposal and what can be done about it; times move as each step needs."""

    def __init__(
        self,
        dao: Dao,
        calls: list[tuple[Any, int, bytes]],
        description: str,
        request_id: int = 0,
    ) -> None:
        self.dao = dao
        self.calls = calls
        self.description = description
        self.request_id = request_id
        self.proposal_id: int = dao.governor.getProposalId(*self._arguments())

    @property
    def state(self) -> State:
        return State(self.dao.governor.state(self.proposal_id))

    @property
    def snapshot(self) -> int:
        return int(self.dao.governor.proposalSnapshot(self.proposal_id))

    @property
    def deadline(self) -> int:
        return int(self.dao.governor.proposalDeadline(self.proposal_id))

    def propose(self, proposer: AccountAPI) -> VoteHelper:
        targets, values, calldatas = self._lists()
        self.dao.governor.propose(targets, values, calldatas, self.description, sender=proposer)
        return self

    def cancel(self, sender: AccountAPI) -> ReceiptAPI:
        return self.dao.governor.cancel(*self._arguments(), sender=sender)

    def open(self) -> VoteHelper:
        """Go to the first second at which ballots count."""
        self.dao.go_to(self.snapshot + 1)
        return self

    def cast(self, voter: AccountAPI, support: Support = Support.FOR) -> ReceiptAPI:
        return self.dao.governor.castVote(self.proposal_id, int(support), sender=voter)

    def close(self) -> VoteHelper:
        """Go to the first second at which ballots no longer count."""
        self.dao.go_to(self.deadline + 1)
        return self

    def queue(self) -> VoteHelper:
        self.dao.governor.queue(*self._arguments(), sender=self.dao.stranger)
        return self

    def wait(self) -> VoteHelper:
        """Go to the first second at which the timelock lets the proposal through."""
        self.dao.go_to(self.dao.governor.proposalEta(self.proposal_id))
        return self

    def execute(self, **options: object) -> ReceiptAPI:
        return self.dao.governor.execute(*self._arguments(), sender=self.dao.stranger, **options)

    def execute_at_timelock(self) -> ReceiptAPI:
        """Execute without the governor, which anybody may."""
        salt = int.from_bytes(bytes.fromhex(self.dao.governor.address[2:]).ljust(32, b"\0"), "big")
        salt ^= int.from_bytes(self._arguments()[3], "big")
        batch = (*self._lists(), bytes(32), salt.to_bytes(32, "big"))
        return self.dao.timelock.executeBatch(*batch, sender=self.dao.stranger)

    def pass_by(self, *voters: AccountAPI) -> VoteHelper:
        """Open, vote for, close and queue; what is left is to execute."""
        self.open()
        for voter in voters:
            self.cast(voter)
        return self.close().queue().wait()

    def defeat_by(self, *voters: AccountAPI) -> VoteHelper:
        """Open, vote against and close."""
        self.open()
        for voter in voters:
            self.cast(voter, Support.AGAINST)
        return self.close()

    def _lists(self) -> tuple[list[str], list[int], list[bytes]]:
        targets = [getattr(call[0], "address", call[0]) for call in self.calls]
        return targets, [call[1] for call in self.calls], [call[2] for call in self.calls]

    def _arguments(self) -> tuple[list[str], list[int], list[bytes], bytes]:
        return (*self._lists(), keccak256(self.description.encode()))


def only(state: int) -> bytes:
    """OpenZeppelin's bitmap of one expected state."""
    return (1 << state).to_bytes(32, "big")
