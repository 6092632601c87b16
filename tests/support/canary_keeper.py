"""`ddao` as it is, with a plant: where secrets are in hand, it does what a file says just then.

    DDAO_PLANT=FILE python -m tests.support.canary_keeper keeper run …

`defect` fails with an opened share, `locked` with what opens the keys; `hold` keeps an opened
share in hand while the word stands, and notes that in FILE.held.PROCESS. A page of the book is one
contribution, so that three of them are work for two cores.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from dao_backend.cli import main
from dao_backend.core.crypto import SecretKey, unwrap_secret
from dao_backend.core.shares import Seat, open_share
from dao_backend.custody import book, keystore
from dao_backend.keeper import intake, opening

PLANT = Path(os.environ["DDAO_PLANT"])
_LOOK = 0.02


class Defect(Exception):
    """What nobody foresaw; its arguments, and so its text, are secrets."""


def word() -> str:
    """What the file says now."""
    return PLANT.read_text()


def opened(secret: SecretKey, sealed: bytes, seat: Seat, commitment: bytes) -> bytes:
    """Open a share, and do with it in hand what the plant says."""
    share, key = open_share(secret, sealed, seat, commitment), secret.raw
    if word() == "defect":
        raise Defect(share, share.hex(), list(share), key)
    while word() == "hold":
        PLANT.with_name(f"{PLANT.name}.held.{os.getpid()}").touch()
        time.sleep(_LOOK)
    return share


def unwrapped(passphrase: bytes, wrapped: bytes) -> bytes:
    """Unwrap a key, and fail with it in hand where the plant says so."""
    secret = unwrap_secret(passphrase, wrapped)
    if word() == "locked":
        raise Defect(passphrase, secret, secret.hex())
    return secret


# A worker imports this module too, under another name, before it opens anything.
opening.open_share = opened
intake.open_share = opened
keystore.unwrap_secret = unwrapped
book._PAGE = 1

if __name__ == "__main__":
    main()
