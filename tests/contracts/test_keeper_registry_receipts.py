"""A receipt is its keeper's own word on what was sold to whom, in time and once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Receipt
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Attestation, recover_signer
from tests.contracts.actors import HOUR, THRESHOLD, deploy_core, elsewhere, second_form
from tests.contracts.dao import RELEASE_KEY, Dao, sign, words
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

LICENCE = 7
ROOT = keccak256(b"root")
KEY_HASH = keccak256(RELEASE_KEY)


@pytest.fixture(scope="module")
def core(
    chain: ChainManager, project: ProjectManager, accounts: AccountManager, alice: AccountAPI
) -> Dao:
    """Two of three keepers, and an account that plays the licence contract."""
    return deploy_core(chain, project, accounts, issuing=accounts[15])


@pytest.fixture
def edition(core: Dao, alice: AccountAPI) -> int:
    """A sealed edition with its root."""
    return attested(core, alice)


@pytest.fixture
def deliver_by(core: Dao, edition: int) -> int:
    """The deadline of a delivery opened on the edition."""
    deadline = core.now + HOUR
    core.keepers.open(LICENCE, edition, KEY_HASH, deadline, sender=core.licence)
    return deadline


def attested(dao: Dao, member: AccountAPI) -> int:
    """An edition of one contribution, whose root all keepers have signed."""
    dao.contribute(member)
    edition = dao.seal()
    domain, message = dao.domain(dao.keepers), Attestation(edition, ROOT)
    signed = [sign(keeper, domain, message) for keeper in dao.operators]
    dao.keepers.attest(edition, ROOT, [1, 2, 3], signed, sender=dao.stranger)
    return edition


def receipt_of(index: int, **changes: object) -> Receipt:
    """What keeper `index` states, with `changes`."""
    honest = Receipt(LICENCE, index, keccak256(bytes([index])), 1000 + index, 1, ROOT, KEY_HASH)
    return dataclasses.replace(honest, **changes)


def post(dao: Dao, receipt: Receipt, seat: int | None = None) -> ReceiptAPI:
    """Post by the operator of the receipt's index, or of another seat."""
    operator = dao.operators[(seat or receipt.index) - 1]
    return dao.keepers.postReceipt(words(receipt), sender=operator)


# --- refusals ---


def test_post__for_nothing_granted__is_refused(core: Dao, deliver_by: int) -> None:
    """There are no receipts without a grant."""
    with refused("DeliveryUnknown", licenceId=8):
        post(core, receipt_of(1, licence_id=8))


def test_post__after_the_deadline__is_refused(core: Dao, deliver_by: int) -> None:
    """Late keepers cannot take a refund back."""
    core.go_to(deliver_by)
    late = core.chain.pending_timestamp
    with refused("DeliveryOver", deliverBy=deliver_by, timestamp=late):
        post(core, receipt_of(1))
    assert not core.keepers.isDelivered(LICENCE)


@pytest.mark.parametrize("index", [0, 4, 255])
def test_post__by_an_unknown_keeper__is_refused(core: Dao, deliver_by: int, index: int) -> None:
    """Indexes end with the committee."""
    with refused("KeeperUnknown", epoch=1, index=index):
        post(core, receipt_of(index), seat=1)


def test_post__in_anothers_place__is_refused(core: Dao, deliver_by: int) -> None:
    """A keeper speaks for its own seat."""
    first, second, _ = core.operators
    with refused("NotOperator", account=second, operator=first):
        post(core, receipt_of(1), seat=2)


def test_post__twice__is_refused(core: Dao, deliver_by: int) -> None:
    """One keeper counts once, also with another bundle, also by a signature."""
    post(core, receipt_of(1))
    again = receipt_of(1, bundle_digest=keccak256(b"another"))
    with refused("ReceiptRepeated", licenceId=LICENCE, index=1):
        post(core, again)
    signature = sign(core.operators[0], core.domain(core.keepers), again)
    with refused("ReceiptRepeated", licenceId=LICENCE, index=1):
        core.keepers.postReceiptFor(words(again), signature, sender=core.stranger)
    assert core.keepers.deliveryOf(LICENCE).receipts == 1


def test_post__for_another_list_or_key__is_refused(core: Dao, deliver_by: int) -> None:
    """A receipt states the attested root and the buyer's key, or it is none."""
    wrong = keccak256(b"another")
    with refused("EditionRootMismatch", given=wrong, attested=ROOT):
        post(core, receipt_of(1, edition_root=wrong))
    with refused("ReleaseKeyMismatch", licenceId=LICENCE, given=wrong):
        post(core, receipt_of(1, release_key_hash=wrong))
    with refused("EditionRootMismatch", given=KEY_HASH, attested=ROOT):
        post(core, receipt_of(1, edition_root=KEY_HASH, release_key_hash=ROOT))


