"""Verbs for tests of bargaining: decisions of the DAO, counter-offers, offers, disputes, brakes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from dao_backend.core.packing import keccak256
from tests.contracts.actors import HOUR, call_of
from tests.contracts.dao import (
    DAY,
    NATIVE,
    PRICE,
    RELEASE_KEY,
    TERMS_HASH,
    TOKEN_PRICE,
    UNMETERED,
    Dao,
)
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance

COUNTERED = 6
"""The status of a request that members have answered with other terms."""
ANSWER_HASH = keccak256(b"the text of other terms")
BOND = PRICE // 50
METERING = (10**12, BOND // 10, BOND, DAY)
"""Unit price, minimum, bond, period."""
TOKEN_BOND = TOKEN_PRICE // 5
TOKEN_METERING = (10, TOKEN_BOND, TOKEN_BOND, DAY)
UNIT_PRICE = PRICE // 1000
CLAIM = keccak256(b"what the buyer claims")
REASON = keccak256(b"why the arbiter decided so")
REENTRANCY: tuple[str, dict[str, object]] = ("ReentrancyGuardReentrantCall", {})


class Verdict(IntEnum):
    """Solidity's Verdict."""

    NONE = 0
    OPEN = 1
    UPHELD = 2
    REJECTED = 3


# --- the DAO ---


def motion(
    dao: Dao, member: AccountAPI, contract: ContractInstance, method: str, *arguments: object
) -> VoteHelper:
    """Propose one call to one contract."""
    target, data = call_of(contract, method, *arguments)
    text = f"Motion {next(dao.numbers)}"
    return dao.propose(member, [(target, 0, data)], text)


def decide(
    dao: Dao, member: AccountAPI, contract: ContractInstance, method: str, *arguments: object
) -> ReceiptAPI:
    """Have the DAO make one call, by the votes of `member`."""
    return motion(dao, member, contract, method, *arguments).pass_by(member).execute()


def fields(struct: Iterable[object]) -> tuple[object, ...]:
    """A logged struct, whose addresses Ape leaves in lower case, as it is read from a contract."""
    return tuple(to_checksum_address(each) if isinstance(each, str) else each for each in struct)


# --- counter-offers ---


def answer(**changes: object) -> tuple[Any, ...]:
    """Terms of a counter-offer at the same price, with `changes`."""
    terms: dict[str, Any] = {
        "purposes": 0b1,
        "price": PRICE,
        "duration": 60 * DAY,
        "royaltyBps": 250,
        "termsHash": ANSWER_HASH,
        "arbiter": NATIVE,
        "metering": UNMETERED,
        "answerPeriod": HOUR,
    }
    return tuple((terms | changes).values())


def digest(dao: Dao, request_id: int) -> bytes:
    """What an answer must name; zero while there is no such request."""
    known = request_id <= dao.desk.requestCount()
    return bytes(dao.desk.digestOf(request_id)) if known else bytes(32)


def countering(dao: Dao, member: AccountAPI, request_id: int = 1, **changes: object) -> VoteHelper:
    """The vote of a counter-offer, ready to be executed."""
    arguments = (request_id, digest(dao, request_id), answer(**changes))
    return motion(dao, member, dao.desk, "counter", *arguments).pass_by(member)


def counter(dao: Dao, member: AccountAPI, request_id: int = 1, **changes: object) -> ReceiptAPI:
    """Answer a request with other terms."""
    return countering(dao, member, request_id, **changes).execute()


# --- offers ---


def offer(dao: Dao, **changes: object) -> dict[str, Any]:
    """An offer in the native coin, open for ten days and three buyers, with `changes`."""
    terms: dict[str, Any] = {
        "collection": 0,
        "purposes": 0b11,
        "asset": NATIVE,
        "unitPrice": UNIT_PRICE,
        "duration": 30 * DAY,
        "royaltyBps": 500,
        "termsHash": TERMS_HASH,
        "arbiter": NATIVE,
        "metering": UNMETERED,
        "expiry": dao.now + 10 * DAY,
        "maxCount": 3,
    }
    return terms | changes


def publish(dao: Dao, member: AccountAPI, **changes: object) -> int:
    """Publish an offer by vote; give its number."""
    decide(dao, member, dao.offers, "publish", tuple(offer(dao, **changes).values()))
    return int(dao.offers.offerCount())


def acceptance(**changes: object) -> tuple[Any, ...]:
    """What a buyer adds to an offer, with `changes`."""
    terms: dict[str, Any] = {
        "releaseKey": RELEASE_KEY,
        "maxPrice": PRICE,
        "minEdition": 0,
        "minUnits": 0,
    }
    return tuple((terms | changes).values())


def accept(
    dao: Dao, buyer: AccountAPI, offer_id: int = 1, value: int = PRICE, **changes: object
) -> ReceiptAPI:
    """Accept an offer, sending `value` of the native coin."""
    return dao.offers.accept(offer_id, acceptance(**changes), value=value, sender=buyer)


def hand_dollars(dao: Dao, buyer: AccountAPI, amount: int) -> None:
    """Give `buyer` tokens and let the desk take them."""
    dao.dollar.mint(buyer, amount, sender=dao.stranger)
    dao.dollar.approve(dao.desk, amount, sender=buyer)


# --- disputes ---


def dispute(dao: Dao, buyer: AccountAPI, request_id: int = 1) -> ReceiptAPI:
    """Dispute a delivery that was paid for in the native coin."""
    bond = dao.disputes.bondOf(request_id)
    return dao.disputes.open(request_id, CLAIM, value=bond, sender=buyer)


def dispute_in_tokens(dao: Dao, buyer: AccountAPI, request_id: int = 1) -> ReceiptAPI:
    """Dispute a delivery that was paid for in tokens."""
    bond = dao.disputes.bondOf(request_id)
    dao.dollar.mint(buyer, bond, sender=buyer)
    dao.dollar.approve(dao.disputes, bond, sender=buyer)
    return dao.disputes.open(request_id, CLAIM, sender=buyer)


def pass_ruling(dao: Dao, request_id: int = 1) -> None:
    """Go past the last second in which the arbiter can rule."""
    dao.go_to(dao.disputes.disputeOf(request_id).ruleBy + 1)


def pass_window(dao: Dao, request_id: int = 1) -> None:
    """Go past the last second in which a delivery can be disputed."""
    window, _, _ = dao.disputes.settings()
    dao.go_to(dao.keepers.deliveryOf(request_id).deliveredAt + window + 1)


# --- brakes ---


def appoint(dao: Dao, member: AccountAPI, guardian: AccountAPI) -> None:
    """Give the council a guardian for a year, by vote."""
    decide(dao, member, dao.council, "appoint", guardian, dao.now + 365 * DAY)


def strike(dao: Dao, member: AccountAPI) -> int:
    """Begin a strike by the pledge of one member that holds enough; give its end."""
    dao.strike.call("Enough", sender=member)
    return int(dao.strike.onUntil())


# --- what the desk must hold ---


def escrowed(dao: Dao, asset: str = NATIVE) -> int:
    """What all requests in `asset` hold in escrow."""
    ids = range(1, dao.desk.requestCount() + 1)
    return sum(
        dao.desk.escrowOf(number)
        for number in ids
        if dao.desk.requestOf(number).terms.asset == asset
    )
