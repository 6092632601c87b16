"""Counts how much of a submission was there before: in itself, in the pool.

Every piece is fingerprinted. Repetition is counted exactly over the last 65,536 different pieces.
Of the pieces that do not repeat, one in `sample_one_in` is compared with everything else; the
sample is chosen by the keyed fingerprint, so a contributor cannot know which pieces it holds.
Source code is compared by shape as well: the punctuation of eight lines of code, which survives
renaming, re-indenting and rewritten comments.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from dao_backend.core.model import Address
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.sketch import LOOKUP, Domain, Holder, PoolSketch, Sketch

_WORDS = bytes(
    code for code in range(256) if chr(code).isalnum() or code >= 128 or code in b"_ \t\"'"
)
"""Everything that renaming, quoting or re-indenting may change."""
_COMMENTS = (b"#", b"//", b"*", b"/*")
_WINDOW, _SHAPE_BYTES, _SHAPES_ONE_IN = 8, 24, 4
_RECENT = 65_536


@dataclass(slots=True)
class Tally:
    """Compared amounts, in any one unit; `inside` is counted first, then `own`, then `pool`."""

    samples: int = 0
    compared: int = 0
    inside: int = 0
    own: int = 0
    pool: int = 0

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.samples += other.samples
        self.compared += other.compared
        self.inside += other.inside
        self.own += other.own
        self.pool += other.pool


@dataclass(slots=True)
class Overlap:
    """What was found about one member."""

    cut: int = 0
    """Bytes of all its pieces."""
    repeated: int = 0
    """Bytes of those that had just been seen."""
    pieces: Tally = field(default_factory=Tally)
    shapes: Tally = field(default_factory=Tally)
    whole: Tally = field(default_factory=Tally)
    own: Counter[bytes] = field(default_factory=Counter)
    """Compared amounts per contribution of the contributor's own."""
    distinct_shapes: set[int] = field(default_factory=set)


class Submission:
    """Fingerprints of one submission, compared as they come; memory grows by the sample only."""

    def __init__(self, policy: Policy, pool: PoolSketch, contributor: Address) -> None:
        self._policy = policy
        self._pool = pool
        self._contributor = contributor
        self._seen: set[int] = set()
        self._recent: set[int] = set()
        self._waiting: dict[int, tuple[int, Tally, Overlap]] = {}

    def piece(self, overlap: Overlap, piece: bytes) -> int | None:
        """Compare one piece; returns its fingerprint if it is new here and in the sample."""
        fingerprint = self._pool.key.fingerprint(Domain.PIECE, piece)
        size = len(piece)
        overlap.cut += size
        if fingerprint in self._recent:
            overlap.repeated += size
            return None
        if len(self._recent) == _RECENT:
            self._recent.clear()
        self._recent.add(fingerprint)
        if fingerprint % self._policy.sample_one_in:
            return None
        self._compare(fingerprint, size, overlap.pieces, overlap)
        return fingerprint

    def shape(self, overlap: Overlap, shape: bytes) -> None:
        """Compare one shape, once per member: a long list of equal lines is no copy of anything."""
        fingerprint = self._pool.key.fingerprint(Domain.SHAPE, shape)
        if fingerprint not in overlap.distinct_shapes:
            overlap.distinct_shapes.add(fingerprint)
            self._compare(fingerprint, 1, overlap.shapes, overlap)

    def end_member(self, overlap: Overlap, whole: int, size: int) -> None:
        """Compare the member as a whole by the fingerprint of all of it."""
        self._compare(whole, size, overlap.whole, overlap)
        overlap.distinct_shapes.clear()

    def flush(self) -> None:
        """Look up what has gathered; tallies are complete after the last call."""
        found = self._pool.view.find(list(self._waiting), self._contributor)
        for fingerprint, holder in found.items():
            self._known(holder, *self._waiting[fingerprint])
        self._waiting.clear()

    def sketch(self) -> Sketch:
        """Everything this submission adds to the pool once it is registered."""
        return Sketch.of(self._seen)

    def _compare(self, fingerprint: int, size: int, tally: Tally, overlap: Overlap) -> None:
        tally.samples += 1
        tally.compared += size
        if fingerprint in self._seen:
            tally.inside += size
            return
        self._seen.add(fingerprint)
        self._waiting[fingerprint] = (size, tally, overlap)
        if len(self._waiting) >= LOOKUP:
            self.flush()

    def _known(self, holder: Holder, size: int, tally: Tally, overlap: Overlap) -> None:
        if holder.owner == self._contributor:
            tally.own += size
            overlap.own[holder.contribution_id] += size
        else:
            tally.pool += size


class Shapes:
    """Windows over the punctuation of code lines; comments and bare words have none."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []

    def feed(self, lines: list[bytes]) -> Iterable[bytes]:
        """One window in four, chosen by its CRC-32: the same ones wherever the code stands."""
        code = (line for line in lines if not line.startswith(_COMMENTS))
        new = (_before_remark(line).translate(None, _WORDS) for line in code)
        bare = self._tail + [shape for shape in new if shape]
        starts = max(0, len(bare) - _WINDOW + 1)
        for start in range(starts):
            window = b"\n".join(bare[start : start + _WINDOW])
            if len(window) >= _SHAPE_BYTES and zlib.crc32(window) % _SHAPES_ONE_IN == 0:
                yield window
        self._tail = bare[starts:]


def _before_remark(line: bytes) -> bytes:
    return line.partition(b" #")[0].partition(b" //")[0]
