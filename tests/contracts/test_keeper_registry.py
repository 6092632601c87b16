"""Committees are what they say, and a root is attested by t of their keepers or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from web3.utils.address import get_create_address

from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Address, Committee, Keeper
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Attestation, recover_signer
from tests.contracts.actors import (
    COLLECTIONS,
    HOUR,
    THRESHOLD,
    UNBOUND,
    committee_of,
    deploy_core,
    elsewhere,
    sealing_key,
    second_form,
)
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.dao import Dao, sign
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

ROOT = keccak256(b"root")
PRIME = 2**255 - 19
ORDER_EIGHT = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
LOW_ORDER = [0, 1, *ORDER_EIGHT, PRIME - 1, PRIME, PRIME + 1]


@pytest.fixture(scope="module")
def core(
    chain: ChainManager, project: ProjectManager, accounts: AccountManager, alice: AccountAPI
) -> Dao:
    """Two of three keepers; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


@pytest.fixture
def edition(core: Dao, alice: AccountAPI) -> int:
    """A sealed edition without a root."""
    core.contribute(alice)
    return core.seal()


def form(
    project: ProjectManager,
    deployer: AccountAPI,
    keepers: Sequence[object],
    threshold: int,
    timelock: AccountAPI | None = None,
) -> ContractInstance:
    """A registry with this first committee; of its peers `timelock` can change it."""
    coming = get_create_address(deployer.address, deployer.nonce + 1)
    peers = (*[deployer] * 7, coming, *[deployer] * 5)
    told = deployer.deploy(project.DataRegistry, peers, COLLECTIONS, [], HOUR, *UNBOUND)
    peers = (timelock or deployer, deployer, told, *[deployer] * 10)
    return deployer.deploy(project.KeeperRegistry, peers, keepers, threshold)


def attest(dao: Dao, edition: int, indexes: Sequence[int], root: bytes = ROOT) -> ReceiptAPI:
    """Attest with the true signatures of `indexes` over `root`."""
    domain, message = dao.domain(dao.keepers), Attestation(edition, root)
    signed = [sign(dao.operators[index - 1], domain, message) for index in indexes]
    return dao.keepers.attest(edition, root, indexes, signed, sender=dao.stranger)


# --- refusals: committees ---


@pytest.mark.parametrize("size", [0, 33])
def test_form__committee_size_out_of_bounds__is_refused(
    project: ProjectManager, deployer: AccountAPI, accounts: AccountManager, size: int
) -> None:
    """A committee has 1 to 32 keepers."""
    keepers = [("0x" + f"{i:040x}", keccak256(bytes([i])), "") for i in range(1, size + 1)]
    with refused("CommitteeSizeOutOfBounds", size=size):
        form(project, deployer, keepers, 1)


@pytest.mark.parametrize("threshold", [0, 4])
def test_form__threshold_out_of_bounds__is_refused(
    project: ProjectManager, deployer: AccountAPI, operators: list[AccountAPI], threshold: int
) -> None:
    """At least one keeper is needed, and no more than there are."""
    with refused("ThresholdOutOfBounds", threshold=threshold, size=3):
        form(project, deployer, committee_of(operators), threshold)


@pytest.mark.parametrize("top_bit", [0, 1])
@pytest.mark.parametrize("coordinate", LOW_ORDER)
def test_form__sealing_key_of_low_order__is_refused(
    project: ProjectManager, deployer: AccountAPI, coordinate: int, top_bit: int
) -> None:
    """No share is sealed to a key that everybody can open, however it is written."""
    key = (coordinate | top_bit << 255).to_bytes(32, "little")
    with refused("SealingKeyInvalid", index=1):
        form(project, deployer, [(deployer, key, "")], 1)


