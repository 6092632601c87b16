"""`ddao contribute`, `withdraw` and `appraise`: what a contributor does with data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from dao_backend.cli import config as configuration
from dao_backend.cli.amounts import bytes_text
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import collection_of, contribution_id_of, fetch
from dao_backend.cli.session import Session
from dao_backend.errors import DaoError, Refused

if TYPE_CHECKING:
    from dao_backend.cli.handing_in import Counter, Given, Waiting
    from dao_backend.core.model import Collection
    from dao_backend.service.contributing import Progress
    from dao_backend.service.sources import Source

Made = TypeVar("Made")

NOTHING_REGISTERED = 3
"""Exit code where no path earned anything: the same as for every other no of the rules."""
WITHDRAWAL_SECONDS = 3600
_SHOWN = 12
"""Skipped names listed before the rest is counted."""

Paths = Annotated[list[Path], typer.Argument(help="Files and folders; each is one contribution.")]
CollectionOption = Annotated[str, typer.Option("--collection", help="Name or number.")]
ServerSide = Annotated[
    bool,
    typer.Option("--server-side", help="Let the service encrypt: its operator can read it."),
]
Send = Annotated[
    bool, typer.Option("--send", help="Send an own transaction instead of a relayed signature.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "contribute", Needs.WALLET)(contribute)
    command(app, "withdraw", Needs.WALLET)(withdraw)
    command(app, "appraise", Needs.NOTHING)(appraise)


def contribute(
    session: Session,
    paths: Paths,
    collection: CollectionOption,
    *,
    server_side: ServerSide = False,
) -> int:
    """Encrypt files or folders here, have them appraised, register what earns units.

    Several paths are registered in one transaction, a hundred at the most; a bad one is named and
    the others count. What scores nothing is listed with its reason and not registered. The exit
    code is 0 where at least one path was registered, 3 where none was. A run that breaks off goes
    on when the same paths are given again.
    """
    from dao_backend.cli.handing_in import Counter
    from dao_backend.service.safeguards import require_person
    from dao_backend.service.sources import open_source
    from dao_backend.service.trusting import require_true_facts
    from dao_backend.wiring.outbox import Outbox

    client, wallet = session.client, session.wallet
    require_true_facts(client.facts, client.chain)
    require_person(client.chain, wallet.address)
    chosen = collection_of(client.facts, collection)
    sources = [open_source(path, client.facts.max_bytes) for path in paths]
    _preview(session, sources, chosen, openly=server_side)
    counter = Counter(client, chosen, session.signer(), Outbox(configuration.home() / "unfinished"))
    if server_side:
        found = _each(session, "Sending", paths, sources, counter.give_openly)
    elif len(paths) == 1:
        found = _each(session, "Encrypting and uploading", paths, sources, counter.give)
    else:
        found = _several(session, paths, sources, counter)
    for path, given in zip(paths, found, strict=True):
        _tell(session, path, given)
    results = [_result(path, given) for path, given in zip(paths, found, strict=True)]
    return _conclude(session, wallet.address, results)


def _several(
    session: Session, paths: list[Path], sources: list[Source], counter: Counter
) -> list[Given]:
    """Prepare every source, then register them together; also those before one that fails."""
    ready: list[Waiting] = []
    try:
        _each(
            session,
            "Encrypting and uploading",
            paths,
            sources,
            lambda source, step: ready.append(counter.prepare(source, step)),
        )
    except DaoError:
        for path, given in zip(paths, counter.register(ready), strict=False):
            _tell(session, path, given)
        raise
    return counter.register(ready)


def _each(
    session: Session,
    verb: str,
    paths: list[Path],
    sources: list[Source],
    hand_in: Callable[[Source, Progress], Made],
) -> list[Made]:
    """Hand every source in, with a bar for each."""
    made = []
    for path, source in zip(paths, sources, strict=True):
        with session.screen.progress(f"{verb} {path}", source.size) as step:
            made.append(hand_in(source, step))
    return made


def _preview(
    session: Session, sources: list[Source], collection: Collection, *, openly: bool
) -> None:
    """What leaves this device, and what is agreed to, before anybody is asked for a password."""
    from dao_backend.core.model import Purpose

    screen = session.screen
    screen.table(
        ("contribution", "files", "size"),
        [
            (source.metadata.name, str(len(source.files)), bytes_text(source.size))
            for source in sources
        ],
    )
    skipped = [name for source in sources for name in source.skipped]
    if skipped:
        more = f" and {len(skipped) - _SHOWN} more" if len(skipped) > _SHOWN else ""
        screen.say(f"Left out: {', '.join(skipped[:_SHOWN])}{more}")
    purposes = ", ".join(Purpose.names_of(collection.purposes))
    screen.say(f"You agree that members may license this for: {purposes} ({collection.name}).")
    if openly:
        screen.say("The service encrypts: its operator can read this content.")
    else:
        screen.say(
            "Encrypted on this machine. The appraiser reads it; so can enough keepers together,"
        )
        screen.say("and buyers that members have voted for.")


def _tell(session: Session, path: Path, given: Given) -> None:
    outcome, screen = given.outcome, session.screen
    if given.refusal is not None:
        screen.say(f"{path}: not registered: {given.refusal}")
    elif given.transaction is None:
        screen.say(f"{path}: not registered, it scores nothing:")
    else:
        named = "0x" + outcome.contribution_id.hex()
        screen.say(f"{path}: {outcome.units} units, registered as {named}")
    for reason in outcome.reasons:
        screen.say(f"  {reason.weight / 100:5.1f} %  {reason.sentence}")


def _result(path: Path, given: Given) -> dict[str, Any]:
    from dao_backend.core.submission import outcome_json

    told = outcome_json(given.outcome)
    return {
        "path": str(path),
        "registered": given.transaction is not None,
        "refusal": given.refusal,
        "transaction": None if given.transaction is None else "0x" + given.transaction.hex(),
        **{name: told[name] for name in ("contributionId", "units", "reasons", "policy")},
    }


def _conclude(session: Session, account: str, results: list[dict[str, Any]]) -> int:
    registered = [each for each in results if each["registered"]]
    units = sum(int(each["units"]) for each in registered)
    session.screen.say(f"{len(registered)} of {len(results)} registered, {units} units in all.")
    page = session.page(f"/members/{account}") if registered else None
    session.screen.document(
        {
            "account": account,
            "contributions": results,
            "registered": len(registered),
            "units": str(units),
            "page": page,
        }
    )
    return 0 if registered else NOTHING_REGISTERED


def withdraw(
    session: Session,
    contribution: Annotated[str, typer.Argument(help="The contribution's id.")],
    *,
    send: Send = False,
) -> None:
    """Take a contribution back: its units are burnt, later editions are without it.

    Editions already sold stay sold, and keep paying.
    """
    from dao_backend.core.typed import Withdrawal, digest

    named = contribution_id_of(contribution)
    client, wallet = session.client, session.wallet
    path = f"/v1/contributions/{contribution.lower()}"
    found = fetch(client, path)
    _require_own(found, wallet.address)
    session.screen.say(f"{found['units']} units are burnt at once; later editions are without it.")
    session.screen.say("Editions already sold stay sold, and keep paying.")
    signer = session.signer()
    if send:
        transaction = client.writer(signer).withdraw(named).hash
    else:
        deadline = client.chain.head().timestamp + WITHDRAWAL_SECONDS
        domain = client.facts.addresses.domain("DataRegistry")
        signature = signer.sign_digest(digest(domain, Withdrawal(named, deadline)))
        transaction = client.gateway.withdraw(named, deadline, signature)
    session.screen.say(f"Withdrawn in transaction 0x{transaction.hex()}.")
    session.screen.document(
        {
            "contributionId": contribution.lower(),
            "units": found["units"],
            "transaction": "0x" + transaction.hex(),
            "page": session.page(f"/contributions/{contribution.lower()}"),
        }
    )


def _require_own(found: dict[str, Any], account: str) -> None:
    owner, state = found["record"]["contributor"], found["status"]
    if owner != account:
        raise Refused(f"this contribution is {owner}'s, and the wallet is {account}")
    if state != "registered":
        raise Refused(f"this contribution is {state}, there is nothing to withdraw")


def appraise(
    session: Session,
    path: Annotated[Path, typer.Argument(help="A file or folder.")],
) -> int:
    """Score content here, without sending anything, as if the pool were empty.

    The real score is lower where the pool holds the same or nearly the same already.
    """
    from dao_backend.cli.local_score import score_of

    screen = session.screen
    score = score_of(path)
    screen.table(
        ("file", "kind", "bytes", "paid"),
        [
            (line.name, line.kind.value, str(line.raw_bytes), str(line.paid_bytes))
            for line in score.members
        ],
    )
    for reason in score.reasons:
        screen.say(f"  {reason.weight / 100:5.1f} %  {reason.sentence}")
    screen.say(f"{score.units} units against an empty pool; copies of what it holds earn nothing.")
    screen.document(
        {
            "path": str(path),
            "units": str(score.units),
            "pool": "empty",
            "policy": "0x" + score.policy_hash.hex(),
            "reasons": [
                {"code": each.code.value, "sentence": each.sentence, "weight": each.weight}
                for each in score.reasons
            ],
        }
    )
    return 0 if score.units else NOTHING_REGISTERED
