"""A delivery is opened, halted and rekeyed by the licence contract alone, and by its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.packing import keccak256
from tests.contracts.actors import HOUR, THRESHOLD, deploy_core
from tests.contracts.dao import Dao
from tests.contracts.refusals import refused
from tests.contracts.test_keeper_registry_receipts import (
    KEY_HASH,
    LICENCE,
    attested,
    post,
    receipt_of,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

NEW_KEY = keccak256(b"another release key")
CALLS = [("open", (1, KEY_HASH, 2**40)), ("rekey", (NEW_KEY,)), ("halt", ()), ("resume", ())]


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


# --- refusals ---


@pytest.mark.parametrize(("method", "arguments"), CALLS, ids=[call[0] for call in CALLS])
def test_delivery__touched_by_anybody_but_the_licence__is_refused(
    core: Dao, deliver_by: int, alice: AccountAPI, method: str, arguments: tuple[object, ...]
) -> None:
    """Neither desk nor timelock reach a delivery but through the licence."""
    for caller in (core.desk, core.timelock, core.operators[0], alice):
        with refused("UnexpectedCaller", caller=caller, expected=core.licence):
            getattr(core.keepers, method)(LICENCE, *arguments, sender=caller)


def test_open__twice__is_refused(core: Dao, edition: int, deliver_by: int) -> None:
    """What was asked for cannot be changed, nor its receipts forgotten."""
    post(core, receipt_of(1))
    with refused("DeliveryExists", licenceId=LICENCE):
        core.keepers.open(LICENCE, edition, bytes(32), 2**40, sender=core.licence)


def test_open__on_an_edition_without_root__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Nobody can be held to an unknown list."""
    core.contribute(alice)
    unattested = core.seal()
    with refused("EditionNotAttested", editionId=unattested):
        core.keepers.open(LICENCE, unattested, KEY_HASH, core.now + HOUR, sender=core.licence)


@pytest.mark.parametrize(("method", "arguments"), CALLS[1:], ids=[call[0] for call in CALLS[1:]])
def test_delivery__unknown__is_refused(
    core: Dao, method: str, arguments: tuple[object, ...]
) -> None:
    """Nothing can be done about what was never opened."""
    with refused("DeliveryUnknown", licenceId=9):
        getattr(core.keepers, method)(9, *arguments, sender=core.licence)


def test_rekey__after_a_receipt__is_refused(core: Dao, deliver_by: int) -> None:
    """Once a bundle is sealed to a key, no other key is asked for."""
    for receipts in (1, 2, 3):
        post(core, receipt_of(receipts))
        with refused("ReceiptsPosted", licenceId=LICENCE, receipts=receipts):
            core.keepers.rekey(LICENCE, NEW_KEY, sender=core.licence)


def test_halt__between_the_last_receipt_and_the_deadline__is_refused(
    core: Dao, deliver_by: int
) -> None:
    """The price is the members', so that the bundles are the buyer's for a day at least."""
    post(core, receipt_of(1))
    core.keepers.halt(LICENCE, sender=core.licence)
    core.keepers.resume(LICENCE, sender=core.licence)
    post(core, receipt_of(2))
    until = core.hand_over_until(LICENCE)
    with refused("HandOverUnderWay", licenceId=LICENCE, until=until):
        core.keepers.halt(LICENCE, sender=core.licence)
    core.chain.pending_timestamp = until
    with refused("HandOverUnderWay", licenceId=LICENCE, until=until):
        core.keepers.halt(LICENCE, sender=core.licence)
    core.go_to(until)
    core.keepers.halt(LICENCE, sender=core.licence)
    assert core.keepers.deliveryOf(LICENCE).halted


def test_post__while_halted__is_refused(core: Dao, deliver_by: int) -> None:
    """A halted delivery shows that it is, and goes on when it is resumed."""
    core.keepers.halt(LICENCE, sender=core.licence)
    assert core.keepers.deliveryOf(LICENCE).halted
    with refused("DeliveryHalted", licenceId=LICENCE):
        post(core, receipt_of(1))
    core.keepers.resume(LICENCE, sender=core.licence)
    assert not core.keepers.deliveryOf(LICENCE).halted
    post(core, receipt_of(1))
    assert core.keepers.deliveryOf(LICENCE).receipts == 1


# --- success ---


def test_open__by_the_licence__expects_the_editions_keepers(core: Dao, edition: int) -> None:
    """A grant starts a delivery that nobody has answered yet, with the committee's threshold."""
    deadline = core.now + HOUR
    receipt = core.keepers.open(LICENCE, edition, KEY_HASH, deadline, sender=core.licence)
    assert list(receipt.events) == [core.keepers.DeliveryOpened(LICENCE, edition, deadline, 1)]
    expected = (edition, deadline, 1, THRESHOLD, 0, False, 0, 0)
    assert tuple(core.keepers.deliveryOf(LICENCE)) == expected
    assert not core.keepers.isDelivered(LICENCE)


def test_rekey__before_any_receipt__asks_for_the_new_key(core: Dao, deliver_by: int) -> None:
    """From then on only the new key's receipts count; the last of several keys holds."""
    for key in (keccak256(b"in between"), NEW_KEY):
        core.keepers.rekey(LICENCE, key, sender=core.licence)
    with refused("ReleaseKeyMismatch", licenceId=LICENCE, given=KEY_HASH):
        post(core, receipt_of(1))
    for index in (1, 2):
        post(core, receipt_of(index, release_key_hash=NEW_KEY))
    assert core.keepers.isDelivered(LICENCE)


def test_resume__after_the_deadline__opens_nothing(core: Dao, deliver_by: int) -> None:
    """A delivery that was halted over its deadline stays undelivered."""
    core.keepers.halt(LICENCE, sender=core.licence)
    core.go_to(deliver_by)
    core.keepers.resume(LICENCE, sender=core.licence)
    late = core.chain.pending_timestamp
    with refused("DeliveryOver", deliverBy=deliver_by, timestamp=late):
        post(core, receipt_of(1))
