"""Asks what proofs say otherwise."""

from __future__ import annotations

from dao_backend.chain.agreement import Agreement
from tests.chain.nodes import LICENCE


def contradicted(agreement: Agreement, licence_id: int = LICENCE) -> tuple[str, ...]:
    """What proofs say against the answers at the newest final block."""
    return agreement.contradictions(licence_id, agreement.finalized().number)
