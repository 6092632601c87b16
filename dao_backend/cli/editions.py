"""`ddao edition`: seal, attest and list the editions that buyers buy."""

from __future__ import annotations

from typing import Annotated

import typer

from dao_backend.cli.checking import verify_edition
from dao_backend.cli.clock import moment
from dao_backend.cli.command import command
from dao_backend.cli.lookup import Json, collection_of, rows
from dao_backend.cli.session import Session

Collection = Annotated[str, typer.Argument(help="Name or number of the collection.")]
Edition = Annotated[int, typer.Argument(help="Number of the edition.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Seal, attest, list and verify editions.")
    command(group, "list")(list_editions)
    command(group, "seal")(seal)
    command(group, "attest")(attest)
    command(group, "verify")(verify_edition)
    app.add_typer(group, name="edition")


def list_editions(
    session: Session,
    collection: Annotated[str | None, typer.Argument(help="Only this one's.")] = None,
) -> None:
    """List sealed editions, newest first."""
    query = {}
    if collection is not None:
        query["collection"] = str(collection_of(session.client.facts, collection).number)
    found = list(rows(session.client, "/v1/editions", **query))
    names = {each.number: each.name for each in session.client.facts.collections}
    session.screen.table(
        ("edition", "collection", "contributions", "units", "sealed", "root"),
        [
            (
                str(each["editionId"]),
                names.get(each["collection"], str(each["collection"])),
                str(each["contributions"]),
                each["totalUnits"],
                moment(each["sealedAt"]),
                each["root"] or "not attested yet",
            )
            for each in found
        ],
    )
    page = session.page("/editions")
    session.screen.document({"editions": found, "page": page})


def seal(session: Session, collection: Collection) -> None:
    """Seal the next edition of a collection; anybody may, and the service pays."""
    chosen = collection_of(session.client.facts, collection)
    answer = _post(session, f"/v1/collections/{chosen.number}/editions")
    edition = answer["editionId"]
    session.screen.say(f"Sealed edition {edition} of {chosen.name}; its keepers attest it next.")
    page = session.page(f"/editions/{edition}")
    session.screen.document({**answer, "page": page})


def attest(session: Session, edition: Edition) -> None:
    """Gather the keepers' attestations of an edition and post them."""
    answer = _post(session, f"/v1/editions/{edition}/attestation")
    done = "was attested before" if answer["transaction"] is None else "is attested"
    session.screen.say(f"Edition {edition} {done}.")
    page = session.page(f"/editions/{edition}")
    session.screen.document({"editionId": edition, **answer, "page": page})


def _post(session: Session, path: str) -> Json:
    answer = session.client.gateway.write(path, {})
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    return answer
