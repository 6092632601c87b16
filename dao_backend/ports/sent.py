"""What is left of a transaction once it is mined."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.events import LogEvent


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was mined and did not revert."""

    hash: bytes
    block: int
    gas_used: int
    events: tuple[LogEvent, ...]
