"""The part of the ChainReader port that is about bargains and safeguards."""

from __future__ import annotations

from dao_backend.chain.contracts.council import Council
from dao_backend.chain.contracts.desk import AccessDesk
from dao_backend.chain.contracts.disputes import DisputeDesk
from dao_backend.chain.contracts.meter import UsageMeter
from dao_backend.chain.contracts.offers import OfferDesk
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.contracts.strike import DataStrike
from dao_backend.chain.contracts.token import ContributionToken
from dao_backend.chain.motions import MotionReads
from dao_backend.chain.node import Node
from dao_backend.core.bargains import Verdict
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address
from dao_backend.core.safeguards import MintingCaps, StrikeSettings, VotingMode
from dao_backend.ports.bargains import (
    Answer,
    Dispute,
    DisputeRules,
    Guardian,
    MeterAccount,
    Pause,
    Quote,
    StandingOffer,
    Strike,
)


class BargainReads(MotionReads):
    """See `ports.bargains.BargainReader` and `ports.persons.PersonReader`."""

    def __init__(self, node: Node, addresses: Addresses) -> None:
        super().__init__(node, addresses)
        self._token = ContributionToken(addresses.token)
        self._registry = DataRegistry(addresses.registry)
        self._desk = AccessDesk(addresses.desk)
        self._offers = OfferDesk(addresses.offers)
        self._disputes = DisputeDesk(addresses.disputes)
        self._meter = UsageMeter(addresses.meter)
        self._strike = DataStrike(addresses.strike)
        self._council = Council(addresses.council)

    # --- counter-offers and offers ----------------------------------------------------------

    def counter_offer(self, request_id: int, block: int | None = None) -> Answer | None:
        return self._find(self._desk.counter_of(request_id), block)

    def escrow(self, request_id: int, block: int | None = None) -> int:
        return self._ask(self._desk.escrow_of(request_id), block)

    def offer(self, offer_id: int, block: int | None = None) -> StandingOffer:
        return self._ask(self._offers.offer(offer_id), block)

    def quote(self, offer_id: int, block: int | None = None) -> Quote:
        return self._ask(self._offers.quote(offer_id), block)

    # --- disputes and meters ----------------------------------------------------------------

    def dispute(self, request_id: int, block: int | None = None) -> Dispute | None:
        found = self._ask(self._disputes.dispute(request_id), block)
        return None if found.verdict is Verdict.NONE else found

    def dispute_bond(self, request_id: int, block: int | None = None) -> int:
        return self._ask(self._disputes.bond(request_id), block)

    def dispute_rules(self) -> DisputeRules:
        return self._ask(self._disputes.rules(), None)

    def receipts_stand(self, request_id: int, block: int | None = None) -> bool:
        return self._ask(self._disputes.receipts_stand(request_id), block)

    def meter(self, licence_id: int, block: int | None = None) -> MeterAccount | None:
        return self._find(self._meter.account(licence_id), block)

    def silent_periods(self, licence_id: int, block: int | None = None) -> int:
        return self._ask(self._meter.silent_periods(licence_id), block)

    # --- strikes, pauses, the beginning -----------------------------------------------------

    def strike(self, strike_id: int, block: int | None = None) -> Strike:
        return self._ask(self._strike.strike(strike_id), block)

    def strike_count(self, block: int | None = None) -> int:
        return self._ask(self._strike.count(), block)

    def strike_until(self, block: int | None = None) -> int:
        return self._ask(self._strike.on_until(), block)

    def strike_settings(self) -> StrikeSettings:
        return self._ask(self._strike.settings(), None)

    def has_pledged(self, strike_id: int, member: Address, block: int | None = None) -> bool:
        return self._ask(self._strike.has_pledged(strike_id, member), block)

    def last_pause(self, block: int | None = None) -> Pause:
        return self._ask(self._council.last_pause(), block)

    def guardian(self, block: int | None = None) -> Guardian:
        return Guardian(
            account=self._ask(self._council.guardian(), block),
            mandate_until=self._ask(self._council.mandate_until(), block),
            pausable_from=self._ask(self._council.pausable_from(), block),
        )

    def is_begun(self, block: int | None = None) -> bool:
        return self._ask(self._registry.is_begun(), block)

    def mintable_by(self, appraiser: Address, block: int | None = None) -> int:
        return self._ask(self._registry.mintable_by(appraiser), block)

    def caps(self, block: int | None = None) -> MintingCaps:
        return self._ask(self._registry.caps(), block)

    # --- members ----------------------------------------------------------------------------

    def tenure(self, member: Address, block: int | None = None) -> int:
        return self._ask(self._token.tenure(member), block)

    def voting_mode(self) -> VotingMode:
        return self._ask(self._token.voting_mode(), None)

    def is_attested(self, member: Address, block: int | None = None) -> bool:
        return self._ask(self._token.is_attested(member), block)

    def is_attestor(self, account: Address, block: int | None = None) -> bool:
        return self._ask(self._token.is_attestor(account), block)
