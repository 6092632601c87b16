"""One asset wherever a DAO takes it, holds it and pays it out, and the steps that do so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Voucher
from tests.contracts.actors import HOUR
from tests.contracts.dao import AMOUNT, DAY, NATIVE, PURPOSE, Dao, sign
from tests.contracts.desk_stand import acceptance, answer, digest, motion, offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance

    from tests.contracts.votes import VoteHelper

HEIR = to_checksum_address("0x" + "aa" * 20)
"""Where payments go that may go anywhere: an account that does nothing."""
PRICE = 10**18
UNIT_PRICE = PRICE // 1000
BOND = 4 * 10**15
MINIMUM = BOND // 4
USED = 3
METERING = (10**12, MINIMUM, BOND, HOUR)
CLAIM = keccak256(b"what the buyer claims")


class Fault(IntEnum):
    """HostileToken's."""

    NONE = 0
    TAKES_FEE = 1
    RETURNS_FALSE = 2
    RETURNS_NOTHING = 3
    FAILS = 4
    PAUSES = 5
    BLOCKS = 6
    REENTERS = 7


@dataclass(frozen=True)
class Step:
    """One transaction that moves `amount` of the asset from `source` to `to`."""

    contract: ContractInstance
    method: str
    arguments: tuple[object, ...]
    sender: AccountAPI
    amount: int
    source: str
    to: str
    refusal: tuple[str, dict[str, object]] | None = None
    """How the contract itself says that a payment failed; None where the token says it."""
    coin: int = 0
    wait: int = 0

    @property
    def call(self) -> tuple[str, bytes]:
        """Target and data of the same step, for a token to repeat."""
        handler = self.contract._mutable_methods_[self.method]
        return self.contract.address, bytes(handler.encode_input(*self.arguments))

    def run(self) -> ReceiptAPI:
        handler = self.contract._mutable_methods_[self.method]
        return handler(*self.arguments, value=self.coin, sender=self.sender)


