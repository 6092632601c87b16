"""Keep the memory of a process that holds keys out of core dumps and other processes."""

from __future__ import annotations

import ctypes
import resource
import sys

import structlog

log = structlog.get_logger()

PR_SET_DUMPABLE = 4
"""Of prctl(2): a process that is not dumpable cannot be traced by others of its user either."""


def hide_memory() -> None:
    """Switch core dumps off, and on Linux tracing by other processes; children inherit the first.

    Where the system refuses, that is logged, and the process goes on.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        log.warning("hygiene.core_dumps_on", cause=str(error))
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("hygiene.traceable")
