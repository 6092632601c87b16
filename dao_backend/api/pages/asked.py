"""What the address of a page asks for, parsed once; anything else is not found or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dao_backend.core.model import Address, address
from dao_backend.core.packing import bytes_of
from dao_backend.errors import InputError, InvalidAddress, NotFound

ROWS = 25
"""Rows of a table where the address does not say."""
MAX_ROWS = 200
_LONGEST_CURSOR = 100
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_LONG_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}")
_HASH = re.compile(r"0x[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page's path parts and query."""

    path: str
    parts: Mapping[str, str]
    query: Mapping[str, str]

    def number(self, name: str) -> int:
        """A small number in the path; NotFound."""
        text = self.parts[name]
        if not _NUMBER.fullmatch(text):
            raise NotFound(f"{text[:80]!r} is no number")
        return int(text)

    def long_number(self, name: str) -> int:
        """A number of 256 bits in the path; NotFound."""
        text = self.parts[name]
        if not _LONG_NUMBER.fullmatch(text) or int(text) >= 1 << 256:
            raise NotFound(f"{text[:80]!r} is no number")
        return int(text)

    def identity(self, name: str) -> bytes:
        """32 bytes in the path; NotFound."""
        text = self.parts[name]
        if not _HASH.fullmatch(text):
            raise NotFound(f"{text[:80]!r} is no id: 0x and 64 lower-case hexadecimal digits")
        return bytes_of(text)

    def account(self, name: str) -> Address:
        """A checksummed address in the path; NotFound."""
        try:
            return address(self.parts[name])
        except InvalidAddress as error:
            raise NotFound(str(error)) from error

    def cursor(self, name: str = "after") -> str | None:
        """Where a list goes on; InputError."""
        found = self.query.get(name)
        if found is not None and len(found) > _LONGEST_CURSOR:
            raise InputError("this is no cursor; take the link of the previous page")
        return found

    @property
    def limit(self) -> int:
        """Rows of a table; InputError."""
        text = self.query.get("limit", str(ROWS))
        if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= MAX_ROWS:
            raise InputError(f"limit is {text[:80]!r}: choose a number from 1 to {MAX_ROWS}")
        return int(text)

    @property
    def collection(self) -> int | None:
        """The collection that a list is narrowed to; InputError."""
        text = self.query.get("collection")
        if text is None:
            return None
        if not _NUMBER.fullmatch(text):
            raise InputError(f"collection is {text[:80]!r}: give its number")
        return int(text)

    @property
    def here(self) -> str:
        """This address without its cursors: what the links to other rows start from."""
        kept = {name: self.query[name] for name in ("collection", "limit") if name in self.query}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def first(self) -> str | None:
        """The list's beginning, None when this is it."""
        return self.here if "after" in self.query else None
