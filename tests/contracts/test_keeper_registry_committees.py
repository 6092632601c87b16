"""A vote forms the next committee: shares are dealt to it at once, the last one serves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Address, Committee, Keeper
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Attestation
from dao_backend.core.typed_keepers import Handover
from tests.contracts.actors import THRESHOLD, deploy_core, sealing_key
from tests.contracts.committee_stand import change, confirm, epochs, install, seats_of
from tests.contracts.dao import NATIVE, Dao, sign
from tests.contracts.refusals import refused
from tests.contracts.test_keeper_registry import form

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

FORM_32 = 7_000_000
"""What forming the largest committee may cost: half of what one transaction may use (EIP-7825)."""


@pytest.fixture(scope="module")
def core(
    chain: ChainManager, project: ProjectManager, accounts: AccountManager, alice: AccountAPI
) -> Dao:
    """Two of three keepers; accounts play the timelock and the licence contract."""
    return deploy_core(chain, project, accounts, issuing=accounts[15])


@pytest.fixture
def coming(accounts: AccountManager, core: Dao) -> list[AccountAPI]:
    """The next committee: another second keeper, and the others once more."""
    first, _, third = core.operators
    return [first, accounts[17], third]


# --- refusals: who comes next ---


def test_change__by_anybody_but_the_timelock__is_refused(
    core: Dao, coming: list[AccountAPI], alice: AccountAPI
) -> None:
    """Keepers are chosen by a vote, and not by keepers."""
    for caller in (alice, core.operators[0], core.desk, core.council):
        with refused("UnexpectedCaller", caller=caller, expected=core.timelock):
            core.keepers.changeCommittee(seats_of(coming), sender=caller)


@pytest.mark.parametrize("size", [0, 2, 4, 33])
def test_change__to_another_size__is_refused(core: Dao, size: int) -> None:
    """Shares were dealt to three: with more or fewer they would have to be dealt anew."""
    keepers = [("0x" + f"{i:040x}", sealing_key(i), "") for i in range(1, size + 1)]
    with refused("CommitteeSizeFixed", size=size, expected=3):
        core.keepers.changeCommittee(keepers, sender=core.timelock)


def test_change__that_moves_an_operator_to_another_seat__is_refused(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """Two indexes of one operator are two shares of one key, however many epochs lie between."""
    first, second, third = core.operators
    with refused("OperatorSeated", operator=first, index=1):
        change(core, [coming[1], first, third])
    change(core, coming)
    with refused("OperatorSeated", operator=second, index=2):
        change(core, [first, coming[1], second])
    with refused("OperatorSeated", operator=coming[1], index=2):
        change(core, [first, second, coming[1]])


def test_change__that_moves_a_key_to_another_seat__is_refused(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """A new account with an old key opens what that key's owner can open; so does its twin form."""
    first, second, third = seats_of(coming)
    old = bytes(core.keepers.keeperOf(1, 1).sealingKey)
    twin = old[:31] + bytes([old[31] ^ 0x80])
    for key in (old, twin):
        with refused("SealingKeySeated", sealingKey=key, index=1):
            moved = [first, (second[0], key, ""), third]
            core.keepers.changeCommittee(moved, sender=core.timelock)


