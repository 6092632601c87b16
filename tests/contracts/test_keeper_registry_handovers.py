"""A committee serves once t of its keepers have said that they hold what was dealt before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.typed import recover_signer
from dao_backend.core.typed_keepers import Handover
from tests.contracts.actors import THRESHOLD, deploy_core, elsewhere, second_form
from tests.contracts.committee_stand import change, confirm, epochs
from tests.contracts.dao import Dao, sign
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager


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


# --- refusals ---


def test_confirm__for_another_epoch_than_the_newest__is_refused(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """An epoch that the next one has overtaken never serves, nor one that is not formed."""
    with refused("EpochNotCurrent", epoch=2, current=1):
        confirm(core, 2, 1, coming[0])
    change(core, coming)
    with refused("EpochNotCurrent", epoch=1, current=2):
        confirm(core, 1, 1, coming[0])
    confirm(core, 2, 1, coming[0])
    change(core, core.operators)
    with refused("EpochNotCurrent", epoch=2, current=3):
        confirm(core, 2, 2, coming[1])
    assert epochs(core) == (1, 3)


@pytest.mark.parametrize("index", [0, 4, 64, 255])
def test_confirm__by_an_unknown_keeper__is_refused(
    core: Dao, coming: list[AccountAPI], index: int
) -> None:
    """Indexes end with the committee, and no bit of another keeper's is set."""
    change(core, coming)
    with refused("KeeperUnknown", epoch=2, index=index):
        confirm(core, 2, index, coming[0])
    with refused("KeeperUnknown", epoch=2, index=index):
        core.keepers.isHolding(2, index)


def test_confirm__in_anothers_place__is_refused(core: Dao, coming: list[AccountAPI]) -> None:
    """Neither the leaver nor a fellow keeper says what a newcomer holds."""
    change(core, coming)
    for signer in (core.operators[1], coming[0], core.stranger):
        with refused("NotOperator", account=signer, operator=coming[1]):
            confirm(core, 2, 2, signer)


def test_confirm__twice__is_refused(core: Dao, coming: list[AccountAPI]) -> None:
    """One keeper counts once: t statements are those of t keepers."""
    change(core, coming)
    confirm(core, 2, 1, coming[0])
    with refused("HandoverRepeated", epoch=2, index=1):
        confirm(core, 2, 1, coming[0])
    assert epochs(core) == (1, 2)


def test_confirm__with_a_signature_of_an_earlier_epoch__is_refused(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """Who held everything once has not said so of what came since."""
    domain, first = core.domain(core.keepers), core.operators[0]
    change(core, coming)
    signature = sign(first, domain, Handover(2, 1))
    core.keepers.confirmHandover(2, 1, signature, sender=core.stranger)
    change(core, coming)
    signer = recover_signer(domain, Handover(3, 1), signature)
    with refused("NotOperator", account=signer, operator=first):
        core.keepers.confirmHandover(3, 1, signature, sender=core.stranger)


def test_confirm__signed_for_elsewhere__is_refused(core: Dao, coming: list[AccountAPI]) -> None:
    """A statement holds on one chain and for one DAO, and in one form."""
    change(core, coming)
    domain, wanted, first = core.domain(core.keepers), Handover(2, 1), coming[0]
    for other in elsewhere(domain):
        signature = sign(first, other, wanted)
        signer = recover_signer(domain, wanted, signature)
        with refused("NotOperator", account=signer, operator=first):
            core.keepers.confirmHandover(2, 1, signature, sender=core.stranger)
    good = sign(first, domain, wanted)
    with refused("ECDSAInvalidSignatureS", s=second_form(good)[32:64]):
        core.keepers.confirmHandover(2, 1, second_form(good), sender=core.stranger)
    with refused("ECDSAInvalidSignatureLength", length=64):
        core.keepers.confirmHandover(2, 1, good[:64], sender=core.stranger)


# --- success ---


def test_confirm__by_t_keepers__makes_the_epoch_serve_once(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """Any t will do, by anybody's transaction; the others may still say that they hold theirs."""
    change(core, coming)
    events = []
    for number, index in enumerate((3, 1, 2), start=1):
        assert epochs(core) == ((2, 2) if number > THRESHOLD else (1, 2))
        assert not core.keepers.isHolding(2, index)
        events.append(list(confirm(core, 2, index, coming[index - 1]).events))
        assert core.keepers.isHolding(2, index)
    told, serving = core.keepers.HandoverConfirmed, core.keepers.EpochServing
    assert events == [[told(2, 3)], [told(2, 1), serving(2)], [told(2, 2)]]


def test_confirm__in_the_first_epoch__changes_nothing(core: Dao) -> None:
    """There is nothing earlier to hold: it serves from its beginning, and once."""
    for index, operator in enumerate(core.operators, start=1):
        receipt = confirm(core, 1, index, operator)
        assert list(receipt.events) == [core.keepers.HandoverConfirmed(1, index)]
    assert epochs(core) == (1, 1)


# --- properties ---


def test_gas__of_a_confirmation__stays_under_the_ceiling(
    core: Dao, coming: list[AccountAPI]
) -> None:
    """The one that makes the epoch serve included."""
    change(core, coming)
    for index in (1, 2, 3):
        assert confirm(core, 2, index, coming[index - 1]).gas_used <= 75_000
