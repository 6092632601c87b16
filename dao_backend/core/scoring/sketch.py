"""What the appraiser remembers of content: keyed fingerprints, and who contributed them.

A fingerprint is 63 bits of BLAKE2b under the appraiser's secret key, so that whoever reads the
pool's sketch cannot test guesses against it. Losing the key means rebuilding the sketch from
contents; it protects what members hold, so it is kept like one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Protocol

from dao_backend.core.model import Address, require_bytes
from dao_backend.errors import InputError

LOOKUP = 8192
"""Most fingerprints that one call of `PoolView.find` asks for."""
_FORMAT = 1


class Domain(Enum):
    """What a fingerprint is of; the same bytes give unrelated ones in each domain."""

    PIECE = b"ddao/piece"
    SHAPE = b"ddao/shape"
    WHOLE = b"ddao/whole"


class SketchKey:
    """The appraiser's 32-byte secret; its `repr` hides it."""

    __slots__ = ("_keyed", "name")

    def __init__(self, secret: bytes) -> None:
        require_bytes("sketch key", secret, 32)
        self._keyed = {
            domain: hashlib.blake2b(digest_size=8, key=secret, person=domain.value)
            for domain in Domain
        }
        name = hashlib.blake2b(digest_size=16, key=secret, person=b"ddao/key-name")
        self.name = name.digest()
        """16 bytes that tell keys apart and say nothing about them; store it beside the sketch."""

    def __repr__(self) -> str:
        return f"SketchKey(name={self.name.hex()})"

    def fingerprint(self, domain: Domain, data: bytes) -> int:
        """63-bit keyed fingerprint of `data`."""
        running = self._keyed[domain].copy()
        running.update(data)
        return finish(running)

    def running(self, domain: Domain) -> hashlib.blake2b:
        """A hash to feed piece by piece; `finish` makes its fingerprint."""
        return self._keyed[domain].copy()


def finish(running: hashlib.blake2b) -> int:
    """The fingerprint of everything a running hash was fed."""
    return int.from_bytes(running.digest(), "big") >> 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """The fingerprints of one contribution, strictly increasing."""

    fingerprints: tuple[int, ...]

    @classmethod
    def of(cls, fingerprints: Iterable[int]) -> Sketch:
        """Sort and drop repetitions."""
        return cls(tuple(sorted(set(fingerprints))))

    def to_bytes(self) -> bytes:
        """Version byte 1, then each fingerprint in 8 bytes, big-endian."""
        return struct.pack(f">B{len(self.fingerprints)}Q", _FORMAT, *self.fingerprints)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """Read `to_bytes`'s form; raise InputError for another version, length or order."""
        if len(data) % 8 != 1 or data[0] != _FORMAT:
            raise InputError("these bytes are no version 1 sketch")
        values = struct.unpack(f">{len(data) // 8}Q", data[1:])
        ordered = all(low < high for low, high in pairwise(values))
        if not ordered or (values and values[-1] >> 63):
            raise InputError("a sketch's fingerprints must increase and have 63 bits")
        return cls(values)


@dataclass(frozen=True, slots=True)
class Holder:
    """A contribution that holds a fingerprint, and whose it is."""

    contribution_id: bytes
    owner: Address

    def __post_init__(self) -> None:
        require_bytes("contribution_id", self.contribution_id, 32)


class PoolView(Protocol):
    """The sketches of all active contributions, as looked up while scoring."""

    def find(self, fingerprints: Sequence[int], contributor: Address) -> Mapping[int, Holder]:
        """A holder of each fingerprint that is known, nothing for the others.

        At most `LOOKUP` fingerprints are asked for at a time. Where several contributions hold
        one, the contributor's own come first, then the earliest added: the answer is a function of
        the pool's state.
        """


@dataclass(frozen=True, slots=True)
class PoolSketch:
    """The pool at one point of the registry's history, with the key of its fingerprints."""

    key: SketchKey
    view: PoolView
    history_count: int


class MemoryPool:
    """A PoolView in memory: for an expected score before contributing, and for pools that fit.

    A withdrawn contribution is removed whole; what others contributed as well stays known.
    """

    def __init__(self) -> None:
        self._holders: dict[int, list[Holder]] = {}
        self._sketches: dict[Holder, Sketch] = {}

    def add(self, holder: Holder, sketch: Sketch) -> None:
        """Remember a contribution's sketch; raise InputError if it is already there."""
        if any(known.contribution_id == holder.contribution_id for known in self._sketches):
            raise InputError(
                f"contribution 0x{holder.contribution_id.hex()} is already in the pool"
            )
        self._sketches[holder] = sketch
        for fingerprint in sketch.fingerprints:
            self._holders.setdefault(fingerprint, []).append(holder)

    def remove(self, contribution_id: bytes) -> None:
        """Forget a contribution; does nothing if it is not there."""
        for holder in [one for one in self._sketches if one.contribution_id == contribution_id]:
            for fingerprint in self._sketches.pop(holder).fingerprints:
                self._holders[fingerprint].remove(holder)
                if not self._holders[fingerprint]:
                    del self._holders[fingerprint]

    def find(self, fingerprints: Sequence[int], contributor: Address) -> Mapping[int, Holder]:
        """See `PoolView.find`."""
        found = {}
        for fingerprint in fingerprints:
            holders = self._holders.get(fingerprint, [])
            own = [holder for holder in holders if holder.owner == contributor]
            for holder in (own or holders)[:1]:
                found[fingerprint] = holder
        return found
