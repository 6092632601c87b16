"""The token alone, with an account that plays the registry, and the verbs of its tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.contracts.actors import call_of

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import ChainManager, ProjectManager

COLLECTIONS = 2
DELEGATION = {
    "Delegation": [
        {"name": "delegatee", "type": "address"},
        {"name": "nonce", "type": "uint256"},
        {"name": "expiry", "type": "uint256"},
    ]
}


@dataclass(frozen=True)
class TokenStand:
    """A token of two collections and the account that plays its registry."""

    token: ContractInstance
    registry: AccountAPI
    chain_id: int

    def mint(self, member: object, units: int, collection: int = 0) -> ReceiptAPI:
        """The registry mints."""
        return self.token.mint(member, collection, units, sender=self.registry)

    def burn(self, member: object, units: int, collection: int = 0) -> ReceiptAPI:
        """The registry burns."""
        return self.token.burn(member, collection, units, sender=self.registry)

    def delegate(self, member: AccountAPI, delegatee: object) -> ReceiptAPI:
        """A member delegates."""
        target, data = call_of(self.token, "delegate", delegatee)
        return member.transfer(target, 0, data=data)

    def votes(self, *members: object) -> list[int]:
        """Current votes."""
        return [int(self.token.getVotes(member)) for member in members]

    def past_votes(self, timepoint: int, *members: object) -> list[int]:
        """Votes at the end of `timepoint`."""
        return [int(self.token.getPastVotes(member, timepoint)) for member in members]

    def indexes(self, *members: object) -> list[int]:
        """Positions in the bitmap of a vote."""
        return [int(self.token.memberIndex(member)) for member in members]

    def sign_delegation(
        self, member: AccountAPI, delegatee: str, nonce: int, expiry: int, **domain: object
    ) -> tuple[int, bytes, bytes]:
        """A member signs a delegation: v, r, s. `domain` changes the token's own."""
        own = {
            "name": "ContributionToken",
            "version": "1",
            "chainId": self.chain_id,
            "verifyingContract": self.token.address,
        }
        data = {"delegatee": delegatee, "nonce": nonce, "expiry": expiry}
        message = encode_typed_data(own | domain, DELEGATION, data)
        signed = Account.from_key(member.private_key).sign_message(message)
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def deploy_token(
    project: ProjectManager, chain: ChainManager, deployer: AccountAPI, registry: object
) -> TokenStand:
    """A fresh token for `registry`; the other peers do not matter to it."""
    token = deployer.deploy(project.ContributionToken, [registry] * 8, "Units", "UNIT", COLLECTIONS)
    return TokenStand(token, registry, chain.chain_id)
