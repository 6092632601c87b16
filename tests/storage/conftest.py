"""The stores under test, each with the means to damage what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dao_backend.core.cid import Blob
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.ports.blobs import BlobStore
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.storage.kubo import KuboBlobStore
from tests.support.kubo import KuboNode, kubo_node

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Bench:
    """A store, and a way behind its back: `damage(blob, data, chunk, change)`."""

    store: BlobStore
    damage: Callable[[Blob, bytes, int, Change], None]


@pytest.fixture(scope="session")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboNode]:
    """A real IPFS node, for all tests of the session."""
    with kubo_node(tmp_path_factory.mktemp("kubo")) as node:
        yield node


@pytest.fixture(params=["embedded", "kubo"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """Every adapter in turn."""
    if request.param == "kubo":
        return _kubo_bench(request.getfixturevalue("kubo"))
    return _embedded_bench(tmp_path / "store")


@pytest.fixture
def store(bench: Bench) -> BlobStore:
    """Every adapter in turn, when nothing is going to be damaged."""
    return bench.store


def _embedded_bench(folder: Path) -> Bench:
    def damage(blob: Blob, data: bytes, chunk: int, change: Change) -> None:
        start, end = chunk * ROOT_CHUNK, (chunk + 1) * ROOT_CHUNK
        (folder / "blobs" / blob.cid).write_bytes(
            data[:start] + change(data[start:end]) + data[end:]
        )

    return Bench(EmbeddedBlobStore(folder), damage)


def _kubo_bench(node: KuboNode) -> Bench:
    def damage(blob: Blob, data: bytes, chunk: int, change: Change) -> None:
        builder = Builder()
        for piece in chunks([data]):
            builder.add(piece)
        leaf = builder.finish().levels[0][32 * chunk : 32 * chunk + 32]
        file = node.block_file(leaf)
        file.write_bytes(change(file.read_bytes()))

    return Bench(KuboBlobStore(node.address), damage)
