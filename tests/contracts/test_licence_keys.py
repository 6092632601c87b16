"""Release keys: the holder alone changes what keepers seal to, before anything is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Receipt
from dao_backend.core.packing import keccak256
from tests.contracts.actors import deploy_core
from tests.contracts.dao import DAY, RELEASE_KEY, Dao, words
from tests.contracts.licence_stand import grant_to, issue
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

LICENCE = 3
KEY, OTHER, THIRD = b"\x21" * 32, b"\x22" * 32, b"\x23" * 32
DELAY = 600
PRIME = 2**255 - 19
LOW_ORDER = [value.to_bytes(32, "little") for value in (1, PRIME - 1, PRIME, 2**255, 2**255 + 1)]


@pytest.fixture(scope="module")
def core(
    chain: ChainManager, project: ProjectManager, accounts: AccountManager, alice: AccountAPI
) -> Dao:
    """Registry, keepers and licences; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


@pytest.fixture(autouse=True)
def issued(core: Dao, alice: AccountAPI, buyer: AccountAPI) -> int:
    """The buyer's licence for two days, to be delivered within the first; gives its deadline."""
    core.contribute(alice)
    edition = core.publish()
    deadline = core.now + DAY
    grant = grant_to(buyer, core.now, edition, expiry=core.now + 2 * DAY)
    issue(core, LICENCE, grant, deliver_by=deadline)
    return deadline


def announce(dao: Dao, holder: AccountAPI, key: bytes = KEY) -> ReceiptAPI:
    """The holder announces a key."""
    return dao.licence.announceReleaseKey(LICENCE, key, sender=holder)


def apply(dao: Dao) -> ReceiptAPI:
    """Anybody puts the announced key in force."""
    return dao.licence.applyReleaseKey(LICENCE, sender=dao.stranger)


def post(dao: Dao, index: int, key: bytes) -> ReceiptAPI:
    """Keeper `index` states that it sealed to `key`."""
    root = bytes(dao.keepers.editionRoot(dao.licence.licenceOf(LICENCE).editionId))
    receipt = Receipt(LICENCE, index, bytes(32), 1000, 1, root, keccak256(key))
    return dao.keepers.postReceipt(words(receipt), sender=dao.operators[index - 1])


# --- refusals ---


def test_apply__a_key_that_the_licence_had_before__is_refused(core: Dao, buyer: AccountAPI) -> None:
    """Receipts signed for the first key could be posted, and its bundles are thrown away."""
    for key in (KEY, RELEASE_KEY):
        announce(core, buyer, key)
        core.wait(DELAY)
        if key == KEY:
            apply(core)
    with refused("ReleaseKeyUsed", licenceId=LICENCE, releaseKeyHash=keccak256(RELEASE_KEY)):
        apply(core)


def test_announce__by_anybody_but_the_holder__is_refused(core: Dao, buyer: AccountAPI) -> None:
    """Who could change the key could have the data."""
    for caller in (core.desk, core.timelock, core.meter, core.operators[0], core.stranger):
        with refused("NotHolder", caller=caller, holder=buyer):
            announce(core, caller)


def test_announce_or_apply__for_an_unknown_licence__is_refused(
    core: Dao, buyer: AccountAPI
) -> None:
    """There is no key of what was never issued."""
    with refused("LicenceUnknown", licenceId=9):
        core.licence.announceReleaseKey(9, KEY, sender=buyer)
    with refused("NoKeyAnnounced", licenceId=9):
        core.licence.applyReleaseKey(9, sender=buyer)


@pytest.mark.parametrize("key", LOW_ORDER, ids=[key.hex()[:8] for key in LOW_ORDER])
def test_announce__key_of_low_order__is_refused(core: Dao, buyer: AccountAPI, key: bytes) -> None:
    """Nothing is sealed to a key that everybody can open."""
    with refused("ReleaseKeyUnsafe", releaseKey=key):
        announce(core, buyer, key)


@pytest.mark.parametrize("ended", ["suspended", "revoked", "annulled", "lapsed", "expired"])
def test_announce_or_apply__licence_not_in_force__is_refused(
    core: Dao, buyer: AccountAPI, ended: str
) -> None:
    """A key announced before does not outlive its licence either."""
    announce(core, buyer)
    core.wait(DELAY)
    match ended:
        case "suspended":
            core.licence.suspend(LICENCE, sender=core.timelock)
        case "revoked":
            core.licence.revoke(LICENCE, sender=core.timelock)
        case "annulled":
            core.licence.annul(LICENCE, sender=core.desk)
        case "lapsed":
            core.licence.lapse(LICENCE, sender=core.meter)
        case _:
            core.go_to(core.licence.licenceOf(LICENCE).expiry)
    for key in (OTHER, bytes(32)):
        with refused("LicenceNotInForce", licenceId=LICENCE):
            announce(core, buyer, key)
    with refused("LicenceNotInForce", licenceId=LICENCE):
        apply(core)


