"""Intake: everything is checked before a keeper says that it holds a share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.model import address
from dao_backend.core.typed import IntakeReceipt, record_hash, recover_signer
from dao_backend.errors import (
    InvalidSignature,
    RecordMismatch,
)
from dao_backend.keeper.local import LocalKeeper
from dao_backend.ports.keepers import Intake
from dao_backend.service.contributing import Sealed
from tests.keeper.intakes import consent, intake_of, refused, stated
from tests.support.core_actors import seed
from tests.support.running_dao import BOB, RunningDao

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
