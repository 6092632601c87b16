"""Steps 1 to 6: from files on a disk to a sealed edition."""

from __future__ import annotations

import resource
import secrets
from collections.abc import Iterator
from pathlib import Path

from dao_backend.core import archive
from dao_backend.core.cid import Cid
from dao_backend.core.ledger import fold
from dao_backend.core.manifest_file import decode
from dao_backend.core.state import State
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.demo.checks import holds, refused, same
from dao_backend.demo.inputs import LARGE, interpreter
from dao_backend.demo.story import (
    MAX_BYTES,
    Contributed,
    Figures,
    Offered,
    Story,
    Telling,
    mib,
)
from dao_backend.errors import ContractRefused, EmptyContent, Refused
from dao_backend.service.contributing import Wish, seal_contribution, sign
from dao_backend.service.sources import open_source

LEAST_CONTRIBUTIONS, LEAST_FILES = 100, 500
"""What the default input must cover."""


def contribute(story: Story) -> Telling:
    """Look at every file and folder before anything leaves the device."""
    for item in story.items:
        try:
            source = open_source(item.path, MAX_BYTES)
        except EmptyContent as error:
            reason = str(error).removeprefix(f"{item.path} ")
            story.worthless.append((item.path.name, reason))
            continue
        story.offered.append(Offered(item, source))
    files = sum(len(one.source.files) for one in story.offered)
    size = sum(one.source.size for one in story.offered)
    members = len({one.item.member for one in story.offered})
    return Telling(
        f"{members} members offer {len(story.offered)} files and folders: {files:,} files, "
        f"{mib(size)}",
        {
            "from": interpreter(),
            "items": len(story.items),
            "files": files,
            "bytes": size,
            "members": members,
        },
    )


