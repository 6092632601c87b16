"""DisputeDesk, bonds: back to the buyer, or to the members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    CLAIM,
    REASON,
    REENTRANCY,
    pass_ruling,
)
from tests.contracts.refusals import decoded, refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

    Grant = Callable[..., VoteHelper]

BOND = PRICE // 10
TOKEN_BOND = TOKEN_PRICE // 10


# --- refusals ---


def test_take_bond__by_somebody_else__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """The bond is the buyer's to take; of a dispute that there is not it is nobody's."""
    dao.disputes.rule(1, True, REASON, sender=carol)
    for caller in (carol, dao.stranger):
        with refused(dao.disputes.NotBuyer, caller=caller, buyer=buyer):
            dao.disputes.takeBond(1, caller, sender=caller)
    with refused(dao.disputes.NotBuyer, caller=buyer, buyer=NATIVE):
        dao.disputes.takeBond(2, buyer, sender=buyer)


def test_take_bond__before_a_verdict__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """Up to the last second the arbiter may still reject."""
    dao.chain.pending_timestamp = dao.disputes.disputeOf(1).ruleBy
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.takeBond(1, buyer, sender=buyer)


def test_take_bond__of_a_rejected_dispute__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """It is the members', however long they leave it."""
    dao.disputes.rule(1, False, REASON, sender=carol)
    pass_ruling(dao)
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.takeBond(1, buyer, sender=buyer)


def test_take_bond__twice_or_to_nobody__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """The bond leaves once, and to somebody."""
    dao.disputes.rule(1, True, REASON, sender=carol)
    with refused(dao.disputes.PaymentFailed, to=NATIVE, amount=BOND):
        dao.disputes.takeBond(1, NATIVE, sender=buyer)
    dao.disputes.takeBond(1, buyer, sender=buyer)
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.takeBond(1, buyer, sender=buyer)
    assert dao.disputes.balance == 0


def test_forfeit__unless_rejected__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """Open, unruled or upheld, the bond is not the members'."""
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.forfeitBond(1, sender=dao.stranger)
    dao.disputes.rule(1, True, REASON, sender=carol)
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.forfeitBond(1, sender=dao.stranger)
    with refused(dao.disputes.BondNotDue, requestId=2):
        dao.disputes.forfeitBond(2, sender=dao.stranger)


def test_forfeit__of_a_dispute_that_nobody_ruled__is_refused(dao: Dao, disputed: int) -> None:
    """The arbiter's silence costs the buyer nothing."""
    pass_ruling(dao)
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.forfeitBond(1, sender=dao.stranger)


def test_forfeit__twice__is_refused(dao: Dao, disputed: int, carol: AccountAPI) -> None:
    """The members have the bond once."""
    dao.disputes.rule(1, False, REASON, sender=carol)
    dao.disputes.forfeitBond(1, sender=dao.stranger)
    with refused(dao.disputes.BondNotDue, requestId=1):
        dao.disputes.forfeitBond(1, sender=dao.stranger)


def test_take_bond__reentered_by_its_buyer__pays_once(
    dao: Dao,
    edition: int,
    alice: AccountAPI,
    wallet: ContractInstance,
    buyer: AccountAPI,
    carol: AccountAPI,
) -> None:
    """A wallet that takes its bond again while it is paid meets the guard."""
    call = dao.desk.request.encode_input(tuple(dao.terms(arbiter=carol.address).values()))
    wallet.execute(dao.desk, PRICE + FEE, call, value=PRICE + FEE, sender=buyer)
    dao.vote_on(1).pass_by(alice).execute()
    dao.deliver(1)
    opening = dao.disputes.open.encode_input(1, CLAIM)
    wallet.execute(dao.disputes, BOND, opening, value=BOND, sender=buyer)
    dao.disputes.rule(1, True, REASON, sender=carol)
    taking = dao.disputes.takeBond.encode_input(1, wallet)
    wallet.setManner(3, sender=buyer)
    wallet.setReentry(dao.disputes, taking, sender=buyer)
    wallet.execute(dao.disputes, 0, taking, sender=buyer)
    assert decoded(bytes(wallet.answer())) == REENTRANCY
    assert (wallet.balance, dao.disputes.balance) == (BOND, 0)


# --- success ---


def test_take_bond__by_a_buyer_that_its_token_blocks__goes_elsewhere(
    dao: Dao, disputed_in_tokens: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """Bond and price of a blocked buyer reach another account of its choice."""
    dao.disputes.rule(1, True, REASON, sender=carol)
    dao.dollar.setBlocked(buyer, True, sender=carol)
    with refused(dao.disputes.PaymentFailed, to=buyer, amount=TOKEN_BOND):
        dao.disputes.takeBond(1, buyer, sender=buyer)
    dao.disputes.takeBond(1, dao.stranger, sender=buyer)
    dao.desk.refundTo(1, dao.stranger, sender=buyer)
    assert dao.dollar.balanceOf(dao.stranger) == TOKEN_PRICE + TOKEN_BOND


def test_forfeit__in_tokens__leaves_no_allowance(
    dao: Dao, disputed_in_tokens: int, carol: AccountAPI
) -> None:
    """The same in tokens; the vault may take nothing more."""
    dao.disputes.rule(1, False, REASON, sender=carol)
    dao.disputes.forfeitBond(1, sender=dao.stranger)
    assert dao.dollar.balanceOf(dao.vault) == TOKEN_BOND
    assert dao.dollar.balanceOf(dao.disputes) == 0
    assert dao.dollar.allowance(dao.disputes, dao.vault) == 0
