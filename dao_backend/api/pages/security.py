"""What is not protected, and who can do what alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands, trust
from dao_backend.api.pages.parts import Column, Command, Listing, Text
from dao_backend.api.pages.powers import Power
from dao_backend.core.model import Committee
from dao_backend.service.safeguards import Bounds


@dataclass(frozen=True, slots=True)
class Security:
    """The page; its prose stands in the template."""

    title: str
    together: str
    powers: Listing
    commands: tuple[Command, ...]


def security(committee: Committee, bounds: Bounds, *, embedded: bool) -> Security:
    """With the figures of this DAO."""
    return Security(
        title="What is not protected",
        together=trust.together(committee),
        powers=powers(trust.table(committee, bounds, embedded=embedded), "Who can do what alone"),
        commands=(commands.doctor(),),
    )


def powers(rows: tuple[Power, ...], caption: str) -> Listing:
    """A trust table."""
    return Listing(
        caption=caption,
        columns=(Column("Who"), Column("Can, alone"), Column("Cannot")),
        rows=tuple((Text(row.party), Text(row.can), Text(row.cannot)) for row in rows),
        empty="Nobody can do anything alone.",
    )
