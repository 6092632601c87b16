"""Blobs on an IPFS node: Kubo, or anything that answers like it, through its RPC.

The node is not trusted. Going in, the CID is computed here while the bytes stream, and the node's
answer must be the same; only then is the blob pinned. Coming out, a read starts at the root block,
which the CID proves; the blocks between it and the wanted chunks are fetched and proved by their
parents, and name the digest of each chunk. The bytes themselves then come in one `cat` of whole
chunks, and every chunk is checked against its digest before it is handed on. So a range is as well
proved as the whole, and a download that the node cuts off (its error trailer is lost in the client
library) is noticed at the first missing byte.

A blob is kept when it is pinned. What a failed upload leaves unpinned, and what `delete` unpins,
goes with the node's next garbage collection; copies on other nodes are beyond anybody's reach.
Kubo's RPC is an admin interface: keep it on loopback, or set `API.Authorizations`.
It is *not* a session: every call opens its own connection, so that threads can share a store.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import BinaryIO

from dao_backend.core.cid import Blob, Cid, Codec
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.core.unixfs import (
    UNIXFS_V1_2025,
    Builder,
    Tree,
    chunks,
    decode_node,
    leaf_digests,
    root_length,
)
from dao_backend.errors import (
    CidMismatch,
    InputError,
    ResourceError,
    StorageUnavailable,
)
from dao_backend.storage.ipfs_client import client_library, node_errors
from dao_backend.storage.verified import Span, pieces, verified_chunks, verified_raw

DEFAULT_ADDRESS = "/ip4/127.0.0.1/tcp/5001"
_TIMEOUT = (3, 60)
_UPLOAD_TIMEOUT = (60, 60)  # the library bounds sending by the first, and a busy disk may pause
_BLOCK_LIMIT = 2 * ROOT_CHUNK

# Nodes ignore what they do not know and have other defaults: everything that shapes the tree.
_SHAPE = {
    "cid_version": 1,
    "raw_leaves": True,
    "chunker": f"size-{UNIXFS_V1_2025.chunk}",
    "trickle": False,
    "wrap_with_directory": False,
    "nocopy": False,
}
_OPTIONS = {
    "hash": "sha2-256",
    "cid-base": "base32",
    "max-file-links": str(UNIXFS_V1_2025.links),
    "inline": "false",
    "progress": "false",
}


class KuboBlobStore:
    """Implements `BlobStore` on the node at `address`, a multiaddr of its RPC.

    `authorization` is the value of the header of that name, for a node with `API.Authorizations`.
    Raises InputError for an address that is none; does not connect yet.
    """

    def __init__(self, address: str = DEFAULT_ADDRESS, authorization: str | None = None) -> None:
        self._address = address
        self._library = client_library()
        headers = {} if authorization is None else {"Authorization": authorization}
        try:
            self._client = self._library.Client(
                address, chunk_size=ROOT_CHUNK, timeout=_TIMEOUT, headers=headers
            )
        except self._library.exceptions.AddressError as error:
            raise InputError(f"{address!r} is no address like {DEFAULT_ADDRESS}") from error

    def put(self, source: BinaryIO | Iterable[bytes], expected: str | None = None) -> Blob:
        """Stream to the node, compare both CIDs, then pin."""
        upload = _Upload(source, None if expected is None else Cid(expected))
        try:
            with self._errors():
                answer = self._add(upload, pin=False, timeout=_UPLOAD_TIMEOUT)
        except ResourceError:
            if upload.failure is not None:
                raise upload.failure from None
            raise
        tree = self._finished(upload)
        if answer != tree.cid:
            raise CidMismatch(
                f"the IPFS node made {answer} of the bytes of {tree.cid}: it does not know "
                "profile unixfs-v1-2025; use a current Kubo"
            )
        self._pin(tree.cid)
        return tree.blob

    def open(self, cid: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Prove the root now, the rest while streaming."""
        name = Cid(cid)
        root = self._block(name)
        if name.codec is Codec.RAW:
            return verified_raw(name, root, offset, length)
        total = root_length(name, root)
        span = Span.of(offset, length, total)
        digests = leaf_digests(name, total, span.leaves, self._children)
        return verified_chunks(name, span, digests, self._chunks(name, span))

    def has(self, cid: str) -> bool:
        """Whether the node has it pinned; one that it only happens to cache does not count."""
        name = Cid(cid)
        try:
            with self._errors():
                return name in self._client.pin.ls(name, type="recursive")["Keys"]
        except StorageUnavailable as error:
            if "not pinned" in str(error):
                return False
            raise

    def length(self, cid: str) -> int:
        """From the root block, proved."""
        name = Cid(cid)
        root = self._block(name)
        if name.codec is Codec.RAW:
            return sum(map(len, verified_raw(name, root, 0, None)))
        return root_length(name, root)

    def delete(self, cid: str) -> None:
        """Unpin it; the node frees the space when it next collects garbage."""
        name = Cid(cid)
        if self.has(name):
            with self._errors():
                self._client.pin.rm(name)

    def health(self) -> str:
        """Ask for the version, and for the CID of a few bytes, which tells whether options work."""
        probe = b"unixfs-v1-2025"
        with self._errors():
            version = self._client.version()["Version"]
            answer = self._add(io.BytesIO(probe), only_hash=True)
        if answer != Cid.of(sha256(probe).digest(), len(probe)):
            raise StorageUnavailable(
                f"the IPFS node at {self._address} (version {version}) makes other CIDs: "
                "use a current Kubo"
            )
        return f"IPFS node, version {version}"

    def _finished(self, upload: _Upload) -> Tree:
        """The tree over the whole source; a node may also answer before it has read everything."""
        if not upload.ended:
            raise StorageUnavailable(
                f"the IPFS node at {self._address} answered before the end of the upload"
            )
        return upload.finish()

    def _add(self, source: BinaryIO | _Upload, **arguments: object) -> str:
        """The CID the node answers with; an empty text if it does not name one."""
        result = self._client.add(source, **_SHAPE, **arguments, opts=dict(_OPTIONS))
        return str(result.get("Hash", ""))

    def _pin(self, cid: Cid) -> None:
        """With progress, so that a long walk over the blocks does not look like silence."""
        with (
            self._errors(),
            self._client.pin.add(cid, opts={"progress": "true"}, stream=True) as progress,
        ):
            pinned = [pin for line in progress for pin in line.get("Pins") or ()]
        if cid not in pinned:
            raise StorageUnavailable(f"the IPFS node at {self._address} did not pin {cid}")

    def _block(self, cid: Cid) -> bytes:
        """The block with that CID, proved."""
        data = bytearray()
        with self._errors(), self._client.block.get(cid, stream=True) as stream:
            for piece in stream:
                data += piece
                if len(data) > _BLOCK_LIMIT:
                    break
        if sha256(data).digest() != cid.digest:
            raise CidMismatch(f"the IPFS node sent {len(data)} other bytes for block {cid}")
        return bytes(data)

    def _children(self, _level: int, _index: int, digest: bytes) -> bytes:
        return decode_node(self._block(Cid.make(Codec.DAG_PB, digest)))[1]

    def _chunks(self, cid: Cid, span: Span) -> Iterator[bytes]:
        first, count = span.aligned
        with (
            self._errors(),
            self._client.cat(cid, offset=first, length=count, stream=True) as stream,
        ):
            yield from chunks(stream)

    def _errors(self) -> AbstractContextManager[None]:
        return node_errors(self._library, self._address)


class _Upload:
    """What the client library reads from: hashes as it goes, and keeps what went wrong inside.

    The library turns some exceptions of its source into its own; `failure` is the original.
    """

    def __init__(self, source: BinaryIO | Iterable[bytes], expected: Cid | None) -> None:
        self._chunks = chunks(pieces(source))
        self._expected = expected
        self._builder = Builder()
        self._rest = b""
        self.ended = False
        self.failure: Exception | None = None

    def read(self, size: int = ROOT_CHUNK) -> bytes:
        """At most `size` bytes; none at the end."""
        try:
            data = self._rest or self._next()
        except Exception as error:
            self.failure = error
            raise
        self._rest = data[size:]
        return data[:size]

    def finish(self) -> Tree:
        """The tree over everything read so far; CidMismatch if its CID is not the expected one."""
        tree = self._builder.finish()
        if self._expected not in (None, tree.cid):
            raise CidMismatch(
                f"the bytes given for {self._expected} make {tree.cid}; nothing was kept"
            )
        return tree

    def _next(self) -> bytes:
        chunk = next(self._chunks, b"")
        if chunk:
            self._builder.add(chunk)
        else:
            self.ended = True
        return chunk
