"""Steps 10 to 12: receipts and bundles, decryption, money."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from dao_backend.chain.anvil import SLOTS
from dao_backend.core.access import Reason
from dao_backend.core.cid import Cid
from dao_backend.core.envelope import HEADER, Schedule, context
from dao_backend.core.lifecycle import Action
from dao_backend.core.model import NATIVE, Address, RequestStatus
from dao_backend.core.revenue import Cuts, split_deposit
from dao_backend.demo.acts_selling import PRICE, released
from dao_backend.demo.checks import holds, refused, same
from dao_backend.demo.inputs import LABELLED, late_item
from dao_backend.demo.story import MAX_BYTES, Contributed, Figures, Story, Telling, coins, mib
from dao_backend.errors import CommitmentMismatch, NotEnoughShares, NotReleased
from dao_backend.service.buying import Buyer, Delivered
from dao_backend.service.contributing import contribute
from dao_backend.service.releases import UNAVAILABLE
from dao_backend.service.sources import Source, open_source

ROYALTY = 10**18


def receipt_then_release(story: Story) -> Telling:
    """Enough receipts are final on chain before any bundle leaves its keeper."""
    number = story.requests["acme"]
    story.troupe.stop_one()
    why = {"before the receipt": released(story, "acme", Reason.RECEIPT_NOT_POSTED)}
    refused(NotReleased, "receipt", _take(story, 1))
    posted = _bring_receipts(story)
    for index in posted[-2 * SLOTS :]:  # each stands in a block of its own
        why["before finality"] = refused(NotReleased, "not final", _take(story, index))
    story.settle_down()
    released(story, "acme", None)
    why["another wallet"] = _asked(story, "blue", key="acme", expected=Reason.OTHER_WALLET)
    why["another key"] = _asked(story, "acme", key="blue", expected=Reason.OTHER_KEY)
    why["a refunded request"] = released(story, "blue", Reason.REFUNDED)
    size = sum(bundle.length or 0 for bundle in story.gateway.bundles(number))
    none = _of(story.troupe.stopped)
    absent = f", none of {none}, which was stopped" if none else ""
    posted.sort()
    return Telling(
        f"receipts of {_of(posted)} final{absent}; then {size:,} bytes of bundles handed over; "
        f"refused {', '.join(why)}",
        {"receipts_of": posted, "none_of": story.troupe.stopped, "bundle_bytes": size}
        | {"refused": why},
    )


def _of(indexes: list[int]) -> str:
    return ", ".join(map(str, indexes))


def _take(story: Story, keeper: int) -> Callable[[], bytes]:
    return lambda: b"".join(story.gateway.bundle(story.requests["acme"], keeper))


def _bring_receipts(story: Story) -> list[int]:
    """Let everybody who is there build its bundle, and post what they sign; in that order."""
    number = story.requests["acme"]
    seats = story.facts.committee.keepers
    expected = {seat.index for seat in seats} - set(story.troupe.stopped)
    posted: list[int] = []

    def have_posted() -> bool:
        for keeper in story.system.local:
            keeper.work()
        story.system.receipts.post(number)
        delivery = story.system.chain.delivery(number)
        assert delivery is not None, "a grant opens a delivery"
        posted.extend(sorted(delivery.posted - set(posted)))
        return set(posted) == expected

    story.until(have_posted, f"keepers {_of(sorted(expected))} should have signed receipts")
    return posted


def _asked(story: Story, name: str, key: str, expected: Reason) -> str | None:
    """What the keepers tell somebody who says to be `name` and wants another key."""
    said = story.gateway.bundles(
        story.requests["acme"], story.people[name].address, story.release_keys[key].public
    )
    for one in said:
        wanted = UNAVAILABLE if one.index in story.troupe.stopped else expected.value
        same(one.reason, wanted, f"the answer of keeper {one.index}")
    return said[0].sentence


def decrypt(story: Story) -> Telling:
    """The buyer decrypts what it bought, byte for byte, and nothing else."""
    buyer = Buyer(story.gateway, story.system.chain, story.release_keys["acme"])
    story.purchase = buyer.purchase(story.requests["acme"])
    bad = _named(story)
    stranger = Buyer(story.gateway, story.system.chain, story.release_keys["blue"])
    refused(NotEnoughShares, "release key", lambda: stranger.purchase(story.requests["acme"]))
    originals = {one.record.contribution_id: one for one in story.registered}
    entries = story.purchase.published.manifest.entries
    files = size = 0
    for place, delivered in enumerate(buyer.deliver(story.purchase, story.work / "acme"), 1):
        source = originals[delivered.entry.record.contribution_id].source
        size += _same_bytes(source, delivered)
        files += len(source.files)
        story.progress("decrypting and comparing", place, len(entries))
    sold = {entry.record.contribution_id for entry in entries}
    closed = _stays_closed(story, sold)
    return Telling(
        "".join(f"keeper {index} gave a bad share; " for index in bad)
        + f"{files:,} files, {mib(size)}, equal the originals by SHA-256; the keys open nothing "
        f"of {', '.join(closed)}",
        {
            "contributions": len(entries),
            "files_equal": files,
            "bytes_equal": size,
            "stays_closed": closed,
            "bad_shares_of": bad,
            "problems": list(story.purchase.problems),
        },
    )


def _named(story: Story) -> list[int]:
    """Keepers whose shares the buyer found to be wrong: the liar, and nobody else."""
    assert story.purchase is not None, "a purchase comes first"
    indexes = [seat.index for seat in story.facts.committee.keepers]
    bad = [
        index
        for index in indexes
        if any(each.startswith(f"keeper {index}: ") for each in story.purchase.problems)
    ]
    same(bad, story.troupe.lying, "the keepers that gave bad shares")
    return bad


def _same_bytes(source: Source, delivered: Delivered) -> int:
    """Compare every file's SHA-256 with the original's; the bytes compared."""
    size = 0
    for name, path in source.files:
        found = delivered.path if delivered.path.is_file() else delivered.path / name
        same(_hash(found), _hash(path), f"the hash of {name}")
        size += path.stat().st_size
    return size


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _stays_closed(story: Story, sold: set[bytes]) -> Figures:
    """None of the buyer's keys opens the other collection, what was withdrawn, what came later."""
    assert story.withdrawn is not None, "the grant came after a withdrawal"
    other = [one for one in story.registered if one.item.collection == LABELLED]
    late = _contribute_late(story)
    closed = {
        "other collection": other,
        "withdrawn": [story.withdrawn],
        "later edition": [late],
    }
    for kind, kept in closed.items():
        for one in kept:
            holds(one.record.contribution_id not in sold, f"the {kind} was not sold")
            _opens_nothing(story, one)
    return {kind: len(kept) for kind, kept in closed.items()}


