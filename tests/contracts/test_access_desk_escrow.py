"""AccessDesk, escrow: whatever happens in whatever order, the desk holds what it owes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.actors import HOUR, call_of
from tests.contracts.dao import DAY, NATIVE, PRICE, TOKEN_PRICE, UNMETERED, Dao
from tests.contracts.desk_stand import (
    COUNTERED,
    METERING,
    REASON,
    TOKEN_METERING,
    Verdict,
    acceptance,
    answer,
    digest,
    dispute,
    dispute_in_tokens,
    escrowed,
    offer,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI

STEPS = 60
OPEN = {RequestStatus.PENDING, RequestStatus.GRANTED, COUNTERED}


@dataclass
class Walk:
    """A DAO that somebody does random things to; each move does nothing where it has no object."""

    dao: Dao
    member: AccountAPI
    arbiter: AccountAPI
    buyer: AccountAPI
    random: Random
    done: set[str] = field(default_factory=set)
    """The moves that moved something."""
    states: dict[int, int] = field(default_factory=dict)
    """The status of every request after the last step."""
    verdicts: dict[int, int] = field(default_factory=dict)
    """The verdict of every dispute whose bond is still there."""

    def step(self) -> None:
        """Make a random move that something can be done with, and let some time pass."""
        moves: list[Callable[[], bool]] = [self.counter, self.deliver, self.settle]
        moves += [self.take_bonds, self.decline, self.refund, self.sweep]
        self.random.shuffle(moves)
        urgent = [self.dispute, self.rule, self.cancel, self.accept_counter, self.approve]
        self.random.shuffle(urgent)
        moves = urgent + moves if self.random.random() < 0.5 else moves + urgent
        begin = self.random.choice((self.file, self.accept_offer))
        moves.insert(0 if self.random.random() < 0.35 else len(moves), begin)
        moved = next(move for move in moves if move())
        self.done.add(moved.__name__)
        self.dao.wait(self.random.choice((1, 60, 600)))

    def check(self) -> None:
        """The desk holds every open escrow and the fees; the dispute desk holds every bond."""
        desk, dollar = self.dao.desk, self.dao.dollar
        owed, bonds = Counter[str](), Counter[str]()
        for number in range(1, desk.requestCount() + 1):
            if self.states.get(number, RequestStatus.PENDING) not in OPEN:
                continue
            request, held = desk.requestOf(number), desk.escrowOf(number)
            self.states[number] = int(request.status)
            assert (held != 0) is (request.status in OPEN)
            owed[request.terms.asset] += held
        for number in list(self.verdicts):
            stored = self.dao.disputes.disputeOf(number)
            self.verdicts[number] = int(stored.verdict)
            bonds[stored.asset] += 0 if stored.bondPaid else stored.bond
            if stored.bondPaid:
                del self.verdicts[number]
        fees = desk.balance - owed[NATIVE]
        assert fees >= 0
        assert fees % desk.filingFee() == 0
        assert dollar.balanceOf(desk) == owed[dollar.address]
        assert self.dao.disputes.balance == bonds[NATIVE]
        assert dollar.balanceOf(self.dao.disputes) == bonds[dollar.address]
        assert self.dao.offers.balance == 0

    # --- what is chosen at random ---

    def pick(self, status: int) -> int:
        """A request in `status`, zero for none."""
        return self.random.choice([each for each, at in self.states.items() if at == status] or [0])

    def terms(self) -> dict[str, object]:
        """Asset, price, arbiter and metering."""
        native = self.random.random() < 0.5
        metering = METERING if native else TOKEN_METERING
        return {
            "asset": NATIVE if native else self.dao.dollar.address,
            "price": (PRICE if native else TOKEN_PRICE) + self.random.randrange(10**6),
            "arbiter": self.random.choice((NATIVE, self.arbiter.address)),
            "metering": self.random.choice((UNMETERED, metering)),
        }

    # --- moves ---

    def file(self) -> bool:
        self.dao.request(self.buyer, **self.terms())
        return True

    def accept_offer(self) -> bool:
        number = self.random.randint(1, self.dao.offers.offerCount())
        asset = self.dao.offers.offerOf(number).offer[2]
        price, bond, _, _ = self.dao.offers.quote(number)
        native = asset == NATIVE
        value = price + bond + self.random.randrange(100) if native else 0
        if not native:
            self.dao.dollar.mint(self.buyer, price + bond, sender=self.buyer)
            self.dao.dollar.approve(self.dao.desk, price + bond, sender=self.buyer)
        self.dao.offers.accept(number, acceptance(maxPrice=price), value=value, sender=self.buyer)
        return True

    def approve(self) -> bool:
        number = self.pick(RequestStatus.PENDING)
        vote = self.dao.vote_on(number) if number else None
        if vote is None or self.dao.now >= vote.deadline - 10:
            return False
        vote.pass_by(self.member).execute()
        return True

    def counter(self) -> bool:
        number = self.pick(RequestStatus.PENDING)
        request = self.dao.desk.requestOf(number) if number else None
        if request is None or self.dao.now + HOUR > request.executeBy:
            return False
        native = request.terms.asset == NATIVE
        price = (PRICE if native else TOKEN_PRICE) + self.random.randrange(10**6)
        metering = self.random.choice((UNMETERED, METERING if native else TOKEN_METERING))
        terms = answer(price=price, metering=metering, arbiter=self.arbiter.address)
        answered = digest(self.dao, number)
        target, data = call_of(self.dao.desk, "counter", number, answered, terms)
        text = f"Answer {next(self.dao.numbers)}"
        vote = self.dao.propose(self.member, [(target, 0, data)], text)
        vote.pass_by(self.member).execute()
        return True

    def accept_counter(self) -> bool:
        number = self.pick(COUNTERED)
        if not number or self.dao.now >= self.dao.desk.counterOf(number).acceptBy - 10:
            return False
        terms = self.dao.desk.counterOf(number).terms
        price, bond = terms[1], terms[6][2]
        missing = max(price + bond - self.dao.desk.escrowOf(number), 0)
        native = self.dao.desk.requestOf(number).terms.asset == NATIVE
        if not native and missing:
            self.dao.dollar.mint(self.buyer, missing, sender=self.buyer)
            self.dao.dollar.approve(self.dao.desk, missing, sender=self.buyer)
        value = missing if native else 0
        self.dao.desk.acceptCounter(number, value=value, sender=self.buyer)
        return True

    def decline(self) -> bool:
        number = self.pick(COUNTERED)
        if number:
            self.dao.desk.decline(number, self.buyer, sender=self.buyer)
        return bool(number)

    def cancel(self) -> bool:
        number = self.pick(RequestStatus.PENDING)
        if not number or self.dao.now >= self.dao.vote_on(number).snapshot - 1:
            return False
        self.dao.desk.cancel(number, sender=self.buyer)
        return True

    def deliver(self) -> bool:
        number = self.pick(RequestStatus.GRANTED)
        delivery = self.dao.keepers.deliveryOf(number) if number else None
        if delivery is None or delivery.receipts or self.dao.now >= delivery.deliverBy - 10:
            return False
        self.dao.deliver(number)
        return True

    def dispute(self) -> bool:
        number = self.pick(RequestStatus.GRANTED)
        terms = self.dao.desk.requestOf(number).terms if number else None
        if terms is None or terms.arbiter == NATIVE:
            return False
        window, _, _ = self.dao.disputes.settings()
        delivered_at = self.dao.keepers.deliveryOf(number).deliveredAt
        in_time = self.dao.now < delivered_at + window - 10
        if number in self.verdicts or not in_time:
            return False
        self.verdicts[number] = Verdict.OPEN
        (dispute if terms.asset == NATIVE else dispute_in_tokens)(self.dao, self.buyer, number)
        return True

    def rule(self) -> bool:
        """Rule one dispute that is open."""
        ids = [number for number, verdict in self.verdicts.items() if verdict == Verdict.OPEN]
        number = self.random.choice(ids or [0])
        if not number or self.dao.now >= self.dao.disputes.disputeOf(number).ruleBy - 10:
            return False
        upheld = self.random.random() < 0.5
        self.dao.disputes.rule(number, upheld, REASON, sender=self.arbiter)
        return True

    def take_bonds(self) -> bool:
        """Send every bond that is due where it belongs."""
        due = {n: verdict for n, verdict in self.verdicts.items() if verdict != Verdict.OPEN}
        for number, verdict in due.items():
            if verdict == Verdict.REJECTED:
                self.dao.disputes.forfeitBond(number, sender=self.dao.stranger)
            else:
                self.dao.disputes.takeBond(number, self.buyer, sender=self.buyer)
        return bool(due)

    def settle(self) -> bool:
        number = self.pick(RequestStatus.GRANTED)
        if not number or not self.dao.keepers.isDelivered(number):
            return False
        arbitrated = self.dao.desk.requestOf(number).terms.arbiter != NATIVE
        if arbitrated and not self.dao.disputes.receiptsStand(number):
            return False
        self.dao.desk.settle(number, sender=self.dao.stranger)
        return True

    def refund(self) -> bool:
        """Refund whatever can be."""
        ids = [number for number, status in self.states.items() if status in OPEN]
        due = [number for number in ids if self.dao.desk.isRefundable(number)]
        for number in due:
            self.dao.desk.refund(number, sender=self.dao.stranger)
        return bool(due)

    def sweep(self) -> bool:
        if self.dao.desk.balance == escrowed(self.dao):
            return False
        self.dao.desk.sweepFees(sender=self.dao.stranger)
        return True

    def end(self) -> None:
        """Let everything run out, and send all money where it belongs."""
        self.dao.wait(DAY)
        for number in [each for each, at in self.states.items() if at == RequestStatus.GRANTED]:
            delivered = self.dao.keepers.isDelivered(number)
            if delivered and not self.dao.disputes.isUpheld(number):
                self.dao.desk.settle(number, sender=self.dao.stranger)
        self.check()
        self.refund()
        self.sweep()
        self.check()


@pytest.fixture
def walk(
    dao: Dao, edition: int, alice: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> Callable[[int], Walk]:
    """A verb: publish two offers in one vote and begin a walk with a seed."""

    def begin(seed: int) -> Walk:
        common = {"expiry": dao.now + 90 * DAY, "maxCount": 99, "arbiter": carol.address}
        token = {"asset": dao.dollar.address, "unitPrice": TOKEN_PRICE // 500}
        offers = (offer(dao, **common, metering=METERING), offer(dao, **common, **token))
        calls = [call_of(dao.offers, "publish", tuple(each.values())) for each in offers]
        proposal = [(target, 0, data) for target, data in calls]
        dao.propose(alice, proposal, "Two offers").pass_by(alice).execute()
        return Walk(dao, alice, carol, buyer, Random(seed))

    return begin


def test_escrow__after_every_step_of_a_random_walk__equals_what_is_owed(
    walk: Callable[[int], Walk],
) -> None:
    """The desk's balance is Σ escrowOf of open requests and the fees, and in the end nothing."""
    story = walk(7)
    for _ in range(STEPS):
        story.step()
        story.check()
    story.end()
    needed = {"approve", "accept_offer", "accept_counter", "settle", "refund", "rule"}
    assert needed <= story.done
    assert story.dao.desk.balance == 0
    assert story.dao.dollar.balanceOf(story.dao.desk) == 0
