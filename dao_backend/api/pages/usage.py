"""What a licence owes after its price: metered use, and royalties. Pure."""

from __future__ import annotations

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.parts import Column, Fact, Listing, Text
from dao_backend.ports.happenings import RoyaltyRow
from dao_backend.ports.index import Page
from dao_backend.service.bargaining import UsageView


def usage(view: UsageView) -> tuple[str, tuple[Fact, ...]]:
    """Where the meter stands, in a sentence and in facts."""
    account, reading = view.account, view.reading
    asset, metering, now = account.asset, account.metering, reading.now
    facts = (
        Fact("Used and paid", Text(words.counted(account.used, "unit"))),
        Fact("Each unit of use", words.money(metering.unit_price, asset)),
        Fact("Reported until", words.moment(account.reported_until, now)),
        *_next(view),
        Fact("Left of the bond", words.money(account.balance, asset)),
        Fact("Full bond", words.money(metering.bond, asset)),
    )
    return reading.sentence, facts


def royalties(licence_id: int, page: Page[RoyaltyRow], now: int) -> Listing:
    """The newest ones for a licence."""
    return Listing(
        caption="Royalties, newest first",
        columns=(
            Column("From"),
            Column("Amount", figures=True),
            Column("Hash of the report"),
            Column("When"),
            Column("Transaction"),
        ),
        rows=tuple(
            (
                words.account(row.sender),
                words.money(row.amount, row.asset),
                words.hashed(row.report_hash),
                words.moment(row.timestamp, now),
                words.hashed(row.transaction),
            )
            for row in page.rows
        ),
        empty="No royalty was paid for this licence yet. Anybody can:",
        hint=commands.royalty(licence_id),
    )


def _next(view: UsageView) -> tuple[Fact, ...]:
    """What the clock brings: the next report, the end, or what silence costs already."""
    reading, asset = view.reading, view.account.asset
    if reading.closes_at is not None:
        return (Fact("Ends", words.moment(reading.closes_at, reading.now)),)
    due = Fact("Next report by", words.moment(reading.report_by, reading.now))
    if not reading.silent_periods:
        return (due,)
    note = f"for {words.counted(reading.silent_periods, 'period')} without a report"
    return (due, Fact("Silence has cost", words.money(reading.minimum_due, asset), note))
