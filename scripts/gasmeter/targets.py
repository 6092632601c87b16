"""The operations of targets.yaml: ceilings, peers, and what is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("targets.yaml")


@dataclass(frozen=True, slots=True)
class Target:
    """One operation and the most gas that it may take."""

    operation: str
    what: str
    ceiling: int
    peers: str
    built: bool = True


def read_targets() -> tuple[Target, ...]:
    """All operations, in the order in which they are shown."""
    return tuple(Target(**entry) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def above_ceiling(targets: tuple[Target, ...], gas: Mapping[str, int]) -> list[str]:
    """One sentence for each measured operation that takes more than it may."""
    return [
        f"{target.operation} takes {gas[target.operation]:,} gas, {target.ceiling:,} are allowed"
        for target in targets
        if gas.get(target.operation, 0) > target.ceiling
    ]


def table(targets: tuple[Target, ...], gas: Mapping[str, int]) -> str:
    """Every operation beside its ceiling and its peers, ready to print."""
    rows = [("operation", "gas", "ceiling", "peers")]
    rows += [
        (target.operation, _measured(target, gas), f"{target.ceiling:,}", target.peers)
        for target in targets
    ]
    first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(f"{a:<{first}}  {b:>{second}}  {c:>{third}}  {d}" for a, b, c, d in rows)


def _measured(target: Target, gas: Mapping[str, int]) -> str:
    if not target.built:
        return "not built yet"
    found = gas.get(target.operation)
    if found is None:
        return "not measured"
    return f"{found:,}" + (" !" if found > target.ceiling else "")
