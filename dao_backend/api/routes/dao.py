"""What the DAO is, and how its appraiser scores."""

from __future__ import annotations

import json

from fastapi import APIRouter

from dao_backend.api.backend import Served
from dao_backend.api.models.dao import (
    EMBEDDED,
    AssetShape,
    BlockShape,
    CutsShape,
    DaoShape,
    PeriodsShape,
    PolicyShape,
    TotalsShape,
)
from dao_backend.core.facts import facts_json
from dao_backend.core.packing import hex_of

router = APIRouter(prefix="/v1", tags=["DAO"])


@router.get("/dao", summary="What this DAO is, where it lives and who holds which power")
def dao(backend: Served) -> DaoShape:
    """Facts, fees, deadlines, figures, and how far the index is."""
    chain, cursor = backend.chain, backend.index.cursor()
    reserve, keepers = chain.cuts()
    facts = facts_json(backend.facts())
    own = {
        "filing_fee": str(chain.filing_fee()),
        "cuts": CutsShape(reserve_bps=reserve, keeper_bps=keepers),
        "assets": [AssetShape.of(row) for row in backend.index.assets()],
        "voting_mode": chain.voting_mode().word,
        "periods": None if backend.parameters is None else PeriodsShape.of(backend.parameters),
        "totals": TotalsShape.of(backend.index.totals()),
        "head": BlockShape.of(chain.head()),
        "finalized": BlockShape.of(chain.finalized()),
        "indexed": None if cursor is None else BlockShape.of(cursor),
        "embedded": backend.embedded,
        "warning": EMBEDDED if backend.embedded else None,
    }
    return DaoShape.model_validate(facts | own)


@router.get("/appraisal-policy", summary="The rules by which content is scored")
def appraisal_policy(backend: Served) -> PolicyShape:
    """Weights and shares in basis points, sizes in bytes."""
    policy = backend.policy
    return PolicyShape(hash=hex_of(policy.digest), policy=json.loads(policy.to_json()))
