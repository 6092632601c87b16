"""Appraisal: what a contribution is worth, by amount and quality, with reasons; pure."""

from dao_backend.core.scoring.member import Member
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.reasons import Figure, Reason, ReasonCode
from dao_backend.core.scoring.score import MemberScore, Score, appraise
from dao_backend.core.scoring.sketch import (
    Holder,
    MemoryPool,
    PoolSketch,
    PoolView,
    Sketch,
    SketchKey,
)

__all__ = [
    "Figure",
    "Holder",
    "Member",
    "MemberScore",
    "MemoryPool",
    "Policy",
    "PoolSketch",
    "PoolView",
    "Reason",
    "ReasonCode",
    "Score",
    "Sketch",
    "SketchKey",
    "appraise",
]
