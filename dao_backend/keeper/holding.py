"""Whether a keeper holds what an edition lists, and the sentence that says what it misses."""

from __future__ import annotations

from dao_backend.core.model import Edition
from dao_backend.core.packing import hex_of
from dao_backend.keeper.office import Office

NAMED = 3
"""How many missing shares a refusal names."""


def lacking(office: Office, edition: Edition) -> str | None:
    """Why the edition cannot be delivered from here; None where every share of it is held."""
    absent: list[bytes] = []
    for page in office.book.outlines(edition.collection, edition.history_count):
        ids = [each.contribution_id for each in page]
        held = office.custody.sealed_to(ids)
        absent += [each for each in ids if each not in held]
    if not absent:
        return None
    named = ", ".join(map(hex_of, absent[:NAMED])) + " …" * (len(absent) > NAMED)
    return (
        f"keeper {office.index} misses {len(absent)} shares of edition {edition.edition_id}, "
        f"and could not deliver it: {named}"
    )
