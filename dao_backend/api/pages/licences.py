"""Licences: who may use what, until when, and where each keeper stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Link,
    Listing,
    ListPage,
    State,
    Text,
    Tone,
    Value,
)
from dao_backend.api.pages.usage import royalties, usage
from dao_backend.core.cid import Cid
from dao_backend.core.model import LicenceStatus, Receipt
from dao_backend.ports.gateway import BundleFacts
from dao_backend.ports.happenings import RoyaltyRow
from dao_backend.ports.index import LicenceRow, Page
from dao_backend.service.bargaining import UsageView

STATES = {
    LicenceStatus.NONE: State("unknown", Tone.OVER),
    LicenceStatus.ACTIVE: State("in force", Tone.GOOD),
    LicenceStatus.SUSPENDED: State("suspended", Tone.BAD),
    LicenceStatus.REVOKED: State("revoked", Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class After:
    """What came after a licence's price."""

    usage: UsageView | None
    royalties: Page[RoyaltyRow]
    """The newest ones."""


@dataclass(frozen=True, slots=True)
class OneLicence:
    """One of them."""

    title: str
    heading: str
    state: State
    sentence: str
    facts: tuple[Fact, ...]
    usage: tuple[str, tuple[Fact, ...]] | None
    """Metered use; None where nothing is metered."""
    receipts: Listing
    royalties: Listing
    keepers: Listing
    keepers_silent: str | None
    """Why the keepers' own word is missing."""
    commands: tuple[Command, ...]


def overview(
    page: Page[LicenceRow], names: Mapping[int, str], now: int, here: str, first: str | None
) -> ListPage:
    """The list."""
    columns = (
        Column("Licence"),
        Column("Holder"),
        Column("Edition"),
        Column("Collection"),
        Column("Ends"),
        Column("Keys"),
        Column("State"),
    )
    return ListPage(
        title="Licences",
        lead="A licence is a buyer's right to use one edition for stated purposes until a stated "
        "day. It has the number of the request it was granted for.",
        listing=Listing(
            caption="Licences, newest first",
            columns=columns,
            rows=tuple(_row(row, names, now) for row in page.rows),
            empty="No request was granted yet. Requests and their votes are under proposals.",
            hint=commands.proposals(),
            next=words.following(here, page.next),
            first=first,
        ),
        commands=(commands.browse(),),
    )


def one(
    row: LicenceRow,
    standing: Sequence[BundleFacts],
    silent: str | None,
    after: After,
    names: Mapping[int, str],
    now: int,
) -> OneLicence:
    """One licence; `silent` says why the keepers could not be asked."""
    number = row.licence.licence_id
    return OneLicence(
        title=f"Licence {number}",
        heading=f"Licence {number}",
        state=_state(row, now),
        sentence=_sentence(row, now),
        facts=_facts(row, names, now),
        usage=None if after.usage is None else usage(after.usage),
        receipts=_receipts(row.receipts),
        royalties=royalties(number, after.royalties, now),
        keepers=_keepers(standing),
        keepers_silent=silent,
        commands=(commands.pull(number), *_then(number, after), commands.keepers()),
    )


def _state(row: LicenceRow, now: int) -> State:
    if row.licence.status is LicenceStatus.ACTIVE and now >= row.licence.expiry:
        return State("expired", Tone.OVER)
    if row.licence.status is LicenceStatus.ACTIVE and row.licence.lapsed:
        return State("lapsed", Tone.BAD)
    return STATES[row.licence.status]


def _sentence(row: LicenceRow, now: int) -> str:
    licence = row.licence
    ended = now >= licence.expiry
    may = "could" if ended else "may"
    when = words.relative(licence.expiry, now)
    return (
        f"The holder {may} {words.purposes(licence.purposes)} with edition {licence.edition_id}. "
        f"The licence {'ended' if ended else 'ends'} {when}."
    )


def _facts(row: LicenceRow, names: Mapping[int, str], now: int) -> tuple[Fact, ...]:
    licence = row.licence
    return (
        Fact("Holder", words.account(licence.holder)),
        Fact("Edition", Link(f"edition {licence.edition_id}", f"/editions/{licence.edition_id}")),
        Fact("Collection", words.collection(licence.collection, names)),
        Fact("May be used to", Text(words.purposes(licence.purposes))),
        Fact("Royalty", Text(words.basis_points(licence.royalty_bps))),
        Fact("Issued", words.moment(licence.issued_at, now)),
        Fact("Ends", words.moment(licence.expiry, now)),
        Fact("Delivered", Text("yes: enough keepers posted their receipts"))
        if row.delivered
        else Fact("To be delivered", words.moment(row.deliver_by, now), "or it is refunded"),
        Fact("Request", Link(f"request {licence.licence_id}", f"/requests/{licence.licence_id}")),
        Fact("Release key", words.hashed(licence.release_key), "keys are sealed to it alone"),
        *_announced(row, now),
        Fact("Hash of the terms' text", words.terms_hash(licence.terms_hash)),
    )


def _announced(row: LicenceRow, now: int) -> tuple[Fact, ...]:
    """The key that the holder wants instead."""
    found = row.announced
    if found is None:
        return ()
    return (
        Fact("Announced key", words.hashed(found.release_key), "anybody may put it in force"),
        Fact("To be applied from", words.moment(found.earliest, now), "before any receipt"),
    )


def _then(number: int, after: After) -> tuple[Command, ...]:
    return () if after.usage is None else (commands.usage(number),)


def _receipts(receipts: Sequence[Receipt]) -> Listing:
    columns = (
        Column("Keeper"),
        Column("Bundle (CID)"),
        Column("Size", figures=True),
        Column("Key shares", figures=True),
    )
    return Listing(
        caption="Receipts on chain",
        columns=columns,
        rows=tuple(
            (
                Link(f"Keeper {receipt.index}", "/keepers"),
                words.code(str(Cid.of(receipt.bundle_digest, receipt.bundle_length))),
                Text(words.size(receipt.bundle_length)),
                words.number(receipt.count),
            )
            for receipt in receipts
        ),
        empty="No keeper has posted a receipt yet. Each does before it hands anything over.",
    )


def _keepers(standing: Sequence[BundleFacts]) -> Listing:
    return Listing(
        caption="Where each keeper stands now",
        columns=(Column("Keeper"), Column("State"), Column("Reason")),
        rows=tuple(_keeper(facts) for facts in standing),
        empty="No keeper of this service answered.",
    )


def _keeper(facts: BundleFacts) -> tuple[Value, ...]:
    link = Link(f"Keeper {facts.index}", "/keepers")
    if facts.ready:
        return (link, State("hands over", Tone.GOOD), Text("Enough receipts are final."))
    return (link, State("waits", Tone.WAITING), Text(facts.sentence or "It gave no reason."))


def _row(row: LicenceRow, names: Mapping[int, str], now: int) -> tuple[Value, ...]:
    licence = row.licence
    return (
        Link(f"Licence {licence.licence_id}", f"/licences/{licence.licence_id}"),
        words.account(licence.holder),
        Link(f"Edition {licence.edition_id}", f"/editions/{licence.edition_id}"),
        words.collection(licence.collection, names),
        words.moment(licence.expiry, now),
        Text("delivered" if row.delivered else "awaited"),
        _state(row, now),
    )
