"""A keeper hands over to the one that the final chain names, once its operator has agreed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.crypto import open_sealed
from dao_backend.core.packing import keccak256
from dao_backend.errors import HistoryMismatch, InputError, NodesDisagree, Refused, SealBroken
from tests.keeper.committees import NEXT, asked, form, key_of, listed, replaced, seat_of
from tests.support.core_actors import seed, wallet
from tests.support.running_dao import ALICE, Meddled, RunningDao, program


def test_hand_over__no_other_committee__is_refused(sold: RunningDao) -> None:
    """A keeper that nobody follows gives nothing to anybody."""
    sold.settle_down()
    keeper = sold.system.local[0]
    for epoch in (0, 1, 2):
        with pytest.raises(Refused, match=f"epoch {epoch}|not signed"):
            asked(sold, keeper, listed(sold, keeper), epoch=epoch)


def test_hand_over__committee_not_final__is_refused(sold: RunningDao) -> None:
    """A committee that a reorganisation may take back gets nothing."""
    sold.settle_down()
    form(sold, {1: (NEXT, key_of(NEXT))}, final=False)
    keeper = sold.system.local[0]
    with pytest.raises(Refused, match="no keeper of epoch 2"):
        asked(sold, keeper, listed(sold, keeper))


def test_hand_over__another_account_asks__is_refused(sold: RunningDao) -> None:
    """Only the operator that the chain names at this index may ask."""
    replaced(sold)
    keeper = sold.system.local[0]
    for stranger in (ALICE, 102, 101):
        with pytest.raises(Refused, match="not signed by operator"):
            asked(sold, keeper, listed(sold, keeper), by=stranger)


def test_hand_over__successor_at_another_index__is_refused(sold: RunningDao) -> None:
    """Whoever follows at one index gets no other index's shares, or it would gather them."""
    replaced(sold)
    for keeper in sold.system.local[1:]:
        with pytest.raises(Refused, match="not signed by operator"):
            asked(sold, keeper, listed(sold, keeper))
        with pytest.raises(Refused, match="no keeper of epoch 2 follows at index 1 here"):
            asked(sold, keeper, listed(sold, keeper), index=1)


def test_hand_over__not_the_newest_epoch__is_refused(sold: RunningDao) -> None:
    """A successor that is replaced before it was served gets nothing any more."""
    replaced(sold)
    replaced(sold, by=NEXT + 10)
    keeper = sold.system.local[0]
    with pytest.raises(Refused, match="no keeper of epoch 2"):
        asked(sold, keeper, listed(sold, keeper), epoch=2)
    assert len(asked(sold, keeper, listed(sold, keeper), by=NEXT + 10)) == 3


@pytest.mark.parametrize("late", [-301, 301])
def test_hand_over__stale_wish__is_refused(sold: RunningDao, late: int) -> None:
    """A recorded wish cannot be repeated later, nor made for the future."""
    replaced(sold)
    keeper = sold.system.local[0]
    at = keeper._office.clock() + late
    with pytest.raises(Refused, match="five minutes"):
        asked(sold, keeper, listed(sold, keeper), asked_at=at)


def test_hand_over__other_ids_than_signed__is_refused(sold: RunningDao) -> None:
    """A wish counts for the contributions that were signed, cut as they were signed."""
    replaced(sold)
    keeper = sold.system.local[0]
    ids = listed(sold, keeper)
    signed = keccak256(b"".join(ids))
    for given in (ids[:-1], ids[::-1], [b"".join(ids)], [*ids, b""]):
        with pytest.raises(InputError, match="not those that were signed"):
            asked(sold, keeper, given, signed=signed)


def test_hand_over__more_than_five_hundred__is_refused(sold: RunningDao) -> None:
    """An answer is bounded."""
    replaced(sold)
    with pytest.raises(InputError, match="501 shares"):
        asked(sold, sold.system.local[0], [seed("none", number) for number in range(501)])


