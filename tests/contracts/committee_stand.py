"""Verbs for tests of committee changes: who comes next, and what it takes until it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dao_backend.core.packing import keccak256
from dao_backend.core.typed_keepers import Handover
from tests.contracts.dao import Dao, sign
from tests.contracts.desk_stand import decide

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

Seat = tuple["AccountAPI", bytes, str]


def seats_of(operators: Sequence[AccountAPI]) -> list[Seat]:
    """A seat for each operator, with a key that depends on who sits there."""
    return [
        (operator, keccak256(operator.address.encode()), f"https://{operator.address}.example")
        for operator in operators
    ]


def change(dao: Dao, operators: Sequence[AccountAPI]) -> ReceiptAPI:
    """Form the next committee, where an account plays the timelock."""
    return dao.keepers.changeCommittee(seats_of(operators), sender=dao.timelock)


def change_by_vote(dao: Dao, member: AccountAPI, operators: Sequence[AccountAPI]) -> ReceiptAPI:
    """Form the next committee by the votes of `member`."""
    return decide(dao, member, dao.keepers, "changeCommittee", seats_of(operators))


def confirm(dao: Dao, epoch: int, index: int, operator: AccountAPI) -> ReceiptAPI:
    """Bring the signed statement that keeper `index` of `epoch` holds what it must hold."""
    signature = sign(operator, dao.domain(dao.keepers), Handover(epoch, index))
    return dao.keepers.confirmHandover(epoch, index, signature, sender=dao.stranger)


def install(dao: Dao, operators: Sequence[AccountAPI]) -> Dao:
    """Have the first t of the newest committee confirm; the same DAO with these keepers."""
    epoch = int(dao.keepers.currentEpoch())
    for index in range(1, dao.threshold + 1):
        confirm(dao, epoch, index, operators[index - 1])
    return replace(dao, operators=operators)


def epochs(dao: Dao) -> tuple[int, int]:
    """The epoch that serves, and the newest one."""
    return int(dao.keepers.servingEpoch()), int(dao.keepers.currentEpoch())
