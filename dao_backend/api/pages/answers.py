"""What members answered a request with, in a sentence. Pure."""

from __future__ import annotations

from dao_backend.api.pages import words
from dao_backend.api.pages.agreed import agreed, plus_royalty
from dao_backend.api.pages.parts import Fact, Text
from dao_backend.ports.happenings import CounterRow
from dao_backend.ports.index import RequestRow


def answer(row: RequestRow, now: int) -> tuple[str, tuple[Fact, ...]] | None:
    """The counter-offer and its facts; None where there is none."""
    found = row.counter
    return None if found is None else (_sentence(row, found), _facts(row, found, now))


def _sentence(row: RequestRow, found: CounterRow) -> str:
    terms = found.terms
    price = words.money(terms.price, row.terms.asset).text
    taken = " The buyer has accepted." if found.accepted_at is not None else ""
    return (
        f"Instead of what was asked, members offer to let the buyer "
        f"{words.purposes(terms.purposes)} for {words.duration(terms.duration)}, against "
        f"{price}{plus_royalty(terms.royalty_bps)}.{taken}"
    )


def _facts(row: RequestRow, found: CounterRow, now: int) -> tuple[Fact, ...]:
    terms, asset = found.terms, row.terms.asset
    end = (
        Fact("To be accepted by", words.moment(found.accept_by, now), "or the price goes back")
        if found.accepted_at is None
        else Fact("Accepted", words.moment(found.accepted_at, now))
    )
    return (
        end,
        Fact("Price", words.money(terms.price, asset)),
        Fact("May be used to", Text(words.purposes(terms.purposes))),
        Fact("Runs for", Text(words.duration(terms.duration))),
        Fact("Royalty", Text(words.basis_points(terms.royalty_bps))),
        *agreed(terms.arbiter, terms.metering, asset),
        Fact("Hash of the terms' text", words.terms_hash(terms.terms_hash)),
    )
