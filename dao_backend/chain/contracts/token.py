"""ContributionToken: units of a member, now and in the past."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Address
from dao_backend.core.safeguards import VotingMode


class ContributionToken(Contract):
    """See contracts/interfaces/IContributionToken.sol."""

    name = ContractName.TOKEN

    def units(self, member: Address, collection: int) -> Call[int]:
        """Current units of a member in a collection."""
        return self._value("unitsOf", member, collection)

    def past_units(self, member: Address, collection: int, timepoint: int) -> Call[int]:
        """Units at the end of a past second."""
        return self._value("pastUnits", member, collection, timepoint)

    def tenure(self, member: Address) -> Call[int]:
        """How often a member left with all it had."""
        return self._value("tenureOf", member)

    def voting_mode(self) -> Call[VotingMode]:
        """How many votes a member's units give."""
        return self._ask("votingMode", read=VotingMode)

    def minter(self) -> Call[Address]:
        """The account that mints and burns."""
        return self._value("minter")

    def nominate_minter(self, minter: Address) -> Action:
        """Begin the delay after which an account may take the right to mint; the timelock's."""
        return self._act("nominateMinter", minter)

    def take_minter(self) -> Action:
        """Take the right to mint; the nominee's."""
        return self._act("takeMinter")

    def is_attestor(self, account: Address) -> Call[bool]:
        """Whether an account may attest that a member is one person."""
        return self._value("isAttestor", account)

    def is_attested(self, member: Address) -> Call[bool]:
        """Whether somebody attested that a member is one person."""
        return self._value("isAttested", member)

    def attest_uniqueness(
        self, member: Address, person: bytes, deadline: int, signature: bytes
    ) -> Action:
        """Record an attestor's signature about a member."""
        return self._act("attestUniqueness", member, person, deadline, signature)

    def label(self) -> Call[str]:
        """The token's name, which is the DAO's."""
        return self._value("name")

    def symbol(self) -> Call[str]:
        """The token's short name."""
        return self._value("symbol")
