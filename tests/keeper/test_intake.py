"""Intake: everything is checked before a keeper says that it holds a share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.crypto import ContentKey
from dao_backend.core.model import Committee, Domain, Keeper, Record, address
from dao_backend.core.shares import deal, seal_share, seat_of
from dao_backend.core.typed import IntakeReceipt, digest, record_hash, recover_signer
from dao_backend.errors import (
    BindingMismatch,
    DaoError,
    InvalidSignature,
    NotFound,
    RecordMismatch,
    SealBroken,
    ShareMismatch,
)
from dao_backend.keeper.local import LocalKeeper
from dao_backend.ports.keepers import Intake
from dao_backend.service.contributing import Sealed
from tests.support.core_actors import committee as foreign_committee
from tests.support.core_actors import seed
from tests.support.running_dao import ALICE, BOB, RunningDao, program


@pytest.fixture
def keeper(young: RunningDao) -> LocalKeeper:
    """The first of the three keepers."""
    return young.system.keepers[0]


@pytest.fixture
def sealed(young: RunningDao) -> Sealed:
    """Alice's contribution, not signed."""
    return young.sealed(ALICE, program(1))


@pytest.fixture
def intake(young: RunningDao, sealed: Sealed) -> Intake:
    """What the first keeper should get of it."""
    return intake_of(young, sealed)


def intake_of(dao: RunningDao, sealed: Sealed, index: int = 1, **changed: Any) -> Intake:
    """A keeper's part of what Alice sealed and signed, with fields replaced."""
    domain = dao.dao.addresses.domain("DataRegistry")
    honest = Intake(
        record=sealed.record,
        nonce=sealed.nonce,
        contributor_signature=consent(dao, domain, sealed.record),
        index=index,
        commitments=sealed.commitments,
        sealed_share=sealed.sealed_shares[index - 1],
    )
    return replace(honest, **changed)


def consent(dao: RunningDao, domain: Domain, record: Record, member: int = ALICE) -> bytes:
    """A member's signature on a record."""
    return dao.chain.signer(member).sign_digest(digest(domain, record))


def stated(dao: RunningDao) -> Committee:
    """The committee as the chain has it."""
    return dao.system.facts.committee


def refused(
    keeper: LocalKeeper, intake: Intake, kind: type[DaoError], said: str | None = None
) -> None:
    """The keeper refuses, and holds nothing afterwards."""
    with pytest.raises(kind, match=said):
        keeper.take_in(intake)
    with pytest.raises(NotFound):
        keeper.commitments(intake.record.contribution_id)


# --- whose record it is ---------------------------------------------------------------------


def test_take_in__signed_by_another__is_refused(
    young: RunningDao, keeper: LocalKeeper, intake: Intake
) -> None:
    """Nobody contributes in another's name."""
    domain = young.dao.addresses.domain("DataRegistry")
    other = consent(young, domain, intake.record, BOB)
    refused(keeper, replace(intake, contributor_signature=other), InvalidSignature, "signed by")


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"chain_id": 1},
        {"contract": address("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")},
        {"name": "KeeperRegistry"},
        {"version": "2"},
    ],
)
def test_take_in__signed_for_elsewhere__is_refused(
    young: RunningDao, keeper: LocalKeeper, intake: Intake, elsewhere: dict[str, Any]
) -> None:
    """A signature counts for one chain, contract, name and version."""
    domain = replace(young.dao.addresses.domain("DataRegistry"), **elsewhere)
    signature = consent(young, domain, intake.record)
    refused(keeper, replace(intake, contributor_signature=signature), InvalidSignature, "signed by")


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(65), b"\xff" * 65, bytes(64), bytes(66)],
    ids=["none", "zeros", "ones", "short", "long"],
)
def test_take_in__malformed_signature__is_refused(
    keeper: LocalKeeper, intake: Intake, signature: bytes
) -> None:
    """Bytes that are no signature are refused like a wrong one."""
    refused(keeper, replace(intake, contributor_signature=signature), InvalidSignature)


