"""RevenueVault: money per edition and what each member is due."""

from __future__ import annotations

from collections.abc import Sequence

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import NATIVE, Address


class RevenueVault(Contract):
    """See contracts/interfaces/IRevenueVault.sol."""

    name = ContractName.VAULT

    def deposit(self, edition_id: int, asset: Address, amount: int, purpose: bytes) -> Action:
        """Pay the members of an edition."""
        value = amount if asset == NATIVE else 0
        return self._act("deposit", edition_id, asset, amount, purpose, value=value)

    def claim(self, edition_id: int, asset: Address) -> Action:
        """Take what is due to the sender."""
        return self._act("claim", edition_id, asset)

    def claim_many(self, edition_id: int, asset: Address, members: Sequence[Address]) -> Action:
        """Claim for several members, in increasing order of address."""
        return self._act("claimMany", edition_id, asset, tuple(members))

    def due(self, edition_id: int, asset: Address, member: Address) -> Call[int]:
        """What a member could claim now."""
        return self._value("dueOf", edition_id, asset, member)

    def received(self, edition_id: int, asset: Address) -> Call[int]:
        """What an edition received so far, net of the cuts."""
        return self._value("receivedOf", edition_id, asset)

    def cuts(self) -> Call[tuple[int, int]]:
        """Reserve's and keepers' cut in basis points."""
        return self._ask("cuts", read=lambda reserve, keepers: (reserve, keepers))
