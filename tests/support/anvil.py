"""A real anvil for tests: automine only, so that no block comes unasked, on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dao_backend.chain.anvil import CHAIN_ID, AnvilOptions, TimeMachine, start_anvil
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Patience, Rpc
from dao_backend.chain.sender import Sender
from dao_backend.chain.signer import LocalSigner
from dao_backend.chain.wire import quantity
from dao_backend.core.model import Address
from dao_backend.core.packing import bytes_of, hex_of
from tests.support.core_actors import seed

RICH = 10**24
"""Wei on every test account."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A running local chain and the ways to push it about."""

    url: str
    rpc: Rpc
    node: Node
    time: TimeMachine

    def fund(self, account: Address, amount: int = RICH) -> None:
        """Set an account's balance (wei)."""
        self.rpc.once("anvil_setBalance", account, hex(amount))

    def signer(self, number: int) -> LocalSigner:
        """A funded account; the same number is the same account as `core_actors.wallet`."""
        signer = LocalSigner(seed("account", number))
        self.fund(signer.address)
        return signer

    def sender(self, number: int) -> Sender:
        """A sender for the account of that number."""
        return Sender(self.node, self.signer(number))

    def act_as(self, account: Address, to: Address, data: bytes) -> bytes:
        """Send a call from an account whose key nobody has, such as a contract; its hash."""
        self.fund(account)
        self.rpc.once("anvil_impersonateAccount", account)
        fields = {"from": account, "to": to, "data": hex_of(data)}
        sent = bytes_of(str(self.rpc.once("eth_sendTransaction", fields)))
        while (mined := self.node.mined(sent)) is None:
            self.node.head()
        assert mined.succeeded
        return sent

    def snapshot(self) -> str:
        """Remember the state; see `revert`."""
        return str(self.rpc.once("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Go back to a remembered state."""
        self.rpc.once("evm_revert", snapshot)

    def reorganise(self, depth: int) -> None:
        """Replace the newest `depth` blocks by empty ones."""
        self.rpc.once("anvil_reorg", depth, [])

    def mine_by_hand(self) -> None:
        """Stop mining for transactions; `mine_at_once` takes it up again."""
        self.rpc.once("evm_setAutomine", False)

    def mine_at_once(self) -> None:
        """Mine a block for every transaction again."""
        self.rpc.once("evm_setAutomine", True)

    def height(self) -> int:
        """Number of the newest block."""
        return quantity(self.rpc.read("eth_blockNumber"))


@contextmanager
def running_chain(options: AnvilOptions | None = None) -> Iterator[Chain]:
    """Start anvil on a free port; stop it by its process id."""
    with start_anvil(options or AnvilOptions(block_time=None)) as anvil:
        rpc = Rpc(anvil.url, Patience(repeats=1))
        try:
            yield Chain(anvil.url, rpc, Node(rpc, CHAIN_ID), TimeMachine(rpc))
        finally:
            rpc.close()
