"""Questions about the sold licence at the newest final block."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.agreement import Agreement
from tests.chain.nodes import LICENCE


def contradicted(agreement: Agreement, licence_id: int = LICENCE) -> tuple[str, ...]:
    """What proofs say against the answers at the newest final block."""
    return agreement.contradictions(licence_id, agreement.finalized().number)


def read(agreement: Agreement) -> Any:
    """The licence at the newest final block."""
    return agreement.licence(LICENCE, agreement.finalized().number)