def encrypt(story: Story) -> Telling:
    """Encrypt on the contributor's side and stream the envelopes to the service."""
    plain = sum(one.source.size for one in story.offered)
    done = 0
    for one in story.offered:
        signer = story.people[one.item.member]
        wish = Wish(signer.address, one.item.collection, one.source.metadata, one.source.blocks())
        sealed = seal_contribution(
            story.facts, wish, secrets.token_bytes, story.gateway.put_envelope
        )
        story.sealed.append((one, sealed))
        done += one.source.size
        story.progress("encrypting", done, plain)
    largest = max(one.source.size for one in story.offered)
    holds(largest >= LARGE or not story.ordinary, "one contribution has at least 64 MiB")
    sealed_bytes = sum(sealed.record.length for _, sealed in story.sealed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Telling(
        f"{len(story.sealed)} envelopes streamed to the service, {mib(sealed_bytes)}, the largest "
        f"{mib(largest)}; peak memory {peak} MiB",
        {
            "envelopes": len(story.sealed),
            "plaintext_bytes": plain,
            "envelope_bytes": sealed_bytes,
            "largest_bytes": largest,
            "peak_rss_mib": peak,
        },
    )


def store(story: Story) -> Telling:
    """Fetch every envelope back by its CID, and look for plaintext where none may be."""
    for place, (_, sealed) in enumerate(story.sealed, 1):
        cid = Cid.of(sealed.record.cid_digest, sealed.record.length)
        builder = Builder()
        for chunk in chunks(story.gateway.envelope(cid)):
            builder.add(chunk)
        same(builder.finish().cid, cid, "the CID of what the store gives back")
        story.progress("fetching back", place, len(story.sealed))
    markers = [_marker(one) for one, _ in story.sealed[:5]]
    searched = 0
    for path in _files(story.data):
        content = _content(path)
        searched += len(content)
        holds(not any(mark in content for mark in markers), f"{path.name} holds no plaintext")
    return Telling(
        f"{len(story.sealed)} envelopes came back under their CIDs; "
        f"no plaintext in {mib(searched)} of the service's files",
        {
            "envelopes_verified": len(story.sealed),
            "bytes_searched_for_plaintext": searched,
            "store": story.system.blobs.health(),
        },
    )


def appraise_and_register(story: Story) -> Telling:
    """Shares to the keepers, the content key to the appraiser, a score, a registration."""
    receipts = 0
    for place, (one, sealed) in enumerate(story.sealed, 1):
        signed = sign(story.facts, sealed, story.people[one.item.member])
        outcome = story.gateway.submit(signed)
        receipts += sum(each is not None for each in outcome.intake_receipts)
        identity = sealed.record.contribution_id
        if outcome.appraisal is None:
            act = lambda identity=identity: story.gateway.register(identity)  # noqa: E731
            refused(Refused, "scored nothing", act)
            why = min(outcome.reasons, key=lambda reason: reason.weight)
            story.worthless.append((one.item.path.name, why.sentence))
        else:
            story.gateway.register(identity)
            story.registered.append(Contributed(one.item, one.source, sealed.record, outcome.units))
        story.progress("appraising and registering", place, len(story.sealed))
    story.settle_down()
    names = {name for name, _ in story.worthless}
    holds({"copied.py", "blanks.txt", "empty.txt"} <= names, "copies and blanks earn nothing")
    files = sum(len(one.source.files) for one in story.registered)
    enough = len(story.registered) >= LEAST_CONTRIBUTIONS and files >= LEAST_FILES
    holds(enough or not story.ordinary, "at least 100 contributions over 500 files are registered")
    units = sum(one.units for one in story.registered)
    return Telling(
        f"{len(story.registered)} contributions over {files:,} files registered for {units:,} "
        f"units; {len(story.worthless)} earned nothing: {_reasons(story)}",
        {
            "registered": len(story.registered),
            "files": files,
            "units": units,
            "intake_receipts": receipts,
            "worth_nothing": dict(story.worthless),
        },
    )


def _reasons(story: Story) -> str:
    return "; ".join(f"{name} {reason}" for name, reason in story.worthless)


def index(story: Story) -> Telling:
    """The index, a fold of the chain's own log, and the service's answer are the same."""
    where = story.facts.addresses
    head = story.system.chain.head().number
    events = story.system.chain.logs(where.first_block, head)
    state = fold(State(), events)
    same(
        (state.history_head, state.history_count),
        story.system.chain.history(),
        "the folded history",
    )
    totals = story.system.index.totals()
    same(totals.contributions, len(story.registered), "contributions in the index")
    for one in story.registered:
        row = story.system.index.contribution(one.record.contribution_id)
        same(row.contribution.record, one.record, "the indexed record")
    blocks = head - where.first_block + 1
    return Telling(
        f"{len(events)} events of {blocks} blocks fold to the registry's own history head; index "
        "and service say the same",
        {
            "blocks": blocks,
            "events": len(events),
            "members": totals.members,
            "units": [str(units) for units in totals.units],
            "history_head": "0x" + state.history_head.hex(),
        },
    )


def seal(story: Story) -> Telling:
    """Seal an edition of each collection; the keepers attest its root; anybody recomputes it."""
    attested = {}
    story.time.advance(1)  # an edition holds what stood in the second before it
    for collection in story.facts.collections:
        story.gateway.write(f"/v1/collections/{collection.number}/editions", {})
        edition_id = story.system.chain.newest_edition(collection.number)
        attest = lambda number=edition_id: story.system.editions.attest(number)  # noqa: E731
        refused(Refused, "not sealed in a final block", attest)
        story.settle_down()
        story.system.editions.attest(edition_id)
        attested[collection.name] = verify_edition(story, edition_id)
    first = story.facts.collections[0].number
    again = lambda: story.system.editions.seal(first)  # noqa: E731
    refused(ContractRefused, "SealTooSoon", again)
    story.settle_down()
    sizes = [f"{name} with {edition['contributions']}" for name, edition in attested.items()]
    return Telling(
        f"editions of {' and '.join(sizes)} contributions sealed, attested by "
        f"{story.facts.committee.threshold} of {len(story.facts.committee.keepers)} keepers, "
        "recomputed from the chain",
        {"editions": attested},
    )


def verify_edition(story: Story, edition_id: int) -> Figures:
    """Hold the published manifest against the chain, as a buyer does."""
    where = story.facts.addresses
    edition = story.system.chain.edition(edition_id)
    lines = story.gateway.manifest(edition_id).splitlines(keepends=True)
    published = decode(lines, where.chain_id, where.registry, edition)
    return {
        "edition": edition_id,
        "contributions": len(published.manifest.entries),
        "units": str(edition.total_units),
        "root": "0x" + (edition.root or b"").hex(),
    }


def _marker(one: Offered) -> bytes:
    """A run of plaintext that is nowhere but in this contribution."""
    _, path = max(one.source.files, key=lambda pair: pair[1].stat().st_size)
    content = path.read_bytes()
    start = len(content) // 3
    mark = content[start : start + 64]
    holds(archive.MEDIA_TYPE.encode() not in mark and len(mark) == 64, "the marker is content")
    return mark


def _content(path: Path) -> bytes:
    """Nothing where a keeper at work has just removed it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())
