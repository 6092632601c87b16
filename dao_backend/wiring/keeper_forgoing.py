"""What a keeper misses, and its operator's word to go on without it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

from dao_backend.core.packing import hex_of
from dao_backend.custody.sqlite import MOST_IDS, SqliteCustody
from dao_backend.errors import DatabaseUnavailable, InputError, Refused
from dao_backend.wiring.folder import locked
from dao_backend.wiring.keeper_asking import reach, url_of
from dao_backend.wiring.keeper_files import KeeperFolder, read_config


def missed(data: Path) -> tuple[bytes, ...]:
    """What the running keeper of this folder names as missing, at most 1,000.

    Refused where it does not run: only a running one knows what is registered and misses it.
    ServiceUnavailable where it runs and does not answer, InputError, UnreadablePath.
    """
    read_config(KeeperFolder(data))
    try:
        with locked(data):
            running = False
    except DatabaseUnavailable:  # the running keeper has the lock
        running = True
    if not running:
        raise Refused(
            "this keeper does not run, and only a running one knows what it misses: start it first"
        )
    with closing(reach(url_of(data))) as keeper:
        return keeper.status().missing


def require_absent(data: Path, ids: Sequence[bytes], missing: Collection[bytes]) -> None:
    """Refused for what is held here, and for what the running keeper does not name as missing.

    What was forgone before may be named again. InputError for more than 1,000.
    """
    if len(ids) > MOST_IDS:
        raise InputError(f"{len(ids)} contributions are named, at most {MOST_IDS} may be at once")
    with closing(SqliteCustody(KeeperFolder(data).custody)) as custody:
        held, before = custody.sealed_to(ids), custody.forgone(ids)
    for named in ids:
        if named in held:
            raise Refused(f"the share of contribution {hex_of(named)} is held here: it stays")
        if named not in missing and named not in before:
            raise Refused(
                f"the running keeper does not name contribution {hex_of(named)} as missing"
            )


def forgo(data: Path, ids: Sequence[bytes]) -> None:
    """Go on without these; the keeper may run meanwhile."""
    with closing(SqliteCustody(KeeperFolder(data).custody)) as custody:
        custody.forgo(ids)
