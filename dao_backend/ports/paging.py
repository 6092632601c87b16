"""A piece of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursor to ask for more with; None after the last row."""

    rows: tuple[Row, ...]
    next: str | None
