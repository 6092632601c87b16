"""Makes a keeper's folder and kills itself at one of the changes that this makes on disk.

    python -m tests.support.killed_making FOLDER KEY-FILE RECORD NUMBER

The change with that number does not happen any more; where there are fewer, the folder is made.
Changes are files opened for writing, renames, removals and new folders, as the interpreter audits
them: between two of these nothing gets a name that a later start looks at.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path

from dao_backend.core.keeper_config import KeeperConfig
from dao_backend.custody.keystore import Unlock
from dao_backend.wiring.keeper_files import make_folder

CONFIG = KeeperConfig("https://keeper.example.org", ("http://127.0.0.1:1",))
_WRITING = os.O_WRONLY | os.O_RDWR


def main(folder: Path, key_file: Path, record: Path, number: int) -> None:
    """Make it, as far as that comes."""
    left = number

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        named = arguments[0] if arguments else None
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        if not (opened or event in ("os.mkdir", "os.rename", "os.remove")):
            return
        if not str(named).startswith(str(folder)):
            return
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    unlock = Unlock(key=key_file.read_bytes())
    sys.addaudithook(watch)
    make_folder(folder, CONFIG, unlock, secrets.token_bytes, dao=record)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
