"""Makes a Typer command of a function: shared options in, errors and exit codes out.

A command is a function of a `Session` and its own arguments. What all commands share (`--json`,
`--verbose`, `--service`, and for those that sign `--wallet` and `--password-file`) is added here,
once, and so is what happens when it raises.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Annotated, Any

import typer

from dao_backend.cli.exits import INTERRUPTED, exit_code
from dao_backend.cli.screen import Screen
from dao_backend.cli.session import Choices, Session
from dao_backend.errors import DaoError, SetupError

Body = Callable[..., int | None]
"""A function of a Session and a command's own arguments; its result is the exit code."""

_SHARED = "Shared options"


class Needs(Enum):
    """What a command reaches out to, and with it the options it has."""

    NOTHING = auto()
    PASSWORD = auto()
    SERVICE = auto()
    WALLET = auto()


_JSON = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document only.", rich_help_panel=_SHARED),
]
_VERBOSE = Annotated[
    bool,
    typer.Option("--verbose", help="Show where an error came from.", rich_help_panel=_SHARED),
]
_SERVICE = Annotated[
    str | None,
    typer.Option(help="URL of the service; else the one of `ddao init`.", rich_help_panel=_SHARED),
]
_WALLET = Annotated[
    str | None,
    typer.Option(
        help="Name of a wallet, or path of a keystore; else the one of `ddao init`.",
        rich_help_panel=_SHARED,
    ),
]
_PASSWORD_FILE = Annotated[
    Path | None,
    typer.Option(
        help="File whose first line is the wallet's password; else it is asked for.",
        rich_help_panel=_SHARED,
    ),
]


def command(app: typer.Typer, name: str, needs: Needs = Needs.SERVICE) -> Callable[[Body], Body]:
    """Register the decorated function as a command of `app`."""

    def register(body: Body) -> Body:
        app.command(name, help=inspect.getdoc(body))(_entry(body, needs))
        return body

    return register


def _entry(body: Body, needs: Needs) -> Callable[..., None]:
    """A function with the body's own arguments and the shared ones, which Typer can read."""

    def entry(**given: Any) -> None:  # noqa: ANN401  # Typer gives what the signature says
        screen = Screen(as_json=given.pop("json"), out=sys.stdout, err=sys.stderr)
        verbose = given.pop("verbose")
        choices = Choices(*(given.pop(each, None) for each in Choices.__dataclass_fields__))
        session = Session(screen, choices)
        raise typer.Exit(_run(session, lambda: body(session, **given), verbose=verbose))

    own = list(inspect.signature(body, eval_str=True).parameters.values())[1:]
    parameters = [*own, *_shared(needs)]
    signature = inspect.Signature(parameters, return_annotation=None)
    entry.__signature__ = signature  # type: ignore[attr-defined]  # what inspect looks for first
    entry.__annotations__ = {each.name: each.annotation for each in parameters}
    return entry


def _run(session: Session, body: Callable[[], int | None], *, verbose: bool) -> int:
    from dao_backend.wiring.logs import quiet_logs

    quiet_logs(sys.stderr)
    try:
        return _complete(body)
    except DaoError as error:
        if verbose:
            traceback.print_exception(error)
        code = exit_code(error)
        session.screen.error(error, code)
        return code
    except KeyboardInterrupt:
        session.screen.complain("Interrupted; finished steps are kept.")
        return INTERRUPTED
    finally:
        session.close()


def _complete(body: Callable[[], int | None]) -> int:
    """The exit code; SetupError where the command needs more than a plain install brings."""
    try:
        return body() or 0
    except ModuleNotFoundError as error:
        wanted = 'pip install "data-dao-toolkit[service]"'
        raise SetupError(f"{error.name} is not installed, run: {wanted}") from error


def _shared(needs: Needs) -> list[inspect.Parameter]:
    chosen: list[tuple[str, object, object]] = []
    if needs in (Needs.SERVICE, Needs.WALLET):
        chosen.append(("service", _SERVICE, None))
    if needs is Needs.WALLET:
        chosen.append(("wallet", _WALLET, None))
    if needs in (Needs.PASSWORD, Needs.WALLET):
        chosen.append(("password_file", _PASSWORD_FILE, None))
    chosen += [("json", _JSON, False), ("verbose", _VERBOSE, False)]
    return [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
        for name, annotation, default in chosen
    ]
