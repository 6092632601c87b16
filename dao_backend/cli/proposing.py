"""`ddao propose`: put something to the vote, with the votes of one's own wallet.

Here are those about who may appraise, pause and keep, in proposing_terms those about terms.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli import proposing_terms
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import account_of
from dao_backend.cli.motions import Why, put
from dao_backend.cli.session import Session
from dao_backend.errors import InputError, Refused, UnreadablePath

if TYPE_CHECKING:
    from dao_backend.core.model import Committee, Keeper

Account = Annotated[str, typer.Argument(help="The account.")]

DAY, HOUR = 86_400, 3_600
_KEY_BYTES = 32


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Put something to the vote; takes a member with enough votes.",
    )
    proposing_terms.register(group)
    command(group, "add-appraiser", Needs.WALLET)(add_appraiser)
    command(group, "remove-appraiser", Needs.WALLET)(remove_appraiser)
    command(group, "caps", Needs.WALLET)(caps)
    command(group, "council", Needs.WALLET)(council)
    command(group, "committee", Needs.WALLET)(committee)
    app.add_typer(group, name="propose")


def add_appraiser(
    session: Session,
    account: Account,
    *,
    sealing_key: Annotated[str, typer.Option(help="Its X25519 public key: 0x and 64 digits.")],
    endpoint: Annotated[str, typer.Option(help="Where it is reached.")],
    why: Why = "",
) -> None:
    """Propose that an account may appraise: its signature mints units, within the caps."""
    from dao_backend.core.packing import bytes_of

    appraiser, key = account_of(account), bytes_of(sealing_key)
    if len(key) != _KEY_BYTES:
        raise InputError("a sealing key has 32 bytes: 0x and 64 hexadecimal digits")
    if session.client.chain.is_appraiser(appraiser):
        raise Refused(f"{appraiser} appraises already")
    put(
        session,
        f"Let {appraiser} appraise.",
        why,
        lambda writer, words: writer.propose_appraiser(appraiser, key, endpoint, words),
    )


def remove_appraiser(session: Session, account: Account, *, why: Why = "") -> None:
    """Propose that an account's appraisals are accepted no more; what it appraised stays."""
    appraiser = account_of(account)
    if not session.client.chain.is_appraiser(appraiser):
        raise Refused(f"{appraiser} does not appraise")
    put(
        session,
        f"Accept no further appraisal of {appraiser}.",
        why,
        lambda writer, words: writer.propose_appraiser_end(appraiser, words),
    )


def caps(
    session: Session,
    *,
    each: Annotated[float, typer.Option(help="Percent by one appraiser in a window.")],
    total: Annotated[float, typer.Option(help="Percent by all appraisers together.")],
    window: Annotated[
        float | None, typer.Option(help="Hours; as it is now where left out.", show_default=False)
    ] = None,
    why: Why = "",
) -> None:
    """Propose how much may be minted in a window, in percent of the units there were."""
    from dao_backend.core.safeguards import MintingCaps

    seconds = session.client.chain.minting_caps().window if window is None else round(window * HOUR)
    wanted = MintingCaps(seconds, round(each * 100), round(total * 100))
    put(
        session,
        f"Let one appraiser mint {each:g} percent and all together {total:g} percent in "
        f"{seconds / HOUR:g} hours.",
        why,
        lambda writer, words: writer.propose_caps(wanted, words),
    )


def council(
    session: Session,
    account: Annotated[str, typer.Argument(help="The next guardian, or `none`.")],
    *,
    days: Annotated[int, typer.Option(help="How long its mandate lasts from now.")] = 365,
    why: Why = "",
) -> None:
    """Propose who may pause the DAO for days and cancel queued proposals, or that nobody may."""
    from dao_backend.core.model import NATIVE

    nobody = account == "none"
    guardian = NATIVE if nobody else account_of(account)
    until = 0 if nobody else session.client.chain.head().timestamp + days * DAY
    title = "Have no guardian." if nobody else f"Make {guardian} the guardian for {days} days."
    put(
        session,
        title,
        why,
        lambda writer, words: writer.propose_guardian(guardian, until, words),
    )


def committee(
    session: Session,
    *,
    file: Annotated[
        Path, typer.Option(help="YAML: all keepers in order, as `committee.keepers` has them.")
    ],
    why: Why = "",
) -> None:
    """Propose who keeps in the next epoch: as many as now, each at its own seat for ever."""
    from dao_backend.core.committee_change import changes, require_change

    wanted, earlier = _keepers_in(file), _committees(session)
    require_change(wanted, earlier)
    last = earlier[-1]
    new = "; ".join(changes(wanted, last))
    put(
        session,
        f"Form the committee of epoch {last.epoch + 1}: {new}.",
        why,
        lambda writer, words: writer.propose_committee(wanted, words),
    )


def _keepers_in(file: Path) -> tuple[Keeper, ...]:
    """InputError, UnreadablePath."""
    import yaml

    from dao_backend.core.committee_change import parse_keepers

    try:
        return parse_keepers(yaml.safe_load(file.read_bytes()))
    except OSError as error:
        raise UnreadablePath(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is no YAML: {error}") from error


def _committees(session: Session) -> tuple[Committee, ...]:
    """Every committee so far, the newest last."""
    chain = session.client.chain
    return tuple(chain.committee(epoch) for epoch in range(1, chain.current_epoch() + 1))
