"""`ddao verify`: hold what the service shows against the chain, without trusting the service."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.checking_erasure import verify_erasure
from dao_backend.cli.command import command
from dao_backend.cli.log import chain_log
from dao_backend.cli.lookup import contribution_id_of
from dao_backend.cli.session import Session
from dao_backend.errors import (
    CidMismatch,
    CommitmentMismatch,
    InputError,
    ManifestMismatch,
    NotFound,
    UnreadablePath,
)

if TYPE_CHECKING:
    from dao_backend.core.model import Record


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        no_args_is_help=True, help="Check editions, envelopes and erasures against the chain."
    )
    command(group, "edition")(verify_edition)
    command(group, "contribution")(verify_contribution)
    command(group, "erasure")(verify_erasure)
    app.add_typer(group, name="verify")


def verify_edition(
    session: Session, edition: Annotated[int, typer.Argument(help="Number of the edition.")]
) -> None:
    """Rebuild an edition's list from the chain's own log, and compare roots.

    The log itself is held against the registry's history head, so that no event can be missing.
    """
    from dao_backend.core import manifest, manifest_file

    client, screen = session.client, session.screen
    sealed = client.chain.edition(edition)
    if sealed.root is None:
        raise InputError(f"edition {edition} is not attested yet: there is no root to compare")
    state = chain_log(session).state
    where = client.facts.addresses
    built = manifest.build(
        where.chain_id,
        where.registry,
        sealed.collection,
        sealed.history_count,
        state.contributions.values(),
    )
    manifest.check_edition(built, sealed)
    published = client.gateway.manifest(edition).splitlines(keepends=True)
    shown = manifest_file.decode(published, where.chain_id, where.registry, sealed)
    if shown.manifest != built:
        raise ManifestMismatch("the published file lists other contributions than the chain's log")
    screen.say(f"{state.history_count} changes of the log give the registry's history head.")
    screen.say(f"{len(built.entries)} contributions with {built.total_units} units give the root")
    screen.say(f"  0x{sealed.root.hex()}")
    screen.say("which the keepers attested; the published file says the same.")
    screen.document(
        {
            "editionId": edition,
            "verified": True,
            "root": "0x" + sealed.root.hex(),
            "contributions": len(built.entries),
            "totalUnits": str(built.total_units),
            "historyCount": sealed.history_count,
            "page": session.page(f"/editions/{edition}"),
        }
    )


def verify_contribution(
    session: Session,
    contribution: Annotated[str, typer.Argument(help="The contribution's id.")],
    file: Annotated[
        Path | None, typer.Option(help="An envelope on this machine; else the service's copy.")
    ] = None,
) -> None:
    """Check that an envelope is the one that was registered: CID, length and commitment."""
    from dao_backend.core.cid import Cid

    named = contribution_id_of(contribution)
    found = chain_log(session).state.contributions.get(named)
    if found is None:
        raise NotFound(f"the chain's log holds no contribution {contribution}")
    record = found.record
    cid = Cid.of(record.cid_digest, record.length)
    pieces = session.client.gateway.envelope(cid) if file is None else _read(file)
    _require_registered(pieces, record, cid)
    session.screen.say(f"The envelope is the registered one: {cid}, {record.length} bytes.")
    session.screen.document(
        {
            "contributionId": contribution.lower(),
            "verified": True,
            "cid": cid,
            "length": str(record.length),
            "page": session.page(f"/contributions/{contribution.lower()}"),
        }
    )


def _require_registered(pieces: Iterable[bytes], record: Record, cid: str) -> None:
    """CidMismatch, CommitmentMismatch."""
    from dao_backend.core.envelope import HEADER, header_commitment
    from dao_backend.core.unixfs import Builder, chunks

    builder, header = Builder(), b""
    for chunk in chunks(pieces):
        builder.add(chunk)
        header = header or bytes(chunk[:HEADER])
    found = builder.finish().cid
    if found != cid:
        raise CidMismatch(f"the envelope has CID {found}, registered is {cid}")
    if header_commitment(header) != record.envelope_commitment:
        raise CommitmentMismatch("the envelope's commitment is not the registered one")


def _read(path: Path) -> Iterable[bytes]:
    from dao_backend.service.sources import read_blocks

    try:
        with path.open("rb") as file:
            yield from read_blocks(file)
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}") from error
