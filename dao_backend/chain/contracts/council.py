"""Council: a brake, and nothing else."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Address
from dao_backend.core.motion import Motion
from dao_backend.ports.bargains import Pause


class Council(Contract):
    """See contracts/interfaces/ICouncil.sol."""

    name = ContractName.COUNCIL

    def pause(self, duration: int) -> Action:
        """Pause for so many seconds; the guardian's."""
        return self._act("pause", duration)

    def unpause(self) -> Action:
        """End a pause before its time; the guardian's."""
        return self._act("unpause")

    def cancel(self, motion: Motion) -> Action:
        """Cancel a queued proposal; the guardian's."""
        return self._act("cancel", *motion.operation)

    def appoint(self, guardian: Address, mandate_until: int) -> Action:
        """Make an account the guardian; the timelock's."""
        return self._act("appoint", guardian, mandate_until)

    def guardian(self) -> Call[Address]:
        """Who may pause; the zero address for nobody."""
        return self._value("guardian")

    def mandate_until(self) -> Call[int]:
        """When the guardian's mandate ends."""
        return self._value("mandateUntil")

    def last_pause(self) -> Call[Pause]:
        """The newest pause; its end is in the past once it is over."""
        return self._ask("lastPause", read=lambda values: Pause(*values))

    def pausable_from(self) -> Call[int]:
        """From when on the guardian can pause."""
        return self._value("pausableFrom")
