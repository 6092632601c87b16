"""Whether a standing offer can be accepted, as far as the offer itself says."""

from __future__ import annotations

from enum import StrEnum

from dao_backend.core.bargains import Offer


class OfferState(StrEnum):
    """Where an offer stands; stable names for programs."""

    OPEN = "open"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"


def offer_state(
    offer: Offer, accepted: int, now: int, *, withdrawn: bool, replaced: bool
) -> OfferState:
    """At `now`, in seconds of chain time; `accepted` is how often it was taken."""
    if replaced:
        return OfferState.REPLACED
    if withdrawn:
        return OfferState.WITHDRAWN
    if accepted >= offer.max_count:
        return OfferState.EXHAUSTED
    return OfferState.OPEN if now <= offer.expiry else OfferState.EXPIRED
