"""Actors and verbs for the tests of scoring: two members, one pool, one key."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

from dao_backend.core.model import Address
from dao_backend.core.scoring import (
    Holder,
    Member,
    MemoryPool,
    Policy,
    PoolSketch,
    Score,
    SketchKey,
    appraise,
)

ALICE = Address("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")
BOB = Address("0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF")


@dataclass
class Appraiser:
    """Scores submissions and remembers those that are registered."""

    policy: Policy = field(default_factory=Policy)
    key: SketchKey = field(default_factory=lambda: SketchKey(b"k" * 32))
    pool: MemoryPool = field(default_factory=MemoryPool)
    count: int = 0

    def score(self, *members: Member, by: Address = ALICE) -> Score:
        """Score members against the pool as it stands."""
        return appraise(members, self.policy, PoolSketch(self.key, self.pool, self.count), by)

    def register(self, *members: Member, by: Address = ALICE) -> bytes:
        """Score members and put them into the pool; returns the contribution id."""
        score = self.score(*members, by=by)
        self.count += 1
        contribution_id = self.count.to_bytes(32, "big")
        self.pool.add(Holder(contribution_id, by), score.sketch)
        return contribution_id

    def withdraw(self, contribution_id: bytes) -> None:
        """Take a contribution out of the pool."""
        self.pool.remove(contribution_id)
        self.count += 1


def file(name: str, data: bytes | str) -> Member:
    """A member without a media type: its name says what it is."""
    return Member(name, "", data.encode() if isinstance(data, str) else data)


def prose(lines: int, seed: int = 0) -> str:
    """Lines of words, no two alike, that depend on `seed`."""
    words = "river stone letter garden window paper morning answer copper distant quiet".split()
    return "".join(
        " ".join(words[(seed + line * step) % len(words)] for step in (1, 3, 7, 2, 5))
        + f" {seed}:{line}\n"
        for line in range(lines)
    )


def functions(count: int, seed: int = 0) -> str:
    """Python source with `count` functions, no two alike, that depend on `seed`."""
    return "".join(
        f"def step_{seed}_{number}(value: int, scale: int = {number}) -> int:\n"
        f"    if value > {seed + number * 7}:\n"
        f"        return value * scale + {number * 31 + seed}\n"
        f"    return value - {number * 13 + seed}\n\n"
        for number in range(count)
    )


def data_set(name: str) -> bytes:
    """A CSV file from scikit-learn, found without importing it."""
    found = importlib.util.find_spec("sklearn")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "datasets/data" / name).read_bytes()
