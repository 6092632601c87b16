"""The committee: who holds key shares, and what they could do together. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands, security, trust, words
from dao_backend.api.pages.parts import Column, Command, Fact, Foreign, Listing, Text
from dao_backend.core.model import Committee


@dataclass(frozen=True, slots=True)
class Keepers:
    """The page."""

    title: str
    lead: str
    powers: Listing
    facts: tuple[Fact, ...]
    listing: Listing
    commands: tuple[Command, ...]


def keepers(committee: Committee) -> Keepers:
    """The committee that serves now."""
    size, threshold = len(committee.keepers), committee.threshold
    few = trust.too_few(committee)
    return Keepers(
        title="Keepers",
        lead="Each content key is cut into shares before it leaves its contributor. A keeper "
        f"holds one share of each and gives it, sealed to the buyer, once the grant is final. "
        f"{_needed(committee)}",
        powers=security.powers(
            (*(() if few is None else (few,)), trust.keepers_together(committee)),
            "What they could do",
        ),
        facts=(
            Fact("Epoch", words.number(committee.epoch)),
            Fact("Keepers", words.number(size)),
            Fact("Needed to open", words.number(threshold)),
        ),
        listing=Listing(
            caption=f"The committee of epoch {committee.epoch}",
            columns=(
                Column("Keeper"),
                Column("Operator"),
                Column("Sealing key"),
                Column("Endpoint"),
            ),
            rows=tuple(
                (
                    Text(f"Keeper {keeper.index}"),
                    words.account(keeper.operator),
                    words.hashed(keeper.sealing_key),
                    Foreign(keeper.endpoint) if keeper.endpoint else Text("none stated"),
                )
                for keeper in committee.keepers
            ),
            empty="The chain names no keeper.",
        ),
        commands=(commands.keepers(), commands.doctor()),
    )


def _needed(committee: Committee) -> str:
    size, threshold = len(committee.keepers), committee.threshold
    if size == 1:
        return "Here there is one keeper: it alone decides."
    return f"It takes {threshold} of {size} to open anything."
