"""The part of the ChainWriter port that is about bargains and safeguards."""

from __future__ import annotations

from collections.abc import Sequence

from dao_backend.chain.contracts.base import Action
from dao_backend.chain.contracts.council import Council
from dao_backend.chain.contracts.desk import AccessDesk
from dao_backend.chain.contracts.disputes import DisputeDesk
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.contracts.keepers import KeeperRegistry
from dao_backend.chain.contracts.licence import LicenceBook
from dao_backend.chain.contracts.meter import UsageMeter
from dao_backend.chain.contracts.offers import OfferDesk
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.contracts.strike import DataStrike
from dao_backend.chain.contracts.token import ContributionToken
from dao_backend.chain.node import Node
from dao_backend.chain.sender import Sender
from dao_backend.chain.sending import Sending
from dao_backend.core.bargains import Acceptance, CounterOffer, Offer, under
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address, Keeper
from dao_backend.core.motion import Motion
from dao_backend.core.safeguards import MintingCaps
from dao_backend.core.typed import Voucher
from dao_backend.errors import NotFound
from dao_backend.ports.bargains import Answer
from dao_backend.ports.chain import Sent


class BargainWrites(Sending):
    """See `ports.bargains.BargainWriter` and `ports.motions.MotionWriter`."""

    def __init__(self, node: Node, addresses: Addresses, sender: Sender) -> None:
        super().__init__(node, addresses, sender)
        self._token = ContributionToken(addresses.token)
        self._registry = DataRegistry(addresses.registry)
        self._governor = DataGovernor(addresses.governor)
        self._desk = AccessDesk(addresses.desk)
        self._licences = LicenceBook(addresses.licence)
        self._offers = OfferDesk(addresses.offers)
        self._disputes = DisputeDesk(addresses.disputes)
        self._meter = UsageMeter(addresses.meter)
        self._strike = DataStrike(addresses.strike)
        self._council = Council(addresses.council)
        self._keepers = KeeperRegistry(addresses.keepers)

    # --- motions ----------------------------------------------------------------------------

    def propose(self, motion: Motion) -> Sent:
        return self._send(self._governor.propose(motion))

    def propose_offer(self, offer: Offer, description: str) -> Sent:
        return self._propose(self._offers.publish(offer), description)

    def propose_offer_change(self, offer_id: int, offer: Offer, description: str) -> Sent:
        return self._propose(self._offers.amend(offer_id, offer), description)

    def propose_offer_end(self, offer_id: int, description: str) -> Sent:
        return self._propose(self._offers.withdraw(offer_id), description)

    def propose_counter(self, request_id: int, counter: CounterOffer, description: str) -> Sent:
        answered = self._node.call(self._desk.digest_of(request_id))
        return self._propose(self._desk.counter(request_id, answered, counter), description)

    def propose_appraiser(
        self, appraiser: Address, sealing_key: bytes, endpoint: str, description: str
    ) -> Sent:
        added = self._registry.add_appraiser(appraiser, sealing_key, endpoint)
        return self._propose(added, description)

    def propose_appraiser_end(self, appraiser: Address, description: str) -> Sent:
        return self._propose(self._registry.remove_appraiser(appraiser), description)

    def propose_caps(self, caps: MintingCaps, description: str) -> Sent:
        return self._propose(self._registry.set_caps(caps), description)

    def propose_guardian(self, guardian: Address, mandate_until: int, description: str) -> Sent:
        return self._propose(self._council.appoint(guardian, mandate_until), description)

    def propose_committee(self, keepers: Sequence[Keeper], description: str) -> Sent:
        return self._propose(self._keepers.change_committee(keepers), description)

    def queue_motion(self, motion: Motion) -> Sent:
        return self._send(self._governor.queue(motion))

    def execute_motion(self, motion: Motion) -> Sent:
        return self._send(self._governor.execute(motion))

    def vote_for_all(self, proposal_id: int, ballots: Sequence[tuple[Address, int, bytes]]) -> Sent:
        return self._send(self._governor.vote_for_all(proposal_id, ballots))

    # --- offers and counter-offers ----------------------------------------------------------

    def accept_offer(self, offer_id: int, acceptance: Acceptance) -> Sent:
        quote = self._node.call(self._offers.quote(offer_id))
        asset = self._node.call(self._offers.offer(offer_id)).offer.asset
        value = self._payable(asset, self._desk.address, quote.price + quote.bond)
        return self._send(self._offers.accept(offer_id, acceptance, value))

    def accept_counter(self, request_id: int) -> Sent:
        asked = self._node.call(self._desk.request_of(request_id, proposal_id=0)).terms
        answered = under(self._answer(request_id).terms, asked)
        held = self._node.call(self._desk.escrow_of(request_id))
        more = max(0, answered.price + answered.metering.bond - held)
        value = self._payable(asked.asset, self._desk.address, more)
        return self._send(self._desk.accept_counter(request_id, value))

    def decline(self, request_id: int, to: Address) -> Sent:
        return self._send(self._desk.decline(request_id, to))

    # --- disputes ---------------------------------------------------------------------------

    def open_dispute(self, request_id: int, claim_hash: bytes) -> Sent:
        asset = self._node.call(self._desk.request_of(request_id, proposal_id=0)).terms.asset
        bond = self._node.call(self._disputes.bond(request_id))
        value = self._payable(asset, self._disputes.address, bond)
        return self._send(self._disputes.open(request_id, claim_hash, value))

    def rule(self, request_id: int, *, upheld: bool, reason_hash: bytes) -> Sent:
        ruled = self._disputes.rule(request_id, upheld=upheld, reason_hash=reason_hash)
        return self._send(ruled)

    def take_dispute_bond(self, request_id: int, to: Address) -> Sent:
        return self._send(self._disputes.take_bond(request_id, to))

    def forfeit_dispute_bond(self, request_id: int) -> Sent:
        return self._send(self._disputes.forfeit_bond(request_id))

    # --- metered use and licences -----------------------------------------------------------

    def settle_usage(self, voucher: Voucher, signature: bytes) -> Sent:
        return self._send(self._meter.settle(voucher, signature))

    def take_minimum(self, licence_id: int) -> Sent:
        return self._send(self._meter.take_minimum(licence_id))

    def fund_bond(self, licence_id: int, amount: int) -> Sent:
        asset = self._node.call(self._meter.account(licence_id)).asset
        self._payable(asset, self._meter.address, amount)
        return self._send(self._meter.fund(licence_id, asset, amount))

    def close_meter(self, licence_id: int) -> Sent:
        return self._send(self._meter.close(licence_id))

    def take_meter_bond(self, licence_id: int, to: Address) -> Sent:
        return self._send(self._meter.take_bond(licence_id, to))

    def pay_royalty(self, licence_id: int, asset: Address, amount: int, report_hash: bytes) -> Sent:
        self._payable(asset, self._meter.address, amount)
        return self._send(self._meter.pay_royalty(licence_id, asset, amount, report_hash))

    def announce_release_key(self, licence_id: int, release_key: bytes) -> Sent:
        return self._send(self._licences.announce_release_key(licence_id, release_key))

    def apply_release_key(self, licence_id: int) -> Sent:
        return self._send(self._licences.apply_release_key(licence_id))

    # --- strikes, the council, departures ---------------------------------------------------

    def call_strike(self, reason: str) -> Sent:
        return self._send(self._strike.call(reason))

    def pledge(self) -> Sent:
        return self._send(self._strike.pledge())

    def pledge_for(self, member: Address, signature: bytes) -> Sent:
        return self._send(self._strike.pledge_for(member, signature))

    def unpledge(self) -> Sent:
        return self._send(self._strike.unpledge())

    def pause(self, duration: int) -> Sent:
        return self._send(self._council.pause(duration))

    def unpause(self) -> Sent:
        return self._send(self._council.unpause())

    def cancel_queued(self, motion: Motion) -> Sent:
        return self._send(self._council.cancel(motion))

    def leave_all(self) -> Sent:
        return self._send(self._registry.leave_all())

    def leave_all_for(self, member: Address, deadline: int, signature: bytes) -> Sent:
        return self._send(self._registry.leave_all_for(member, deadline, signature))

    def attest_uniqueness(
        self, member: Address, person: bytes, deadline: int, signature: bytes
    ) -> Sent:
        return self._send(self._token.attest_uniqueness(member, person, deadline, signature))

    # --- inside -----------------------------------------------------------------------------

    def _propose(self, action: Action, description: str) -> Sent:
        """Put one call of the timelock to the vote."""
        assert action.to is not None, "a proposal calls a contract"
        return self.propose(Motion((action.to,), (action.value,), (action.data,), description))

    def _answer(self, request_id: int) -> Answer:
        found = self._node.call(self._desk.counter_of(request_id))
        if found is None:
            raise NotFound(f"nobody has answered request {request_id} with other terms")
        return found
