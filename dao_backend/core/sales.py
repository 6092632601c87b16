"""The part of the ledger's fold that is about requests and licences; see core/ledger.py.

A licence's facts are final for a keeper once they are in the log: which terms its buyer accepted
in the end, whether it is in force, and which key its bundles are sealed to.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from dao_backend.core import events as e
from dao_backend.core.bargains import under
from dao_backend.core.events.bargaining import Bargaining
from dao_backend.core.events.licensing import Licensing
from dao_backend.core.model import Licence, LicenceStatus, Request, RequestStatus
from dao_backend.core.state import Folding

_REQUEST_AFTER: dict[type[e.Fact], RequestStatus] = {
    e.Granted: RequestStatus.GRANTED,
    e.Settled: RequestStatus.SETTLED,
    e.Refunded: RequestStatus.REFUNDED,
    e.Cancelled: RequestStatus.CANCELLED,
}
_LICENCE_AFTER: dict[type[e.Fact], LicenceStatus] = {
    e.LicenceSuspended: LicenceStatus.SUSPENDED,
    e.LicenceReinstated: LicenceStatus.ACTIVE,
    e.LicenceRevoked: LicenceStatus.REVOKED,
}


@singledispatch
def apply_sale(fact: Bargaining | Licensing, to: Folding) -> None:  # noqa: ARG001
    """Fold one fact in; LookupError where it refers to what the log never created."""
    raise TypeError(f"the ledger does not know {type(fact).__name__}")


@apply_sale.register
def _(
    fact: e.OfferPublished  # as the type says
    | e.OfferWithdrawn
    | e.OfferAccepted
    | e.DisputeOpened
    | e.DisputeRuled
    | e.BondReturned
    | e.BondForfeited
    | e.ReleaseKeyAnnounced
    | e.IssuerNominated
    | e.IssuerChanged
    | e.MeterOpened
    | e.UsageSettled
    | e.MinimumTaken
    | e.BondFunded
    | e.MeterClosing
    | e.BondTaken
    | e.RoyaltyPaid,
    to: Folding,
) -> None:
    """Decides about money, not about terms or keys: the index keeps it."""


@apply_sale.register
def _(fact: e.AssetChanged, to: Folding) -> None:
    to.state.minimum_prices[fact.asset] = fact.minimum_price


@apply_sale.register
def _(fact: e.Requested, to: Folding) -> None:
    to.state.requests[fact.request_id] = Request(
        request_id=fact.request_id,
        buyer=fact.buyer,
        terms=fact.terms,
        execute_by=fact.execute_by,
        deliver_by=fact.deliver_by,
        status=RequestStatus.PENDING,
        proposal_id=fact.proposal_id,
    )


@apply_sale.register
def _(fact: e.CounterOffered, to: Folding) -> None:
    to.set_request(fact.request_id, RequestStatus.COUNTERED)
    to.state.counters[fact.request_id] = fact


@apply_sale.register
def _(fact: e.CounterAccepted, to: Folding) -> None:
    asked = to.state.requests[fact.request_id]
    counter = to.state.counters[fact.request_id].terms
    to.state.requests[fact.request_id] = replace(
        asked,
        terms=under(counter, asked.terms),
        execute_by=to.timestamp,
        deliver_by=fact.deliver_by,
    )


@apply_sale.register
def _(fact: e.Granted | e.Settled | e.Refunded | e.Cancelled, to: Folding) -> None:
    to.set_request(fact.request_id, _REQUEST_AFTER[type(fact)])


@apply_sale.register
def _(fact: e.LicenceIssued, to: Folding) -> None:
    to.state.licences[fact.licence_id] = Licence(
        licence_id=fact.licence_id,
        holder=fact.holder,
        collection=fact.collection,
        edition_id=fact.edition_id,
        purposes=fact.purposes,
        issued_at=to.timestamp,
        expiry=fact.expiry,
        royalty_bps=fact.royalty_bps,
        terms_hash=fact.terms_hash,
        release_key=fact.release_key,
        status=LicenceStatus.ACTIVE,
    )


@apply_sale.register
def _(fact: e.LicenceSuspended | e.LicenceReinstated | e.LicenceRevoked, to: Folding) -> None:
    to.set_licence(fact.licence_id, status=_LICENCE_AFTER[type(fact)])


@apply_sale.register
def _(fact: e.LicenceLapsed | e.LicenceRestored, to: Folding) -> None:
    to.set_licence(fact.licence_id, lapsed=isinstance(fact, e.LicenceLapsed))


@apply_sale.register
def _(fact: e.ReleaseKeyRotated, to: Folding) -> None:
    to.set_licence(fact.licence_id, release_key=fact.release_key)
    to.state.rotated_keys[fact.licence_id] = fact.release_key
