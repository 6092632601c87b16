"""`ddao relay`: post what keepers have signed, with one's own wallet and without the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.session import Session
from dao_backend.errors import InputError, NotFound, Refused

if TYPE_CHECKING:
    from dao_backend.service.posting import Carried
    from dao_backend.wiring.relaying import Line


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "relay", Needs.WALLET)(relay)


def relay(
    session: Session,
    licence: Annotated[int | None, typer.Argument(help="Number of the licence.")] = None,
    *,
    handover: Annotated[
        bool, typer.Option("--handover", help="Post what the newest committee has confirmed.")
    ] = False,
    dao: Annotated[
        Path | None, typer.Option(help="The DAO's deployment record, where no service answers.")
    ] = None,
    rpc: Annotated[str | None, typer.Option(help="A node to ask, with --dao.")] = None,
) -> None:
    """Post receipts that keepers have signed for a licence, or handovers that they have confirmed.

    They are fetched from the keepers at their endpoints on chain and checked; your wallet pays.
    Needed where neither a keeper nor a service does it: with --dao and --rpc no service is asked.
    """
    if (licence is not None) == handover:
        raise InputError("name a licence, or give --handover, one of them")
    with _line(session, dao, rpc) as line:
        if not _is_due(line, licence):
            _tell(session, licence, None)
            return
        carrier = line.carrier(session.signer())
        _tell(session, licence, carrier.confirm() if licence is None else carrier.post(licence))


@contextmanager
def _line(session: Session, dao: Path | None, rpc: str | None) -> Iterator[Line]:
    from dao_backend.wiring.relaying import line_of, own_line

    if (dao is None) != (rpc is None):
        raise InputError("--dao and --rpc go together")
    if dao is None or rpc is None:
        yield line_of(session.client)
        return
    with own_line(dao, rpc) as line:
        yield line


def _is_due(line: Line, licence: int | None) -> bool:
    """Whether anything could be posted; NotFound where the licence has no delivery."""
    chain = line.chain
    if licence is None:
        epoch = chain.current_epoch()
        seats = chain.committee(epoch).keepers
        return epoch > 1 and not all(chain.is_holding(epoch, seat.index) for seat in seats)
    delivery = chain.delivery(licence)
    if delivery is None:
        raise NotFound(f"no delivery was opened for licence {licence}: it is not granted")
    return len(delivery.posted) < len(chain.committee(delivery.epoch).keepers)


def _tell(session: Session, licence: int | None, carried: Carried | None) -> None:
    """What was posted; Refused where something should have been and nothing was."""
    from dao_backend.service.keepers import told

    posted = () if carried is None else carried.posted
    faults = {} if carried is None else dict(carried.faults)
    if faults and not posted:
        raise Refused(told(faults))
    for index, fault in sorted(faults.items()):
        session.screen.complain(f"Keeper {index}: {fault}")
    what = "the handover" if licence is None else f"licence {licence}"
    if posted:
        named = ", ".join(map(str, posted))
        session.screen.say(f"Posted for {what}: what keeper {named} signed.")
    else:
        session.screen.say(f"Nothing to do for {what}: all that is signed is on chain.")
    session.screen.document(
        {
            "licenceId": licence,
            "posted": list(posted),
            "problems": {str(index): str(fault) for index, fault in faults.items()},
        }
    )
