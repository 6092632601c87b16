"""Payouts: money that came in, how it was split, and who took its part. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.parts import Column, Command, Link, Listing, Text, Value
from dao_backend.core.facts import Addresses
from dao_backend.core.revenue import Source, source_of
from dao_backend.ports.index import ClaimRow, DepositRow, Page

PURPOSES = {
    Source.PRICE: "a licence's price",
    Source.USAGE: "metered use",
    Source.ROYALTY: "a royalty",
    Source.DISPUTE_BOND: "a lost dispute's bond",
    Source.DIRECT: "a payment beside any licence",
}
DEPOSIT_COLUMNS = (
    Column("Edition"),
    Column("For"),
    Column("To members", figures=True),
    Column("To the reserve", figures=True),
    Column("To keepers", figures=True),
    Column("When"),
    Column("Transaction"),
)
CLAIM_COLUMNS = (
    Column("Member"),
    Column("Edition"),
    Column("Amount", figures=True),
    Column("Paid to"),
    Column("When"),
    Column("Transaction"),
)


@dataclass(frozen=True, slots=True)
class Payouts:
    """Both sides of the vault."""

    title: str
    rule: str
    deposits: Listing
    claims: Listing
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Paging:
    """The cursors that the address of the page holds."""

    deposits: str | None
    claims: str | None
    here: str
    """The address without them."""


def payouts(
    deposits: Page[DepositRow],
    claims: Page[ClaimRow],
    paging: Paging,
    where: Addresses,
    now: int,
) -> Payouts:
    """`where` tells the price of a licence from a royalty, and that from metered use."""
    here = paging.here
    kept_claims = words.following(here, paging.claims, "claims") or here
    kept_deposits = words.following(here, paging.deposits, "deposits") or here
    return Payouts(
        title="Payouts",
        rule="Each deposit belongs to one edition and is divided by the units in it, at the "
        "moment it was sealed. Leaving later, or joining later, changes nothing.",
        deposits=Listing(
            caption="Money received, newest first",
            columns=DEPOSIT_COLUMNS,
            rows=tuple(_deposit(row, where, now) for row in deposits.rows),
            empty="No money has come in yet. It does when a licence is delivered.",
            hint=commands.proposals(),
            next=words.following(kept_claims, deposits.next, "deposits"),
            first=None if paging.deposits is None else kept_claims,
        ),
        claims=_claims(
            claims,
            now,
            words.following(kept_deposits, claims.next, "claims"),
            None if paging.claims is None else kept_deposits,
        ),
        commands=(commands.earnings(),),
    )


def shared_deposits(rows: Sequence[DepositRow], where: Addresses, now: int) -> Listing:
    """What came in for the editions that one member holds units in, newest first."""
    return Listing(
        caption="Money that these lines come from, newest first",
        columns=DEPOSIT_COLUMNS,
        rows=tuple(_deposit(row, where, now) for row in reversed(rows)),
        empty="Nothing has come in yet for an edition with units of this member.",
    )


def own_claims(page: Page[ClaimRow], now: int) -> Listing:
    """The newest claims of one member, who is not named in each row."""
    return Listing(
        caption="Money taken out, newest first",
        columns=CLAIM_COLUMNS[1:],
        rows=tuple(_claim(row, now)[1:] for row in page.rows),
        empty="Nothing was claimed yet. What is due waits in the vault, without end:",
        hint=commands.earnings(),
    )


def _claims(page: Page[ClaimRow], now: int, following: str | None, first: str | None) -> Listing:
    return Listing(
        caption="Money taken out, newest first",
        columns=CLAIM_COLUMNS,
        rows=tuple(_claim(row, now) for row in page.rows),
        empty="Nobody has claimed anything yet. What is due waits in the vault, without end:",
        hint=commands.earnings(),
        next=following,
        first=first,
    )


def _claim(row: ClaimRow, now: int) -> tuple[Value, ...]:
    return (
        words.account(row.member, member=True),
        Link(f"Edition {row.edition_id}", f"/editions/{row.edition_id}"),
        words.money(row.amount, row.asset),
        Text("the member") if row.payee == row.member else words.account(row.payee),
        words.moment(row.timestamp, now),
        words.hashed(row.transaction),
    )


def _deposit(row: DepositRow, where: Addresses, now: int) -> tuple[Value, ...]:
    return (
        Link(f"Edition {row.edition_id}", f"/editions/{row.edition_id}"),
        _purpose(row, where),
        words.money(row.amount, row.asset),
        words.money(row.reserve_cut, row.asset),
        words.money(row.keeper_cut, row.asset),
        words.moment(row.timestamp, now),
        words.hashed(row.transaction),
    )


def _purpose(row: DepositRow, where: Addresses) -> Value:
    """What it was paid for; a royalty leads to its licence."""
    source = source_of(row.sender, row.royalty_for, where)
    if source is Source.ROYALTY:
        return Link(PURPOSES[source], f"/licences/{row.royalty_for}")
    return Text(PURPOSES[source])
