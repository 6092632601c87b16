"""Looks at everything that a client or a local service needs, one finding for each.

Nothing is changed; a check that rests on one that failed is not made.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dao_backend.chain.anvil import find_anvil
from dao_backend.chain.signer import require_fast_signatures
from dao_backend.errors import ChainUnavailable, DaoError, SetupError, UnreadablePath
from dao_backend.settings import Settings
from dao_backend.wiring.client import Client, open_client

PYTHONS = ((3, 11), (3, 12))
FINALITY_PATIENCE = 15.0
"""Seconds within which a new block must become final on the local chain."""
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `error` is None where all is well."""

    name: str
    detail: str
    error: DaoError | None = None

    @property
    def fix(self) -> str | None:
        """What to do, None where nothing is to be done."""
        return None if self.error is None else self.error.advice


def examine(service: str, rpc: str | None, data: Path | None) -> tuple[Finding, ...]:
    """All findings, in the order in which they build on one another."""
    return tuple(_findings(service, rpc, data or Settings().data))


def _findings(service: str, rpc: str | None, data: Path) -> Iterator[Finding]:
    yield _checked("python", _python)
    yield _checked("local chain", lambda: str(find_anvil()))
    yield _checked("signatures", _signatures)
    yield _checked("data folder", lambda: _writable(data))
    try:
        client = open_client(service, rpc)
    except DaoError as error:
        yield Finding("service", str(error), error)
        return
    yield Finding("service", f"{client.facts.name} at {service}")
    try:
        yield from _behind(client)
    finally:
        client.close()


def _behind(client: Client) -> Iterator[Finding]:
    """What stands behind a service that answers."""
    chain = _checked("chain", lambda: _chain(client))
    yield chain
    if chain.error is None:
        yield _checked("finality", lambda: _finality(client))
    yield _checked("storage", lambda: _storage(client))


def _checked(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, check())
    except DaoError as error:
        return Finding(name, str(error), error)


def _python() -> str:
    found = sys.version_info[:2]
    if found not in PYTHONS:
        raise SetupError(f"Python {found[0]}.{found[1]} runs this; 3.11 or 3.12 is needed")
    return sys.version.split()[0]


def _signatures() -> str:
    require_fast_signatures()
    return "checked by coincurve"


def _writable(data: Path) -> str:
    """The data folder, or the nearest folder above it that exists."""
    place = next(each for each in (data, *data.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            return str(data)
    except OSError as error:
        raise UnreadablePath(f"{place} cannot be written: {error.strerror}") from error


def _chain(client: Client) -> str:
    head = client.chain.head()
    return f"chain {client.facts.addresses.chain_id}, block {head.number}"


def _finality(client: Client) -> str:
    """Whether the final block moves while one looks."""
    before = client.chain.finalized().number
    until = time.monotonic() + FINALITY_PATIENCE
    while (now := client.chain.finalized().number) <= before:
        if time.monotonic() > until:
            raise ChainUnavailable(f"block {before} has been the newest final one for too long")
        time.sleep(_LOOK)
    return f"block {now} is final, and it moves"


def _storage(client: Client) -> str:
    """What the service says of itself; its problem document names the part that fails."""
    ready = cast("dict[str, Any]", client.gateway.read("/ready"))
    return "; ".join(str(ready[part]["detail"]) for part in ("storage", "database", "indexer"))
