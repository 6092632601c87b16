"""Turn selected rows into the values of the index port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dao_backend.core.events import (
    Claimed,
    CommitteeFormed,
    Contributed,
    Deposited,
    EditionAttested,
    EditionSealed,
    Fact,
    LicenceIssued,
    LogEvent,
    MemberAdded,
    Position,
    ProposalCreated,
    ReceiptPosted,
    Requested,
    Withdrawn,
)
from dao_backend.core.model import (
    Contribution,
    Edition,
    Licence,
    LicenceStatus,
    Receipt,
    RequestStatus,
)
from dao_backend.core.packing import keccak256
from dao_backend.index.schema import KINDS, TABLES, from_row
from dao_backend.ports.index import (
    ClaimRow,
    ContributionRow,
    DepositRow,
    EditionRow,
    LicenceRow,
    MemberRow,
    ProposalRow,
    RequestRow,
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
        description=fact.description,
        vote_start=fact.vote_start,
        vote_end=max(fact.vote_end, row["extended"] or 0),
        votes_against=row["votes_against"],
        votes_for=row["votes_for"],
        votes_abstain=row["votes_abstain"],
        ballots=row["ballots"],
        eta=row["eta"],
        ended=row["ended"],
    )


def request(row: Row) -> RequestRow:
    """A row of `reads.requests`."""
    fact = from_row(Requested, row)
    return RequestRow(
        request_id=fact.request_id,
        buyer=fact.buyer,
        terms=fact.terms,
        proposal_id=fact.proposal_id,
        execute_by=fact.execute_by,
        deliver_by=fact.deliver_by,
        filed_at=row["timestamp"],
        status=RequestStatus(row["status"]),
        edition_id=row["edition_id"],
    )


def licence(connection: sa.Connection, row: Row) -> LicenceRow:
    """The licence with its receipts; edition root and key hash are those the contract compared."""
    fact = from_row(LicenceIssued, row)
    receipts = _receipts(connection, fact)
    return LicenceRow(
        licence=Licence(
            licence_id=fact.licence_id,
            holder=fact.holder,
            collection=fact.collection,
            edition_id=fact.edition_id,
            purposes=fact.purposes,
            issued_at=row["timestamp"],
            expiry=fact.expiry,
            royalty_bps=fact.royalty_bps,
            terms_hash=fact.terms_hash,
            release_key=fact.release_key,
            status=LicenceStatus(row["status"]),
        ),
        receipts=receipts,
        deliver_by=row["deliver_by"],
        delivered=len(receipts) >= _threshold(connection, row["epoch"]),
    )


def _receipts(connection: sa.Connection, fact: LicenceIssued) -> tuple[Receipt, ...]:
    posted, attested = TABLES[ReceiptPosted], TABLES[EditionAttested]
    root = connection.scalars(
        sa.select(attested.c.root).where(attested.c.edition_id == fact.edition_id)
    ).first()
    found = connection.execute(
        sa.select(posted).where(posted.c.licence_id == fact.licence_id).order_by(posted.c.index)
    ).mappings()
    return tuple(
        Receipt(
            licence_id=fact.licence_id,
            index=row["index"],
            bundle_digest=row["bundle_digest"],
            bundle_length=row["bundle_length"],
            count=row["count"],
            edition_root=bytes(root or b""),
            release_key_hash=keccak256(fact.release_key),
        )
        for row in found
    )


def _threshold(connection: sa.Connection, epoch: int) -> int:
    table = TABLES[CommitteeFormed]
    return int(connection.scalar(sa.select(table.c.threshold).where(table.c.epoch == epoch)) or 1)


def deposit(row: Row) -> DepositRow:
    """A row of `reads.positioned`."""
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
    added, gone = TABLES[Contributed], TABLES[Withdrawn]

    def count(kind: type[Any]) -> int:
        return connection.scalar(sa.select(sa.func.count()).select_from(TABLES[kind])) or 0

    def units(table: sa.Table, collection: int) -> int:
        total = sa.func.coalesce(sa.func.sum(table.c.units), 0)
        return connection.scalar(sa.select(total).where(table.c.collection == collection)) or 0

    stored = sa.select(sa.func.coalesce(sa.func.sum(added.c.length), 0))
    return Totals(
        members=count(MemberAdded),
        contributions=count(Contributed),
        withdrawn=count(Withdrawn),
        units=tuple(units(added, number) - units(gone, number) for number in range(collections)),
        editions=count(EditionSealed),
        licences=count(LicenceIssued),
        bytes_stored=connection.scalar(stored) or 0,
    )
