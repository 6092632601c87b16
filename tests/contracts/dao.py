"""The deployed DAO of the contract tests: its contracts, its actors, and the verbs they have."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from eth_account import Account

from dao_backend.core.identity import contribution_id
from dao_backend.core.model import Address, Appraisal, Domain, Receipt, Record
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Attestation, Message, digest, record_hash
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import ChainManager

RELEASE_KEY = hashlib.sha256(b"a buyer's release key").digest()
TERMS_HASH = keccak256(b"the text of the terms")
FEE = 10**15
PRICE = 10**18
TOKEN_PRICE = 5_000_000
DAY = 86_400
NATIVE = "0x0000000000000000000000000000000000000000"
UNMETERED = (0, 0, 0, 0)
PURPOSE = b"\x07" * 32
AMOUNT = 1_000_003
"""What tests deposit; it leaves a remainder in every division."""
RESERVE, KEEPERS = AMOUNT * 500 // 10_000, AMOUNT * 200 // 10_000
NET = AMOUNT - RESERVE - KEEPERS


def sign(account: AccountAPI, domain: Domain, message: Message) -> bytes:
    """65 bytes r ‖ s ‖ v of a test account over a typed message."""
    key = account.private_key
    return bytes(Account.unsafe_sign_hash(digest(domain, message), key).signature)


def words(value: Record | Receipt) -> tuple[object, ...]:
    """A struct as a contract takes it: its fields in Solidity's order."""
    return astuple(value)


def increasing(*accounts: AccountAPI | ContractInstance) -> list[str]:
    """Addresses in the order that batches want."""
    return sorted((account.address for account in accounts), key=lambda each: int(each, 16))


