"""The page that says no: what is wrong, what to try, and where the kind of problem is explained."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands
from dao_backend.api.pages.parts import Command, Foreign, Link
from dao_backend.core.discretion import NOTHING, Discretion
from dao_backend.core.problems import PREFIX, public, title_of
from dao_backend.errors import DaoError


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the tree for people."""

    title: str
    detail: Foreign
    advice: str
    kind: Link
    commands: tuple[Command, ...]


def refused(error: DaoError, discretion: Discretion = NOTHING) -> Refusal:
    """`detail` may repeat what was asked, so it counts as somebody else's words."""
    name = public(type(error)).__name__
    detail = discretion.public(str(error)) or title_of(name)
    return Refusal(
        title=title_of(name),
        detail=Foreign(detail[0].upper() + detail[1:]),
        advice=error.advice,
        kind=Link(title_of(name), PREFIX + name),
        commands=(commands.doctor(),),
    )
