"""The store in a folder: its sidecars, its disk, and what a crash leaves behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dao_backend.core.model import ROOT_CHUNK
from dao_backend.errors import (
    CidMismatch,
    NotFound,
    ResourceError,
    StorageFull,
    StorageUnavailable,
)
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.storage.incoming import IncomingFile, disk_errors

DATA = bytes(range(256)) * (3 * ROOT_CHUNK // 256) + b"end"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store lies."""
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> EmbeddedBlobStore:
    """An empty store."""
    return EmbeddedBlobStore(folder)


def files(folder: Path) -> set[str]:
    """Every file of the store, by its path inside the folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def in_another_process(script: str, folder: Path) -> subprocess.Popen[str]:
    """Start Python on a script whose argument is the store's folder."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_put__disk_takes_no_more__storage_full_and_nothing_left(folder: Path) -> None:
    """A put that hits the operating system's limit on a file's size removes what it wrote."""
    script = """
        import resource, sys
        from pathlib import Path
        from dao_backend.errors import StorageFull
        from dao_backend.storage.embedded import EmbeddedBlobStore
        store = EmbeddedBlobStore(Path(sys.argv[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))
        try:
            store.put([bytes(5_000_000)])
        except StorageFull as error:
            print(error.advice)
    """
    said, _ = in_another_process(script, folder).communicate(timeout=60)
    assert "Free some space" in said
    assert files(folder) == set()


def test_write__device_full__storage_full() -> None:
    """The system's own word for a full device is understood."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(StorageFull, match="No space left"):
            IncomingFile(descriptor, Path("/dev/full")).write(b"x")
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("number", "raised"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EFBIG, StorageFull),
        (errno.EROFS, StorageUnavailable),
        (errno.EACCES, StorageUnavailable),
        (errno.EIO, StorageUnavailable),
    ],
)
def test_disk_errors__any_error_of_the_system__names_folder_and_reason(
    number: int, raised: type[ResourceError]
) -> None:
    """Whoever reads the error knows which folder it is about and what the system said."""
    with (
        pytest.raises(raised, match=f"/some/folder.*{os.strerror(number)}"),
        disk_errors(Path("/some/folder")),
    ):
        raise OSError(number, os.strerror(number))


def test_create__folder_cannot_be_made__unavailable_with_advice(tmp_path: Path) -> None:
    """A path that leads through a file is refused with what to do about it."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="choose another folder"):
        EmbeddedBlobStore(tmp_path / "file" / "store")


def test_put_and_health__folder_vanished__unavailable(
    store: EmbeddedBlobStore, folder: Path
) -> None:
    """A disk that was unmounted under the store is reported, not created anew."""
    for part in ("incoming", "blobs", "trees"):
        (folder / part).rmdir()
    with pytest.raises(StorageUnavailable):
        store.put([DATA])
    with pytest.raises(StorageUnavailable):
        store.health()
    assert files(folder) == set()


def test_put__blob_cannot_take_its_name__unavailable_and_no_sidecar_left(
    store: EmbeddedBlobStore, folder: Path, tmp_path: Path
) -> None:
    """The sidecar, which is named first, goes again when the blob cannot follow."""
    (folder / "blobs").rmdir()
    with pytest.raises(StorageUnavailable):
        store.put([DATA])
    assert files(folder) == set()


def test_open__file_longer_than_the_blob__refused(store: EmbeddedBlobStore, folder: Path) -> None:
    """Bytes appended to the file are noticed before any is read."""
    blob = store.put([DATA])
    with (folder / "blobs" / blob.cid).open("ab") as file:
        file.write(b"more")
    with pytest.raises(CidMismatch, match="3145735 bytes, not 3145731"):
        store.open(blob.cid)


def test_open__file_cut_to_nothing__refused(store: EmbeddedBlobStore, folder: Path) -> None:
    """An emptied file is not an empty blob."""
    blob = store.put([DATA])
    (folder / "blobs" / blob.cid).write_bytes(b"")
    with pytest.raises(CidMismatch, match="chunk 0"):
        store.open(blob.cid)


def test_open__blob_and_sidecar_of_another_blob__refused(
    store: EmbeddedBlobStore, folder: Path
) -> None:
    """A whole blob under a wrong name is found out, although it fits its sidecar."""
    blob, other = store.put([DATA]), store.put([DATA[::-1]])
    for part in ("blobs", "trees"):
        (folder / part / blob.cid).write_bytes((folder / part / other.cid).read_bytes())
    with pytest.raises(CidMismatch, match=blob.cid):
        store.open(blob.cid)
    with pytest.raises(CidMismatch, match=blob.cid):
        store.length(blob.cid)


