"""What the service needs from a chain: facts at a block, logs in order, and transactions.

Reads take the block they are asked at (a number; None means the head), so that a caller who must
not be fooled by an unfinished chain passes the finalized one.
Implementations raise ChainUnavailable, WrongNetwork, ContractRefused, InsufficientFunds and
TransactionLost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.events import LogEvent
from dao_backend.core.facts import Addresses
from dao_backend.core.model import (
    Address,
    Appraisal,
    Committee,
    Edition,
    Licence,
    ProposalState,
    Receipt,
    Record,
    Request,
    Terms,
)
from dao_backend.core.state import State
from dao_backend.ports.bargains import BargainReader, BargainWriter
from dao_backend.ports.batches import BatchWriter
from dao_backend.ports.batches import Registration as Registration  # noqa: PLC0414  # a part too
from dao_backend.ports.motions import MotionReader, MotionWriter
from dao_backend.ports.persons import PersonReader
from dao_backend.ports.sent import Sent as Sent  # noqa: PLC0414  # a part of this port


@dataclass(frozen=True, slots=True)
class Block:
    """A block's place, identity and time."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was opened for a licence at its grant; `posted` are the keepers with a receipt."""

    edition_id: int
    deliver_by: int
    epoch: int
    posted: frozenset[int]
    delivered_at: int | None = None
    """When the receipts sufficed, None before."""


class Signer(Protocol):
    """An account that signs: a keystore in memory, later a wallet or a key service."""

    @property
    def address(self) -> Address: ...

    def sign_digest(self, digest: bytes) -> bytes:
        """65-byte signature (r ‖ s ‖ v, low s) over an EIP-712 digest."""
        ...

    def sign_transaction(self, transaction: dict[str, object]) -> bytes:
        """Raw signed transaction."""
        ...


class KeeperChain(Protocol):
    """What a keeper asks a chain, so little that several nodes can be asked and compared."""

    @property
    def addresses(self) -> Addresses: ...

    def head(self) -> Block: ...

    def finalized(self) -> Block:
        """The newest block that the deployment's finality rule calls final."""
        ...

    def block(self, number: int) -> Block: ...

    def logs(self, first: int, last: int) -> list[LogEvent]:
        """All events of the DAO's contracts in blocks first…last, in order."""
        ...

    def committee(self, epoch: int, block: int | None = None) -> Committee: ...

    def current_epoch(self, block: int | None = None) -> int:
        """The newest epoch: contributions are dealt to its committee."""
        ...

    def serving_epoch(self, block: int | None = None) -> int:
        """The epoch whose committee attests and delivers."""
        ...

    def is_holding(self, epoch: int, index: int, block: int | None = None) -> bool:
        """Whether a keeper has confirmed its handover; NotFound."""
        ...

    def history(self, block: int | None = None) -> tuple[bytes, int]:
        """The registry's history head and count."""
        ...

    def edition(self, edition_id: int, block: int | None = None) -> Edition:
        """With its attested root, if any; NotFound."""
        ...

    def request(self, request_id: int, block: int | None = None) -> Request:
        """NotFound where no such request was filed."""
        ...

    def licence(self, licence_id: int, block: int | None = None) -> Licence | None: ...

    def delivery(self, licence_id: int, block: int | None = None) -> Delivery | None: ...

    def proposal_state(self, proposal_id: int, block: int | None = None) -> ProposalState: ...


class AgreedChain(KeeperChain, Protocol):
    """What several nodes agree on. ChainUnavailable, NodesDisagree.

    A read at a block answers only where k of the nodes give the same answer and none another one.
    """

    def contradictions(self, licence_id: int, block: int) -> tuple[str, ...]:
        """What proofs against the state root of `block` say otherwise than its nodes do.

        Empty where they agree, and where no node serves proofs: `proves` tells which.
        ChainUnavailable.
        """
        ...

    def log_contradictions(
        self, state: State, editions: Collection[Edition], block: int
    ) -> tuple[str, ...]:
        """What such proofs say otherwise than a log that folds to `state` at `block`.

        Of the state, its history, its epochs and how many editions it has; and of each edition
        given, every word and its root. Otherwise as `contradictions`.
        """
        ...

    @property
    def proves(self) -> bool | None:
        """Whether the nodes served proofs when last asked; None before."""
        ...

    @property
    def alarm(self) -> str | None:
        """What the nodes last disagreed about, or a proof contradicted; None while they agree."""
        ...