@dataclass
class Dao:
    """The contracts, wired through the deployment plan, and a token that costs nothing."""

    chain: ChainManager
    timelock: ContractInstance
    token: ContractInstance
    registry: ContractInstance
    governor: ContractInstance
    desk: ContractInstance
    licence: ContractInstance
    vault: ContractInstance
    keepers: ContractInstance
    offers: ContractInstance
    disputes: ContractInstance
    meter: ContractInstance
    strike: ContractInstance
    council: ContractInstance
    dollar: ContractInstance
    appraiser: AccountAPI
    operators: Sequence[AccountAPI]
    stranger: AccountAPI
    numbers: Any = field(default_factory=lambda: count(1))

    # --- time ---

    @property
    def now(self) -> int:
        return int(self.chain.blocks.head.timestamp)

    def go_to(self, timestamp: int) -> None:
        """Mine a block at `timestamp`, unless that is past already."""
        if timestamp > self.now:
            self.chain.mine(timestamp=timestamp)

    def wait(self, seconds: int) -> None:
        self.go_to(self.now + seconds)

    def domain(self, contract: ContractInstance) -> Domain:
        return Domain(contract.contract_type.name, self.chain.chain_id, Address(contract.address))

    def pass_execute_by(self, request_id: int) -> None:
        """Go past the last second in which a request can be granted."""
        self.go_to(self.desk.requestOf(request_id).executeBy + 1)

    def pass_deliver_by(self, request_id: int) -> None:
        """Go past the last second in which a receipt counts."""
        self.go_to(self.desk.requestOf(request_id).deliverBy + 1)

    # --- contributors ---

    def record(self, contributor: str, collection: int = 0) -> tuple[Record, bytes]:
        """A record of made-up content and the nonce of its id."""
        nonce = next(self.numbers).to_bytes(32, "big")
        registry, who = Address(self.registry.address), Address(contributor)
        identity = contribution_id(self.chain.chain_id, registry, who, nonce)
        parts = [hashlib.sha256(identity + bytes([place])).digest() for place in range(4)]
        record = Record(
            contribution_id=identity,
            contributor=who,
            collection=collection,
            cid_digest=parts[0],
            length=4096,
            envelope_commitment=parts[1],
            key_id=parts[2],
            share_root=parts[3],
            epoch=self.keepers.currentEpoch(),
        )
        return record, nonce

    def appraisal(self, record: Record, units: int) -> tuple[int, int, bytes]:
        """The appraiser's signed statement, valid for a day."""
        deadline = self.now + DAY
        message = Appraisal(record_hash(record), units, deadline)
        signed = sign(self.appraiser, self.domain(self.registry), message)
        return units, deadline, signed

    def contribute(self, member: AccountAPI, units: int = 100, collection: int = 0) -> bytes:
        """Register one contribution of `member`; give its id."""
        record, nonce = self.record(member.address, collection)
        appraisal = self.appraisal(record, units)
        self.registry.contribute(words(record), nonce, appraisal, sender=member)
        return record.contribution_id

    def contribute_by_wallet(
        self, wallet: ContractInstance, owner: AccountAPI, units: int = 100
    ) -> bytes:
        """The same for a contract wallet, with its owner's signature (ERC-1271)."""
        record, nonce = self.record(wallet.address)
        consent = sign(owner, self.domain(self.registry), record)
        arguments = (words(record), nonce, self.appraisal(record, units), consent)
        self.registry.contributeFor(*arguments, sender=self.stranger)
        return record.contribution_id

    def withdraw(self, member: AccountAPI, identity: bytes) -> None:
        self.registry.withdraw(identity, sender=member)

    # --- editions ---

    def seal(self, collection: int = 0) -> int:
        """Seal the next edition of `collection` as soon as its interval has passed."""
        newest = self.registry.newestEdition(collection)
        if newest:
            sealed_at = self.registry.editionOf(newest).timepoint + 1
            self.go_to(sealed_at + self.registry.sealInterval())
        self.wait(1)
        self.registry.seal(collection, sender=self.stranger)
        return int(self.registry.newestEdition(collection))

    def attest(self, edition: int) -> bytes:
        """Have the first t keepers attest a made-up root."""
        root = keccak256(edition.to_bytes(32, "big"))
        threshold = self.threshold
        signed = [
            sign(operator, self.domain(self.keepers), Attestation(edition, root))
            for operator in self.operators[:threshold]
        ]
        indexes = list(range(1, threshold + 1))
        self.keepers.attest(edition, root, indexes, signed, sender=self.stranger)
        return root

    def publish(self, collection: int = 0) -> int:
        """Seal and attest."""
        edition = self.seal(collection)
        self.attest(edition)
        return edition

    @property
    def threshold(self) -> int:
        return int(self.keepers.committeeOf(self.keepers.currentEpoch())[0])

    # --- buyers ---

    def terms(self, **changes: object) -> dict[str, Any]:
        """Terms that the desk accepts, with `changes`."""
        terms: dict[str, Any] = {
            "collection": 0,
            "purposes": 0b11,
            "asset": NATIVE,
            "price": PRICE,
            "duration": 30 * DAY,
            "royaltyBps": 500,
            "termsHash": TERMS_HASH,
            "releaseKey": RELEASE_KEY,
            "minEdition": 0,
            "minUnits": 0,
            "arbiter": NATIVE,
            "metering": UNMETERED,
        }
        return terms | changes

    def request(self, buyer: AccountAPI, **changes: object) -> VoteHelper:
        """File a request with its money and give its vote."""
        terms = self.terms(**changes)
        native = terms["asset"] == NATIVE
        money = terms["price"] + terms["metering"][2]
        if not native:
            self.dollar.mint(buyer, money, sender=self.stranger)
            self.dollar.approve(self.desk, money, sender=buyer)
        value = self.desk.filingFee() + (money if native else 0)
        self.desk.request(tuple(terms.values()), value=value, sender=buyer)
        return self.vote_on(self.desk.requestCount())

    def vote_on(self, request_id: int) -> VoteHelper:
        """The vote of a request, rebuilt from what the desk says."""
        _, targets, values, calldatas, description = self.desk.proposalOf(request_id)
        calls = list(zip(targets, values, map(bytes, calldatas), strict=True))
        return VoteHelper(self, calls, description, request_id)

    def propose(
        self, proposer: AccountAPI, calls: list[tuple[Any, int, bytes]], text: str = "A proposal"
    ) -> VoteHelper:
        """Put any calls to the vote."""
        return VoteHelper(self, calls, text).propose(proposer)

    # --- payers ---

    def pay(self, payer: AccountAPI, edition: int, amount: int = AMOUNT) -> ReceiptAPI:
        """Deposit coin for an edition."""
        return self.vault.deposit(edition, NATIVE, amount, PURPOSE, value=amount, sender=payer)

    def pay_tokens(self, payer: AccountAPI, edition: int, amount: int = AMOUNT) -> ReceiptAPI:
        """Deposit tokens for an edition."""
        self.dollar.mint(payer, amount, sender=payer)
        self.dollar.approve(self.vault, amount, sender=payer)
        return self.vault.deposit(edition, self.dollar, amount, PURPOSE, sender=payer)

    # --- keepers ---

    def receipt(self, licence_id: int, index: int) -> ReceiptAPI:
        """Have keeper `index` post its receipt."""
        edition = self.keepers.deliveryOf(licence_id).editionId
        terms = self.desk.requestOf(licence_id).terms
        receipt = Receipt(
            licence_id=licence_id,
            index=index,
            bundle_digest=bytes([index]) * 32,
            bundle_length=1000,
            count=1,
            edition_root=bytes(self.keepers.editionRoot(edition)),
            release_key_hash=keccak256(bytes(terms.releaseKey)),
        )
        return self.keepers.postReceipt(words(receipt), sender=self.operators[index - 1])

    def hand_over_until(self, licence_id: int) -> int:
        """Last second in which a delivered licence cannot be ended."""
        delivery = self.keepers.deliveryOf(licence_id)
        return max(int(delivery.deliverBy), int(delivery.deliveredAt) + DAY)

    def pass_hand_over(self, licence_id: int) -> None:
        """Go to where a delivered licence can be ended by vote."""
        self.go_to(self.hand_over_until(licence_id) + 1)

    def deliver(self, licence_id: int) -> None:
        """Have as many keepers post receipts as are needed."""
        for index in range(1, self.threshold + 1):
            self.receipt(licence_id, index)
