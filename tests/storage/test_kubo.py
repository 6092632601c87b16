"""The store on an IPFS node: nodes that are away or lie, and the trees that real Kubo makes."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dao_backend.core.cid import Cid
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.core.unixfs import Builder, Profile, chunks, encode_node
from dao_backend.errors import (
    CidMismatch,
    InputError,
    NotFound,
    StorageFull,
    StorageUnavailable,
)
from dao_backend.storage.ipfs_client import client_library
from dao_backend.storage.kubo import KuboBlobStore
from tests.support.kubo import KuboNode
from tests.support.scripted_node import refusal, scripted

FOREIGN = "QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX"
KNOWN = Cid("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")


@pytest.mark.parametrize("address", ["", "localhost:5001", "/ip4/127.0.0.1/udp/1", "/ip4/1.2"])
def test_create__no_address_of_a_node__refused(address: str) -> None:
    """A wrong setting is named before anything is sent."""
    with pytest.raises(InputError, match="tcp/5001"):
        KuboBlobStore(address)


def test_any_call__nobody_listens__unavailable() -> None:
    """Every call says that the node is away, and where it was looked for."""
    with scripted({}) as gone:
        store = KuboBlobStore(gone.address)
    calls = (
        lambda: store.put([b"x"]),
        lambda: store.open(KNOWN),
        lambda: store.has(KNOWN),
        lambda: store.length(KNOWN),
        lambda: store.delete(KNOWN),
        store.health,
    )
    for call in calls:
        with pytest.raises(StorageUnavailable, match=gone.address):
            call()


def test_any_call__node_hangs_up__unavailable() -> None:
    """An answer that does not come is no missing blob."""
    with scripted({}) as node:
        store = KuboBlobStore(node.address)
        with pytest.raises(StorageUnavailable):
            store.has(KNOWN)
        with pytest.raises(StorageUnavailable):
            store.put([b"x"])


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"Hash": 5}'])
def test_put__answer_of_something_else__refused(body: bytes) -> None:
    """A web server that happens to listen there is not taken for a node."""
    with scripted({"add": (200, body)}) as node:
        store = KuboBlobStore(node.address)
        with pytest.raises((StorageUnavailable, CidMismatch)):
            store.put([b"x"])
        assert "pin/add" not in node.asked


def test_put__node_makes_another_cid__refused_and_not_pinned() -> None:
    """A node that ignores the options is found out before anything is pinned."""
    with scripted({"add": (200, f'{{"Hash": "{FOREIGN}"}}'.encode())}) as node:
        with pytest.raises(CidMismatch, match=FOREIGN):
            KuboBlobStore(node.address).put([b"x"])
        assert node.asked == ["add"]


def test_put__node_answers_before_the_end__unavailable() -> None:
    """An answer to half an upload is never taken for one to the whole."""
    answers = {"add": (200, f'{{"Hash": "{KNOWN}"}}'.encode())}
    with scripted(answers, hasty=True) as node:
        with pytest.raises(StorageUnavailable):
            KuboBlobStore(node.address).put(bytes(ROOT_CHUNK) for _ in range(64))
        assert "pin/add" not in node.asked


def test_put__node_does_not_pin__unavailable() -> None:
    """A blob counts as stored only when the node says that it is pinned."""
    probe = Builder().finish().cid
    answers = {"add": (200, f'{{"Hash": "{probe}"}}'.encode()), "pin/add": (200, b'{"Pins": []}')}
    with scripted(answers) as node, pytest.raises(StorageUnavailable, match="did not pin"):
        KuboBlobStore(node.address).put([])


def test_put__node_is_full__storage_full() -> None:
    """A full disk behind the node is told apart from a node that is away."""
    answer = refusal("write blocks/x: no space left on device")
    with scripted({"add": answer}) as node, pytest.raises(StorageFull):
        KuboBlobStore(node.address).put([b"x"])


def test_health__node_ignores_the_options__unavailable() -> None:
    """A node that cannot keep CIDs is not healthy."""
    answers = {
        "version": (200, b'{"Version": "0.4.0"}'),
        "add": (200, f'{{"Hash": "{FOREIGN}"}}'.encode()),
    }
    with scripted(answers) as node, pytest.raises(StorageUnavailable, match=r"0\.4\.0"):
        KuboBlobStore(node.address).health()


def test_open__node_sends_other_bytes__refused() -> None:
    """A block is what its CID says, whoever sends it, and never more than a block."""
    for body in (b"other", bytes(5 * ROOT_CHUNK)):
        with scripted({"block/get": (200, body)}) as node, pytest.raises(CidMismatch):
            KuboBlobStore(node.address).open(KNOWN)


def test_open__node_cuts_the_download_off__refused_after_the_whole_chunks() -> None:
    """A download that ends early is noticed, although the library reports a good end."""
    data = bytes(range(256)) * (2 * ROOT_CHUNK // 256) + b"end"
    tree, root = tree_and_root(data)
    answers = {"block/get": (200, root), "cat": (200, data[: ROOT_CHUNK + 5])}
    with scripted(answers) as node:
        reading = KuboBlobStore(node.address).open(tree)
        assert next(reading) == data[:ROOT_CHUNK]
        with pytest.raises(CidMismatch, match=r"chunk 1 .* only 5 bytes"):
            next(reading)


def test_any_call__authorization_given__sent_each_time() -> None:
    """A node that asks for authorization gets it."""
    with scripted({"pin/ls": refusal("path is not pinned")}) as node:
        assert not KuboBlobStore(node.address, authorization="Bearer secret").has(KNOWN)
        assert node.authorization == ["Bearer secret"]


def test_open__file_of_another_profile__refused(kubo: KuboNode) -> None:
    """A file that somebody added with Kubo's own chunk size is not one of our blobs."""
    client = client_library().Client(kubo.address)
    answer = client.add(io.BytesIO(bytes(2_000_000)), cid_version=1, raw_leaves=True)
    with pytest.raises(CidMismatch, match="unixfs-v1-2025"):
        KuboBlobStore(kubo.address).open(answer["Hash"])


