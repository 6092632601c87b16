"""How long the long tests are: some rounds in `make test`, all of them in `make soak`."""

from __future__ import annotations

import os

SOAKING = os.environ.get("DDAO_SOAK") == "1"


def rounds(short: int, full: int) -> range:
    """Numbers of the rounds to play, which seed what is random in them."""
    return range(full if SOAKING else short)
