"""A metered licence, settled and open, with the verbs of its holder and of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Voucher
from tests.contracts.dao import DAY, NATIVE, TOKEN_PRICE, Dao, sign, words

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

    from tests.contracts.votes import VoteHelper

UNIT = 1_000
MINIMUM = 50_000
BOND = 1_000_500
"""A thousand units and a half."""
PERIOD = DAY
METERING = (UNIT, MINIMUM, BOND, PERIOD)
REPORT = keccak256(b"a report")


@dataclass(frozen=True)
class Meter:
    """One licence's account at the usage meter."""

    dao: Dao
    licence: int
    holder: AccountAPI
    asset: str

    @property
    def account(self) -> Any:
        """Solidity's Account."""
        return self.dao.meter.accountOf(self.licence)

    @property
    def edition(self) -> int:
        return int(self.dao.licence.licenceOf(self.licence).editionId)

    @property
    def native(self) -> bool:
        return self.asset == NATIVE

    @property
    def purpose(self) -> bytes:
        """What the vault is told that this licence's money is for."""
        return keccak256(self.licence.to_bytes(32, "big"))

    def held(self) -> int:
        """All that the meter holds in this account's asset."""
        meter = self.dao.meter
        return int(meter.balance if self.native else self.dao.dollar.balanceOf(meter))

    def received(self) -> int:
        """All that the vault holds in this account's asset."""
        vault = self.dao.vault
        return int(vault.balance if self.native else self.dao.dollar.balanceOf(vault))

    # --- vouchers ---

    def voucher(self, units: int, until: int | None = None) -> Voucher:
        """Use so far, as of now."""
        return Voucher(self.licence, units, self.dao.now if until is None else until)

    def sign(self, voucher: Voucher) -> bytes:
        return sign(self.holder, self.dao.domain(self.dao.meter), voucher)

    def bring(self, voucher: Voucher, signature: bytes | None = None) -> ReceiptAPI:
        """A stranger brings a voucher with its holder's signature, or another."""
        signed = self.sign(voucher) if signature is None else signature
        return self.dao.meter.settle(words(voucher), signed, sender=self.dao.stranger)

    def settle(self, units: int, until: int | None = None) -> ReceiptAPI:
        return self.bring(self.voucher(units, until))

    # --- money ---

    def fund(self, amount: int, payer: AccountAPI | None = None, **options: int) -> ReceiptAPI:
        """Somebody adds to the bond; a token is minted to it first."""
        payer = payer or self.dao.stranger
        value = options.get("value", amount if self.native else 0)
        self.lend(payer, amount)
        return self.dao.meter.fund(self.licence, amount, value=value, sender=payer)

    def royalty(self, amount: int, payer: AccountAPI, **options: int) -> ReceiptAPI:
        value = options.get("value", amount if self.native else 0)
        self.lend(payer, amount)
        pay = self.dao.meter.payRoyalty
        return pay(self.licence, self.asset, amount, REPORT, value=value, sender=payer)

    def lend(self, payer: AccountAPI, amount: int) -> None:
        """Give `payer` tokens that the meter may take."""
        if not self.native:
            self.dao.dollar.mint(payer, amount, sender=payer)
            self.dao.dollar.approve(self.dao.meter, amount, sender=payer)

    # --- the end ---

    def take_minimum(self) -> ReceiptAPI:
        return self.dao.meter.takeMinimum(self.licence, sender=self.dao.stranger)

    def close(self) -> ReceiptAPI:
        return self.dao.meter.close(self.licence, sender=self.holder)

    def take_bond(self, to: object = None) -> ReceiptAPI:
        return self.dao.meter.takeBond(self.licence, to or self.holder, sender=self.holder)


def open_meter(dao: Dao, vote: VoteHelper, member: AccountAPI, holder: AccountAPI) -> Meter:
    """Pass a request that was filed, deliver and settle it."""
    licence = vote.request_id
    vote.pass_by(member).execute()
    dao.deliver(licence)
    dao.desk.settle(licence, sender=dao.stranger)
    return Meter(dao, licence, holder, dao.desk.requestOf(licence).terms.asset)


def metered(
    dao: Dao, member: AccountAPI, buyer: AccountAPI, native: bool = True, **changes: object
) -> Meter:
    """File, pass, deliver and settle a metered request."""
    terms: dict[str, object] = {"metering": METERING}
    if not native:
        terms |= {"asset": dao.dollar.address, "price": TOKEN_PRICE}
    return open_meter(dao, dao.request(buyer, **(terms | changes)), member, buyer)