class ChainReader(KeeperChain, BargainReader, MotionReader, PersonReader, Protocol):
    """Facts of one DAO, each as it was at `block`."""

    def is_appraiser(self, account: Address, block: int | None = None) -> bool: ...

    def newest_edition(self, collection: int, block: int | None = None) -> int: ...

    def is_refundable(self, request_id: int, block: int | None = None) -> bool: ...

    def proposal_quorum(self, proposal_id: int, block: int | None = None) -> int: ...

    def proposal_eta(self, proposal_id: int, block: int | None = None) -> int | None:
        """When a queued proposal may be executed, None where it is not queued."""
        ...

    def has_voted(self, proposal_id: int, voter: Address, block: int | None = None) -> bool: ...

    def votes_at(self, voter: Address, timepoint: int, block: int | None = None) -> int: ...

    def units(self, member: Address, collection: int, block: int | None = None) -> int: ...

    def past_units(self, member: Address, collection: int, timepoint: int) -> int: ...

    def due(
        self, edition_id: int, asset: Address, member: Address, block: int | None = None
    ) -> int: ...

    def received(self, edition_id: int, asset: Address, block: int | None = None) -> int: ...

    def balance(self, account: Address, asset: Address) -> int: ...

    def minimum_price(self, asset: Address) -> int: ...

    def filing_fee(self) -> int: ...

    def cuts(self) -> tuple[int, int]:
        """Reserve's and keepers' cut in basis points."""
        ...


class ChainWriter(BargainWriter, MotionWriter, BatchWriter, Protocol):
    """Transactions of one account; each is simulated first, so that a refusal costs nothing."""

    @property
    def account(self) -> Address: ...

    def contribute_for(
        self,
        record: Record,
        nonce: bytes,
        appraisal: Appraisal,
        appraiser_signature: bytes,
        contributor_signature: bytes,
    ) -> Sent: ...

    def contribute(
        self, record: Record, nonce: bytes, appraisal: Appraisal, appraiser_signature: bytes
    ) -> Sent: ...

    def contribute_for_all(self, registrations: Iterable[Registration]) -> Iterator[Sent]:
        """Register many, several under way at once, with results in order.

        The first error ends the series, after the results of what was sent before it.
        """
        ...

    def withdraw(self, contribution_id: bytes) -> Sent: ...

    def withdraw_for(self, contribution_id: bytes, deadline: int, signature: bytes) -> Sent: ...

    def seal(self, collection: int) -> Sent: ...

    def attest(
        self, edition_id: int, root: bytes, indexes: Sequence[int], signatures: Sequence[bytes]
    ) -> Sent: ...

    def request(self, terms: Terms) -> Sent:
        """Escrow price and fee from the account; an ERC-20 price is approved first."""
        ...

    def cancel(self, request_id: int) -> Sent: ...

    def refund(self, request_id: int) -> Sent: ...

    def settle(self, request_id: int) -> Sent: ...

    def vote(self, proposal_id: int, support: int) -> Sent: ...

    def vote_for(
        self, proposal_id: int, support: int, voter: Address, signature: bytes
    ) -> Sent: ...

    def queue(self, request_id: int) -> Sent:
        """Queues the passed proposal of a request in the timelock."""
        ...

    def execute(self, request_id: int) -> Sent: ...

    def post_receipt(self, receipt: Receipt) -> Sent: ...

    def post_receipt_for(self, receipt: Receipt, signature: bytes) -> Sent: ...

    def confirm_handover(self, epoch: int, index: int, signature: bytes) -> Sent: ...

    def deposit(self, edition_id: int, asset: Address, amount: int, purpose: bytes) -> Sent: ...

    def claim(self, edition_id: int, asset: Address) -> Sent: ...

    def claim_many(self, edition_id: int, asset: Address, members: Sequence[Address]) -> Sent: ...

    def pay(self, to: Address, amount: int) -> Sent:
        """A plain transfer of native coin."""
        ...
