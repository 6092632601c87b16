"""Delivery: nothing bad stays on disk, and nothing bad keeps the good back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core import archive
from dao_backend.core.cid import Cid
from dao_backend.core.content import seal_content
from dao_backend.core.envelope import SALT, Encryptor, context
from dao_backend.core.identity import key_id
from dao_backend.core.manifest import Entry
from dao_backend.core.message import Metadata
from dao_backend.errors import (
    CidMismatch,
    DaoError,
    IntegrityError,
    InvalidMessage,
    ServiceUnavailable,
    UnreadablePath,
)
from dao_backend.service.buying import Purchase
from tests.support.core_actors import seed
from tests.support.handmade import framed
from tests.support.running_dao import Meddled, RunningDao
from tests.support.running_fixtures import PROGRAMS, SOLD

Spoil = Callable[[bytes], bytes]

Spoil = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def purchase(shop: RunningDao) -> Purchase:
    """What the buyer recovered."""
    return shop.buyer().purchase(SOLD)


def files(folder: Path) -> list[str]:
    """Every file below a folder, hidden ones too."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def envelopes(dao: RunningDao, change: Callable[[str, bytes], bytes]) -> Any:
    """A service that gives other envelopes."""

    def envelope(real: Any, cid: str) -> Iterator[bytes]:
        yield change(cid, b"".join(real.envelope(cid)))

    return Meddled(dao.gateway, envelope=envelope)


# --- envelopes ------------------------------------------------------------------------------