def test_form__one_keeper_twice__is_refused(
    project: ProjectManager, deployer: AccountAPI, operators: list[AccountAPI]
) -> None:
    """Two seats of one operator, or two with one key, are one keeper."""
    first, second, third = committee_of(operators)
    same_operator = (first[0], third[1], "")
    with refused("OperatorSeated", operator=first[0], index=1):
        form(project, deployer, [first, second, same_operator], 2)
    same_key = (third[0], first[1], "")
    with refused("SealingKeySeated", sealingKey=first[1], index=1):
        form(project, deployer, [first, second, same_key], 2)


def test_form__keeper_without_operator__is_refused(
    project: ProjectManager, deployer: AccountAPI, operators: list[AccountAPI]
) -> None:
    """A seat that nobody can act for is no seat."""
    first, second, _ = committee_of(operators)
    with refused("OperatorMissing", index=2):
        form(project, deployer, [first, (NOBODY, second[1], "")], 1)


def test_look_up__of_what_is_not__is_refused(core: Dao) -> None:
    """No view invents a committee, a keeper or a delivery."""
    with refused("EpochUnknown", epoch=2):
        core.keepers.committeeOf(2)
    with refused("EpochUnknown", epoch=0):
        core.keepers.committeeHash(0)
    for index in (0, 4):
        with refused("KeeperUnknown", epoch=1, index=index):
            core.keepers.keeperOf(1, index)
    with refused("DeliveryUnknown", licenceId=1):
        core.keepers.deliveryOf(1)
    with refused("DeliveryUnknown", licenceId=1):
        core.keepers.isDelivered(1)


# --- refusals: attesting ---


def test_attest__an_unknown_edition__is_refused(core: Dao) -> None:
    """Nothing that was not sealed gets a root."""
    with refused("EditionUnknown", editionId=9):
        attest(core, 9, [1, 2])


def test_attest__an_empty_root__is_refused(core: Dao, edition: int) -> None:
    """Zero means that no root is attested yet."""
    with refused("RootEmpty"):
        attest(core, edition, [1, 2], bytes(32))


def test_attest__a_second_time__is_refused(core: Dao, edition: int) -> None:
    """What a buyer buys does not change under it."""
    attest(core, edition, [1, 2])
    for root in (ROOT, keccak256(b"another")):
        with refused("AlreadyAttested", editionId=edition, root=ROOT):
            attest(core, edition, [1, 2], root)


def test_attest__by_fewer_than_t__is_refused(core: Dao, edition: int) -> None:
    """Fewer than t keepers decide nothing."""
    for indexes in ([], [1]):
        with refused("TooFewAttestations", given=len(indexes), threshold=THRESHOLD):
            attest(core, edition, indexes)


def test_attest__with_a_signature_too_few__is_refused(core: Dao, edition: int) -> None:
    """Every index has its signature."""
    with refused("SignatureCountMismatch", indexes=2, signatures=1):
        core.keepers.attest(edition, ROOT, [1, 2], [bytes(65)], sender=core.stranger)


def test_attest__by_one_keeper_twice__is_refused(core: Dao, edition: int) -> None:
    """Nobody counts twice, in any order."""
    for indexes, previous, index in (((2, 2), 2, 2), ((2, 1), 2, 1)):
        with refused("IndexesNotIncreasing", previous=previous, index=index):
            attest(core, edition, indexes)
    with refused("IndexesNotIncreasing", previous=0, index=0):
        core.keepers.attest(edition, ROOT, [0, 1], [bytes(65)] * 2, sender=core.stranger)


def test_attest__by_an_unknown_keeper__is_refused(core: Dao, edition: int) -> None:
    """Indexes end with the committee."""
    domain, message = core.domain(core.keepers), Attestation(edition, ROOT)
    signed = [sign(core.operators[0], domain, message)] * 2
    with refused("KeeperUnknown", epoch=1, index=4):
        core.keepers.attest(edition, ROOT, [1, 4], signed, sender=core.stranger)


def test_attest__in_anothers_place__is_refused(core: Dao, edition: int) -> None:
    """A keeper signs for its own seat."""
    first, second, third = core.operators
    domain, message = core.domain(core.keepers), Attestation(edition, ROOT)
    signed = [sign(who, domain, message) for who in (first, third)]
    with refused("NotOperator", account=third, operator=second):
        core.keepers.attest(edition, ROOT, [1, 2], signed, sender=core.stranger)


