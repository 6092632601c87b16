"""Offers, disputes, meters, strikes and pauses: their selects, and the rows that come of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from dao_backend.core import events as e
from dao_backend.core.bargains import Verdict
from dao_backend.core.metering import Metering
from dao_backend.index.reads import exists, log_of
from dao_backend.index.schema import TABLES, from_row, logs
from dao_backend.ports.happenings import (
    DepartureRow,
    DisputeRow,
    GuardianRow,
    MeterRow,
    OfferRow,
    PauseRow,
    PledgeRow,
    RoyaltyRow,
    StrikeRow,
)

Select = sa.Select[Any]
Row = sa.RowMapping

published = TABLES[e.OfferPublished]
disputed = TABLES[e.DisputeOpened]
metered = TABLES[e.MeterOpened]
called = TABLES[e.StrikeCalled]
pledged = TABLES[e.Pledged]
paused = TABLES[e.PauseBegun]


def offers() -> Select:
    """Offers with how often they were accepted and what replaced them."""
    newer, number = sa.alias(published, "newer"), published.c.offer_id
    taken = TABLES[e.OfferAccepted]
    count = sa.select(sa.func.count()).where(taken.c.offer_id == number).correlate(published)
    return (
        sa.select(
            published,
            logs.c.timestamp,
            newer.c.offer_id.label("replaced_by"),
            count.scalar_subquery().label("accepted"),
            exists(e.OfferWithdrawn, "offer_id", number).label("withdrawn"),
        )
        .join(logs, log_of(published))
        .outerjoin(newer, newer.c.replaces == number)
    )


def offer(row: Row) -> OfferRow:
    """A row of `offers`."""
    fact = from_row(e.OfferPublished, row)
    return OfferRow(
        offer_id=fact.offer_id,
        offer=fact.offer,
        replaces=fact.replaces or None,
        replaced_by=row["replaced_by"],
        published_at=row["timestamp"],
        accepted=row["accepted"],
        withdrawn=bool(row["withdrawn"]),
    )


def disputes() -> Select:
    """Disputes with their ruling, and whether their bond was paid out."""
    ruled, when, number = TABLES[e.DisputeRuled], sa.alias(logs, "ruled"), disputed.c.request_id
    paid = sa.or_(
        exists(e.BondReturned, "request_id", number), exists(e.BondForfeited, "request_id", number)
    )
    same = sa.and_(when.c.block == ruled.c.block, when.c.log_index == ruled.c.log_index)
    return (
        sa.select(
            disputed,
            logs.c.timestamp,
            ruled.c.upheld,
            ruled.c.reason_hash,
            when.c.timestamp.label("ruled_at"),
            paid.label("bond_paid"),
        )
        .join(logs, log_of(disputed))
        .outerjoin(ruled, ruled.c.request_id == number)
        .outerjoin(when, same)
    )


def dispute(row: Row) -> DisputeRow:
    """A row of `disputes`."""
    fact = from_row(e.DisputeOpened, row)
    ruling = Verdict.UPHELD if row["upheld"] else Verdict.REJECTED
    return DisputeRow(
        request_id=fact.request_id,
        buyer=fact.buyer,
        arbiter=fact.arbiter,
        bond=fact.bond,
        claim_hash=fact.claim_hash,
        opened_at=row["timestamp"],
        rule_by=fact.rule_by,
        verdict=Verdict.OPEN if row["upheld"] is None else ruling,
        reason_hash=row["reason_hash"],
        ruled_at=row["ruled_at"],
        bond_paid=bool(row["bond_paid"]),
    )


def meters() -> Select:
    """Meters with the time they were opened at."""
    return sa.select(metered, logs.c.timestamp).join(logs, log_of(metered))


def meter(connection: sa.Connection, row: Row) -> MeterRow:
    """A row of `meters` with everything that happened to it since; sums may exceed 64 bits."""
    opened = from_row(e.MeterOpened, row)
    number = opened.licence_id
    reports = list(_about(connection, e.UsageSettled, number))
    minimums = _about(connection, e.MinimumTaken, number)
    paid = sum(one.amount for one in reports) + sum(one.amount for one in minimums)
    funded = sum(one.amount for one in _about(connection, e.BondFunded, number))
    taken = [one.amount for one in _about(connection, e.BondTaken, number)]
    closing = [one.closes_at for one in _about(connection, e.MeterClosing, number)]
    lapses, restored = (
        len(list(_about(connection, kind, number))) for kind in (e.LicenceLapsed, e.LicenceRestored)
    )
    return MeterRow(
        licence_id=number,
        asset=opened.asset,
        metering=Metering(opened.unit_price, opened.minimum, opened.bond, opened.period),
        opened_at=row["timestamp"],
        used=max((one.used for one in reports), default=0),
        paid=paid,
        balance=opened.bond + funded - paid - sum(taken),
        reported_at=max((one.until for one in reports), default=None),
        lapsed=lapses > restored,
        closes_at=closing[0] if closing else None,
        emptied=bool(taken),
    )


def _about(connection: sa.Connection, kind: type[Any], licence_id: int) -> Iterator[Any]:
    """The facts of one kind about a licence, oldest first."""
    table = TABLES[kind]
    query = (
        sa.select(table)
        .where(table.c.licence_id == licence_id)
        .order_by(table.c.block, table.c.log_index)
    )
    return (from_row(kind, row) for row in connection.execute(query).mappings())


def royalty(row: Row) -> RoyaltyRow:
    """A row of `reads.positioned`."""
    fact = from_row(e.RoyaltyPaid, row)
    return RoyaltyRow(
        licence_id=fact.licence_id,
        edition_id=fact.edition_id,
        sender=fact.sender,
        asset=fact.asset,
        amount=fact.amount,
        report_hash=fact.report_hash,
        timestamp=row["timestamp"],
        transaction=row["transaction"],
    )


def standing() -> Select:
    """Pledges that were not taken back."""
    back = TABLES[e.PledgeWithdrawn]
    later = sa.tuple_(back.c.block, back.c.log_index) > sa.tuple_(
        pledged.c.block, pledged.c.log_index
    )
    same = sa.and_(back.c.strike_id == pledged.c.strike_id, back.c.member == pledged.c.member)
    return (
        sa.select(pledged, logs.c.timestamp)
        .join(logs, log_of(pledged))
        .where(~sa.exists().where(same, later))
    )


def pledge(row: Row) -> PledgeRow:
    """A row of `standing`."""
    fact = from_row(e.Pledged, row)
    return PledgeRow(fact.strike_id, fact.member, fact.units, row["timestamp"])


def strikes() -> Select:
    """Calls to strike with what is pledged to them and when they began."""
    begun, when = TABLES[e.StrikeBegun], sa.alias(logs, "begun_log")
    still = standing().subquery()
    sums = (
        sa.select(
            still.c.strike_id,
            sa.func.sum(still.c.units).label("pledged"),
            sa.func.count().label("pledges"),
        )
        .group_by(still.c.strike_id)
        .subquery()
    )
    same = sa.and_(when.c.block == begun.c.block, when.c.log_index == begun.c.log_index)
    return (
        sa.select(
            called,
            logs.c.timestamp,
            sa.func.coalesce(sums.c.pledged, 0).label("pledged"),
            sa.func.coalesce(sums.c.pledges, 0).label("pledges"),
            begun.c.until,
            when.c.timestamp.label("begun_at"),
        )
        .join(logs, log_of(called))
        .outerjoin(sums, sums.c.strike_id == called.c.strike_id)
        .outerjoin(begun, begun.c.strike_id == called.c.strike_id)
        .outerjoin(when, same)
    )


def strike(row: Row) -> StrikeRow:
    """A row of `strikes`."""
    fact = from_row(e.StrikeCalled, row)
    return StrikeRow(
        strike_id=fact.strike_id,
        member=fact.member,
        reason=fact.reason,
        called_at=row["timestamp"],
        timepoint=fact.timepoint,
        deadline=fact.deadline,
        needed=fact.needed,
        pledged=row["pledged"],
        pledges=row["pledges"],
        begun_at=row["begun_at"],
        until=row["until"],
    )


def pauses() -> Select:
    """Pauses with their early end: the first one between this pause's begin and its planned end."""
    over, when = TABLES[e.PauseEnded], sa.alias(logs, "ended_log")
    same = sa.and_(when.c.block == over.c.block, when.c.log_index == over.c.log_index)
    ended = (
        sa.select(sa.func.min(when.c.timestamp))
        .select_from(over.join(when, same))
        .where(when.c.timestamp >= logs.c.timestamp, when.c.timestamp <= paused.c.until)
        .correlate(paused, logs)
        .scalar_subquery()
    )
    query = sa.select(paused, logs.c.timestamp, ended.label("ended_at"))
    return query.join(logs, log_of(paused))


def pause(row: Row) -> PauseRow:
    """A row of `pauses`."""
    return PauseRow(row["timestamp"], row["until"], row["ended_at"])


def guardian(row: Row) -> GuardianRow:
    """A row of `reads.positioned`."""
    fact = from_row(e.GuardianAppointed, row)
    return GuardianRow(fact.guardian, fact.mandate_until, row["timestamp"])


def departure(row: Row) -> DepartureRow:
    """A row of `reads.positioned`."""
    fact = from_row(e.Left, row)
    return DepartureRow(fact.member, fact.tenure, fact.units, row["timestamp"], row["transaction"])
