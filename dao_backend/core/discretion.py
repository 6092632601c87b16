"""What an operator's texts keep back from strangers: where files lie, and where nodes answer.

Logs hold every text as it is. What leaves over HTTP has a path in the operator's folder only from
there on, and each node under its number in the settings, which tells the operator which it is.
Other keepers' endpoints stay: they are on chain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST = 4_000
"""Characters of a text that are passed on."""
_SCHEME = r"[a-z][a-z0-9+.-]{0,15}://(?:[^\s/@]{0,255}@)?"
_PATH = r"(?:/[^\s,;'\")]*)?"
_BEGIN, _END = r"(?<![\w.-])", r"(?![\w-]|\.\w|:\d)"


@dataclass(frozen=True, slots=True)
class Discretion:
    """The names that are kept back; of nothing, nothing is."""

    folder: PurePath | None = None
    """An absolute path."""
    places: tuple[tuple[str, str], ...] = ()
    """URLs or other addresses, and what strangers read instead of each."""

    @classmethod
    def of_keeper(cls, folder: PurePath, nodes: Sequence[str]) -> Discretion:
        """A keeper's data folder and its nodes' URLs, in the order of its settings."""
        named = ((url, f"node {number}") for number, url in enumerate(nodes, 1))
        return cls(folder, tuple(named))

    def public(self, text: str) -> str:
        """The text as anybody may read it, its end left out where it is very long."""
        if len(text) > _LONGEST:  # a name that was cut in two would not be known any more
            text = f"{text[:_LONGEST].rpartition(' ')[0]} …"
        for pattern, instead in _patterns(self):
            text = pattern.sub(instead, text)
        if self.folder is None or self.folder == PurePath(self.folder.anchor):
            return text
        return text.replace(f"{self.folder}/", "").replace(str(self.folder), "the data folder")


NOTHING = Discretion()
"""Where there is nothing to keep back."""


@lru_cache
def _patterns(discretion: Discretion) -> tuple[tuple[re.Pattern[str], str], ...]:
    """In this order: a host by itself matches only what no more precise name has taken."""
    precise: dict[str, list[str]] = {}
    vague: dict[str, list[str]] = {}
    for place, instead in sorted(discretion.places, key=_lacks_port):
        parts = urlsplit(place)
        host = parts.hostname
        pattern = re.escape(place) if host is None else _place(host, parts.port)
        precise.setdefault(pattern, []).append(instead)
        if host is not None and _is_telling(host):
            vague.setdefault(_anywhere(host), []).append(instead)
    return tuple(
        (re.compile(pattern, re.IGNORECASE), " or ".join(names))
        for pattern, names in (*precise.items(), *vague.items())
    )


def _lacks_port(named: tuple[str, str]) -> bool:
    return urlsplit(named[0]).port is None


def _place(host: str, port: int | None) -> str:
    named = rf"\[?{re.escape(host)}\]?"
    if port is None:
        return rf"{_BEGIN}{_SCHEME}{named}(?!:\d){_PATH}{_END}"
    return rf"{_BEGIN}(?:{_SCHEME})?{named}:{port}(?!\d){_PATH}"


def _anywhere(host: str) -> str:
    return rf"{_BEGIN}(?:{_SCHEME})?\[?{re.escape(host)}\]?(?::\d+)?{_PATH}(?![\w-]|\.\w)"


def _is_telling(host: str) -> bool:
    """Whether a host says something by itself: neither this machine nor a common word."""
    return host not in _LOOPBACK and ("." in host or ":" in host)
