"""Tables of the index, made from the facts themselves.

`logs` holds where and when each event stood; beside it one table for each kind of fact holds the
fact's fields under the same position. Rows are only ever inserted, or deleted from the end: what
changed later is another row. So a reorganisation is one DELETE for each table, and no stored state
can drift from the log.
Integers that may exceed 64 bits are decimal text, those of 64 bits `Unsigned`; bytes are blobs;
addresses are checksummed text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import sqlalchemy as sa

from dao_backend.core import events
from dao_backend.core.events import Fact
from dao_backend.core.history import CHANGES
from dao_backend.core.metering import Metering
from dao_backend.database import Unsigned

metadata = sa.MetaData()
VERSION = 2
"""Of the tables in this module: another number refuses the files of before."""

WIDE = frozenset(
    {
        "amount",
        "balance",
        "bond",
        "eta",
        "keeper_cut",
        "metering_bond",
        "metering_minimum",
        "metering_unit_price",
        "minimum",
        "minimum_price",
        "periods",
        "price",
        "proposal_id",
        "reserve_cut",
        "unit_price",
        "used",
        "vote_end",
        "vote_start",
        "weight",
    }
)
"""Columns whose values may exceed 64 bits."""
WIDE_IN: frozenset[tuple[type[Any], str]] = frozenset({(events.GenesisReached, "units")})
"""The same, of one kind of fact only."""
UNSIGNED = frozenset(
    {
        "bundle_length",
        "count",
        "extended_deadline",
        "length",
        "licence_id",
        "offer_id",
        "replaces",
        "request_id",
    }
)
"""Columns whose values may have 64 bits, which is one more than SQLite's integers have."""
PREFIXES: dict[type[Any], str] = {Metering: "metering_"}
"""Nested values whose columns would bear the names of others in the same fact."""


class _Decimal(sa.TypeDecorator[int]):
    """An integer of any size as decimal text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """What is stored."""
        return None if value is None else str(int(value))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> int | None:  # noqa: ANN401, ARG002
        """What was stored, null where an outer join found nothing."""
        return None if value is None else int(value)


class _Strings(sa.TypeDecorator[tuple[bytes, ...]]):
    """Byte strings as a JSON list of hexadecimal text."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> list[str]:  # noqa: ANN401, ARG002
        """What is stored."""
        return [each.hex() for each in value]

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[bytes, ...]:  # noqa: ANN401, ARG002
        """What was stored."""
        return tuple(map(bytes.fromhex, value))


LISTS: dict[str, type[sa.types.TypeEngine[Any]]] = {"calldatas": _Strings}
"""Columns of lists that JSON has no form for."""

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("parent_hash", sa.LargeBinary, nullable=False),
    sa.Column("timestamp", sa.Integer, nullable=False),
)

