"""Scores a file or folder on this machine, against an empty pool and under the built-in policy."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from dao_backend.core import archive
from dao_backend.core.model import NATIVE
from dao_backend.core.scoring import (
    Member,
    MemoryPool,
    Policy,
    PoolSketch,
    Score,
    SketchKey,
    appraise,
)
from dao_backend.service.sources import Source, open_source, read_blocks, reading

LIMIT = 2**63
"""Bytes: what is scored here is sent nowhere, so that no service's limit holds."""


def score_of(path: Path) -> Score:
    """UnreadablePath, EmptyContent."""
    source = open_source(path, LIMIT)
    pool = PoolSketch(SketchKey(secrets.token_bytes(32)), MemoryPool(), 0)
    return appraise(_members(source), Policy(), pool, NATIVE)


def _members(source: Source) -> Iterator[Member]:
    """As the appraiser sees them: a folder's files go by their names alone."""
    is_folder = source.metadata.media_type == archive.MEDIA_TYPE
    media_type = "" if is_folder else source.metadata.media_type
    for name, place in source.files:
        yield Member(name, media_type, _blocks(place))


def _blocks(place: Path) -> Iterator[bytes]:
    with reading(place), place.open("rb") as file:
        yield from read_blocks(file)
