"""DataStrike: members together refuse new licences."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Address
from dao_backend.core.safeguards import StrikeSettings
from dao_backend.ports.bargains import Strike


class DataStrike(Contract):
    """See contracts/interfaces/IDataStrike.sol."""

    name = ContractName.STRIKE

    def call(self, reason: str) -> Action:
        """Call to strike and pledge the sender's units."""
        return self._act("call", reason)

    def pledge(self) -> Action:
        """Pledge the sender's units to the newest call."""
        return self._act("pledge")

    def pledge_for(self, member: Address, signature: bytes) -> Action:
        """Pledge with the member's signature."""
        return self._act("pledgeFor", member, signature)

    def unpledge(self) -> Action:
        """Take the sender's pledge back."""
        return self._act("unpledge")

    def on_until(self) -> Call[int]:
        """Until when new licences are refused; in the past or 0 where they are not."""
        return self._value("onUntil")

    def strike(self, strike_id: int) -> Call[Strike]:
        """One call to strike."""

        def read(values: tuple[int, int, int, int, int]) -> Strike:
            timepoint, deadline, begun_at, pledged, needed = values
            return Strike(strike_id, timepoint, deadline, begun_at or None, pledged, needed)

        return self._ask("strikeOf", strike_id, read=read)

    def count(self) -> Call[int]:
        """How many calls there were; they are numbered from 1."""
        return self._value("strikeCount")

    def has_pledged(self, strike_id: int, member: Address) -> Call[bool]:
        """Whether a member's units are pledged to a call."""
        return self._value("hasPledged", strike_id, member)

    def settings(self) -> Call[StrikeSettings]:
        """How strikes work in this DAO."""
        return self._ask("settings", read=lambda values: StrikeSettings(*values))
