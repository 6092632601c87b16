"""UsageMeter, long walks: whatever anybody does in any order, each bond is its holder's own."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError

from tests.contracts.dao import Dao
from tests.contracts.meter_stand import BOND, MINIMUM, PERIOD, UNIT, Meter, metered
from tests.contracts.refusals import error_of

if TYPE_CHECKING:
    from ape.api import AccountAPI

STEPS = 60
ACTIONS = ["settle", "settle", "settle", "fund", "minimum", "royalty", "close", "take", "wait"]
REFUSALS = {
    "VoucherBehind", "VoucherAhead", "NothingSilent", "AlreadyClosing", "NotClosed", "NothingLeft",
}  # fmt: skip
"""What a step may meet; any other refusal fails the walk."""


class Walk:
    """Four accounts, two in coin and two in tokens, and a model of what each must hold."""

    def __init__(self, meters: list[Meter], payer: AccountAPI, random: Random) -> None:
        self.meters, self.payer, self.random = meters, payer, random
        self.closed: set[int] = set()
        self.inside = {meter.licence: BOND for meter in meters}

    def step(self) -> str:
        """Do something to some account; gives what came of it."""
        meter, action = self.random.choice(self.meters), self.random.choice(ACTIONS)
        before = meter.received()
        try:
            added, sent = self.act(meter, action)
        except ContractLogicError as refusal:
            return error_of(refusal)[0]
        paid = meter.received() - before
        self.inside[meter.licence] += added - sent - paid
        return action

    def act(self, meter: Meter, action: str) -> tuple[int, int]:
        """One action; gives what it put into the account and what it sent to the holder."""
        dao, account = meter.dao, meter.account
        match action:
            case "settle":
                until = dao.now if account.closedAt == 0 else account.closedAt
                meter.settle(account.units + self.random.randrange(0, 700), until)
            case "fund":
                amount = self.random.choice([1, UNIT, MINIMUM, BOND])
                meter.fund(amount, self.payer)
                return amount, 0
            case "minimum":
                meter.take_minimum()
            case "royalty":
                amount = self.random.randrange(1, BOND)
                meter.royalty(amount, self.payer)
                return amount, 0
            case "close":
                if self.random.random() < 0.5:
                    meter.close()
                    self.closed.add(meter.licence)
            case "take":
                receipt = meter.take_bond(self.payer)
                return 0, int(dao.meter.BondTaken.from_receipt(receipt)[0].amount)
            case _:
                dao.wait(self.random.randrange(1, 2 * PERIOD))
        return 0, 0

    def check(self, dao: Dao) -> None:
        """Money is where the accounts say, and licences are as the accounts say."""
        for native in (True, False):
            same = [meter for meter in self.meters if meter.native == native]
            assert same[0].held() == sum(meter.account.balance for meter in same)
        for meter in self.meters:
            account = meter.account
            assert account.balance == self.inside[meter.licence]
            assert account.lapsed == dao.licence.licenceOf(meter.licence).lapsed
            assert account.reportedUntil <= dao.now
            if meter.licence in self.closed:
                assert account.lapsed


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_walk__of_random_steps__keeps_each_bond_where_it_belongs(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI, seed: int
) -> None:
    """The meter holds the sum of its accounts in each asset at all times, and nothing mixes."""
    meters = [metered(dao, alice, buyer, native=place % 2 == 0) for place in range(4)]
    walk = Walk(meters, stranger, Random(seed))
    met = set()
    for _ in range(STEPS):
        met.add(walk.step())
        walk.check(dao)
    assert met <= REFUSALS | set(ACTIONS)
    assert {"settle", "fund", "royalty", "minimum"} <= met
