"""Keep what a process with keys has in memory out of core dumps, other processes and its stderr."""

from __future__ import annotations

import ctypes
import logging
import resource
import sys
import threading
import traceback
from types import TracebackType

log = logging.getLogger(__name__)
"""Python's own: a command calls this before it has set up its log, and stdout is its answer's."""

PR_SET_DUMPABLE = 4
"""Of prctl(2): a process that is not dumpable cannot be traced by others of its user either."""


def hide_memory() -> None:
    """Switch core dumps off, and on Linux tracing by other processes; children inherit the first.

    Where the system refuses, that is logged, and the process goes on.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        log.warning("core dumps cannot be switched off: %s", error)
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("other processes of this user may trace this one")


def hide_texts() -> None:
    """Let errors that nobody foresaw end on stderr with kind and places alone.

    Their texts may hold a secret, and what a daemon writes there ends in somebody's log.
    """
    sys.excepthook = _show_places
    threading.excepthook = lambda ended: _show_places(
        ended.exc_type, ended.exc_value, ended.exc_traceback
    )


def _show_places(
    kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None
) -> None:
    places = "".join(traceback.format_tb(trace))
    sys.stderr.write(f"{places}{kind.__name__}: a defect; its text may hold a secret\n")
