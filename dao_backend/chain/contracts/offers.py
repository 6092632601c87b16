"""OfferDesk: standing offers, taken without a vote."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.chain.structs import acceptance_struct, offer, offer_struct
from dao_backend.core.bargains import Acceptance, Offer
from dao_backend.ports.bargains import Quote, StandingOffer


class OfferDesk(Contract):
    """See contracts/interfaces/IOfferDesk.sol."""

    name = ContractName.OFFERS

    def publish(self, terms: Offer) -> Action:
        """Publish an offer; the timelock's."""
        return self._act("publish", offer_struct(terms))

    def amend(self, offer_id: int, terms: Offer) -> Action:
        """Close an offer and publish another in its place; the timelock's."""
        return self._act("amend", offer_id, offer_struct(terms))

    def withdraw(self, offer_id: int) -> Action:
        """Close an offer; the timelock's."""
        return self._act("withdraw", offer_id)

    def accept(self, offer_id: int, acceptance: Acceptance, value: int) -> Action:
        """Take a licence at once; `value` is at least price and bond, in native coin."""
        return self._act("accept", offer_id, acceptance_struct(acceptance), value=value)

    def offer(self, offer_id: int) -> Call[StandingOffer]:
        """An offer, how often it was accepted, and whether it can be now."""

        def read(values: tuple[Any, ...], accepted: int, is_open: int) -> StandingOffer:
            return StandingOffer(offer_id, offer(values), accepted, bool(is_open))

        return self._ask("offerOf", offer_id, read=read)

    def quote(self, offer_id: int) -> Call[Quote]:
        """What accepting now would cost, and on which edition."""
        return self._ask("quote", offer_id, read=Quote)

    def count(self) -> Call[int]:
        """How many offers were published; they are numbered from 1."""
        return self._value("offerCount")
