"""A page for each kind of problem: what it means and what to try, out of the error tree. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.parts import Column, Command, Fact, Link, Listing, ListPage, Number, Text
from dao_backend.core.access import Reason
from dao_backend.core.problems import PREFIX, status_of, title_of
from dao_backend.errors import DaoError, NotFound, NotReleased

UNFORESEEN = "Unexpected"
"""What the API calls an error that nobody foresaw."""
_BASE = "Anything that this project calls an error."


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind."""

    title: str
    name: str
    meaning: str
    advice: str
    facts: tuple[Fact, ...]
    kinds: tuple[Link, ...]
    """More precise problems of this kind."""
    reasons: tuple[str, ...]
    """Stable names of the reasons it is given with."""
    commands: tuple[Command, ...]


def catalogue() -> dict[str, type[DaoError]]:
    """Every class of the error tree by name, parents before children."""
    return {kind.__name__: kind for kind in _tree(DaoError)}


def overview() -> ListPage:
    """The list."""
    kinds = catalogue().values()
    return ListPage(
        title="Problems",
        lead="When this service refuses something it says why, under one of these names.",
        listing=Listing(
            caption="Every kind of problem",
            columns=(Column("Problem"), Column("What it means"), Column("What to try")),
            rows=tuple(
                (_link(kind), Text(_meaning(kind)), Text(kind.advice))
                for kind in kinds
                if kind is not DaoError
            ),
            empty="There are none.",
        ),
        commands=(commands.doctor(),),
    )


def problem(name: str) -> Problem:
    """One kind; NotFound for a name that is none."""
    if name == UNFORESEEN:
        return _unforeseen()
    kind = catalogue().get(name)
    if kind is None:
        raise NotFound(f"there is no kind of problem called {words.first_line(name, 60)}")
    parent = kind.__mro__[1]
    above = (Fact("A kind of", _link(parent)),) if issubclass(parent, DaoError) else ()
    return Problem(
        title=title_of(name),
        name=name,
        meaning=_meaning(kind),
        advice=kind.advice,
        facts=(
            Fact("Name", Text(name)),
            Fact("HTTP status", Number(str(status_of(kind)))),
            *above,
        ),
        kinds=tuple(_link(each) for each in _children(kind)),
        reasons=tuple(reason.value for reason in Reason) if kind is NotReleased else (),
        commands=(commands.doctor(),),
    )


def _unforeseen() -> Problem:
    return Problem(
        title="Unexpected",
        name=UNFORESEEN,
        meaning="Something went wrong that should not.",
        advice="Try again; if it stays, report the number in the answer to the operator.",
        facts=(Fact("Name", Text(UNFORESEEN)), Fact("HTTP status", Number("500"))),
        kinds=(),
        reasons=(),
        commands=(commands.doctor(),),
    )


def _tree(kind: type[DaoError]) -> Iterator[type[DaoError]]:
    yield kind
    for child in _children(kind):
        yield from _tree(child)


def _children(kind: type[DaoError]) -> list[type[DaoError]]:
    """Direct subclasses of this package, in the order in which they are written.

    Those with a leading underscore are nobody's business but their module's.
    """
    return [
        child
        for child in kind.__subclasses__()
        if child.__module__.startswith("dao_backend.") and not child.__name__.startswith("_")
    ]


def _meaning(kind: type[DaoError]) -> str:
    """The first sentence of the class's own description."""
    if kind is DaoError:
        return _BASE
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _link(kind: type[DaoError]) -> Link:
    return Link(title_of(kind.__name__), PREFIX + kind.__name__)
