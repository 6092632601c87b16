"""A keeper's process as tests start it: `ddao keeper run` with a hook, a clock and a limit to it.

    python -m tests.support.keeper_entry DATA KEY_FILE [--kill-at STEP --kill-after N] …

It says its URL on stdout once it answers, logs JSON lines to stderr, and ends at SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

from dao_backend.custody.keystore import Unlock
from dao_backend.errors import DaoError
from dao_backend.wiring.hygiene import hide_memory
from dao_backend.wiring.keeper import open_keeper
from dao_backend.wiring.keeper_log import Patient
from dao_backend.wiring.logs import configure_logs

_LOOK = 0.1


def killer(step: str, after: int) -> Callable[[str], None]:
    """Ends this process, as a power cut would, when `step` is reached the n-th time."""
    left = [after]

    def at(reached: str) -> None:
        if reached == step:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return at


def shifted(path: Path) -> Callable[[], float]:
    """This machine's clock, wrong by the seconds that stand in a file now."""

    def clock() -> float:
        with suppress(OSError, ValueError):  # written at this moment: as it was
            shift[0] = float(path.read_text())
        return time.time() + shift[0]

    shift = [float(path.read_text())]
    return clock


def limit_files(size: int) -> None:
    """No file may grow beyond so many bytes; what is refused is an error, and no signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("key_file", type=Path)
    parser.add_argument("--kill-at", default="")
    parser.add_argument("--kill-after", type=int, default=1)
    parser.add_argument("--clock", type=Path)
    parser.add_argument("--file-size", type=int)
    return parser.parse_args()


def main() -> int:
    """Run until told to stop; 1 where it does not start."""
    words = _arguments()
    configure_logs(cast("TextIO", Patient(sys.stderr)), as_json=True)
    hide_memory()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if words.file_size is not None:
        limit_files(words.file_size)
    clock = time.time if words.clock is None else shifted(words.clock)
    unlock = Unlock(key=words.key_file.read_bytes())
    keeper = open_keeper(words.data, unlock, killer(words.kill_at, words.kill_after), clock)
    try:
        url = keeper.start()
    except DaoError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()
    while not ended.wait(_LOOK) and keeper.is_alive():
        pass
    if not keeper.stop():
        os._exit(0)  # a thread waits for a node that does not answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
