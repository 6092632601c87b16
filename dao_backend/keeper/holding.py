"""Whether a keeper holds what an edition lists, and the sentence that says what it misses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dao_backend.core.model import Edition
from dao_backend.core.packing import hex_of
from dao_backend.keeper.office import Office

NAMED = 3
"""How many missing shares a refusal names."""


def forgone(office: Office, ids: Sequence[bytes], held: Collection[bytes]) -> frozenset[bytes]:
    """Those of `ids`, each named once, that are not `held` and that the operator goes on without.

    Custody is asked only where one is not held. `held` are some of `ids`; at most 1,000 ids.
    """
    if len(held) == len(ids):
        return frozenset()
    return office.custody.forgone([each for each in ids if each not in held])


def lacking(office: Office, edition: Edition) -> str | None:
    """Why the edition cannot be delivered from here; None where nothing keeps it back.

    What the operator goes on without does not.
    """
    absent: list[bytes] = []
    for page in office.book.outlines(edition.collection, edition.history_count):
        ids = [each.contribution_id for each in page]
        held = office.custody.sealed_to(ids)
        settled = held.keys() | forgone(office, ids, held)
        absent += [each for each in ids if each not in settled]
    if not absent:
        return None
    named = ", ".join(map(hex_of, absent[:NAMED])) + " …" * (len(absent) > NAMED)
    return (
        f"keeper {office.index} misses {len(absent)} shares of edition {edition.edition_id}, "
        f"and could not deliver it: {named}; its operator can have them given in again, "
        "or go on without them: `ddao keeper forgo`"
    )
