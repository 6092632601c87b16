"""What the chain says of bargains and safeguards, and the transactions that go with them.

Parts of the ports in ports/chain.py, which say when they raise. Amounts are in the smallest unit
of the asset concerned, times are seconds of chain time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.bargains import Acceptance, CounterOffer, Offer, Verdict
from dao_backend.core.metering import Metering
from dao_backend.core.model import Address
from dao_backend.core.motion import Motion
from dao_backend.core.safeguards import StrikeSettings
from dao_backend.core.typed import Voucher
from dao_backend.ports.sent import Sent


@dataclass(frozen=True, slots=True)
class Answer:
    """The members' counter-offer to a request, and the last second to accept it."""

    terms: CounterOffer
    accept_by: int


@dataclass(frozen=True, slots=True)
class StandingOffer:
    """An offer, how often it was accepted, and whether it can be now."""

    offer_id: int
    offer: Offer
    accepted: int
    open: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """What accepting an offer would cost now, and on which edition."""

    price: int
    bond: int
    edition_id: int
    units: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer's claim about a delivery."""

    request_id: int
    buyer: Address
    verdict: Verdict
    rule_by: int
    asset: Address
    bond: int
    bond_paid: bool
    """Whether the bond has left the desk, to whomever."""
    claim_hash: bytes
    reason_hash: bytes


@dataclass(frozen=True, slots=True)
class DisputeRules:
    """How long a delivery can be disputed and ruled, and what a dispute costs."""

    window: int
    ruling_period: int
    bond_bps: int


@dataclass(frozen=True, slots=True)
class MeterAccount:
    """What a metered licence has used and paid."""

    licence_id: int
    asset: Address
    metering: Metering
    reported_until: int
    balance: int
    """What is left of the bond."""
    used: int
    """Units of use that were paid."""
    lapsed: bool
    closed_at: int | None
    emptied: bool


@dataclass(frozen=True, slots=True)
class Strike:
    """One call to strike."""

    strike_id: int
    timepoint: int
    """When units are counted."""
    deadline: int
    begun_at: int | None
    pledged: int
    needed: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The council's newest pause; both zero before the first."""

    begin: int
    until: int


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who may pause, as long as the mandate lasts."""

    account: Address
    mandate_until: int
    pausable_from: int


class BargainReader(Protocol):
    """Facts of bargains and safeguards, each as it was at `block`."""

    def counter_offer(self, request_id: int, block: int | None = None) -> Answer | None: ...

    def escrow(self, request_id: int, block: int | None = None) -> int:
        """Price and bond that a request holds."""
        ...

    def offer(self, offer_id: int, block: int | None = None) -> StandingOffer:
        """NotFound."""
        ...

    def quote(self, offer_id: int, block: int | None = None) -> Quote:
        """NotFound, or ContractRefused where it cannot be accepted."""
        ...

    def dispute(self, request_id: int, block: int | None = None) -> Dispute | None: ...

    def dispute_bond(self, request_id: int, block: int | None = None) -> int: ...

    def dispute_rules(self) -> DisputeRules: ...

    def receipts_stand(self, request_id: int, block: int | None = None) -> bool: ...

    def meter(self, licence_id: int, block: int | None = None) -> MeterAccount | None: ...

    def silent_periods(self, licence_id: int, block: int | None = None) -> int: ...

    def strike(self, strike_id: int, block: int | None = None) -> Strike: ...

    def strike_count(self, block: int | None = None) -> int: ...

    def strike_until(self, block: int | None = None) -> int:
        """Until when nothing is granted; in the past or 0 where members are not on strike."""
        ...

    def strike_settings(self) -> StrikeSettings: ...

    def has_pledged(self, strike_id: int, member: Address, block: int | None = None) -> bool: ...

    def last_pause(self, block: int | None = None) -> Pause: ...

    def guardian(self, block: int | None = None) -> Guardian: ...

    def is_begun(self, block: int | None = None) -> bool:
        """Whether the DAO has reached its stated members and units, so that it can sell."""
        ...

    def mintable_by(self, appraiser: Address, block: int | None = None) -> int: ...

    def tenure(self, member: Address, block: int | None = None) -> int:
        """How often a member has left; what a departure's signature names."""
        ...


class BargainWriter(Protocol):
    """Transactions of one account; each is simulated first, so that a refusal costs nothing."""

    def propose(self, motion: Motion) -> Sent:
        """Put a motion to the vote; takes the proposal threshold in votes."""
        ...

    def propose_offer(self, offer: Offer, description: str) -> Sent: ...

    def propose_offer_change(self, offer_id: int, offer: Offer, description: str) -> Sent: ...

    def propose_offer_end(self, offer_id: int, description: str) -> Sent: ...

    def propose_counter(self, request_id: int, counter: CounterOffer, description: str) -> Sent: ...

    def queue_motion(self, motion: Motion) -> Sent: ...

    def execute_motion(self, motion: Motion) -> Sent: ...

    def accept_offer(self, offer_id: int, acceptance: Acceptance) -> Sent:
        """Pay price and bond and take the licence; an ERC-20 price is approved first."""
        ...

    def accept_counter(self, request_id: int) -> Sent:
        """Accept the members' terms; pays what they cost more."""
        ...

    def decline(self, request_id: int, to: Address) -> Sent: ...

    def open_dispute(self, request_id: int, claim_hash: bytes) -> Sent:
        """Dispute a delivery; pays the bond."""
        ...

    def rule(self, request_id: int, *, upheld: bool, reason_hash: bytes) -> Sent: ...

    def take_dispute_bond(self, request_id: int, to: Address) -> Sent: ...

    def forfeit_dispute_bond(self, request_id: int) -> Sent: ...

    def settle_usage(self, voucher: Voucher, signature: bytes) -> Sent: ...

    def take_minimum(self, licence_id: int) -> Sent: ...

    def fund_bond(self, licence_id: int, amount: int) -> Sent: ...

    def close_meter(self, licence_id: int) -> Sent: ...

    def take_meter_bond(self, licence_id: int, to: Address) -> Sent: ...

    def pay_royalty(
        self, licence_id: int, asset: Address, amount: int, report_hash: bytes
    ) -> Sent: ...

    def announce_release_key(self, licence_id: int, release_key: bytes) -> Sent: ...

    def apply_release_key(self, licence_id: int) -> Sent: ...

    def call_strike(self, reason: str) -> Sent: ...

    def pledge(self) -> Sent: ...

    def pledge_for(self, member: Address, signature: bytes) -> Sent: ...

    def unpledge(self) -> Sent: ...

    def pause(self, duration: int) -> Sent: ...

    def unpause(self) -> Sent: ...

    def cancel_queued(self, motion: Motion) -> Sent:
        """The council's veto on what is queued."""
        ...

    def leave_all(self) -> Sent: ...

    def leave_all_for(self, member: Address, deadline: int, signature: bytes) -> Sent: ...

    def attest_uniqueness(
        self, member: Address, person: bytes, deadline: int, signature: bytes
    ) -> Sent: ...
