"""Turn selected rows into the values of the index port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dao_backend.core.events import (
    Claimed,
    Contributed,
    Deposited,
    EditionSealed,
    Fact,
    LicenceIssued,
    LogEvent,
    MemberAdded,
    Position,
    ProposalCreated,
)
from dao_backend.core.model import Contribution, Edition
from dao_backend.core.motion import Motion
from dao_backend.database import unsigned_sum
from dao_backend.index import reads
from dao_backend.index.schema import KINDS, TABLES, from_row
from dao_backend.ports.index import (
    ClaimRow,
    ContributionRow,
    DepositRow,
    EditionRow,
    MemberRow,
    ProposalRow,
    Totals,
)

Row = sa.RowMapping
Facts = dict[tuple[int, int], Fact]
"""Facts by block and log index."""


def facts(connection: sa.Connection, lines: Sequence[Row]) -> Facts:
    """The facts behind lines of the log, with one SELECT for each kind among them."""
    found: Facts = {}
    if not lines:
        return found
    first, last = ((line["block"], line["log_index"]) for line in (lines[0], lines[-1]))
    for name in sorted({line["kind"] for line in lines}):
        kind = KINDS[name]
        table = TABLES[kind]
        place = sa.tuple_(table.c.block, table.c.log_index)
        between = sa.and_(place >= _literal(first), place <= _literal(last))
        for row in connection.execute(sa.select(table).where(between)).mappings():
            found[row["block"], row["log_index"]] = from_row(kind, row)
    return found


def _literal(place: tuple[int, int]) -> sa.Tuple:
    return sa.tuple_(*(sa.literal(value) for value in place))


def event(line: Row, known: Facts) -> LogEvent:
    """A line of the log with its fact."""
    position = Position(line["block"], line["log_index"])
    return LogEvent(
        position=position,
        block_hash=line["block_hash"],
        timestamp=line["timestamp"],
        transaction=line["transaction"],
        fact=known[position.block, position.log_index],
    )


def contribution(row: Row) -> ContributionRow:
    """A row of `reads.contributions`."""
    fact = from_row(Contributed, row)
    return ContributionRow(
        contribution=Contribution(
            record=fact.record,
            units=fact.units,
            appraiser=fact.appraiser,
            history_count=row["history"],
            withdrawn_at=row["withdrawn_at"],
        ),
        registered_at=row["timestamp"],
        transaction=row["transaction"],
        withdrawn_time=row["withdrawn_time"],
    )


def edition(row: Row) -> EditionRow:
    """A row of `reads.editions`."""
    fact = from_row(EditionSealed, row)
    return EditionRow(
        edition=Edition(
            edition_id=fact.edition_id,
            collection=fact.collection,
            timepoint=fact.timepoint,
            total_units=fact.total_units,
            history_count=fact.history_count,
            epoch=fact.epoch,
            root=row["root"],
        ),
        sealed_at=row["timestamp"],
        contributions=row["contributions"],
        attested_at=row["attested_at"],
    )


def proposal(row: Row) -> ProposalRow:
    """A row of `reads.proposals`."""
    fact = from_row(ProposalCreated, row)
    return ProposalRow(
        proposal_id=fact.proposal_id,
        request_id=row["request_id"],
        proposer=fact.proposer,
        motion=Motion(fact.targets, fact.values, fact.calldatas, fact.description),
        vote_start=fact.vote_start,
        vote_end=max(fact.vote_end, row["extended"] or 0),
        votes_against=row["votes_against"],
        votes_for=row["votes_for"],
        votes_abstain=row["votes_abstain"],
        ballots=row["ballots"],
        eta=row["eta"],
        ended=row["ended"],
    )


def deposit(row: Row) -> DepositRow:
    """A row of `reads.deposits`."""
    fact = from_row(Deposited, row)
    return DepositRow(
        edition_id=fact.edition_id,
        asset=fact.asset,
        sender=fact.sender,
        amount=fact.amount - fact.reserve_cut - fact.keeper_cut,
        reserve_cut=fact.reserve_cut,
        keeper_cut=fact.keeper_cut,
        purpose=fact.purpose,
        timestamp=row["timestamp"],
        transaction=row["transaction"],
        royalty_for=row["royalty_for"],
    )


def claim(row: Row) -> ClaimRow:
    """A row of `reads.positioned`."""
    fact = from_row(Claimed, row)
    return ClaimRow(
        edition_id=fact.edition_id,
        asset=fact.asset,
        member=fact.member,
        payee=fact.payee,
        amount=fact.amount,
        timestamp=row["timestamp"],
        transaction=row["transaction"],
    )


def member(row: Row, collections: int) -> MemberRow:
    """A row of `reads.members`."""
    fact = from_row(MemberAdded, row)
    return MemberRow(
        member=fact.member,
        index=fact.index,
        units=tuple(row[f"units_{number}"] for number in range(collections)),
        contributions=row["contributions"],
    )


def totals(connection: sa.Connection, collections: int) -> Totals:
    """Counts over the whole index."""

    def count(kind: type[Any]) -> int:
        return connection.scalar(sa.select(sa.func.count()).select_from(TABLES[kind])) or 0

    found = connection.execute(reads.standing()).mappings()
    standing: dict[int, int] = {row["collection"]: row["units"] for row in found}
    registered = count(Contributed)
    active = connection.scalar(reads.active_count()) or 0
    return Totals(
        members=count(MemberAdded),
        contributions=registered,
        withdrawn=registered - active,
        units=tuple(standing.get(number, 0) for number in range(collections)),
        editions=count(EditionSealed),
        licences=count(LicenceIssued),
        bytes_stored=unsigned_sum(connection, TABLES[Contributed].c.length),
    )
