"""What was agreed beside a request, as it stands now: disputes and metered use. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.bargains import Verdict
from dao_backend.core.disputing import Contest
from dao_backend.core.metering import Reading
from dao_backend.core.model import NATIVE, Address, Request
from dao_backend.errors import NotFound
from dao_backend.ports.bargains import Dispute, MeterAccount
from dao_backend.ports.chain import ChainReader


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A request's dispute, or how there could be one."""

    request: Request
    contest: Contest
    bond: int
    """What a dispute takes from the buyer, in the request's asset; of an open one what it took."""
    dispute: Dispute | None


@dataclass(frozen=True, slots=True)
class UsageView:
    """A metered licence's account."""

    account: MeterAccount
    holder: Address
    reading: Reading
    latest: int
    """The last second that a report may cover now."""


def dispute_of(chain: ChainReader, request_id: int) -> DisputeView:
    """Where the delivery of a request stands; NotFound for an unknown request."""
    request = chain.request(request_id)
    dispute, delivery = chain.dispute(request_id), chain.delivery(request_id)
    contest = Contest(
        arbiter=request.terms.arbiter,
        delivered_at=None if delivery is None else delivery.delivered_at,
        window=chain.dispute_rules().window,
        verdict=Verdict.NONE if dispute is None else dispute.verdict,
        rule_by=0 if dispute is None else dispute.rule_by,
        now=chain.head().timestamp,
    )
    if dispute is not None:
        return DisputeView(request, contest, dispute.bond, dispute)
    arbitrated = request.terms.arbiter != NATIVE
    return DisputeView(request, contest, chain.dispute_bond(request_id) if arbitrated else 0, None)


def usage_of(chain: ChainReader, licence_id: int) -> UsageView:
    """What a metered licence has used and owes; NotFound where nothing is metered."""
    licence, account = chain.licence(licence_id), chain.meter(licence_id)
    if licence is None:
        raise NotFound(f"there is no licence {licence_id}")
    if account is None:
        raise NotFound(f"licence {licence_id} has no meter: only a settled, metered one does")
    now = chain.head().timestamp
    reading = Reading(
        metering=account.metering,
        reported_until=account.reported_until,
        silent_periods=chain.silent_periods(licence_id),
        balance=account.balance,
        lapsed=account.lapsed,
        closed_at=account.closed_at,
        now=now,
    )
    ends = [now, licence.expiry, *([] if account.closed_at is None else [account.closed_at])]
    return UsageView(account, licence.holder, reading, min(ends))
