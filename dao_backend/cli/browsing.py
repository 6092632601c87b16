"""`ddao browse`: what the DAO offers, and at what price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.amounts import bytes_text
from dao_backend.cli.clock import moment
from dao_backend.cli.command import command
from dao_backend.cli.lookup import Json, asset_text, collection_of, fetch, rows
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.core.model import Collection


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "browse")(browse)


def browse(
    session: Session,
    collection: Annotated[str | None, typer.Argument(help="Name or number.")] = None,
) -> None:
    """List collections with their purposes and prices; of one of them, its editions too."""
    dao = fetch(session.client, "/v1/dao")
    screen = session.screen
    screen.say(f"{dao['name']} on chain {dao['chainId']}: {dao['totals']['members']} members")
    if dao["warning"]:
        screen.say(dao["warning"])
    if collection is None:
        _everything(session, dao)
    else:
        _one(session, dao, collection_of(session.client.facts, collection))


def _everything(session: Session, dao: Json) -> None:
    screen = session.screen
    newest = [_newest(session, each["number"]) for each in dao["collections"]]
    screen.table(
        ("no", "collection", "units", "newest edition", "purposes"),
        [
            (
                str(each["number"]),
                each["name"],
                _units(dao, each["number"]),
                _edition_text(edition),
                ", ".join(each["purposes"]),
            )
            for each, edition in zip(dao["collections"], newest, strict=True)
        ],
    )
    _prices(session, dao)
    collections = [
        {**each, "units": _units(dao, each["number"]), "newestEdition": edition}
        for each, edition in zip(dao["collections"], newest, strict=True)
    ]
    screen.document(
        {
            "dao": dao["name"],
            "collections": collections,
            "assets": dao["assets"],
            "filingFee": dao["filingFee"],
            "bytesStored": dao["totals"]["bytesStored"],
            "page": session.page("/collections"),
        }
    )


def _one(session: Session, dao: Json, chosen: Collection) -> None:
    screen = session.screen
    editions = list(rows(session.client, "/v1/editions", collection=str(chosen.number)))
    stated = next(each for each in dao["collections"] if each["number"] == chosen.number)
    screen.say(f"{chosen.name}: {', '.join(stated['purposes'])}")
    screen.table(
        ("edition", "contributions", "units", "sealed", "attested"),
        [
            (
                str(each["editionId"]),
                str(each["contributions"]),
                each["totalUnits"],
                moment(each["sealedAt"]),
                "not yet" if each["root"] is None else moment(each["attestedAt"]),
            )
            for each in editions
        ],
    )
    _prices(session, dao)
    screen.document(
        {
            **stated,
            "units": _units(dao, chosen.number),
            "editions": editions,
            "assets": dao["assets"],
            "filingFee": dao["filingFee"],
            "page": session.page(f"/collections/{chosen.number}"),
        }
    )


def _prices(session: Session, dao: Json) -> None:
    screen = session.screen
    for each in dao["assets"]:
        screen.say(f"Lowest price: {asset_text(each['asset'], each['minimumPrice'])}")
    screen.say(
        f"Filing fee: {asset_text(dao['assets'][0]['asset'], dao['filingFee'])}, never refunded"
    )
    screen.say(f"Stored in all: {bytes_text(int(dao['totals']['bytesStored']))}")


def _newest(session: Session, collection: int) -> Json | None:
    return next(rows(session.client, "/v1/editions", collection=str(collection)), None)


def _units(dao: Json, collection: int) -> str:
    units: list[str] = dao["totals"]["units"]
    return units[collection] if collection < len(units) else "0"


def _edition_text(edition: Json | None) -> str:
    if edition is None:
        return "none yet"
    state = "" if edition["root"] else ", not attested yet"
    return f"{edition['editionId']} ({edition['contributions']} contributions{state})"
