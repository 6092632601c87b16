"""Exit codes: one for each branch of the error tree, so that a script knows what went wrong."""

from __future__ import annotations

from dao_backend import errors
from dao_backend.errors import DaoError

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells count it."""

CODES: tuple[tuple[type[DaoError], int, str], ...] = (
    (errors.InputError, 2, "what was given cannot be used (also: wrong usage)"),
    (errors.Refused, 3, "the rules say no; the sentence is the reason"),
    (errors.NotFound, 4, "nothing is known under that id or name"),
    (errors.IntegrityError, 5, "bytes or claims do not match what commits to them"),
    (errors.ResourceError, 6, "chain, service, storage, database or money is missing"),
    (errors.SetupError, 7, "a part of the installation is missing"),
    (DaoError, 1, "something else went wrong"),
)
"""Class, code, meaning; the first class that fits counts."""


def exit_code(error: DaoError) -> int:
    """The exit code of a command that ended with this error."""
    return next(code for kind, code, _ in CODES if isinstance(error, kind))


def help_text() -> str:
    """The codes as one paragraph of `ddao --help`."""
    listed = "; ".join(f"{code} {meaning}" for _, code, meaning in CODES)
    return f"Exit codes: 0 done; {listed}; {INTERRUPTED} interrupted."