class Stage:
    """Requests, disputes, meters and income in one asset, each as far as it can come by itself."""

    def __init__(
        self, dao: Dao, asset: ContractInstance | str, buyer: AccountAPI, members: Sequence[Any]
    ) -> None:
        self.dao = dao if asset == NATIVE else replace(dao, dollar=asset)
        self.asset = getattr(asset, "address", asset)
        self.buyer, self.members = buyer, members
        self.edition = int(dao.registry.newestEdition(0))
        arbiter = dao.stranger.address
        self.defeated, self.cheaper, self.dearer, self.delivered = (
            self._request() for _ in range(4)
        )
        self.upheld, self.rejected, self.disputable = (
            self._request(arbiter=arbiter) for _ in range(3)
        )
        self.metered, self.closed = (self._request(metering=METERING) for _ in range(2))
        self._vote()
        self._deliver()
        self._earn()
        self.file()

    def file(self) -> None:
        """File a request whose vote has not begun."""
        self.pending = self._request()

    # --- how it comes about ---

    def _request(self, **changes: object) -> int:
        self.dao.request(self.buyer, asset=self.asset, price=PRICE, **changes)
        return int(self.dao.desk.requestCount())

    def _granted(self) -> list[int]:
        arbitrated = [self.upheld, self.rejected, self.disputable]
        return [self.delivered, *arbitrated, self.metered, self.closed]

    def _votes(self) -> list[VoteHelper]:
        dao, member = self.dao, self.members[0]
        votes = [dao.vote_on(number) for number in self._granted()]
        for number, price in ((self.cheaper, PRICE // 2), (self.dearer, 2 * PRICE)):
            terms = answer(price=price, answerPeriod=DAY)
            votes.append(
                motion(dao, member, dao.desk, "counter", number, digest(dao, number), terms)
            )
        terms = offer(dao, asset=self.asset, unitPrice=UNIT_PRICE)
        return [*votes, motion(dao, member, dao.offers, "publish", tuple(terms.values()))]

    def _vote(self) -> None:
        votes = self._votes()
        votes[-1].open()
        for vote in votes:
            vote.cast(self.members[0])
        votes[-1].close()
        for vote in votes:
            vote.queue()
        votes[-1].wait()
        for vote in votes:
            vote.execute()
        self.offer = int(self.dao.offers.offerCount())

    def _deliver(self) -> None:
        dao, buyer = self.dao, self.buyer
        for number in self._granted():
            dao.deliver(number)
        for number in (self.upheld, self.rejected):
            coin = self.hand(dao.disputes, dao.disputes.bondOf(number))
            dao.disputes.open(number, CLAIM, value=coin, sender=buyer)
            dao.disputes.rule(number, number == self.upheld, CLAIM, sender=dao.stranger)
        for number in (self.metered, self.closed):
            dao.desk.settle(number, sender=dao.stranger)
        dao.meter.close(self.closed, sender=buyer)

    def _earn(self) -> None:
        coin = self.hand(self.dao.vault, AMOUNT)
        arguments = (self.edition, self.asset, AMOUNT, PURPOSE)
        self.dao.vault.deposit(*arguments, value=coin, sender=self.buyer)
        self.dao.vault.setPayee(HEIR, sender=self.members[0])

    def hand(self, spender: ContractInstance, amount: int) -> int:
        """Give the buyer what it is about to pay; gives the coin to send along."""
        if self.asset == NATIVE:
            return amount
        self.dao.dollar.mint(self.buyer, amount, sender=self.buyer)
        self.dao.dollar.approve(spender, 0, sender=self.buyer)
        self.dao.dollar.approve(spender, amount, sender=self.buyer)
        return 0

    def balance(self, account: str) -> int:
        """What `account` has of the asset."""
        if self.asset == NATIVE:
            return int(self.dao.chain.provider.get_balance(account))
        return int(self.dao.dollar.balanceOf(account))

    # --- money in ---

    def ways_in(self) -> list[Step]:
        """Every step that takes the asset and wants all of it; each is undone before the next."""
        dao = self.dao
        terms = tuple(dao.terms(asset=self.asset, price=PRICE).values())
        bond = int(dao.disputes.bondOf(self.disputable))
        return [
            self._in(dao.desk, PRICE, dao.desk, "request", terms),
            self._in(dao.desk, PRICE, dao.desk, "acceptCounter", self.dearer),
            self._in(dao.desk, PRICE, dao.offers, "accept", self.offer, acceptance()),
            self._in(dao.disputes, bond, dao.disputes, "open", self.disputable, CLAIM),
            self._in(dao.meter, BOND, dao.meter, "fund", self.metered, BOND),
        ]

    def _in(self, to: Any, amount: int, contract: Any, method: str, *given: object) -> Step:
        fee = int(self.dao.desk.filingFee()) if method == "request" else 0
        coin = fee + (amount if self.asset == NATIVE else 0)
        buyer = self.buyer
        return Step(contract, method, given, buyer, amount, buyer.address, to.address, coin=coin)

    # --- money out ---

    def ways_out(self) -> list[Step]:
        """Every step that pays the asset out or on; each is undone before the next."""
        return [*self._of_desk(), *self._of_disputes(), *self._of_meter(), *self._of_vault()]

    def _of_desk(self) -> list[Step]:
        desk, buyer, stranger = self.dao.desk, self.buyer, self.dao.stranger
        here, vault = desk.address, self.dao.vault.address

        def step(method: str, given: Any, sender: Any, amount: int, to: str, wait: int = 0) -> Step:
            refusal = ("TransferFailed", {"to": to, "amount": amount})
            return Step(desk, method, given, sender, amount, here, to, refusal, wait=wait)

        return [
            step("cancel", (self.pending,), buyer, PRICE, buyer.address),
            step("refund", (self.defeated,), stranger, PRICE, buyer.address, 2 * HOUR),
            step("refundTo", (self.upheld, HEIR), buyer, PRICE, HEIR),
            step("decline", (self.cheaper, HEIR), buyer, PRICE, HEIR),
            step("acceptCounter", (self.cheaper,), buyer, PRICE // 2, buyer.address),
            Step(desk, "settle", (self.delivered,), stranger, PRICE, here, vault),
        ]

    def _of_disputes(self) -> list[Step]:
        disputes, vault = self.dao.disputes, self.dao.vault.address
        here, bond = disputes.address, int(disputes.bondOf(self.upheld))
        refusal = ("PaymentFailed", {"to": HEIR, "amount": bond})
        taken, lost = (self.upheld, HEIR), (self.rejected,)
        return [
            Step(disputes, "takeBond", taken, self.buyer, bond, here, HEIR, refusal),
            Step(disputes, "forfeitBond", lost, self.dao.stranger, bond, here, vault),
        ]

    def _of_meter(self) -> list[Step]:
        meter, vault = self.dao.meter, self.dao.vault.address
        here, stranger = meter.address, self.dao.stranger
        voucher = Voucher(self.metered, USED, self.dao.now)
        signed = sign(self.buyer, self.dao.domain(meter), voucher)
        words = (voucher.licence_id, voucher.units, voucher.until)
        refusal = ("PaymentFailed", {"to": HEIR, "amount": BOND})
        taken, silent = (self.closed, HEIR), (self.metered,)
        used = USED * METERING[0]
        return [
            Step(meter, "settle", (words, signed), stranger, used, here, vault),
            Step(meter, "takeMinimum", silent, stranger, MINIMUM, here, vault, wait=HOUR),
            Step(meter, "takeBond", taken, self.buyer, BOND, here, HEIR, refusal, wait=HOUR),
        ]

    def _of_vault(self) -> list[Step]:
        vault, stranger, asset = self.dao.vault, self.dao.stranger, self.asset
        operator, timelock = self.dao.operators[0].address, self.dao.timelock.address

        def step(method: str, given: Any, sender: Any, amount: int, to: str) -> Step:
            refusal = ("PaymentFailed", {"payee": to, "asset": asset, "amount": amount})
            return Step(vault, method, given, sender, int(amount), vault.address, to, refusal)

        due = vault.dueOf(self.edition, asset, self.members[0])
        cut = vault.keeperDue(1, 1, asset)
        return [
            step("claim", (self.edition, asset), self.members[0], due, HEIR),
            step("payKeeper", (1, 1, asset), stranger, cut, operator),
            step("sweepReserve", (asset,), stranger, vault.reserveOf(asset), timelock),
        ]
