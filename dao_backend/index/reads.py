"""Selects over the index: each gives rows that the sqlite adapter turns into port values.

State is a join, never a stored column: a contribution is active while no withdrawal names it, a
request's status is its newest fact, a tally is a sum over ballots.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dao_backend.core import events as e
from dao_backend.core.model import Vote
from dao_backend.index.schema import TABLES, logs

Select = sa.Select[Any]
Column = sa.ColumnElement[Any]
Value = Column | int

contributed = TABLES[e.Contributed]
withdrawn = TABLES[e.Withdrawn]
sealed = TABLES[e.EditionSealed]
attested = TABLES[e.EditionAttested]
requested = TABLES[e.Requested]
left = TABLES[e.Left]
created = TABLES[e.ProposalCreated]
cast = TABLES[e.VoteCast]
member_added = TABLES[e.MemberAdded]
claimed = TABLES[e.Claimed]
deposited = TABLES[e.Deposited]


def log_of(table: sa.Table) -> sa.ColumnElement[bool]:
    """Join condition between a fact and its line in the log."""
    return sa.and_(logs.c.block == table.c.block, logs.c.log_index == table.c.log_index)


def newest_first(
    query: Select, table: sa.Table, after: tuple[int, int] | None, limit: int
) -> Select:
    """Order by position, from the end, after the row at position `after`."""
    place = sa.tuple_(table.c.block, table.c.log_index)
    if after is not None:
        query = query.where(place < sa.tuple_(*(sa.literal(value) for value in after)))
    return query.order_by(table.c.block.desc(), table.c.log_index.desc()).limit(limit)


def _departure(what: Column) -> sa.ScalarSelect[Any]:
    """The least of a column of the departures that took a contribution with them."""
    return (
        sa.select(sa.func.min(what))
        .select_from(left.join(logs, log_of(left)))
        .where(left.c.member == contributed.c.contributor)
        .where(left.c.history > contributed.c.history)
        .correlate(contributed)
        .scalar_subquery()
    )


def gone_at() -> Column:
    """Place in the history of what ended a contribution, null while it is active."""
    return sa.func.coalesce(withdrawn.c.history, _departure(left.c.history))


def contributions() -> Select:
    """Contributed facts with the withdrawal that names them, or the departure, if any."""
    own = sa.alias(logs, "withdrawal_log")
    return (
        sa.select(
            contributed,
            logs.c.timestamp,
            logs.c.transaction,
            gone_at().label("withdrawn_at"),
            sa.func.coalesce(own.c.timestamp, _departure(logs.c.timestamp)).label("withdrawn_time"),
        )
        .join(logs, log_of(contributed))
        .outerjoin(withdrawn, withdrawn.c.contribution_id == contributed.c.contribution_id)
        .outerjoin(
            own,
            sa.and_(own.c.block == withdrawn.c.block, own.c.log_index == withdrawn.c.log_index),
        )
    )


def stands_in(collection: Value, history: Value) -> sa.ColumnElement[bool]:
    """Whether a contribution stands in an edition of `collection` sealed at `history` changes."""
    gone = gone_at()
    return sa.and_(
        contributed.c.collection == collection,
        contributed.c.history <= history,
        sa.or_(gone.is_(None), gone > history),
    )


def editions() -> Select:
    """Sealed editions with root, times and number of contributions."""
    root_log = sa.alias(logs, "root_log")
    count = (
        sa.select(sa.func.count())
        .select_from(
            contributed.outerjoin(
                withdrawn, withdrawn.c.contribution_id == contributed.c.contribution_id
            )
        )
        .where(stands_in(sealed.c.collection, sealed.c.history_count))
        .correlate(sealed)
        .scalar_subquery()
    )
    return (
        sa.select(
            sealed,
            logs.c.timestamp,
            attested.c.root,
            root_log.c.timestamp.label("attested_at"),
            count.label("contributions"),
        )
        .join(logs, log_of(sealed))
        .outerjoin(attested, attested.c.edition_id == sealed.c.edition_id)
        .outerjoin(
            root_log,
            sa.and_(
                root_log.c.block == attested.c.block, root_log.c.log_index == attested.c.log_index
            ),
        )
    )


def exists(kind: type[Any], column: str, value: Column) -> sa.ColumnElement[bool]:
    """Whether there is a fact of that kind whose column has that value."""
    table = TABLES[kind]
    return sa.exists().where(table.c[column] == value)


def proposals() -> Select:
    """Proposals with tally, extended deadline, queue time and end."""
    number = created.c.proposal_id

    def votes(support: Vote) -> sa.ScalarSelect[Any]:
        chosen = sa.case((cast.c.support == support, sa.cast(cast.c.weight, sa.Integer)), else_=0)
        return (
            sa.select(sa.func.coalesce(sa.func.sum(chosen), 0))
            .where(cast.c.proposal_id == number)
            .correlate(created)
            .scalar_subquery()
        )

    def newest(kind: type[Any], column: str) -> sa.ScalarSelect[Any]:
        table = TABLES[kind]
        return (
            sa.select(sa.func.max(table.c[column]))
            .where(table.c.proposal_id == number)
            .correlate(created)
            .scalar_subquery()
        )

    ended = sa.case(
        (exists(e.ProposalExecuted, "proposal_id", number), "executed"),
        (exists(e.ProposalCanceled, "proposal_id", number), "canceled"),
        else_=None,
    )
    ballots = sa.select(sa.func.count()).where(cast.c.proposal_id == number).correlate(created)
    return sa.select(
        created,
        requested.c.request_id,
        votes(Vote.AGAINST).label("votes_against"),
        votes(Vote.FOR).label("votes_for"),
        votes(Vote.ABSTAIN).label("votes_abstain"),
        ballots.scalar_subquery().label("ballots"),
        newest(e.ProposalExtended, "extended_deadline").label("extended"),
        newest(e.ProposalQueued, "eta").label("eta"),
        ended.label("ended"),
    ).outerjoin(requested, requested.c.proposal_id == number)


def members() -> Select:
    """Members by index with their active contributions and units in each collection."""
    active = (
        sa.select(
            contributed.c.contributor,
            *(
                sa.func.sum(
                    sa.case((contributed.c.collection == number, contributed.c.units), else_=0)
                ).label(f"units_{number}")
                for number in range(3)
            ),
            sa.func.count().label("contributions"),
        )
        .outerjoin(withdrawn, withdrawn.c.contribution_id == contributed.c.contribution_id)
        .where(gone_at().is_(None))
        .group_by(contributed.c.contributor)
        .subquery()
    )
    return sa.select(
        member_added,
        *(
            sa.func.coalesce(active.c[f"units_{number}"], 0).label(f"units_{number}")
            for number in range(3)
        ),
        sa.func.coalesce(active.c.contributions, 0).label("contributions"),
    ).outerjoin(active, active.c.contributor == member_added.c.member)


def _active() -> sa.FromClause:
    own = withdrawn.c.contribution_id == contributed.c.contribution_id
    return contributed.outerjoin(withdrawn, own)


def standing() -> Select:
    """Active units by collection."""
    number = contributed.c.collection
    return (
        sa.select(number, sa.func.sum(contributed.c.units).label("units"))
        .select_from(_active())
        .where(gone_at().is_(None))
        .group_by(number)
    )


def active_count() -> Select:
    """How many contributions are active."""
    return sa.select(sa.func.count()).select_from(_active()).where(gone_at().is_(None))


def earnings(member: str) -> Select:
    """Pairs (edition, asset) with money, of editions in which `member` held units."""
    mine = (
        sa.select(sa.literal(1))
        .select_from(
            contributed.outerjoin(
                withdrawn, withdrawn.c.contribution_id == contributed.c.contribution_id
            )
        )
        .where(contributed.c.contributor == member)
        .where(stands_in(sealed.c.collection, sealed.c.history_count))
        .correlate(sealed)
    )
    return (
        sa.select(deposited.c.edition_id, deposited.c.asset)
        .distinct()
        .join(sealed, sealed.c.edition_id == deposited.c.edition_id)
        .where(sa.exists(mine))
        .order_by(deposited.c.edition_id, deposited.c.asset)
    )


def assets() -> Select:
    """The newest word on each asset, by address."""
    newer = sa.alias(TABLES[e.AssetChanged], "newer")
    changed = TABLES[e.AssetChanged]
    place = sa.tuple_(newer.c.block, newer.c.log_index)
    later = place > sa.tuple_(changed.c.block, changed.c.log_index)
    return (
        sa.select(changed)
        .where(~sa.exists().where(newer.c.asset == changed.c.asset, later))
        .order_by(changed.c.asset)
    )


def deposits() -> Select:
    """Money that editions received, with the licence whose royalty it is, if it is one."""
    paid = TABLES[e.RoyaltyPaid]
    licence = (
        sa.select(paid.c.licence_id)
        .where(paid.c.block == deposited.c.block, paid.c.log_index < deposited.c.log_index)
        .where(paid.c.edition_id == deposited.c.edition_id)
        .where(paid.c.report_hash == deposited.c.purpose)
        .order_by(paid.c.log_index.desc())
        .limit(1)
        .correlate(deposited)
    )
    return positioned(e.Deposited).add_columns(licence.scalar_subquery().label("royalty_for"))


def positioned(kind: type[Any]) -> Select:
    """Facts of one kind with time and transaction."""
    table = TABLES[kind]
    return sa.select(table, logs.c.timestamp, logs.c.transaction).join(logs, log_of(table))
