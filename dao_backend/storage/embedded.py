"""A content-addressed store in a folder: each blob is one plain file named by its CID.

    blobs/<cid>        the bytes as they are
    trees/<cid>        the digests over them (`sidecar`), for blobs of more than one chunk
    incoming/          unfinished uploads

A blob exists when its file does. A missing or damaged sidecar is made again from the blob.
Several processes may use one folder. It does *not* copy blobs anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from dao_backend.core.cid import Blob, Cid, Codec
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.core.unixfs import Builder, Tree, chunks, leaf_digests
from dao_backend.errors import CidMismatch, InputError, NotFound, ResourceError
from dao_backend.storage.incoming import Incoming, IncomingFile, disk_errors, sync_folder
from dao_backend.storage.sidecar import decode_sidecar, encode_sidecar
from dao_backend.storage.verified import Span, pieces, verified_chunks, verified_raw


class EmbeddedBlobStore:
    """Implements `BlobStore` in `folder`, which is created where it does not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs, self._trees = folder / "blobs", folder / "trees"
        self._incoming = Incoming(folder / "incoming")
        with disk_errors(folder):
            for part in (self._blobs, self._trees, folder / "incoming"):
                part.mkdir(parents=True, exist_ok=True)
            self._incoming.sweep()

    def put(self, source: BinaryIO | Iterable[bytes], expected: str | None = None) -> Blob:
        """Write to an unfinished file while hashing, then give it its name.

        Replaces a stored copy, so that storing the same bytes again mends a damaged one.
        """
        wanted = None if expected is None else Cid(expected)
        builder = Builder()
        with self._incoming.file() as file:
            for chunk in chunks(pieces(source)):
                builder.add(chunk)
                file.write(chunk)
            tree = builder.finish()
            if wanted not in (None, tree.cid):
                raise CidMismatch(f"the bytes given for {wanted} make {tree.cid}; nothing was kept")
            self._publish(tree, file)
        return tree.blob

    def open(self, cid: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Read chunk by chunk, each against its digest in the sidecar."""
        name = Cid(cid)
        if name.codec is Codec.RAW:
            return verified_raw(name, self._raw(name), offset, length)
        span, digests = self._digests(name, offset, length)
        self._check_size(name, span.total)
        return verified_chunks(name, span, digests, self._chunks(name, span))

    def has(self, cid: str) -> bool:
        """Whether the blob's file is there."""
        return self._path(Cid(cid)).is_file()

    def length(self, cid: str) -> int:
        """From the sidecar, proved; the bytes of a blob of one chunk are read and checked."""
        name = Cid(cid)
        if name.codec is Codec.RAW:
            return sum(map(len, verified_raw(name, self._raw(name), 0, None)))
        return self._digests(name, 0, 0)[0].total

    def names(self) -> frozenset[str]:
        """The CIDs of all blobs, and of those of which a crash has left only the sidecar."""
        with disk_errors(self._folder):
            parts = (self._blobs, self._trees)
            found = {path.name for part in parts for path in part.iterdir()}
        return frozenset(name for name in found if _is_cid(name))

    def delete(self, cid: str) -> None:
        """Remove both files at once; whoever reads them at this moment reads on."""
        name = Cid(cid)
        with disk_errors(self._folder):
            self._path(name).unlink(missing_ok=True)
            (self._trees / name).unlink(missing_ok=True)
            sync_folder(self._blobs)

    def health(self) -> str:
        """Write a byte to an unfinished file and look how much space there is."""
        with self._incoming.file() as file:
            file.write(b"\0")
        with disk_errors(self._folder):
            disk = os.statvfs(self._folder)
        return f"embedded store, {disk.f_bavail * disk.f_frsize / 2**30:.1f} GiB free"

    def _publish(self, tree: Tree, file: IncomingFile) -> None:
        """Name the sidecar first: a blob that can be seen can be read."""
        if len(tree.levels) > 1:
            self._write_sidecar(tree)
        try:
            file.publish(self._path(tree.cid))
        except ResourceError:
            if not self._path(tree.cid).exists():
                (self._trees / tree.cid).unlink(missing_ok=True)
            raise

    def _write_sidecar(self, tree: Tree) -> None:
        with self._incoming.file() as sidecar:
            sidecar.write(encode_sidecar(tree))
            sidecar.publish(self._trees / tree.cid)

    def _path(self, cid: Cid) -> Path:
        return self._blobs / cid

    def _raw(self, cid: Cid) -> bytes:
        """The bytes of a blob of one chunk, unchecked; one more than allowed where it has more."""
        with self._file(cid) as file:
            return file.read(ROOT_CHUNK + 1)

    def _digests(self, cid: Cid, offset: int, length: int | None) -> tuple[Span, list[bytes]]:
        """What was asked for, and the proved digests of the chunks that cover it."""
        self._file(cid).close()
        try:
            return _proved(cid, decode_sidecar((self._trees / cid).read_bytes()), offset, length)
        except (CidMismatch, OSError):
            return _proved(cid, self._rebuilt(cid), offset, length)

    def _rebuilt(self, cid: Cid) -> Tree:
        """The tree made again from the blob, which costs one pass over it."""
        builder = Builder()
        with self._file(cid) as file, disk_errors(self._folder):
            for chunk in chunks(pieces(file)):
                builder.add(chunk)
        tree = builder.finish()
        if tree.cid != cid:
            raise CidMismatch(f"{cid}: the {tree.length} stored bytes are not what was stored")
        with suppress(ResourceError):  # on a read-only disk the next reader does it again
            self._write_sidecar(tree)
        return tree

    def _check_size(self, cid: Cid, total: int) -> None:
        with disk_errors(self._folder):
            size = self._path(cid).stat().st_size
        if size != total:
            at = min(size, total) // ROOT_CHUNK
            raise CidMismatch(f"{cid}: the file has {size} bytes, not {total}: see chunk {at}")

    def _chunks(self, cid: Cid, span: Span) -> Iterator[bytes]:
        first = span.aligned[0]
        with self._file(cid) as file, disk_errors(self._folder):
            file.seek(first)
            yield from iter(lambda: file.read(ROOT_CHUNK), b"")

    def _file(self, cid: Cid) -> BinaryIO:
        """The blob's file, opened for reading; NotFound."""
        with disk_errors(self._folder):
            try:
                return self._path(cid).open("rb")
            except FileNotFoundError as error:
                raise NotFound(f"the store does not hold {cid}") from error


def _is_cid(name: str) -> bool:
    """Whether it names a blob; a file manager may put things of its own there."""
    try:
        Cid(name)
    except InputError:
        return False
    return True


def _proved(cid: Cid, tree: Tree, offset: int, length: int | None) -> tuple[Span, list[bytes]]:
    """The length is proved first: an offset is only judged by the true one."""
    if tree.cid != cid:
        raise CidMismatch(f"{cid}: the sidecar is of {tree.cid}")
    list(leaf_digests(cid, tree.length, range(1), tree.children))
    span = Span.of(offset, length, tree.length)
    return span, list(leaf_digests(cid, tree.length, span.leaves, tree.children))
