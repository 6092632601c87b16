"""The keepers of key shares: who they are, what they did, what they say."""

from __future__ import annotations

from fastapi import APIRouter

from dao_backend.api.backend import Served
from dao_backend.api.models.keepers import KeepersShape
from dao_backend.api.pages.trust import together
from dao_backend.service.keeper_board import KeepersView

router = APIRouter(prefix="/v1/keepers", tags=["DAO"])


@router.get("", summary="Who holds the key shares, and whether they answer")
def keepers(backend: Served) -> KeepersShape:
    """Committees and receipts are the chain's; the rest is each keeper's own word.

    Keepers are asked at most every 15 seconds, behind the requests.
    """
    view = backend.keepers.view()
    return KeepersShape.of(view, sentence(backend, view), embedded=backend.embedded)


def sentence(backend: Served, view: KeepersView) -> str:
    """What enough keepers can do."""
    serving = view.serving
    if serving is None:
        return "The chain names no keeper yet."
    who = together(backend.keepers.committee(serving)).capitalize()
    return f"{who} can read and release everything without anybody noticing; fewer cannot."