def test_hand_over__operator_has_not_agreed__is_refused_until_it_has(sold: RunningDao) -> None:
    """A vote alone does not make a keeper give its shares away."""
    epoch = replaced(sold)
    with sold.keeper(1) as keeper:
        ids = listed(sold, keeper)
        custody, seat = keeper._office.custody, seat_of(sold, epoch)
        custody.approve_handover(epoch + 1, seat)
        with pytest.raises(Refused, match="has not agreed"):
            asked(sold, keeper, ids)
        custody.approve_handover(epoch, seat)
        assert len(asked(sold, keeper, ids)) == len(ids)


@pytest.mark.parametrize(
    "shown", [{"operator": wallet(999)}, {"sealing_key": seed("another sealing key")}]
)
def test_hand_over__another_seat_was_agreed_to__is_refused(
    sold: RunningDao, shown: dict[str, Any]
) -> None:
    """The operator's word on one account and key moves no share to another under that epoch."""
    epoch = replaced(sold)
    with sold.keeper(1) as keeper:
        seat = seat_of(sold, epoch)
        keeper._office.custody.approve_handover(epoch, replace(seat, **shown))
        with pytest.raises(
            Refused, match=f"has not agreed to hand over to operator {seat.operator}"
        ):
            asked(sold, keeper, listed(sold, keeper))


def test_hand_over__node_forges_the_seat_in_the_log__is_refused(sold: RunningDao) -> None:
    """A successor has to stand in the log and in the contract's state, in both the same."""
    replaced(sold)

    def other(real: Any, epoch: int, *args: Any) -> Any:
        return real.committee(1, *args) if epoch == 2 else real.committee(epoch, *args)

    parts = {
        "chain": lambda real: Meddled(real, committee=other),
        "custody": lambda real: Meddled(real, handover_approved=lambda *_: True),
    }
    with sold.keeper(1, **parts) as keeper:
        ids = listed(sold, keeper)
        with pytest.raises(HistoryMismatch, match="name other keepers 1 of epoch 2"):
            asked(sold, keeper, ids)


def test_hand_over__committee_is_not_what_is_proven__is_refused(sold: RunningDao) -> None:
    """Nodes that invent a successor, in the log and in every answer, get no share for it."""
    replaced(sold)
    proven = ("committee 2's hash is stated as 0x1 and proven to be 0x2",)
    lying = Meddled(sold.agreement, contradictions=lambda *_: proven)
    with sold.keeper(1, chain=lambda _: lying, approves_handover=lambda _: True) as keeper:
        ids = listed(sold, keeper)
        with pytest.raises(NodesDisagree, match="committee 2's hash"):
            asked(sold, keeper, ids)


def test_hand_over__unknown_and_unregistered__are_left_out(sold: RunningDao) -> None:
    """What is not registered is not needed by anybody, though a share was taken in."""
    drafted = sold.submission(ALICE, program(7))
    sold.system.submissions.submit(drafted)
    replaced(sold)
    keeper = sold.system.local[0]
    assert keeper.commitments(drafted.record.contribution_id)
    ids = [drafted.record.contribution_id, seed("unknown"), *listed(sold, keeper)]
    given = {each.record.contribution_id for each in asked(sold, keeper, ids)}
    assert given == set(listed(sold, keeper))


def test_hand_over__to_the_successor__opens_to_it_alone(sold: RunningDao) -> None:
    """What leaves the keeper is sealed to the key on chain, and stays the share it was."""
    replaced(sold)
    keeper = sold.system.local[0]
    for each in asked(sold, keeper, listed(sold, keeper)):
        kept = keeper._office.custody.get(each.record.contribution_id)
        assert (each.record, each.commitments) == (kept.record, kept.commitments)
        assert each.sealed_share != kept.sealed_share
        with pytest.raises(SealBroken):
            open_sealed(key_of(NEXT + 1), each.sealed_share)
        assert open_sealed(key_of(NEXT), each.sealed_share)