def _opens_nothing(story: Story, one: Contributed) -> None:
    where, record = story.facts.addresses, one.record
    bound = context(where.chain_id, where.registry, record.contribution_id)
    cid = Cid.of(record.cid_digest, record.length)
    header = b"".join(story.system.blobs.open(cid, 0, HEADER))
    for key in story.keys:
        open_it = lambda key=key: Schedule.checked(key, bound, header)  # noqa: E731
        refused(CommitmentMismatch, "another key", open_it)


def _contribute_late(story: Story) -> Contributed:
    """Ada adds something after the sale; it goes into the next edition."""
    item = late_item(story.work)
    source = open_source(item.path, MAX_BYTES)
    ada = story.people["ada"]
    outcome = contribute(
        story.gateway, story.facts, source, item.collection, ada, secrets.token_bytes
    )
    story.gateway.register(outcome.contribution_id)
    story.settle_down()
    story.pass_time(story.chain.record.parameters.seal_interval)
    story.system.editions.seal(item.collection)
    story.settle_down()
    newest = story.system.chain.newest_edition(item.collection)
    story.system.editions.attest(newest)
    story.follow()
    row = story.system.index.contribution(outcome.contribution_id)
    covered = story.system.chain.edition(newest).history_count
    holds(row.contribution.history_count <= covered, "the next edition holds the late one")
    return Contributed(item, source, row.contribution.record, outcome.units)