def test_attest__what_was_not_signed__is_refused(core: Dao, edition: int) -> None:
    """A signature over another root, edition, chain or contract says nothing about this one."""
    first, domain, wanted = core.operators[0], core.domain(core.keepers), Attestation(edition, ROOT)
    foreign = [
        sign(first, domain, Attestation(edition, keccak256(b"another"))),
        sign(first, domain, Attestation(edition + 1, ROOT)),
        *(sign(first, other, wanted) for other in elsewhere(domain)),
    ]
    for signature in foreign:
        signer = recover_signer(domain, wanted, signature)
        with refused("NotOperator", account=signer, operator=first):
            core.keepers.attest(edition, ROOT, [1, 2], [signature] * 2, sender=core.stranger)


def test_attest__with_a_malformed_signature__is_refused(core: Dao, edition: int) -> None:
    """A signature has 65 bytes and one form."""
    good = sign(core.operators[0], core.domain(core.keepers), Attestation(edition, ROOT))
    other = second_form(good)
    with refused("ECDSAInvalidSignatureS", s=other[32:64]):
        core.keepers.attest(edition, ROOT, [1, 2], [other, good], sender=core.stranger)
    with refused("ECDSAInvalidSignatureLength", length=64):
        core.keepers.attest(edition, ROOT, [1, 2], [good[:64], good], sender=core.stranger)


# --- success ---


def test_form__first_committee__is_epoch_one_and_tells_who_it_is(
    core: Dao, project: ProjectManager
) -> None:
    """Operators, keys, endpoints and the hash that shares are bound to are all on chain."""
    keepers = core.keepers
    expected = committee_of(core.operators)
    assert keepers.currentEpoch() == 1
    assert tuple(keepers.committeeOf(1)) == (THRESHOLD, 3)
    assert [tuple(keepers.keeperOf(1, index)) for index in (1, 2, 3)] == expected
    committee = Committee(
        chain_id=core.chain.chain_id,
        registry=Address(keepers.address),
        epoch=1,
        threshold=THRESHOLD,
        keepers=tuple(
            Keeper(index, Address(operator.address), key, endpoint)
            for index, (operator, key, endpoint) in enumerate(expected, start=1)
        ),
    )
    assert bytes(keepers.committeeHash(1)) == committee_hash(committee)
    assert list(keepers.creation_metadata.receipt.events) == [
        *(keepers.KeeperJoined(1, i, *keeper) for i, keeper in enumerate(expected, start=1)),
        keepers.CommitteeFormed(1, THRESHOLD, committee_hash(committee)),
        core.registry.EpochBegun(1),
        keepers.EpochServing(1),
    ]
    assert (core.registry.currentEpoch(), keepers.servingEpoch()) == (1, 1)
    assert not keepers.isHolding(1, 1)


def test_form__32_keepers__fit(project: ProjectManager, deployer: AccountAPI) -> None:
    """The largest committee can be deployed and is complete."""
    keepers = [("0x" + f"{i:040x}", sealing_key(i), "") for i in range(1, 33)]
    registry = form(project, deployer, keepers, 32)
    assert tuple(registry.committeeOf(1)) == (32, 32)
    assert bytes(registry.keeperOf(1, 32).sealingKey) == sealing_key(32)


@pytest.mark.parametrize("indexes", [[1, 2], [1, 3], [2, 3], [1, 2, 3]])
def test_attest__by_t_or_more__fixes_the_root(core: Dao, edition: int, indexes: list[int]) -> None:
    """Any t keepers will do, and anybody may bring their signatures."""
    assert bytes(core.keepers.editionRoot(edition)) == bytes(32)
    receipt = attest(core, edition, indexes)
    assert list(receipt.events) == [core.keepers.EditionAttested(edition, ROOT)]
    assert bytes(core.keepers.editionRoot(edition)) == ROOT
