"""A local chain on which keepers may prove what they read while a test pushes it about."""

from __future__ import annotations

from dao_backend.core.model import Address
from dao_backend.core.packing import bytes_of
from tests.support.anvil import Chain
from tests.support.keeper_program import eventually

COIN = 10**20
"""Wei that an account is given."""


class SteadyChain(Chain):
    """A chain whose states all have a block: coin moves in transactions, and not by decree.

    A keeper that proves what it reads would find a balance that no state root knows of.
    """

    def fund(self, account: Address, amount: int = COIN) -> None:
        """See to it that an account has coin; `amount` counts where it has little."""
        if self.node.balance(account) >= amount // 2:
            return
        giver = self.rpc.once("eth_accounts")[0]
        fields = {"from": giver, "to": account, "value": hex(amount)}
        sent = bytes_of(str(self.rpc.once("eth_sendTransaction", fields)))
        eventually(lambda: self.node.mined(sent))
