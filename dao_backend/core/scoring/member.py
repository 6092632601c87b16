"""Reads one member as a stream, once, and measures everything that its score depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from dao_backend.core.scoring.kinds import Kind, TextGate, kind_of
from dao_backend.core.scoring.normalise import (
    BinaryPieces,
    LineReader,
    TextPieces,
    blocks,
    normalised,
)
from dao_backend.core.scoring.overlap import Overlap, Shapes, Submission
from dao_backend.core.scoring.plausible import NoiseCheck
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.python_source import ParseBudget
from dao_backend.core.scoring.reasons import Reason, ReasonCode, reason
from dao_backend.core.scoring.sketch import Domain, SketchKey, finish
from dao_backend.core.scoring.validity import check_for


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a submission; `data` is its bytes, or its chunks in order where it is large.

    Members are read in order, each to its end before the next, so they may come from one stream.
    """

    name: str
    media_type: str
    data: bytes | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Measured:
    """One member, read: sizes in bytes, what is valid about it, what was there before."""

    name: str
    kind: Kind
    raw: int
    size: int
    verdict: list[Reason]
    overlap: Overlap
    noise: NoiseCheck


class Reading:
    """Everything that the members of one submission share while they are read."""

    def __init__(self, policy: Policy, submission: Submission, key: SketchKey) -> None:
        self.policy = policy
        self.submission = submission
        self.key = key
        self.budget = ParseBudget(policy.max_python_bytes)

    def measure(self, member: Member, limit: int) -> Measured:
        """Read at most `limit` bytes of a member and measure them."""
        stream = blocks(member.data, limit)
        head = next(stream, b"")
        kind = kind_of(member.name, member.media_type, head)
        reader = _BinaryReader(self) if kind is Kind.BINARY else _TextReader(self, kind)
        for block in chain((head,), stream):
            reader.feed(block)
        reader.close()
        if reader.size:
            self.submission.end_member(reader.overlap, finish(reader.whole), reader.size)
        verdict = _nothing(reader.raw, reader.size) or reader.verdict()
        return Measured(
            member.name, kind, reader.raw, reader.size, verdict, reader.overlap, reader.noise
        )


def _nothing(raw: int, size: int) -> list[Reason]:
    if size:
        return []
    if raw:
        return [reason(ReasonCode.BLANK, "holds only blanks and empty lines", 0, raw_bytes=raw)]
    return [reason(ReasonCode.EMPTY, "is empty", 0)]


class _Reader:
    """What both readers count: bytes, the fingerprint of all of it, overlap and noise."""

    def __init__(self, reading: Reading, kind: Kind) -> None:
        self.raw = 0
        self.size = 0
        self.whole = reading.key.running(Domain.WHOLE)
        self.overlap = Overlap()
        self.noise = NoiseCheck(reading.policy)
        self._reading = reading
        self._check = check_for(kind, reading.policy, reading.budget)

    def verdict(self) -> list[Reason]:
        """What the check for this kind says."""
        return self._check.finish()


class _BinaryReader(_Reader):
    """Raw bytes, compared in content-defined pieces."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading, Kind.BINARY)
        self._pieces = BinaryPieces()

    def feed(self, block: bytes) -> None:
        """Take the next block."""
        self.raw += len(block)
        self.size += len(block)
        self.whole.update(block)
        self._compare(self._pieces.feed(block))

    def close(self) -> None:
        """The stream has ended."""
        self._compare(self._pieces.close())

    def _compare(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._reading.submission.piece(self.overlap, piece)


class _TextReader(_Reader):
    """Text, compared line by line after normalisation."""

    def __init__(self, reading: Reading, kind: Kind) -> None:
        super().__init__(reading, kind)
        self._kind = kind
        self._gate = TextGate()
        self._lines = LineReader()
        self._pieces = TextPieces(rows=kind in (Kind.TABLE, Kind.JSON_LINES))
        self._shapes = Shapes() if kind in (Kind.PYTHON, Kind.SOURCE) else None

    def feed(self, block: bytes) -> None:
        """Take the next block."""
        self.raw += len(block)
        self._gate.feed(block)
        self._take(self._lines.feed(block))

    def close(self) -> None:
        """The stream has ended."""
        self._gate.close()
        self._take(self._lines.close())
        self._compare(self._pieces.close())

    def verdict(self) -> list[Reason]:
        """What spoils any text comes first: other bytes, or a row too long to be one."""
        policy = self._reading.policy
        if not self._gate.is_text:
            weight = policy.weight_binary if self._kind is Kind.TEXT else 0
            sentence = "is not UTF-8 text; convert it, or name what it is"
            return [reason(ReasonCode.NOT_TEXT, sentence, weight)]
        if self._lines.overlong and self._kind is Kind.TABLE:
            return [reason(ReasonCode.TABLE_INVALID, "has a row of more than 1 MiB", 0)]
        if self._lines.overlong and self._kind is Kind.JSON_LINES:
            return [reason(ReasonCode.JSON_INVALID, "has a line of more than 1 MiB", 0)]
        return super().verdict()

    def _take(self, lines: list[bytes]) -> None:
        self._check.feed(lines)
        short = normalised(lines)
        if not short:
            return
        self.size += sum(map(len, short))
        self.whole.update(b"\n".join(short) + b"\n")
        self._compare(self._pieces.feed(short))
        if self._shapes:
            for shape in self._shapes.feed(short):
                self._reading.submission.shape(self.overlap, shape)

    def _compare(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            fingerprint = self._reading.submission.piece(self.overlap, piece)
            if fingerprint is not None:
                self.noise.feed(piece, fingerprint)
