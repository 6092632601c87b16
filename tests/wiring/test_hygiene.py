"""What a process that holds keys lets others see of its memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource
from dao_backend.wiring.hygiene import hide_memory
hide_memory()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's own")
def test_hide_memory__on_linux__leaves_no_core_dump_and_no_tracer() -> None:
    """After start-up a service's process writes no core dump and is not dumpable."""
    seen = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True
    ).stdout
    assert seen.strip() == "(0, 0) 0"
