"""Decides what a member is, from its media type, its name and its first bytes."""

from __future__ import annotations

import codecs
from enum import StrEnum
from pathlib import PurePosixPath

_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\x0b\f\r\x1b")
"""Control bytes that text does not hold."""


class Kind(StrEnum):
    """What a member is judged as."""

    PYTHON = "python"
    JSON = "json"
    JSON_LINES = "json-lines"
    TABLE = "table"
    SOURCE = "source"
    TEXT = "text"
    BINARY = "binary"


_SUFFIXES = {
    Kind.PYTHON: ".py .pyi",
    Kind.JSON: ".json .ipynb .geojson .webmanifest",
    Kind.JSON_LINES: ".jsonl .ndjson",
    Kind.TABLE: ".csv .tsv",
    Kind.SOURCE: ".sol .js .mjs .cjs .ts .c .h .cc .cpp .hpp .java .go .cs .kt .swift",
}
_BY_SUFFIX = {suffix: kind for kind, names in _SUFFIXES.items() for suffix in names.split()}
_BY_MEDIA_TYPE = {
    "text/x-python": Kind.PYTHON,
    "text/x-script.python": Kind.PYTHON,
    "application/json": Kind.JSON,
    "application/jsonl": Kind.JSON_LINES,
    "application/x-ndjson": Kind.JSON_LINES,
    "text/csv": Kind.TABLE,
    "text/tab-separated-values": Kind.TABLE,
    "text/javascript": Kind.SOURCE,
    "application/javascript": Kind.SOURCE,
    "text/x-solidity": Kind.SOURCE,
    "text/x-c": Kind.SOURCE,
    "text/x-java": Kind.SOURCE,
}


def kind_of(name: str, media_type: str, head: bytes) -> Kind:
    """Kind of a member: a known media type decides, else the suffix, else whether it reads as text.

    `head` is the start of the content. Bytes that read as text are never called binary, so that
    one content cannot be paid once as text and once as something else.
    """
    essence = media_type.partition(";")[0].strip().lower()
    claimed = _BY_MEDIA_TYPE.get(essence) or _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
    if claimed is None and essence.endswith("+json"):
        claimed = Kind.JSON
    return claimed or (Kind.TEXT if looks_like_text(head) else Kind.BINARY)


def looks_like_text(head: bytes) -> bool:
    """Whether `head` is UTF-8 (it may end inside a character) without control bytes."""
    gate = TextGate()
    gate.feed(head)
    return gate.is_text


class TextGate:
    """Watches a stream: is it UTF-8 without control bytes?"""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.is_text = True

    def feed(self, block: bytes) -> None:
        """Take the next bytes."""
        if not self.is_text:
            return
        if len(block.translate(None, _CONTROL)) != len(block):
            self.is_text = False
            return
        self._decode(block, final=False)

    def close(self) -> None:
        """The stream has ended: a character cut short is no text."""
        self._decode(b"", final=True)

    def _decode(self, block: bytes, *, final: bool) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError:
            self.is_text = False
