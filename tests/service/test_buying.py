"""The buyer's side: nothing that the service says is believed, and nothing bad stays on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dao_backend.core.bundle import HEADER
from dao_backend.errors import (
    ManifestMismatch,
    NotEnoughShares,
    NotFound,
    NotReleased,
    ServiceUnavailable,
)
from dao_backend.service.buying import Purchase
from tests.service.lies import bundle_with_wrong_shares, post_receipt_of
from tests.support.core_actors import sealing_secret, seed
from tests.support.running_dao import Meddled, RunningDao
from tests.support.running_fixtures import SOLD

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
    with pytest.raises(NotEnoughShares, match="release key"):
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
    """One bad bundle of three changes nothing of what is recovered, and its keeper is named."""
    found = shop.buyer(giving(shop, bundle_1=spoil)).purchase(SOLD)
    assert found.keys == purchase.keys
    (problem,) = found.problems
    assert problem.startswith("keeper 1: ")


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
    """A keeper that states and gives wrong shares is named; the two others give the keys."""
    number = delivered.sell().request_id
    delivered.settle_down()
    wrong = bundle_with_wrong_shares(delivered, number)
    post_receipt_of(delivered, number, wrong)
    delivered.deliver(number)

    def lying(real: Any, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        return iter((wrong,)) if index == 1 else real.bundle(licence_id, index, offset)

    gateway = Meddled(giving(delivered, bundle_3=lambda _it: b""), bundle=lying)
    with pytest.raises(NotEnoughShares, match="keeper 1 gave a bad share"):
        delivered.buyer(gateway).purchase(number)
    found = delivered.buyer(Meddled(delivered.gateway, bundle=lying)).purchase(number)
    assert found.keys == purchase.keys
    (problem,) = found.problems
    assert problem.startswith("keeper 1: keeper 1 gave a bad share of 0x")


def test_purchase__bundle_of_another_licence__is_refused(delivered: RunningDao) -> None:
    """A bundle counts for one licence, even of the same buyer and edition."""
    other = delivered.sell().request_id
    delivered.deliver(other)

    def swapped(real: Any, _licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        return real.bundle(SOLD, index, offset)

    with pytest.raises(NotEnoughShares, match=f"keeper 1's bundle for licence {SOLD}"):
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