def test_change__to_seats_that_nobody_can_take__is_refused(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """Every rule of the first committee holds for those that follow."""
    first, second, third = seats_of(coming)
    bad = {
        ("OperatorMissing", "index", 2): [first, (NATIVE, second[1], ""), third],
        ("SealingKeyInvalid", "index", 3): [first, second, (third[0], bytes(32), "")],
    }
    for (error, name, value), keepers in bad.items():
        with refused(error, **{name: value}):
            core.keepers.changeCommittee(keepers, sender=core.timelock)
    with refused("OperatorSeated", operator=second[0], index=2):
        same = [first, second, (second[0], third[1], "")]
        core.keepers.changeCommittee(same, sender=core.timelock)
    assert epochs(core) == (1, 1)


# --- refusals: meanwhile ---


def test_seal__while_the_handover_is_pending__is_refused(
    core: Dao, coming: list[AccountAPI], alice: AccountAPI
) -> None:
    """Neither committee could deliver all of an edition, before t of the new one confirm."""
    core.contribute(alice)
    change(core, coming)
    for index in range(1, THRESHOLD + 1):
        with refused("HandoverPending", epoch=2, serving=1):
            core.seal()
        confirm(core, 2, index, coming[index - 1])
    edition = core.seal()
    assert core.registry.editionOf(edition).epoch == 2


def test_register__under_the_last_epoch__is_refused(
    core: Dao, coming: list[AccountAPI], alice: AccountAPI
) -> None:
    """What the leavers must hand over is known from the moment that they are to leave."""
    record, nonce = core.record(alice.address)
    appraisal = core.appraisal(record, 100)
    change(core, coming)
    values = tuple(getattr(record, name) for name in record.__dataclass_fields__)
    with refused("WrongEpoch", epoch=1, current=2):
        core.registry.contribute(values, nonce, appraisal, sender=alice)


def test_attest__by_keepers_that_do_not_serve__is_refused(
    core: Dao, coming: list[AccountAPI], alice: AccountAPI
) -> None:
    """Before the handover the newcomer signs for nothing, after it the leaver."""
    core.contribute(alice)
    edition, root = core.seal(), keccak256(b"root")
    domain, message = core.domain(core.keepers), Attestation(edition, root)
    first, leaver, _ = core.operators
    change(core, coming)
    for outsider, insider in ((coming[1], leaver), (leaver, coming[1])):
        signed = [sign(who, domain, message) for who in (first, outsider)]
        with refused("NotOperator", account=outsider, operator=insider):
            core.keepers.attest(edition, root, [1, 2], signed, sender=core.stranger)
        if outsider == coming[1]:
            install(core, coming)
    signed = [sign(who, domain, message) for who in coming[:2]]
    core.keepers.attest(edition, root, [1, 2], signed, sender=core.stranger)
    assert bytes(core.keepers.editionRoot(edition)) == root


# --- success ---


def test_change__by_the_timelock__forms_the_next_epoch_with_the_same_threshold(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """The registry hears of it at once; the last committee goes on serving."""
    receipt = change(core, coming)
    seats, keepers = seats_of(coming), core.keepers
    committee = Committee(
        chain_id=core.chain.chain_id,
        registry=Address(keepers.address),
        epoch=2,
        threshold=THRESHOLD,
        keepers=tuple(
            Keeper(index, Address(operator.address), key, endpoint)
            for index, (operator, key, endpoint) in enumerate(seats, start=1)
        ),
    )
    assert list(receipt.events) == [
        *(keepers.KeeperJoined(2, i, *seat) for i, seat in enumerate(seats, start=1)),
        keepers.CommitteeFormed(2, THRESHOLD, committee_hash(committee)),
        core.registry.EpochBegun(2),
    ]
    assert [tuple(keepers.keeperOf(2, index)) for index in (1, 2, 3)] == seats
    assert bytes(keepers.committeeHash(2)) == committee_hash(committee)
    assert tuple(keepers.committeeOf(2)) == (THRESHOLD, 3)
    assert (epochs(core), core.registry.currentEpoch()) == ((1, 2), 2)
    assert tuple(keepers.committeeOf(1)) == (THRESHOLD, 3)


def test_change__back_to_those_who_left__lets_them_take_their_seats(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """A committee that never came to serve is left behind; its seats were not used up."""
    change(core, coming)
    change(core, core.operators)
    install(core, core.operators)
    assert epochs(core) == (3, 3)
    assert not core.keepers.isHolding(2, 1)


def test_change__of_one_keeper_that_is_alone__serves_by_its_word(
    project: ProjectManager, deployer: AccountAPI, accounts: AccountManager, core: Dao
) -> None:
    """A custodian hands over to the next: t and n are one."""
    first, second = accounts[16], accounts[17]
    registry = form(project, deployer, seats_of([first]), 1, timelock=core.timelock)
    registry.changeCommittee(seats_of([second]), sender=core.timelock)
    assert (registry.servingEpoch(), registry.currentEpoch()) == (1, 2)
    domain = core.domain(registry)
    signature = sign(second, domain, Handover(2, 1))
    registry.confirmHandover(2, 1, signature, sender=first)
    assert (registry.servingEpoch(), registry.isHolding(2, 1)) == (2, True)


# --- properties ---


def test_gas__of_the_largest_change__fits_a_block(
    project: ProjectManager, deployer: AccountAPI, core: Dao
) -> None:
    """Thirty-two new keepers, each with an address of a hundred letters."""
    first, second = (
        [("0x" + f"{i:040x}", keccak256(bytes([i])), "x" * 100) for i in range(begin, begin + 32)]
        for begin in (1, 101)
    )
    registry = form(project, deployer, first, 32, timelock=core.timelock)
    receipt = registry.changeCommittee(second, sender=core.timelock)
    assert receipt.gas_used <= FORM_32
    assert tuple(registry.committeeOf(2)) == (32, 32)
