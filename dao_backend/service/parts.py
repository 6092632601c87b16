"""The file that a bundle is collected in until it is whole, and what it is held against."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from dao_backend.core.bundle import HEADER, read_header
from dao_backend.core.events import ReceiptPosted
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.errors import CidMismatch, DaoError, TruncatedEnvelope
from dao_backend.service.files import writing
from dao_backend.service.sources import read_blocks, reading

PART = ".ddao-bundle-"
"""How the names of part files begin."""


class Part:
    """What came so far of the bundle that a receipt states; it is ciphertext."""

    def __init__(self, folder: Path, receipt: ReceiptPosted) -> None:
        self.receipt = receipt
        name = f"{PART}{receipt.licence_id}-{receipt.index}-{receipt.bundle_digest[:8].hex()}"
        self.path = folder / name

    @property
    def length(self) -> int:
        """Bytes that are here."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def appending(self) -> BinaryIO:
        """The file, to be written to at its end."""
        with writing(self.path):
            return self.path.open("ab", buffering=0)

    def throw_away(self) -> None:
        """Forget what came."""
        with writing(self.path):
            self.path.unlink(missing_ok=True)

    def fault(self) -> DaoError | None:
        """What is wrong with what is here; it is thrown away unless it is only too short."""
        stated, length = self.receipt, self.length
        found = self._stray()
        if found is None and length < stated.bundle_length:
            return TruncatedEnvelope(f"only {length} of {stated.bundle_length} bytes came")
        if found is None and length > stated.bundle_length:
            found = "more"
        if found is None and self._digest() != stated.bundle_digest:
            found = "other bytes"
        if found is None:
            return None
        self.throw_away()
        return CidMismatch(f"it gives {found}, not the bundle that its receipt states")

    def _stray(self) -> str | None:
        """Whose bundle it says to be, where that is not the one stated."""
        with reading(self.path), self.path.open("rb") as file:
            start = file.read(HEADER)
        if len(start) < HEADER:
            return None
        try:
            header = read_header(start)
        except DaoError:
            return "no bundle"
        if (header.licence_id, header.index) == (self.receipt.licence_id, self.receipt.index):
            return None
        return f"keeper {header.index}'s bundle for licence {header.licence_id}"

    def _digest(self) -> bytes:
        builder = Builder()
        with reading(self.path), self.path.open("rb") as file:
            for chunk in chunks(read_blocks(file)):
                builder.add(chunk)
        return builder.finish().cid.digest


def remove_parts(folder: Path) -> None:
    """Remove the part files in a folder: what they were needed for is done."""
    with writing(folder):
        for part in folder.glob(f"{PART}*"):
            part.unlink(missing_ok=True)
