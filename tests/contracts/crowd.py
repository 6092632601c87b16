"""Many members at once, who sign and never send: keys outside Ape, registered in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eth_account import Account
from eth_typing import Hash32

from dao_backend.core.model import Address, Vote
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Ballot, Message, digest
from tests.contracts.dao import Dao, words

if TYPE_CHECKING:
    from ape.contracts import ContractInstance
    from eth_account.signers.local import LocalAccount

BATCH = 100
"""What the registry takes at once."""
Signed = tuple[str, int, bytes]
"""A ballot as the governor takes it: voter, support, signature."""


def signers(count: int, name: str = "crowd") -> list[LocalAccount]:
    """So many key pairs, in the order of their addresses."""
    keys = (keccak256(f"{name} {number}".encode()) for number in range(count))
    return sorted((Account.from_key(key) for key in keys), key=lambda one: int(one.address, 16))


def signed(dao: Dao, contract: ContractInstance, signer: LocalAccount, message: Message) -> bytes:
    """65 bytes r ‖ s ‖ v over a message to `contract`."""
    return bytes(signer.unsafe_sign_hash(Hash32(digest(dao.domain(contract), message))).signature)


@dataclass(frozen=True)
class Crowd:
    """Members with 100 units each, in the order of their addresses."""

    dao: Dao
    members: list[LocalAccount]

    def join(self) -> Crowd:
        """Register one contribution of each."""
        for begin in range(0, len(self.members), BATCH):
            items = [self._item(member) for member in self.members[begin : begin + BATCH]]
            self.dao.registry.contributeBatch(sorted(items), sender=self.dao.stranger)
        return self

    def ballots(self, proposal_id: int, support: Vote = Vote.FOR) -> list[Signed]:
        """A ballot of each, as a batch wants them."""
        return [ballot(self.dao, member, proposal_id, support) for member in self.members]

    def _item(self, member: LocalAccount) -> tuple[object, ...]:
        record, nonce = self.dao.record(member.address)
        consent = signed(self.dao, self.dao.registry, member, record)
        return words(record), nonce, self.dao.appraisal(record, 100), consent


def ballot(dao: Dao, member: LocalAccount, proposal_id: int, support: Vote = Vote.FOR) -> Signed:
    """One signed ballot."""
    message = Ballot(proposal_id, support, Address(member.address))
    return member.address, int(support), signed(dao, dao.governor, member, message)
