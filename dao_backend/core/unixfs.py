"""The hash tree over a blob's bytes: UnixFS, profile unixfs-v1-2025 (IPIP-499).

    level 2                 node                        one root, whose digest is in the CID
                     ┌───────┴───────┐
    level 1         node            node                up to 1024 children each, dag-pb
                ┌────┼────┐          │
    level 0   leaf  leaf  leaf      leaf                raw chunks of 1 MiB, the last one shorter

A blob of one leaf is that leaf; an empty blob is one empty leaf.
The shape follows from the length alone, and a node follows from its children's digests, so a
tree is stored as digests and every node of it can be rebuilt and checked against its parent.

    builder = Builder(); builder.add(chunk) …; tree = builder.finish(); tree.cid
    leaf_digests(cid, length, first, stop, children)    verified digests of some leaves
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from dao_backend.core.cid import Blob, Cid, Codec, prefix, read_varint, varint
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.errors import CidMismatch, InputError

DIGEST = 32
_NO_DIGEST = bytes(DIGEST)
_FILE = b"\x08\x02"
_LINKS, _DATA, _FILE_SIZE, _BLOCK_SIZE = b"\x12", b"\x0a", b"\x18", b"\x20"

Children = Callable[[int, int, bytes], bytes]
"""(level, index, digest) of a node → digests of its children, joined; need not be trustworthy."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a blob is cut: bytes in a leaf, and children of a node."""

    chunk: int = ROOT_CHUNK
    links: int = 1024

    def span(self, level: int) -> int:
        """Bytes below a full node of that level."""
        return self.chunk * int(self.links**level)

    def counts(self, length: int) -> tuple[int, ...]:
        """Nodes on each level for a blob of `length` bytes, leaves first; the last is 1."""
        counts = [max(1, -(-length // self.chunk))]
        while counts[-1] > 1:
            counts.append(-(-counts[-1] // self.links))
        return tuple(counts)

    def size(self, level: int, index: int, length: int) -> int:
        """Bytes of a blob of `length` bytes that lie below one node."""
        span = self.span(level)
        return min(span, length - index * span)

    def slice(self, index: int) -> slice:
        """Where the digests of a node's children stand among those of the level below."""
        width = DIGEST * self.links
        return slice(index * width, (index + 1) * width)


UNIXFS_V1_2025 = Profile()
"""The one profile that is stored; another is only ever used to test deep trees on little data."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All digests over one blob: `levels[0]` joins the leaves', `levels[-1]` is the root's."""

    length: int
    levels: tuple[bytes, ...]

    @property
    def cid(self) -> Cid:
        """The CID of the blob."""
        codec = Codec.RAW if len(self.levels) == 1 else Codec.DAG_PB
        return Cid.make(codec, self.levels[-1])

    @property
    def blob(self) -> Blob:
        """The blob that the tree describes."""
        return Blob(self.cid, self.levels[-1], self.length)

    def children(self, level: int, index: int, _digest: bytes) -> bytes:
        """The digests below one node: what `leaf_digests` asks for (profile unixfs-v1-2025)."""
        return self.levels[level - 1][UNIXFS_V1_2025.slice(index)]


class Builder:
    """Hashes a blob chunk by chunk; takes 32 bytes of memory for each chunk."""

    def __init__(self, profile: Profile = UNIXFS_V1_2025) -> None:
        self._profile = profile
        self._leaves = bytearray()
        self._length = 0

    def add(self, chunk: bytes | memoryview) -> None:
        """Append a chunk: every one has full length, only the last may be shorter."""
        if self._length % self._profile.chunk or len(chunk) > self._profile.chunk:
            raise InputError("only the last chunk of a blob may differ from the chunk length")
        self._leaves += sha256(chunk).digest()
        self._length += len(chunk)

    def finish(self) -> Tree:
        """The tree over everything that was added."""
        profile, length = self._profile, self._length
        levels = [bytes(self._leaves) or sha256().digest()]
        for level, count in enumerate(profile.counts(length)[1:], 1):
            parents = bytearray()
            for index in range(count):
                below = levels[-1][profile.slice(index)]
                size = profile.size(level, index, length)
                parents += sha256(encode_node(level, size, below, profile)).digest()
            levels.append(bytes(parents))
        return Tree(length, tuple(levels))


def chunks(pieces: Iterable[bytes], size: int = ROOT_CHUNK) -> Iterator[bytes]:
    """Cut a stream of pieces of any length anew, into chunks of `size` bytes and a shorter last."""
    rest = bytearray()
    for piece in pieces:
        if not rest and len(piece) == size:
            yield piece
            continue
        rest += piece
        while len(rest) >= size:
            yield bytes(rest[:size])
            del rest[:size]
    if rest:
        yield bytes(rest)


def encode_node(level: int, size: int, digests: bytes, profile: Profile = UNIXFS_V1_2025) -> bytes:
    """The dag-pb block of a node at `level` ≥ 1 over `size` bytes, given its children's digests.

    Raises InputError where the number of digests does not fit the size.
    """
    span = profile.span(level - 1)
    full, rest = divmod(size, span)
    if len(digests) != DIGEST * (full + bool(rest)) or full + bool(rest) > profile.links:
        raise InputError(f"a node over {size} bytes cannot have {len(digests) // DIGEST} children")
    before, after = _link(level - 1, span, profile)
    links = [before + digests[DIGEST * at : DIGEST * (at + 1)] + after for at in range(full)]
    sizes = (_BLOCK_SIZE + varint(span)) * full
    if rest:
        before, after = _link(level - 1, rest, profile)
        links.append(before + digests[DIGEST * full :] + after)
        sizes += _BLOCK_SIZE + varint(rest)
    data = _FILE + _FILE_SIZE + varint(size) + sizes
    return b"".join(links) + _DATA + varint(len(data)) + data


def decode_node(block: bytes) -> tuple[int, bytes]:
    """(bytes below it, its children's digests joined) of a dag-pb block of this profile.

    Reads only what is needed; who encodes the result again and gets the same digest has checked
    the rest. Raises CidMismatch for a block of another form.
    """
    digests, at = bytearray(), 0
    try:
        while block[at : at + 1] == _LINKS:
            width, at = read_varint(block, at + 1)
            digests += block[at + 6 : at + 6 + DIGEST]
            at += width
        start = read_varint(block, at + 1)[1]
        if block[at : at + 1] != _DATA or block[start : start + 3] != _FILE + _FILE_SIZE:
            raise ValueError("no file node")
        return read_varint(block, start + 3)[0], bytes(digests)
    except (IndexError, ValueError) as error:
        raise CidMismatch("a block is not a file node of profile unixfs-v1-2025") from error


def root_length(cid: Cid, block: bytes) -> int:
    """Length of the blob of several chunks whose root `block` is; proved, if the CID names `block`.

    Raises CidMismatch where the block is no root of this profile.
    """
    length, digests = decode_node(block)
    top = len(UNIXFS_V1_2025.counts(length)) - 1
    with suppress(InputError):
        if top > 0 and encode_node(top, length, digests) == block:
            return length
    raise CidMismatch(f"{cid} was not made with profile unixfs-v1-2025")


def leaf_digests(
    cid: Cid,
    length: int,
    leaves: range,
    children: Children,
    profile: Profile = UNIXFS_V1_2025,
) -> Iterator[bytes]:
    """Yield the digests of these leaves, each proved by the nodes between it and the CID.

    `children` is asked only for nodes above the wanted leaves; at most one node per level is held.
    Raises CidMismatch where a node does not have its digest, or the length is another.
    """
    top = len(profile.counts(length)) - 1
    if (top == 0) != (cid.codec == Codec.RAW):
        raise CidMismatch(f"{cid} does not name a blob of {length} bytes")

    def proved(level: int, index: int, digest: bytes) -> bytes:
        digests = children(level, index, digest)
        try:
            block = encode_node(level, profile.size(level, index, length), digests, profile)
        except InputError as error:
            raise CidMismatch(f"{cid}: node {index} of level {level} has another shape") from error
        if sha256(block).digest() != digest:
            raise CidMismatch(f"{cid}: node {index} of level {level} is not what was stored")
        return digests

    def descend(level: int, index: int, digest: bytes) -> Iterator[bytes]:
        if level == 0:
            yield digest
            return
        digests = proved(level, index, digest)
        wide, base = profile.links ** (level - 1), index * profile.links
        start = max(base, leaves.start // wide)
        stop = min(base + len(digests) // DIGEST, -(-leaves.stop // wide))
        for child in range(start, stop):
            at = DIGEST * (child - base)
            yield from descend(level - 1, child, digests[at : at + DIGEST])

    if leaves:
        yield from descend(top, 0, cid.digest)


@lru_cache(maxsize=256)
def _link(level: int, size: int, profile: Profile) -> tuple[bytes, bytes]:
    """The bytes of a link before and after the digest, for a child at `level` over `size` bytes."""
    codec = Codec.RAW if level == 0 else Codec.DAG_PB
    binary = prefix(codec)
    tail = b"\x12\x00\x18" + varint(_dag_size(level, size, profile))
    head = b"\x0a" + varint(len(binary) + DIGEST) + binary
    return _LINKS + varint(len(head) + DIGEST + len(tail)) + head, tail


@lru_cache(maxsize=256)
def _dag_size(level: int, size: int, profile: Profile) -> int:
    """Bytes of all blocks from this node down: what dag-pb calls Tsize."""
    if level == 0:
        return size
    full, rest = divmod(size, profile.span(level - 1))
    blank = encode_node(level, size, _NO_DIGEST * (full + bool(rest)), profile)
    below = full * _dag_size(level - 1, profile.span(level - 1), profile)
    return len(blank) + below + (_dag_size(level - 1, rest, profile) if rest else 0)
