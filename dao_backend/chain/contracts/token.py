"""ContributionToken: units of a member, now and in the past."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Call, Contract
from dao_backend.core.model import Address


class ContributionToken(Contract):
    """See contracts/interfaces/IContributionToken.sol."""

    name = ContractName.TOKEN

    def units(self, member: Address, collection: int) -> Call[int]:
        """Current units of a member in a collection."""
        return self._value("unitsOf", member, collection)

    def past_units(self, member: Address, collection: int, timepoint: int) -> Call[int]:
        """Units at the end of a past second."""
        return self._value("pastUnits", member, collection, timepoint)

    def label(self) -> Call[str]:
        """The token's name, which is the DAO's."""
        return self._value("name")

    def symbol(self) -> Call[str]:
        """The token's short name."""
        return self._value("symbol")