logs = sa.Table(
    "logs",
    metadata,
    sa.Column("block", sa.Integer, primary_key=True),
    sa.Column("log_index", sa.Integer, primary_key=True),
    sa.Column("block_hash", sa.LargeBinary, nullable=False),
    sa.Column("timestamp", sa.Integer, nullable=False),
    sa.Column("transaction", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
)

KINDS: dict[str, type[Fact]] = {kind.__name__: kind for kind in get_args(Fact)}


def snake(name: str) -> str:
    """`EditionSealed` as `edition_sealed`."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip(
        "_"
    )


def typed_fields(kind: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    """A dataclass's field names with their types, `Address` seen as the `str` it is."""
    hints = get_type_hints(kind)
    for field in fields(kind):
        annotation: Any = hints[field.name]
        plain = get_origin(annotation) or annotation
        yield field.name, getattr(plain, "__supertype__", plain)


def columns_of(kind: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    """Names and Python types of a fact's columns, with nested values flattened."""
    prefix = PREFIXES.get(kind, "")
    for name, python in typed_fields(kind):
        if is_dataclass(python):
            yield from columns_of(python)
        else:
            yield prefix + name, python


def _column(fact: type[Any], name: str, python: type[Any]) -> sa.Column[Any]:
    if name in WIDE or (fact, name) in WIDE_IN:
        return sa.Column(name, _Decimal, nullable=False)
    if name in UNSIGNED:
        return sa.Column(name, Unsigned, nullable=False)
    if issubclass(python, int):
        return sa.Column(name, sa.Integer, nullable=False)
    if python is tuple:
        return sa.Column(name, LISTS.get(name, sa.JSON), nullable=False)
    kind = sa.LargeBinary if python is bytes else sa.Text
    return sa.Column(name, kind, nullable=False)


def _table(kind: type[Any]) -> sa.Table:
    columns = [_column(kind, name, python) for name, python in columns_of(kind)]
    if kind in CHANGES:
        columns.append(sa.Column("history", sa.Integer, nullable=False, index=True))
    return sa.Table(
        snake(kind.__name__),
        metadata,
        sa.Column("block", sa.Integer, primary_key=True),
        sa.Column("log_index", sa.Integer, primary_key=True),
        *columns,
    )


TABLES: dict[type[Any], sa.Table] = {kind: _table(kind) for kind in KINDS.values()}
"""The table of each kind of fact. `history` is the change's position in the registry's history."""

for _fact, _name in (
    (events.Contributed, "contribution_id"),
    (events.Contributed, "contributor"),
    (events.Withdrawn, "contribution_id"),
    (events.Left, "member"),
    (events.EditionSealed, "edition_id"),
    (events.EditionAttested, "edition_id"),
    (events.MemberAdded, "member"),
    (events.Requested, "request_id"),
    (events.Requested, "proposal_id"),
    (events.Requested, "buyer"),
    (events.Granted, "request_id"),
    (events.Settled, "request_id"),
    (events.Refunded, "request_id"),
    (events.Cancelled, "request_id"),
    (events.CounterOffered, "request_id"),
    (events.CounterAccepted, "request_id"),
    (events.OfferPublished, "offer_id"),
    (events.OfferPublished, "replaces"),
    (events.OfferWithdrawn, "offer_id"),
    (events.OfferAccepted, "offer_id"),
    (events.OfferAccepted, "request_id"),
    (events.DisputeOpened, "request_id"),
    (events.DisputeRuled, "request_id"),
    (events.LicenceLapsed, "licence_id"),
    (events.LicenceRestored, "licence_id"),
    (events.ReleaseKeyRotated, "licence_id"),
    (events.MeterOpened, "licence_id"),
    (events.UsageSettled, "licence_id"),
    (events.MinimumTaken, "licence_id"),
    (events.BondFunded, "licence_id"),
    (events.MeterClosing, "licence_id"),
    (events.BondTaken, "licence_id"),
    (events.RoyaltyPaid, "licence_id"),
    (events.StrikeCalled, "strike_id"),
    (events.Pledged, "strike_id"),
    (events.PledgeWithdrawn, "strike_id"),
    (events.LicenceIssued, "licence_id"),
    (events.LicenceIssued, "holder"),
    (events.ReceiptPosted, "licence_id"),
    (events.DeliveryOpened, "licence_id"),
    (events.Deposited, "edition_id"),
    (events.Claimed, "member"),
    (events.ProposalCreated, "proposal_id"),
    (events.VoteCast, "proposal_id"),
):
    sa.Index(f"ix_{snake(_fact.__name__)}_{_name}", TABLES[_fact].c[_name])


def to_row(fact: Any) -> dict[str, Any]:  # noqa: ANN401  # a fact, or a value inside one
    """The fact's fields as column values."""
    row: dict[str, Any] = {}
    prefix = PREFIXES.get(type(fact), "")
    for field in fields(fact):
        name, value = prefix + field.name, getattr(fact, field.name)
        if is_dataclass(value):
            row |= to_row(value)
        else:
            row[name] = int(value) if isinstance(value, int) else value
    return row


Kind = TypeVar("Kind")


def from_row(kind: type[Kind], row: sa.RowMapping) -> Kind:
    """The fact back from its columns."""
    prefix = PREFIXES.get(kind, "")
    values = {
        name: from_row(python, row) if is_dataclass(python) else python(row[prefix + name])
        for name, python in typed_fields(kind)
    }
    return kind(**values)