def test_open__chunk_missing_on_the_node__not_found(kubo: KuboNode) -> None:
    """A pinned blob that lost a block says so instead of ending early."""
    data = b"".join(bytes([number]) * ROOT_CHUNK for number in (201, 202, 203))
    store = KuboBlobStore(kubo.address)
    blob = store.put([data])
    builder = Builder()
    for chunk in chunks([data]):
        builder.add(chunk)
    kubo.block_file(builder.finish().levels[0][32:64]).unlink()
    with pytest.raises((NotFound, CidMismatch)):
        list(store.open(blob.cid))


def test_import__module_alone__changes_nothing_in_the_process() -> None:
    """The client library is loaded when a store is made, and the environment stays as it was."""
    said = run_python("""
        import os, sys
        name = "PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS"
        os.environ.pop(name, None)
        from dao_backend.storage.kubo import KuboBlobStore
        assert "ipfshttpclient" not in sys.modules and name not in os.environ
        KuboBlobStore()
        assert "ipfshttpclient" in sys.modules and name not in os.environ
        print("as it was")
    """)
    assert said == "as it was\n"


def test_create__library_was_imported_otherwise_before__setup_error() -> None:
    """The way of the library that breaks with current urllib3 is refused at once."""
    said = run_python("""
        import os
        os.environ["PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS"] = "yes"
        import ipfshttpclient
        from dao_backend.errors import SetupError
        from dao_backend.storage.kubo import KuboBlobStore
        try:
            KuboBlobStore()
        except SetupError as error:
            print(error)
    """)
    assert "imported without" in said


def test_put__more_than_1024_chunks__kubo_makes_the_same_tree(kubo: KuboNode) -> None:
    """A blob of two node levels has the CID that Kubo gives it, and its ranges are proved."""
    store = KuboBlobStore(kubo.address)
    zeros = bytes(ROOT_CHUNK)
    blob = store.put(piece for piece in [zeros] * 1024 + [b"last"])
    assert store.length(blob.cid) == blob.length == 1024 * ROOT_CHUNK + 4
    assert b"".join(store.open(blob.cid, 1024 * ROOT_CHUNK - 2)) == b"\0\0last"


@given(st.integers(0, 3 * 64 * 3**4), st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_finish__any_length_in_a_small_profile__kubo_makes_the_same_tree(
    kubo: KuboNode, length: int, seed: int
) -> None:
    """With few bytes in a chunk and few links in a node, trees up to six levels agree with Kubo."""
    profile = Profile(chunk=64, links=3)
    data = Random(seed).randbytes(length)
    builder = Builder(profile)
    for chunk in chunks([data], profile.chunk):
        builder.add(chunk)
    answer = (
        client_library()
        .Client(kubo.address)
        .add(
            io.BytesIO(data),
            cid_version=1,
            raw_leaves=True,
            only_hash=True,
            chunker="size-64",
            opts={"max-file-links": "3"},
        )
    )
    assert builder.finish().cid == answer["Hash"]


def tree_and_root(data: bytes) -> tuple[Cid, bytes]:
    """The CID of some bytes and its root block."""
    builder = Builder()
    for chunk in chunks([data]):
        builder.add(chunk)
    tree = builder.finish()
    return tree.cid, encode_node(len(tree.levels) - 1, len(data), tree.levels[-2])


def run_python(script: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
