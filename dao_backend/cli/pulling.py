"""`ddao pull`: recover the keys of a licence, fetch, verify and decrypt everything it covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from dao_backend.cli.amounts import bytes_text
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import fetch
from dao_backend.cli.screen import Step, harmless
from dao_backend.cli.session import Session
from dao_backend.errors import DaoError, NotFound, NotReleased, Refused

if TYPE_CHECKING:
    from dao_backend.core.model import Committee, Licence
    from dao_backend.ports.gateway import Gateway
    from dao_backend.service.buying import Delivered, Purchase
    from dao_backend.wiring.client import Client

_BUNDLES = "Fetching the keepers' bundles"
_TOLD = 20
"""Problems told one by one."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "pull", Needs.WALLET)(pull)


def pull(
    session: Session,
    licence: Annotated[int, typer.Argument(help="Number of the licence: that of its request.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to.  [default: licence-NUMBER]")
    ] = None,
) -> None:
    """Fetch what a licence covers, verify every byte, and decrypt it here.

    Only plain files are written, each under the id of its contribution. A run that broke off goes
    on where it was: what is complete is not fetched again.
    """
    from dao_backend.service.buying import Buyer

    client, wallet = session.client, session.wallet
    granted = _granted(session, licence)
    _require_released(session, granted)
    secret = session.wallets.release_secret(
        wallet, session.password(f"Password of wallet {wallet.name}: "), granted.release_key
    )
    folder = out or Path(f"licence-{licence}")
    meter = _Meter(client.gateway)
    buyer = Buyer(cast("Gateway", meter), client.chain, secret, client.keeper)
    purchase = buyer.purchase(licence, folder, partial(session.screen.progress, _BUNDLES))
    _tell(session, purchase.problems)
    entries = purchase.published.manifest.entries
    total = sum(entry.record.length for entry in entries)
    label = f"Fetching {len(entries)} contributions, {bytes_text(total)}"
    delivered: list[Delivered] = []
    try:
        with session.screen.progress(label, total) as step:
            meter.step = step
            delivered.extend(_delivered(buyer.deliver(purchase, folder), meter))
    except DaoError:
        session.screen.say(_written(purchase, delivered, folder))
        raise
    _report(session, purchase, delivered, folder)


def _granted(session: Session, licence_id: int) -> Licence:
    """The licence as the chain has it; NotReleased says what its request waits for."""
    from dao_backend.core.model import RequestStatus

    found = session.client.chain.licence(licence_id)
    if found is not None:
        return replace(found, release_key=_newest_key(session, found))
    request = session.client.chain.request(licence_id)
    if request.status is RequestStatus.COUNTERED:
        raise NotReleased(f"members answered request {licence_id} with other terms: accept them")
    proposal = fetch(session.client, f"/v1/proposals/{request.proposal_id}")
    raise NotReleased(f"request {licence_id} is not granted: {proposal['next']['sentence']}")


def _newest_key(session: Session, granted: Licence) -> bytes:
    """The key that bundles are sealed to now; the contracts state only the one first filed."""
    from dao_backend.core.packing import bytes_of

    try:
        found = fetch(session.client, f"/v1/licences/{granted.licence_id}")
    except NotFound:  # granted in this moment: the index is behind, and nothing is rotated
        return granted.release_key
    return bytes_of(found["releaseKey"])


def _require_released(session: Session, granted: Licence) -> None:
    """Refused for another wallet, NotReleased with every keeper's reason, before any password."""
    client, account = session.client, session.wallet.address
    if granted.holder != account:
        raise Refused(
            f"licence {granted.licence_id} is {granted.holder}'s; the wallet is {account}"
        )
    delivery = client.chain.delivery(granted.licence_id)
    if delivery is None:
        raise NotReleased(f"no delivery was opened for licence {granted.licence_id}")
    committee = client.chain.committee(delivery.epoch)
    reasons = _reasons(client, committee, granted)
    if len(committee.keepers) - len(reasons) < committee.threshold:
        raise NotReleased("; ".join(f"keeper {index}: {why}" for index, why in reasons.items()))


def _reasons(client: Client, committee: Committee, granted: Licence) -> dict[int, str]:
    """Why keepers hand nothing over, by index, in their own words; the service's where silent."""
    from dao_backend.core.access import Allowed, Denied

    account, key, number = granted.holder, granted.release_key, granted.licence_id
    answers = client.questions.ask_all(
        committee.keepers, lambda keeper: keeper.release(number, account, key)
    )
    reasons = {
        index: answer.sentence if isinstance(answer, Denied) else str(answer)
        for index, answer in answers.items()
        if not isinstance(answer, Allowed)
    }
    if any(isinstance(answer, DaoError) for answer in answers.values()):
        relayed = {each.index: each for each in client.gateway.bundles(number, account, key)}
        for index in [index for index in reasons if isinstance(answers[index], DaoError)]:
            if index in relayed and relayed[index].ready:
                del reasons[index]
    return reasons


def _tell(session: Session, problems: Sequence[str]) -> None:
    """What went otherwise than it should, even where nothing was lost by it."""
    for problem in problems[:_TOLD]:
        session.screen.complain(f"Noticed: {harmless(problem)}")
    if len(problems) > _TOLD:
        session.screen.complain(f"Noticed: {len(problems) - _TOLD:,} more of the kind")


def _delivered(found: Iterator[Delivered], meter: _Meter) -> Iterator[Delivered]:
    """Pass on, and count what was complete before as done."""
    expected = 0
    for each in found:
        expected += each.entry.record.length
        meter.at_least(expected)
        yield each


class _Meter:
    """The gateway, with every byte of an envelope counted."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._done = 0
        self.step: Step = lambda _done: None

    def envelope(self, cid: str) -> Iterator[bytes]:
        """As the gateway's."""
        for piece in self._gateway.envelope(cid):
            yield piece
            self.at_least(self._done + len(piece))

    def at_least(self, done: int) -> None:
        """So many bytes are done, or more."""
        self._done = max(self._done, done)
        self.step(self._done)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the gateway has
        return getattr(self._gateway, name)


def _written(purchase: Purchase, delivered: list[Delivered], folder: Path) -> str:
    """How far a delivery came that did not end well."""
    edition, count = purchase.licence.edition_id, len(purchase.keys)
    closed = sum(isinstance(each, DaoError) for each in purchase.keys)
    said = f"{len(delivered)} of {count} contributions of edition {edition} are in {folder}, "
    return said + "each verified" + (f"; no key was found for {closed}." if closed else ".")


def _report(session: Session, purchase: Purchase, delivered: list[Delivered], folder: Path) -> None:
    screen, edition = session.screen, purchase.licence.edition_id
    screen.say(
        f"{len(delivered)} contributions of edition {edition} are in {folder}, all verified."
    )
    screen.document(
        {
            "problems": list(purchase.problems),
            "licenceId": purchase.licence.licence_id,
            "editionId": edition,
            "folder": str(folder),
            "contributions": [
                {
                    "contributionId": "0x" + each.entry.record.contribution_id.hex(),
                    "path": str(each.path),
                    "units": str(each.entry.units),
                }
                for each in delivered
            ],
            "page": session.page(f"/licences/{purchase.licence.licence_id}"),
        }
    )
