"""UsageMeter: pay for what is used, after delivery."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.metering import Metering
from dao_backend.core.model import NATIVE, Address
from dao_backend.core.typed import Voucher
from dao_backend.ports.bargains import MeterAccount


class UsageMeter(Contract):
    """See contracts/interfaces/IUsageMeter.sol."""

    name = ContractName.METER

    def settle(self, voucher: Voucher, signature: bytes) -> Action:
        """Pay what a voucher adds, with its holder's signature."""
        stated = (voucher.licence_id, voucher.units, voucher.until)
        return self._act("settle", stated, signature)

    def take_minimum(self, licence_id: int) -> Action:
        """Take the minimum for each silent period."""
        return self._act("takeMinimum", licence_id)

    def fund(self, licence_id: int, asset: Address, amount: int) -> Action:
        """Add to the bond, in the licence's asset."""
        return self._act("fund", licence_id, amount, value=amount if asset == NATIVE else 0)

    def close(self, licence_id: int) -> Action:
        """End the use; the holder's."""
        return self._act("close", licence_id)

    def take_bond(self, licence_id: int, to: Address) -> Action:
        """Take what is left of a closed account; the holder's."""
        return self._act("takeBond", licence_id, to)

    def pay_royalty(
        self, licence_id: int, asset: Address, amount: int, report_hash: bytes
    ) -> Action:
        """Pay the members of a licence's edition."""
        value = amount if asset == NATIVE else 0
        return self._act("payRoyalty", licence_id, asset, amount, report_hash, value=value)

    def account(self, licence_id: int) -> Call[MeterAccount]:
        """A licence's account; NotMetered where it has none."""

        def read(values: tuple[Any, ...]) -> MeterAccount:
            asset, reported, closed, balance, units, price, minimum, bond, period, *flags = values
            lapsed, emptied = flags
            return MeterAccount(
                licence_id=licence_id,
                asset=asset,
                metering=Metering(price, minimum, bond, period),
                reported_until=reported,
                balance=balance,
                used=units,
                lapsed=lapsed,
                closed_at=closed or None,
                emptied=emptied,
            )

        return self._ask("accountOf", licence_id, read=read)

    def silent_periods(self, licence_id: int) -> Call[int]:
        """Whole periods without a report."""
        return self._value("silentPeriods", licence_id)
