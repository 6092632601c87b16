"""`ddao keeper export-backup` and `restore`: everything that only this keeper has, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.keeper_unlock import Data
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.wiring.keeper_backup import Backup

_AT_ITS_START = """\
At its start the keeper reads the chain anew and checks against it:
  its seat, by its operator account;
  which shares it should hold: `ddao keeper status` lists those that came after the backup,
    and those that it went on without: look again before you forgo them again;
  which receipts it has posted: for such a licence it never builds a second bundle;
  which contributions were withdrawn: their shares are erased again."""


def export_backup(
    session: Session, data: Data, file: Annotated[Path, typer.Argument(help="The new file.")]
) -> None:
    """Write custody, bundles, settings and the wrapped keys into one file; it may run meanwhile.

    Who has the file still needs what opens the keys. Keep that apart from it.
    """
    from dao_backend.wiring.keeper_backup import export_backup as export

    made = export(data, file)
    session.screen.say(f"{file}: {_told(made)}.")
    session.screen.document(_document(file, made))


def restore(
    session: Session, file: Annotated[Path, typer.Argument(help="A backup.")], data: Data
) -> None:
    """Make a keeper's folder from a backup: the folder must be new, and the file undamaged.

    Never run two keepers of one backup: each would build bundles of its own.
    """
    from dao_backend.wiring.keeper_backup import restore_backup

    made = restore_backup(file, data)
    session.screen.say(f"Restored to {data}: {_told(made)}.")
    session.screen.say(_AT_ITS_START)
    session.screen.document({**_document(file, made), "data": str(data)})


def _told(made: Backup) -> str:
    return f"{made.files} files, {made.bundles} of them for bundles, {made.length} bytes"


def _document(file: Path, made: Backup) -> dict[str, object]:
    return {
        "file": str(file),
        "files": made.files,
        "bundleFiles": made.bundles,
        "length": made.length,
    }