def settle_and_claim(story: Story) -> Telling:
    """The price reaches exactly those whose data was sold; royalties land in the same place."""
    number = story.requests["acme"]
    story.system.requests.act(number, Action.SETTLE)
    same(story.system.chain.request(number).status, RequestStatus.SETTLED, "the request's status")
    story.follow()
    first = _pay_out(story, PRICE)
    edition_id = _sold_edition(story)
    report = sha256(b"royalty report of acme").digest()
    story.writer("acme").deposit(edition_id, NATIVE, ROYALTY, report)
    story.follow()
    second = _pay_out(story, ROYALTY)
    return Telling(
        f"{coins(PRICE)} and a royalty of {coins(ROYALTY)} reach the members by their units, to "
        f"the wei: dust {first['dust_wei']} and {second['dust_wei']} wei",
        {"price": first, "royalty": second},
    )


def _pay_out(story: Story, amount: int) -> Figures:
    """Claim for everybody, and hold each payment against the member's units."""
    edition = story.system.chain.edition(_sold_edition(story))
    split = split_deposit(amount, Cuts(*story.system.chain.cuts()))
    same(split.members + split.reserve + split.keepers, amount, "the parts of the money")
    units = _units_sold(story)
    same(sum(units.values()), edition.total_units, "the units of everybody together")
    due = {member: _due(story, edition.edition_id, member) for member in units}
    before = {member: story.system.chain.balance(member, NATIVE) for member in units}
    story.system.relay.claim_many(edition.edition_id, NATIVE, sorted(units, key=str.lower))
    story.follow()
    paid = {member: story.system.chain.balance(member, NATIVE) - before[member] for member in units}
    same(paid, due, "what members got, against their statements")
    received = story.system.chain.received(edition.edition_id, NATIVE)
    for member, own in units.items():
        entitled = received * own // edition.total_units
        same(_had(story, edition.edition_id, member), entitled, f"all that {member} has had")
    dust = received - sum(_had(story, edition.edition_id, member) for member in units)
    holds(0 <= dust < len(units), "less than one wei for each member stays behind in all")
    return {
        "amount_wei": str(amount),
        "reserve_wei": str(split.reserve),
        "keepers_wei": str(split.keepers),
        "paid_wei": {story.name_of(member): str(wei) for member, wei in paid.items()},
        "units": {story.name_of(member): own for member, own in units.items()},
        "dust_wei": str(dust),
    }


def _units_sold(story: Story) -> dict[Address, int]:
    """Units of each member in what was sold."""
    assert story.purchase is not None, "decryption comes before the money"
    units: dict[Address, int] = {}
    for entry in story.purchase.published.manifest.entries:
        member = entry.record.contributor
        units[member] = units.get(member, 0) + entry.units
    return units


def _due(story: Story, edition_id: int, member: Address) -> int:
    """What the member's statement says, which must be what the chain says."""
    lines = story.system.accounts.statement(member).lines
    stated = sum(line.due for line in lines if line.holding.edition_id == edition_id)
    same(stated, story.system.chain.due(edition_id, NATIVE, member), "the statement")
    return stated


def _had(story: Story, edition_id: int, member: Address) -> int:
    """Everything that the member was paid from an edition so far."""
    lines = story.system.accounts.statement(member).lines
    return sum(line.holding.claimed for line in lines if line.holding.edition_id == edition_id)


def _sold_edition(story: Story) -> int:
    assert story.purchase is not None, "decryption comes before the money"
    return story.purchase.licence.edition_id
