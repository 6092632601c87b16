"""An empty custody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.custody.sqlite import SqliteCustody


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[SqliteCustody]:
    """An empty one."""
    made = SqliteCustody(tmp_path / "custody.sqlite")
    yield made
    made.close()
