"""Members: what each holds, and the line-by-line account of what it earned. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands, contributions, payouts, words
from dao_backend.api.pages.parts import (
    Code,
    Column,
    Command,
    Fact,
    Link,
    Listing,
    ListPage,
    Money,
    Value,
)
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address, Collection
from dao_backend.core.revenue import StatementLine, totals_due
from dao_backend.ports.index import ClaimRow, ContributionRow, MemberRow, Page
from dao_backend.service.statements import Statement

SHOWN = 50
"""Deposits on a member's page; the API has them all."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one member."""

    row: MemberRow
    statement: Statement
    contributions: Page[ContributionRow]
    claims: Page[ClaimRow]
    """The newest ones."""
    where: Addresses
    """Tells what each deposit was for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement, with the sum that anybody can do again."""

    edition: Link
    formula: str
    due: Money


@dataclass(frozen=True, slots=True)
class OneMember:
    """One of them."""

    title: str
    account: Code
    units: tuple[Fact, ...]
    due: tuple[Money, ...]
    lines: tuple[Line, ...]
    deposits: Listing | None
    """What the lines come from; None without a line."""
    contributions: Listing
    claims: Listing
    commands: tuple[Command, ...]


def overview(
    page: Page[MemberRow], collections: tuple[Collection, ...], here: str, first: str | None
) -> ListPage:
    """The list, with a column of units for each collection."""
    columns = (
        Column("Member"),
        Column("Contributions", figures=True),
        *(Column(f"Units in {one.name}", figures=True) for one in collections),
    )
    return ListPage(
        title="Members",
        lead="A member holds units for what it contributed. Units are votes and shares of income; "
        "nobody can sell them or give them away.",
        listing=Listing(
            caption="Members, in the order in which they joined",
            columns=columns,
            rows=tuple(_row(row, collections) for row in page.rows),
            empty="Nobody has joined yet. The first contribution makes the first member:",
            hint=commands.contribute(0),
            next=words.following(here, page.next),
            first=first,
        ),
        commands=(commands.earnings(),),
    )


def one(
    record: Record, collections: tuple[Collection, ...], now: int, here: str, first: str | None
) -> OneMember:
    """One member."""
    row = record.row
    names = {each.number: each.name for each in collections}
    return OneMember(
        title=f"Member {row.member[:6]}…{row.member[-4:]}",
        account=words.account(row.member),
        units=_units(row, collections),
        due=_due(record.statement),
        lines=tuple(_line(line) for line in record.statement.lines),
        deposits=_deposits(record, now),
        contributions=contributions.listing(
            record.contributions,
            names,
            now,
            here,
            first,
            "Own contributions, newest first",
            of_one=True,
        ),
        claims=payouts.own_claims(record.claims, now),
        commands=(commands.earnings(row.member), commands.leave()),
    )


def _units(row: MemberRow, collections: tuple[Collection, ...]) -> tuple[Fact, ...]:
    held = tuple(
        Fact(f"Units in {each.name}", words.number(_held(row, each.number))) for each in collections
    )
    return (
        *held,
        Fact("Contributions", words.number(row.contributions), "active ones"),
        Fact("Place", words.number(row.index), "the member's number on chain"),
    )


def _due(statement: Statement) -> tuple[Money, ...]:
    """What can be claimed now, for each asset with something in it."""
    totals: dict[Address, int] = totals_due(statement.lines)
    return tuple(words.money(amount, asset) for asset, amount in totals.items() if amount)


def _deposits(record: Record, now: int) -> Listing | None:
    """The newest deposits behind the lines."""
    if not record.statement.lines:
        return None
    newest = sorted(record.statement.deposits, key=lambda row: row.timestamp)[-SHOWN:]
    return payouts.shared_deposits(newest, record.where, now)


def _line(line: StatementLine) -> Line:
    number = line.holding.edition_id
    return Line(
        edition=Link(f"Edition {number}", f"/editions/{number}"),
        formula=line.formula,
        due=words.money(line.due, line.holding.asset),
    )


def _row(row: MemberRow, collections: tuple[Collection, ...]) -> tuple[Value, ...]:
    return (
        words.account(row.member, member=True),
        words.number(row.contributions),
        *(words.number(_held(row, each.number)) for each in collections),
    )


def _held(row: MemberRow, collection: int) -> int:
    return row.units[collection] if collection < len(row.units) else 0
