"""Intake of shares: each field that a share is bound to is checked before a receipt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.crypto import ContentKey
from dao_backend.core.model import Committee, Keeper, Record
from dao_backend.core.shares import deal, seal_share, seat_of
from dao_backend.errors import (
    BindingMismatch,
    RecordMismatch,
    SealBroken,
    ShareMismatch,
)
from dao_backend.keeper.local import LocalKeeper
from dao_backend.ports.keepers import Intake
from dao_backend.service.contributing import Sealed
from tests.keeper.intakes import intake_of, refused, stated
from tests.support.core_actors import committee as foreign_committee
from tests.support.core_actors import seed
from tests.support.running_dao import ALICE, RunningDao, program


def test_take_in__foreign_commitments__are_refused(
    young: RunningDao, keeper: LocalKeeper, intake: Intake
) -> None:
    """Commitments belong to the record's share root, all of them and in order."""
    others = young.sealed(ALICE, program(2)).commitments
    for wrong in (others, intake.commitments[::-1], intake.commitments[:2], ()):
        refused(keeper, replace(intake, commitments=wrong), RecordMismatch, "commitments")


def test_take_in__share_of_another_keeper__is_refused(
    keeper: LocalKeeper, sealed: Sealed, intake: Intake
) -> None:
    """What is sealed to keeper 2 opens to keeper 1 in no way."""
    moved = replace(intake, sealed_share=sealed.sealed_shares[1])
    refused(keeper, moved, SealBroken)


def test_take_in__intake_for_another_index__is_refused(
    young: RunningDao, keeper: LocalKeeper, sealed: Sealed
) -> None:
    """A keeper answers for its own index only."""
    refused(keeper, intake_of(young, sealed, index=2), RecordMismatch, "keeper 1")


def test_take_in__share_of_another_contribution__is_refused(
    young: RunningDao, keeper: LocalKeeper, intake: Intake
) -> None:
    """A sealed share that was copied from another record opens to nothing here."""
    other = young.sealed(ALICE, program(2))
    moved = replace(intake, sealed_share=other.sealed_shares[0])
    refused(keeper, moved, BindingMismatch, "another record")


def bound_elsewhere(dao: RunningDao, sealed: Sealed, where: str) -> bytes:
    """The right share, sealed to the right keeper, but bound to something else in one respect."""
    committee = stated(dao)
    seat = seat_of(sealed.record, committee, 1)
    elsewhere = {
        "record": replace(seat, record_hash=seed("another record")),
        "committee": replace(seat, committee_hash=seed("another committee")),
        "index": replace(seat, index=2),
    }
    # Sealing is open to all; the contributor's own dealing gives the share.
    key = dao.drawn.given[1]
    share = deal_again(key, sealed.record, committee)[0]
    return seal_share(committee.keepers[0].sealing_key, elsewhere[where], share)


def deal_again(key: bytes, record: Record, committee: Committee) -> tuple[bytes, ...]:
    """The shares that the contributor dealt."""
    return deal(ContentKey(key), record.contribution_id, committee).shares


@pytest.mark.parametrize("where", ["record", "committee", "index"])
def test_take_in__share_bound_to_something_else__is_refused(
    young: RunningDao, keeper: LocalKeeper, sealed: Sealed, intake: Intake, where: str
) -> None:
    """Each field that a share is bound to is checked by itself."""
    moved = replace(intake, sealed_share=bound_elsewhere(young, sealed, where))
    refused(keeper, moved, BindingMismatch, "another record, committee or keeper")


def test_take_in__dealt_to_a_committee_of_another_registry__is_refused(
    young: RunningDao, keeper: LocalKeeper
) -> None:
    """Shares for a committee elsewhere are refused, though its keepers have the same keys."""
    here = stated(young)
    registry = foreign_committee(2, 3).registry
    facts = replace(young.system.facts, committee=replace(here, registry=registry))
    sealed = young.sealed(ALICE, program(1), facts=facts)
    refused(keeper, intake_of(young, sealed), BindingMismatch, "committee")


def test_take_in__dealt_with_another_threshold__is_refused(
    young: RunningDao, keeper: LocalKeeper
) -> None:
    """A service that states a lower threshold than the chain gets no share taken in."""
    here = stated(young)
    facts = replace(young.system.facts, committee=replace(here, threshold=1))
    sealed = young.sealed(ALICE, program(1), facts=facts)
    refused(keeper, intake_of(young, sealed), BindingMismatch, "committee")


def test_take_in__sealed_to_a_key_the_service_made_up__is_refused(
    young: RunningDao, keeper: LocalKeeper
) -> None:
    """A service that puts its own key in a keeper's place is found out at once."""
    here = stated(young)
    own = replace(here.keepers[0], sealing_key=young.system.facts.appraiser.sealing_key)
    keepers: tuple[Keeper, ...] = (own, *here.keepers[1:])
    facts = replace(young.system.facts, committee=replace(here, keepers=keepers))
    refused(keeper, intake_of(young, young.sealed(ALICE, program(1), facts=facts)), SealBroken)


def test_take_in__bad_share__is_refused(
    young: RunningDao, keeper: LocalKeeper, sealed: Sealed, intake: Intake
) -> None:
    """A share other than the one committed to is refused, and names the keeper it is for."""
    committee = stated(young)
    seat = seat_of(sealed.record, committee, 1)
    wrong = seal_share(committee.keepers[0].sealing_key, seat, seed("no share"))
    with pytest.raises(ShareMismatch) as refusal:
        keeper.take_in(replace(intake, sealed_share=wrong))
    assert refusal.value.index == 1


@pytest.mark.parametrize(
    "spoil",
    [lambda _box: b"", lambda box: box[:-1], lambda box: box + b"\0"],
    ids=["empty", "cut", "longer"],
)
def test_take_in__damaged_box__is_refused(keeper: LocalKeeper, intake: Intake, spoil: Any) -> None:
    """A box that lost or gained bytes does not open."""
    damaged = replace(intake, sealed_share=spoil(intake.sealed_share))
    refused(keeper, damaged, SealBroken)