def test_delete__stored_blob__leaves_no_file(store: EmbeddedBlobStore, folder: Path) -> None:
    """Deleting erases: neither bytes nor digests stay."""
    blob = store.put([DATA])
    store.delete(blob.cid)
    assert files(folder) == set()
    with pytest.raises(NotFound):
        store.open(blob.cid)


def test_delete__blob_that_is_being_read__reader_reads_on(store: EmbeddedBlobStore) -> None:
    """A download that has begun ends well."""
    blob = store.put([DATA])
    reading = store.open(blob.cid)
    first = next(reading)
    store.delete(blob.cid)
    assert first + b"".join(reading) == DATA


def test_put__stored__is_a_plain_file_named_by_its_cid(
    store: EmbeddedBlobStore, folder: Path
) -> None:
    """What is on disk can be read and moved without this program."""
    blob = store.put([DATA])
    assert (folder / "blobs" / blob.cid).read_bytes() == DATA
    small = store.put([b"small"])
    assert files(folder) == {f"blobs/{blob.cid}", f"trees/{blob.cid}", f"blobs/{small.cid}"}


def _gone(sidecar: Path) -> None:
    sidecar.unlink()


def _cut(sidecar: Path) -> None:
    sidecar.write_bytes(sidecar.read_bytes()[:-1])


def _empty(sidecar: Path) -> None:
    sidecar.write_bytes(b"")


def _flip_at(position: int) -> Callable[[Path], None]:
    def change(sidecar: Path) -> None:
        data = bytearray(sidecar.read_bytes())
        data[position] ^= 1
        sidecar.write_bytes(data)

    return change


@pytest.mark.parametrize(
    "damage",
    [_gone, _cut, _empty, *map(_flip_at, (0, 1, 7, 8, 9, 9 + 3 * 32, -1))],
)
def test_open__damaged_sidecar__made_again_from_the_blob(
    store: EmbeddedBlobStore, folder: Path, damage: Callable[[Path], None]
) -> None:
    """A sidecar is never believed, and never needed: only the blob's own bytes are."""
    blob = store.put([DATA])
    sidecar = folder / "trees" / blob.cid
    good = sidecar.read_bytes()
    damage(sidecar)
    assert b"".join(store.open(blob.cid, ROOT_CHUNK - 1, 2)) == DATA[ROOT_CHUNK - 1 :][:2]
    assert store.length(blob.cid) == len(DATA)
    assert b"".join(store.open(blob.cid, 3 * ROOT_CHUNK)) == b"end"
    assert sidecar.read_bytes() == good


def test_put__bytes_whose_stored_copy_is_damaged__mends_it(
    store: EmbeddedBlobStore, folder: Path
) -> None:
    """Whoever has the bytes can repair the store by storing them again."""
    blob = store.put([DATA])
    (folder / "blobs" / blob.cid).write_bytes(DATA[:-1])
    (folder / "trees" / blob.cid).unlink()
    with pytest.raises(CidMismatch):
        store.open(blob.cid)
    assert store.put([DATA]) == blob
    assert b"".join(store.open(blob.cid)) == DATA


def test_create__another_process_was_killed_while_storing__its_leftovers_go(folder: Path) -> None:
    """An upload that a crash ended leaves nothing once the store is opened again."""
    script = """
        import sys
        from pathlib import Path
        from dao_backend.storage.embedded import EmbeddedBlobStore
        def source():
            yield bytes(2_000_000)
            print("half", flush=True)
            sys.stdin.read()
        EmbeddedBlobStore(Path(sys.argv[1])).put(source())
    """
    process = in_another_process(script, folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    assert len(files(folder)) == 1
    EmbeddedBlobStore(folder)
    assert len(files(folder)) == 1, "an upload that goes on was swept"
    process.kill()
    process.communicate(timeout=60)
    EmbeddedBlobStore(folder)
    assert files(folder) == set()


def test_put__store_opened_again_meanwhile__upload_goes_on(
    store: EmbeddedBlobStore, folder: Path
) -> None:
    """Opening the folder a second time does not sweep away what is being written."""

    def source() -> Iterator[bytes]:
        yield DATA[:100]
        EmbeddedBlobStore(folder)
        yield DATA[100:]

    blob = store.put(source())
    assert b"".join(store.open(blob.cid)) == DATA