def test_apply__without_an_announcement__is_refused(core: Dao, buyer: AccountAPI) -> None:
    """Not before one, not after it was taken back, and not twice."""
    with refused("NoKeyAnnounced", licenceId=LICENCE):
        apply(core)
    announce(core, buyer)
    announce(core, buyer, bytes(32))
    core.wait(DELAY)
    with refused("NoKeyAnnounced", licenceId=LICENCE):
        apply(core)
    announce(core, buyer)
    core.wait(DELAY)
    apply(core)
    with refused("NoKeyAnnounced", licenceId=LICENCE):
        apply(core)


def test_apply__before_the_delay_is_over__is_refused(core: Dao, buyer: AccountAPI) -> None:
    """Whoever steals the holder's wallet is seen for ten minutes before anything changes."""
    earliest = announce(core, buyer).timestamp + DELAY
    for timestamp in (earliest - 300, earliest - 1):
        core.chain.pending_timestamp = timestamp
        expected = {"earliest": earliest, "timestamp": timestamp}
        with refused("KeyTooEarly", licenceId=LICENCE, **expected):
            apply(core)


@pytest.mark.parametrize("receipts", [1, 2, 3])
def test_apply__after_a_receipt__is_refused(core: Dao, buyer: AccountAPI, receipts: int) -> None:
    """Once a keeper has sealed to a key, that key it is; the holder takes the other back."""
    announce(core, buyer)
    for index in range(1, receipts + 1):
        post(core, index, RELEASE_KEY)
    core.wait(DELAY)
    with refused("ReceiptsPosted", licenceId=LICENCE, receipts=receipts):
        apply(core)
    announce(core, buyer, bytes(32))
    assert core.licence.isInForce(LICENCE)


# --- success ---


def test_announce__by_the_holder__changes_nothing_yet(core: Dao, buyer: AccountAPI) -> None:
    """Until the key is applied the old one is sealed to."""
    receipt = announce(core, buyer)
    earliest = receipt.timestamp + core.licence.KEY_DELAY()
    assert core.licence.KEY_DELAY() == DELAY
    assert list(receipt.events) == [core.licence.ReleaseKeyAnnounced(LICENCE, KEY, earliest)]
    with refused("ReleaseKeyMismatch", licenceId=LICENCE, given=keccak256(KEY)):
        post(core, 1, KEY)
    post(core, 1, RELEASE_KEY)


def test_apply__at_the_end_of_the_delay__asks_keepers_for_the_new_key(
    core: Dao, buyer: AccountAPI
) -> None:
    """From that second on only receipts for the new key count."""
    core.chain.pending_timestamp = announce(core, buyer).timestamp + DELAY
    receipt = apply(core)
    assert list(receipt.events) == [core.licence.ReleaseKeyRotated(LICENCE, KEY)]
    with refused("ReleaseKeyMismatch", licenceId=LICENCE, given=keccak256(RELEASE_KEY)):
        post(core, 1, RELEASE_KEY)
    for index in (1, 2):
        post(core, index, KEY)
    assert core.keepers.isDelivered(LICENCE)


def test_announce__twice__only_the_last_key_holds(core: Dao, buyer: AccountAPI) -> None:
    """The second announcement replaces the first and begins the delay anew."""
    announce(core, buyer)
    core.wait(DELAY - 100)
    second = announce(core, buyer, OTHER)
    core.chain.pending_timestamp = late = second.timestamp + 200
    expected = {"earliest": second.timestamp + DELAY, "timestamp": late}
    with refused("KeyTooEarly", licenceId=LICENCE, **expected):
        apply(core)
    core.go_to(second.timestamp + DELAY)
    assert list(apply(core).events) == [core.licence.ReleaseKeyRotated(LICENCE, OTHER)]
    with refused("ReleaseKeyMismatch", licenceId=LICENCE, given=keccak256(KEY)):
        post(core, 1, KEY)
    post(core, 1, OTHER)


def test_apply__again_with_another_key__works_until_a_receipt(core: Dao, buyer: AccountAPI) -> None:
    """A holder may change its mind as long as nothing is sealed."""
    for key in (KEY, OTHER, THIRD):
        announce(core, buyer, key)
        core.wait(DELAY)
        apply(core)
    post(core, 1, THIRD)