def test_relayed_receipt__not_as_signed__is_refused(core: Dao, deliver_by: int) -> None:
    """Every field is under the keeper's signature, and so are chain and contract."""
    first, domain, honest = core.operators[0], core.domain(core.keepers), receipt_of(1)
    good, word = sign(first, domain, honest), keccak256(b"another")
    forged = [
        (receipt_of(1, **change), good)
        for change in ({"bundle_digest": word}, {"bundle_length": 1}, {"count": 2})
    ]
    forged += [(honest, sign(first, other, honest)) for other in elsewhere(domain)]
    for receipt, signature in forged:
        signer = recover_signer(domain, receipt, signature)
        with refused("NotOperator", account=signer, operator=first):
            core.keepers.postReceiptFor(words(receipt), signature, sender=core.stranger)


def test_relayed_receipt__with_a_malformed_signature__is_refused(
    core: Dao, deliver_by: int
) -> None:
    """A signature has 65 bytes and one form."""
    honest = receipt_of(1)
    good = sign(core.operators[0], core.domain(core.keepers), honest)
    other = second_form(good)
    with refused("ECDSAInvalidSignatureS", s=other[32:64]):
        core.keepers.postReceiptFor(words(honest), other, sender=core.stranger)
    with refused("ECDSAInvalidSignatureLength", length=64):
        core.keepers.postReceiptFor(words(honest), good[:64], sender=core.stranger)


# --- success ---


def test_post__by_t_keepers__delivers(core: Dao, edition: int, deliver_by: int) -> None:
    """Own and relayed receipts count alike; the t-th delivers, later ones are kept too."""
    domain = core.domain(core.keepers)
    for number, index in enumerate((3, 1, 2), start=1):
        assert core.keepers.isDelivered(LICENCE) == (number > THRESHOLD)
        honest = receipt_of(index)
        if index == 1:
            signature = sign(core.operators[0], domain, honest)
            posted = core.keepers.postReceiptFor(words(honest), signature, sender=core.stranger)
        else:
            posted = post(core, honest)
        stated = (LICENCE, index, honest.bundle_digest, honest.bundle_length, honest.count)
        assert list(posted.events) == [core.keepers.ReceiptPosted(*stated)]
        assert core.keepers.deliveryOf(LICENCE).receipts == number
    found = tuple(core.keepers.deliveryOf(LICENCE))
    assert found[:-1] == (edition, deliver_by, 1, THRESHOLD, 3, False, 0b1110)
    assert core.keepers.isDelivered(LICENCE)


def test_post__the_receipt_that_completes__dates_the_delivery_once(
    core: Dao, deliver_by: int
) -> None:
    """A delivery is as old as its t-th receipt, whatever comes before or after."""
    dates = []
    for index in (1, 2, 3):
        core.wait(100)
        posted = post(core, receipt_of(index))
        dates.append((core.keepers.deliveryOf(LICENCE).deliveredAt, posted.timestamp))
    (before, _), (at, completed), (after, _) = dates
    assert (before, at, after) == (0, completed, completed)


def test_post__at_the_very_deadline__counts(core: Dao, deliver_by: int) -> None:
    """The deadline itself is still in time."""
    core.chain.pending_timestamp = deliver_by
    assert post(core, receipt_of(1)).timestamp == deliver_by
    assert core.keepers.deliveryOf(LICENCE).receipts == 1


# --- properties ---


def test_post__for_two_licences__keeps_them_apart(core: Dao, edition: int, deliver_by: int) -> None:
    """A receipt for one buyer delivers nothing to another."""
    core.keepers.open(8, edition, keccak256(b"other key"), deliver_by, sender=core.licence)
    for index in (1, 2):
        post(core, receipt_of(index))
    assert core.keepers.isDelivered(LICENCE)
    assert not core.keepers.isDelivered(8)
    other = receipt_of(1, licence_id=8, release_key_hash=keccak256(b"other key"))
    post(core, other)
    assert core.keepers.deliveryOf(8).posted == 0b10


def test_gas__of_receipts__stays_under_the_ceilings(core: Dao, deliver_by: int) -> None:
    """A keeper's own receipt and a relayed one, the one that completes the delivery included."""
    domain = core.domain(core.keepers)
    for index in (1, 2, 3):
        core.wait(10)
        honest = receipt_of(index)
        with core.chain.isolate():
            own = post(core, honest)
        signature = sign(core.operators[index - 1], domain, honest)
        relayed = core.keepers.postReceiptFor(words(honest), signature, sender=core.stranger)
        assert own.gas_used <= 38_000
        assert relayed.gas_used <= 46_000