def test_deliver__everything_right__writes_every_file(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """Bytes are those contributed, under the names given, for the buyer's eyes only."""
    found = list(shop.buyer().deliver(purchase, tmp_path / "out"))
    for one in found:
        member, text = PROGRAMS[one.path.name]
        assert one.path.read_bytes() == text
        assert one.entry.record.contributor == shop.chain.signer(member).address
        assert one.path.stat().st_mode & 0o077 == 0
    assert files(tmp_path / "out") == sorted(PROGRAMS)


ENVELOPES: dict[str, Spoil] = {
    "empty": lambda _it: b"",
    "cut off": lambda it: it[:-1],
    "longer": lambda it: it + b"\0",
    "one bit": lambda it: it[:-1] + bytes((it[-1] ^ 1,)),
    "header": lambda it: bytes(56) + it[56:],
}


@pytest.mark.parametrize("spoil", ENVELOPES.values(), ids=ENVELOPES.keys())
def test_deliver__envelopes_with_wrong_bytes__leave_no_file(
    shop: RunningDao, purchase: Purchase, tmp_path: Path, spoil: Spoil
) -> None:
    """What does not verify is not on the disk afterwards, under no name."""
    gateway = envelopes(shop, lambda _cid, whole: spoil(whole))
    with pytest.raises(IntegrityError, match="3 contributions cannot be opened"):
        list(shop.buyer(gateway).deliver(purchase, tmp_path / "out"))
    assert files(tmp_path / "out") == []


def same_content_sealed_again(dao: RunningDao, purchase: Purchase) -> tuple[str, bytes]:
    """An envelope that opens under the right key and context, but is not the registered one."""
    entry, key = purchase.published.manifest.entries[0], purchase.keys[0]
    where, record = dao.dao.addresses, entry.record
    bound = context(where.chain_id, where.registry, record.contribution_id)
    encryptor = Encryptor(key, seed("salt")[:SALT], bound)
    cid = Cid.of(record.cid_digest, record.length)
    return cid, seal_content(encryptor, Metadata("text/plain", "a.py"), b"another text")


def test_deliver__valid_envelope_that_was_not_registered__is_a_mismatch(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """Who knows the key cannot slip other content in: the CID is checked to the last byte."""
    wanted, other = same_content_sealed_again(shop, purchase)
    gateway = envelopes(shop, lambda cid, whole: other if cid == wanted else whole)
    done = []
    with pytest.raises(CidMismatch, match="has CID"):
        done.extend(shop.buyer(gateway).deliver(purchase, tmp_path / "out"))
    assert len(files(tmp_path / "out")) == len(PROGRAMS) - 1


def test_deliver__one_bad_envelope__does_not_keep_the_others_back(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """The first contribution cannot be opened, all the others are delivered, and it is named."""
    first = purchase.published.manifest.entries[0].record
    bad = Cid.of(first.cid_digest, first.length)
    gateway = envelopes(shop, lambda cid, whole: whole[:-1] if cid == bad else whole)
    done: list[str] = []
    delivery = shop.buyer(gateway).deliver(purchase, tmp_path / "out")
    with pytest.raises(DaoError):
        done.extend(one.path.name for one in delivery)
    assert files(tmp_path / "out") == sorted(done)
    assert len(done) == len(PROGRAMS) - 1
    repaired = list(shop.buyer().deliver(purchase, tmp_path / "out"))
    assert len(repaired) == len(PROGRAMS)
    assert files(tmp_path / "out") == sorted(PROGRAMS)


def test_deliver__service_falls_silent__goes_on_where_it_stopped(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """What was finished is passed over; only the rest is fetched."""
    asked: list[str] = []
    failures = [ServiceUnavailable("no answer")]

    def envelope(real: Any, cid: str) -> Iterator[bytes]:
        asked.append(cid)
        if len(asked) == 2 and failures:
            yield next(real.envelope(cid))[:100]
            raise failures.pop()
        yield from real.envelope(cid)

    buyer = shop.buyer(Meddled(shop.gateway, envelope=envelope))
    with pytest.raises(ServiceUnavailable):
        list(buyer.deliver(purchase, tmp_path / "out"))
    assert len(files(tmp_path / "out")) == 1
    assert len(list(buyer.deliver(purchase, tmp_path / "out"))) == len(PROGRAMS)
    assert len(asked) == len(PROGRAMS) + 1
    assert list(buyer.deliver(purchase, tmp_path / "out"))
    assert len(asked) == len(PROGRAMS) + 1


def test_deliver__folder_cannot_be_made__says_so(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """A file in the place of the folder is an error with its path."""
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(UnreadablePath, match="out"):
        list(shop.buyer().deliver(purchase, tmp_path / "out"))


# --- what a contributor may have put inside -------------------------------------------------


def crafted(dao: RunningDao, purchase: Purchase, message: bytes) -> tuple[Purchase, Any]:
    """A purchase of one contribution whose message is `message`, and a service that has it."""
    entry, key = purchase.published.manifest.entries[0], purchase.keys[0]
    where, identity = dao.dao.addresses, entry.record.contribution_id
    bound = context(where.chain_id, where.registry, identity)
    encryptor = Encryptor(key, seed("salt")[:SALT], bound)
    blob = dao.system.blobs.put([bytes(encryptor.update(message) + encryptor.finish())])
    record = replace(
        entry.record, cid_digest=blob.digest, length=blob.length, key_id=key_id(identity, key.raw)
    )
    manifest = replace(purchase.published.manifest, entries=(Entry(record, 1),))
    published = replace(purchase.published, manifest=manifest)
    return replace(purchase, published=published, keys=(key,)), dao.gateway


@pytest.mark.parametrize("name", ["../../p", "/tmp/ab", "..", "a/../../b", "a\\\\b", "n\\u0000l"])
def test_deliver__name_that_leads_out_of_the_folder__writes_nothing(
    shop: RunningDao, purchase: Purchase, tmp_path: Path, name: str
) -> None:
    """A contribution's name is one component, or the contribution is not written at all."""
    honest = framed(Metadata("text/plain", "n" * len(name.encode())), b"text" * 50)
    encoded = b'"' + b"n" * len(name.encode()) + b'"'
    evil = honest.replace(encoded, b'"' + name.encode() + b'"')
    bought, gateway = crafted(shop, purchase, evil)
    with pytest.raises(InvalidMessage):
        list(shop.buyer(gateway).deliver(bought, tmp_path / "a" / "b" / "out"))
    assert files(tmp_path / "a") == []
    assert not (tmp_path / "a" / "p").exists()


@pytest.mark.parametrize(
    "name",
    ["n" * 5000, "ü" * 200, ".ddao-file", ".hidden", "-rf", "a\nb", "CON"],
    ids=["long", "long in UTF-8", "ours", "hidden", "option", "two lines", "device"],
)
def test_deliver__odd_name__is_still_delivered(
    shop: RunningDao, purchase: Purchase, tmp_path: Path, name: str
) -> None:
    """A name that no file system would take costs the buyer nothing, again and again."""
    message = framed(Metadata("text/plain", name), b"text")
    bought, gateway = crafted(shop, purchase, message)
    for _ in range(2):
        (found,) = shop.buyer(gateway).deliver(bought, tmp_path / "out")
        assert found.path.read_bytes() == b"text"
        assert found.path.parent.parent == tmp_path / "out"
    assert len(files(tmp_path / "out")) == 1


def test_deliver__folder__is_unpacked_for_the_buyer_alone(
    shop: RunningDao, purchase: Purchase, tmp_path: Path
) -> None:
    """A folder comes out as it was put in, and a second call passes over it."""
    packed = b"".join(archive.pack([("a.txt", [b"one"]), ("b/c.txt", [b"two"])]))
    message = framed(Metadata(archive.MEDIA_TYPE, "folder"), packed)
    bought, gateway = crafted(shop, purchase, message)
    for _ in range(2):
        (found,) = shop.buyer(gateway).deliver(bought, tmp_path / "out")
        assert (found.path / "a.txt").read_bytes() == b"one"
        assert (found.path / "b" / "c.txt").read_bytes() == b"two"
        assert found.path.stat().st_mode & 0o077 == 0
    assert files(tmp_path / "out") == ["a.txt", "c.txt"]


@pytest.mark.parametrize(
    "data",
    [b"no archive at all", b"\0" * 16, b"".join(archive.pack([("a", [b"x"])]))[1:]],
    ids=["text", "zeros", "cut off"],
)
def test_deliver__folder_that_cannot_be_unpacked__leaves_no_plaintext(
    shop: RunningDao, purchase: Purchase, tmp_path: Path, data: bytes
) -> None:
    """Decrypted bytes that are not what they claim to be do not stay on the disk."""
    bought, gateway = crafted(shop, purchase, framed(Metadata(archive.MEDIA_TYPE, "f"), data))
    with pytest.raises(DaoError):
        list(shop.buyer(gateway).deliver(bought, tmp_path / "out"))
    assert files(tmp_path / "out") == []
