"""A keeper that lies, for the story only: `python -m dao_backend.demo.liar FOLDER KEY_FILE`.

It is the real keeper in every part but one: what it opens for a bundle is not what was sealed to
it. Its bundle is well formed, its receipt is its own and matches; only the shares are wrong.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from unittest.mock import patch

from dao_backend.core.crypto import SecretKey
from dao_backend.core.shares import Seat, open_share
from dao_backend.custody.keystore import Unlock
from dao_backend.custody.secrets import read_file
from dao_backend.keeper import opening
from dao_backend.wiring.keeper import open_keeper


def wrong_share(secret: SecretKey, sealed: bytes, seat: Seat, commitment: bytes) -> bytes:
    """As many bytes as the share has, none of them the share's."""
    return bytes(byte ^ 0xFF for byte in open_share(secret, sealed, seat, commitment))


def main(folder: Path, key_file: Path) -> None:
    """Keep and lie until SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    keeper = open_keeper(folder, Unlock(key=read_file(key_file)))
    with patch.object(opening, "open_share", wrong_share), keeper:
        ended.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
