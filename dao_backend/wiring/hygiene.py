"""Keep the memory of a process that holds keys out of core dumps and other processes."""

from __future__ import annotations

import ctypes
import logging
import resource
import sys

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
