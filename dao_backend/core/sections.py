"""Reads the sections of a settings file; every refusal names the place, like `vote.period`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dao_backend.core.bounds import DAY, HOUR, MINUTE
from dao_backend.core.model import Address, address
from dao_backend.core.packing import bytes_of
from dao_backend.errors import InputError, InvalidAddress

_DURATION = re.compile(r"(\d+) *(second|minute|hour|day)s?")
_SECONDS = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY}


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of the file and the place where it stands; refuses keys that it does not know."""

    place: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, place: str, value: object, *keys: str) -> Section:
        if not isinstance(value, Mapping):
            raise InputError(f"{place or 'the file'} must be a mapping with {', '.join(keys)}")
        prefix = f"{place}." if place else ""
        for key in keys:
            if key not in value:
                raise InputError(f"{prefix}{key} is missing: add it")
        for key in value:
            if key not in keys:
                raise InputError(f"{prefix}{key} is unknown: remove it, or use {', '.join(keys)}")
        return cls(prefix, value)

    def section(self, key: str, *keys: str) -> Section:
        return Section.of(f"{self.place}{key}", self.values[key], *keys)

    def sections(self, key: str, *keys: str) -> list[Section]:
        return [
            Section.of(f"{self.place}{key}[{number}]", item, *keys)
            for number, item in enumerate(self._list(key))
        ]

    def text(self, key: str) -> str:
        value = self.values[key]
        if not isinstance(value, str):
            raise InputError(f"{self.place}{key} is {value!r}: write a text, in quotes if need be")
        return value

    def texts(self, key: str) -> list[str]:
        return [str(item) for item in self._list(key)]

    def number(self, key: str) -> int:
        value = self.values[key]
        if not isinstance(value, int) or isinstance(value, bool):
            raise InputError(f"{self.place}{key} is {value!r}: write a whole number")
        return value

    def duration(self, key: str) -> int:
        value = self.values[key]
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        found = _DURATION.fullmatch(str(value).strip())
        if not found:
            raise InputError(f"{self.place}{key} is {value!r}: write for example `5 minutes`")
        return int(found[1]) * _SECONDS[found[2]]

    def account(self, key: str) -> Address:
        try:
            return address(self.text(key))
        except InvalidAddress as error:
            raise InvalidAddress(f"{self.place}{key}: {error}") from error

    def accounts(self, key: str) -> list[Address]:
        listed = {f"[{number}]": item for number, item in enumerate(self._list(key))}
        section = Section(f"{self.place}{key}", listed)
        return [section.account(number) for number in listed]

    def key(self, key: str) -> bytes:
        value = bytes_of(self.text(key))
        if len(value) != 32:
            raise InputError(f"{self.place}{key} has {len(value)} bytes: an X25519 key has 32")
        return value

    def _list(self, key: str) -> list[object]:
        value = self.values[key]
        if not isinstance(value, list):
            raise InputError(f"{self.place}{key} is {value!r}: write a list")
        return value
