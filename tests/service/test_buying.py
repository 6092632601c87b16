"""The buyer's side: nothing that the service says is believed, and nothing bad stays on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core import archive
from dao_backend.core import bundle as bundles
from dao_backend.core.bundle import HEADER, Bound
from dao_backend.core.cid import Cid
from dao_backend.core.content import seal_content
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import SALT, Encryptor, context
from dao_backend.core.identity import key_id
from dao_backend.core.manifest import Entry
from dao_backend.core.message import Metadata
from dao_backend.errors import (
    CidMismatch,
    DaoError,
    IntegrityError,
    InvalidMessage,
    ManifestMismatch,
    NotEnoughShares,
    NotFound,
    NotReleased,
    ServiceUnavailable,
    UnreadablePath,
)
from dao_backend.service.buying import Purchase
from tests.support.core_actors import sealing_secret, seed
from tests.support.handmade import framed
from tests.support.running_dao import Meddled, RunningDao
from tests.support.running_fixtures import PROGRAMS, SOLD

Spoil = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def purchase(shop: RunningDao) -> Purchase:
    """What the buyer recovered."""
    return shop.buyer().purchase(SOLD)


def giving(dao: RunningDao, **spoiled: Spoil) -> Any:
    """A service that changes bundles: `bundle_1` is done to keeper 1's, and so on."""

    def bundle(real: Any, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        whole = b"".join(real.bundle(licence_id, index, offset))
        yield spoiled.get(f"bundle_{index}", lambda it: it)(whole)

    return Meddled(dao.gateway, bundle=bundle)


def silent(*indexes: int) -> Callable[..., Iterator[bytes]]:
    """A service that cannot reach some keepers."""

    def bundle(real: Any, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        if index in indexes:
            raise ServiceUnavailable("the keeper does not answer")
        return real.bundle(licence_id, index, offset)

    return bundle


def files(folder: Path) -> list[str]:
    """Every file below a folder, hidden ones too."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def envelopes(dao: RunningDao, change: Callable[[str, bytes], bytes]) -> Any:
    """A service that gives other envelopes."""

    def envelope(real: Any, cid: str) -> Iterator[bytes]:
        yield change(cid, b"".join(real.envelope(cid)))

    return Meddled(dao.gateway, envelope=envelope)


# --- too early, or not the buyer ------------------------------------------------------------


def test_purchase__no_such_licence__is_not_found(sold: RunningDao) -> None:
    """A number that was never granted is no purchase."""
    with pytest.raises(NotFound, match="no licence 9"):
        sold.buyer().purchase(9)


def test_purchase__before_delivery__names_every_keepers_reason(sold: RunningDao) -> None:
    """Who comes too early is told what each keeper waits for."""
    sold.settle_down()
    with pytest.raises(NotReleased) as refusal:
        sold.buyer().purchase(SOLD)
    assert str(refusal.value).count("has not posted its receipt") == 3


def test_purchase__with_another_key__recovers_nothing(shop: RunningDao) -> None:
    """Bundles open to the licence's release key alone."""
    with pytest.raises(NotReleased, match="release key"):
        shop.buyer(secret=sealing_secret(8, 8)).purchase(SOLD)


# --- keepers --------------------------------------------------------------------------------


def flipped(at: int) -> Spoil:
    """One bit is another."""
    return lambda it: it[:at] + bytes((it[at] ^ 1,)) + it[at + 1 :]


SPOILED: dict[str, Spoil] = {
    "nothing": lambda _it: b"",
    "half a header": lambda it: it[: HEADER // 2],
    "header alone": lambda it: it[:HEADER],
    "end cut off": lambda it: it[:-1],
    "longer": lambda it: it + bytes(40),
    "another version": lambda it: b"\2" + it[1:],
    "another chain": flipped(20),
    "another licence": flipped(84),
    "another root": flipped(100),
    "another index": flipped(117),
    "another release key": flipped(130),
    "another block": flipped(160),
    "sealed key changed": flipped(HEADER - 1),
    "a share changed": flipped(HEADER + 60),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_purchase__one_keepers_bundle_spoiled__the_other_two_suffice(
    shop: RunningDao, purchase: Purchase, spoil: Spoil
) -> None:
    """One bad bundle of three changes nothing of what is recovered."""
    found = shop.buyer(giving(shop, bundle_1=spoil)).purchase(SOLD)
    assert found.keys == purchase.keys


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_purchase__two_bundles_spoiled__names_both_keepers(shop: RunningDao, spoil: Spoil) -> None:
    """With fewer than two good bundles nothing is recovered, and the bad ones are named."""
    gateway = giving(shop, bundle_1=spoil, bundle_3=spoil)
    with pytest.raises(NotEnoughShares) as refusal:
        shop.buyer(gateway).purchase(SOLD)
    said = str(refusal.value)
    assert "keeper 1: " in said
    assert "keeper 3: " in said
    assert "keeper 2: " not in said


def test_purchase__every_bundle_spoiled__is_no_matter_of_waiting(shop: RunningDao) -> None:
    """Bad bytes from everybody are told as such, not as a release that is still to come."""
    spoil = SPOILED["a share changed"]
    gateway = giving(shop, bundle_1=spoil, bundle_2=spoil, bundle_3=spoil)
    with pytest.raises(NotEnoughShares):
        shop.buyer(gateway).purchase(SOLD)


def test_purchase__one_keeper_lies_about_a_share__is_named(
    delivered: RunningDao, purchase: Purchase
) -> None:
    """A well-formed bundle with a wrong share in it names its keeper; two others give the key."""
    number = delivered.sell().request_id
    delivered.settle_down()
    wrong = _bundle_with_wrong_shares(delivered, number)
    delivered.deliver(number)
    gateway = giving(delivered, bundle_1=lambda _it: wrong, bundle_3=lambda _it: b"")
    with pytest.raises(NotEnoughShares, match="keeper 1 gave a bad share"):
        delivered.buyer(gateway).purchase(number)
    gateway = giving(delivered, bundle_1=lambda _it: wrong)
    assert delivered.buyer(gateway).purchase(number).keys == purchase.keys


def _bundle_with_wrong_shares(dao: RunningDao, number: int) -> bytes:
    """What a keeper would send that follows every form and gives other shares."""
    where = dao.dao.addresses
    licence, edition = dao.system.chain.licence(number), dao.system.chain.edition(1)
    assert licence is not None
    assert edition.root is not None
    bound = Bound(
        where.chain_id, where.desk, number, edition.root, 1, licence.release_key, seed("block")
    )
    shares = [seed("wrong share", place) for place in range(3)]
    return b"".join(bundles.write(bound, ContentKey(seed("key")), bytes(SALT), shares))


def test_purchase__bundle_of_another_licence__is_refused(delivered: RunningDao) -> None:
    """A bundle counts for one licence, even of the same buyer and edition."""
    other = delivered.sell().request_id
    delivered.deliver(other)

    def swapped(real: Any, _licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        return real.bundle(SOLD, index, offset)

    with pytest.raises(NotEnoughShares, match="another licence"):
        delivered.buyer(Meddled(delivered.gateway, bundle=swapped)).purchase(other)


def test_purchase__keepers_down__two_of_three_suffice_one_does_not(
    shop: RunningDao, purchase: Purchase
) -> None:
    """Any two keepers are enough; one alone is not."""
    for down in (1, 2, 3):
        gateway = Meddled(shop.gateway, bundle=silent(down))
        assert shop.buyer(gateway).purchase(SOLD).keys == purchase.keys
    for down in ((1, 2), (1, 3), (2, 3)):
        with pytest.raises(NotEnoughShares, match="does not answer"):
            shop.buyer(Meddled(shop.gateway, bundle=silent(*down))).purchase(SOLD)


# --- the manifest ---------------------------------------------------------------------------


MANIFESTS: dict[str, Spoil] = {
    "empty": lambda _it: b"",
    "no header": lambda it: it.split(b"\n", 1)[1],
    "an entry less": lambda it: it.rsplit(b"\n", 2)[0] + b"\n",
    "an entry twice": lambda it: it + it.splitlines(keepends=True)[-1],
    "entries exchanged": lambda it: b"".join(
        it.splitlines(keepends=True)[at] for at in (0, 2, 1, 3)
    ),
    "units changed": lambda it: it.replace(b'"units":', b'"units" :'),
    "not JSON": lambda _it: b"{\n",
    "nested for ever": lambda it: it + b"[" * 200_000 + b"\n",
    "header nested for ever": lambda it: b'{"a":' * 200_000 + b"\n" + it,
    "units beyond any number": lambda it: it.replace(b'"units":"', b'"units":1e999,"_":"'),
    "binary": lambda _it: bytes(range(256)),
}


@pytest.mark.parametrize("spoil", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_purchase__manifest_altered__is_refused(shop: RunningDao, spoil: Spoil) -> None:
    """Only the file with the attested root is a manifest."""
    gateway = Meddled(shop.gateway, manifest=lambda real, edition: spoil(real.manifest(edition)))
    with pytest.raises(ManifestMismatch):
        shop.buyer(gateway).purchase(SOLD)


def test_purchase__commitments_in_the_manifest_altered__is_refused(shop: RunningDao) -> None:
    """Commitments are those of the share root, so that no keeper can be blamed falsely."""
    published = shop.buyer().purchase(SOLD).published
    one, other = published.commitments[0][0].hex().encode(), seed("x").hex().encode()
    gateway = Meddled(
        shop.gateway,
        manifest=lambda real, edition: real.manifest(edition).replace(one, other),
    )
    with pytest.raises(ManifestMismatch, match="share root"):
        shop.buyer(gateway).purchase(SOLD)


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