@pytest.mark.parametrize("field", ["cid_digest", "envelope_commitment", "key_id", "share_root"])
def test_take_in__record_changed_after_signing__is_refused(
    keeper: LocalKeeper, intake: Intake, field: str
) -> None:
    """The signature covers every field of the record."""
    changed = replace(intake.record, **{field: seed("changed")})
    refused(keeper, replace(intake, record=changed), InvalidSignature, "signed by")


@pytest.mark.parametrize(("field", "value"), [("length", 7), ("collection", 1)])
def test_take_in__number_changed_after_signing__is_refused(
    keeper: LocalKeeper, intake: Intake, field: str, value: int
) -> None:
    """The signature covers the numbers of the record too."""
    changed = replace(intake.record, **{field: value})
    refused(keeper, replace(intake, record=changed), InvalidSignature, "signed by")


def test_take_in__id_not_from_the_nonce__is_refused(keeper: LocalKeeper, intake: Intake) -> None:
    """An id that does not follow from its contributor and nonce may be somebody else's."""
    refused(keeper, replace(intake, nonce=seed("other")), RecordMismatch, "nonce")


def test_take_in__id_made_for_another_contributor__is_refused(
    young: RunningDao, keeper: LocalKeeper, sealed: Sealed
) -> None:
    """Bob cannot register under an id that Alice's nonce leads to."""
    stolen = replace(sealed.record, contributor=young.chain.signer(BOB).address)
    domain = young.dao.addresses.domain("DataRegistry")
    signature = consent(young, domain, stolen, BOB)
    taken = intake_of(young, sealed, record=stolen, contributor_signature=signature)
    refused(keeper, taken, RecordMismatch, "contributor and nonce")


@pytest.mark.parametrize("epoch", [0, 2])
def test_take_in__another_epoch__is_refused(
    young: RunningDao, keeper: LocalKeeper, sealed: Sealed, epoch: int
) -> None:
    """A share dealt to another committee than today's is not taken in."""
    record = replace(sealed.record, epoch=epoch)
    domain = young.dao.addresses.domain("DataRegistry")
    signature = consent(young, domain, record)
    taken = intake_of(young, sealed, record=record, contributor_signature=signature)
    refused(keeper, taken, RecordMismatch, "epoch")


# --- the share ------------------------------------------------------------------------------


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


# --- twice ----------------------------------------------------------------------------------


def test_take_in__another_record_under_the_same_id__is_refused(
    young: RunningDao, keeper: LocalKeeper, sealed: Sealed, intake: Intake
) -> None:
    """The first record under an id stays, even if its own contributor signs another."""
    keeper.take_in(intake)
    other = replace(sealed.record, length=sealed.record.length + 1)
    domain = young.dao.addresses.domain("DataRegistry")
    signature = consent(young, domain, other)
    second = intake_of(young, sealed, record=other, contributor_signature=signature)
    with pytest.raises(RecordMismatch, match="another record"):
        keeper.take_in(second)
    assert keeper.take_in(intake)


def test_take_in__twice__returns_the_same_receipt(
    young: RunningDao, keeper: LocalKeeper, intake: Intake
) -> None:
    """A client whose connection broke asks again, also after the keeper was restarted."""
    first = keeper.take_in(intake)
    assert keeper.take_in(intake) == first
    with young.keeper(1) as restarted:
        assert restarted.take_in(intake) == first


def test_take_in__everything_right__is_receipted_by_the_operator(
    young: RunningDao, sealed: Sealed
) -> None:
    """Each keeper's receipt is its operator's signature on record hash and index."""
    domain = young.dao.addresses.domain("DataRegistry")
    for keeper, stated_keeper in zip(young.system.keepers, stated(young).keepers, strict=True):
        receipt = keeper.take_in(intake_of(young, sealed, index=keeper.index))
        message = IntakeReceipt(record_hash(sealed.record), keeper.index)
        assert recover_signer(domain, message, receipt) == stated_keeper.operator
        assert keeper.commitments(sealed.record.contribution_id) == sealed.commitments
