"""The token alone, with accounts that play its registry, timelock and attestor, and its verbs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data

from tests.contracts.actors import FOREVER, call_of
from tests.contracts.dao import NATIVE as NOBODY

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

COLLECTIONS = 2
DELEGATION = {
    "Delegation": [
        {"name": "delegatee", "type": "address"},
        {"name": "nonce", "type": "uint256"},
        {"name": "expiry", "type": "uint256"},
    ]
}
UNIQUENESS = {
    "Uniqueness": [
        {"name": "member", "type": "address"},
        {"name": "person", "type": "bytes32"},
        {"name": "deadline", "type": "uint48"},
    ]
}


class Mode(IntEnum):
    """Solidity's VotingMode."""

    PER_UNIT = 0
    PER_MEMBER = 1
    SQUARE_ROOT = 2


@dataclass(frozen=True)
class TokenStand:
    """A token of two collections and the accounts that play its peers."""

    token: ContractInstance
    registry: AccountAPI
    timelock: AccountAPI
    attestor: AccountAPI
    chain_id: int

    def mint(self, member: object, units: int, collection: int = 0) -> ReceiptAPI:
        """The registry mints."""
        return self.token.mint(member, collection, units, sender=self.registry)

    def burn(self, member: object, units: int, collection: int = 0, tenure: int = 0) -> ReceiptAPI:
        """The registry burns what was minted under `tenure`."""
        return self.token.burn(member, collection, units, tenure, sender=self.registry)

    def burn_all(self, member: object) -> ReceiptAPI:
        """The registry burns everything of a member that leaves."""
        return self.token.burnAll(member, sender=self.registry)

    def delegate(self, member: AccountAPI, delegatee: object) -> ReceiptAPI:
        """A member delegates."""
        target, data = call_of(self.token, "delegate", delegatee)
        return member.transfer(target, 0, data=data)

    def attest(self, *members: AccountAPI | ContractInstance) -> None:
        """The attestor says of each member that it is a person."""
        for member in members:
            person = person_of(member.address)
            signature = self.sign_uniqueness(self.attestor, member.address, person)
            statement = (member, person, FOREVER, signature)
            self.token.attestUniqueness(*statement, sender=self.attestor)

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
        data = {"delegatee": delegatee, "nonce": nonce, "expiry": expiry}
        message = encode_typed_data(self._domain(domain), DELEGATION, data)
        signed = Account.from_key(member.private_key).sign_message(message)
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")

    def sign_uniqueness(
        self,
        attestor: AccountAPI,
        member: str,
        person: bytes,
        deadline: int = FOREVER,
        **domain: object,
    ) -> bytes:
        """Somebody signs that `member` is `person`. `domain` changes the token's own."""
        message = self.uniqueness(member, person, deadline, **domain)
        return bytes(Account.from_key(attestor.private_key).sign_message(message).signature)

    def uniqueness(
        self, member: str, person: bytes, deadline: int, **domain: object
    ) -> SignableMessage:
        """What an attestor signs."""
        data = {"member": member, "person": person, "deadline": deadline}
        return encode_typed_data(self._domain(domain), UNIQUENESS, data)

    def _domain(self, changes: dict[str, object]) -> dict[str, object]:
        own = {
            "name": "ContributionToken",
            "version": "1",
            "chainId": self.chain_id,
            "verifyingContract": self.token.address,
        }
        return own | changes


def person_of(address: str) -> bytes:
    """The hash by which the attestor of these tests knows the owner of a wallet."""
    return bytes.fromhex(address[2:]).rjust(32, b"p")


def peers_of(timelock: object, registry: object) -> tuple[object, ...]:
    """Solidity's Peers, of which the token keeps the first and the third."""
    return (timelock, NOBODY, registry, *[NOBODY] * 10)


def deploy_token(
    project: ProjectManager,
    chain: ChainManager,
    accounts: AccountManager,
    mode: Mode = Mode.PER_UNIT,
    registry: object = None,
) -> TokenStand:
    """A fresh token; accounts 10, 11 and 12 play the registry, the timelock and the attestor."""
    minter, timelock, attestor = registry or accounts[10], accounts[11], accounts[12]
    terms = (peers_of(timelock, minter), "Units", "UNIT", COLLECTIONS, mode, [attestor])
    token = accounts[0].deploy(project.ContributionToken, *terms)
    return TokenStand(token, minter, timelock, attestor, chain.chain_id)
