"""A DAO on a local chain whose every step tells its gas.

People and verbs are those of the tests (`tests/support/local_dao.py`); this adds a contribution in
the member's own transaction, a long past, and the gas of one call inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.contracts.base import Action
from dao_backend.core.events import Requested
from dao_backend.core.model import Address, Receipt
from dao_backend.core.packing import hex_of
from dao_backend.core.typed import Message, digest
from dao_backend.ports.chain import Sent
from tests.support.core_actors import wallet
from tests.support.local_dao import KEEPERS, RELAY, LocalDao

PAUSE = 12
"""Seconds of chain time before each measured transaction."""
_ONE_PER_BLOCK = 300_000
"""Gas of a block that has room for one mint only; a mint is given two thirds of it."""
_BLOCK_GAS = 30_000_000
_CHUNK = 100


class Stage:
    """One DAO and the measured ways to act in it; accounts go by the numbers of `wallet`."""

    def __init__(self, dao: LocalDao) -> None:
        self.dao = dao
        self.chain = dao.chain

    def gas(self, act: Callable[[], Sent]) -> int:
        """Let time pass, act, and give the gas of the transaction."""
        self.chain.time.advance(PAUSE)
        return act().gas_used

    def contribute(self, member: int, content: int, units: int = 1000) -> Sent:
        """Register content number `content` in the member's own transaction."""
        one = self.dao.registration(content, units=units, member=member)
        return self.dao.writer(member).contribute(
            one.record, one.nonce, one.appraisal, one.appraiser_signature
        )

    def people(self, size: int) -> list[int]:
        """Register one contribution of each of so many new members; give their numbers."""
        numbers = list(range(1, size + 1))
        registrations = map(self.dao.registration, numbers)
        list(self.dao.writer(RELAY).contribute_for_all(registrations))
        return numbers

    def request(self, buyer: int, asset: Address) -> tuple[Sent, Requested]:
        """File a request that is paid in an ERC-20; the token's own approval is apart."""
        sent = self.dao.writer(buyer).request(self.dao.terms(asset, 1000))
        (filed,) = (e.fact for e in sent.events if isinstance(e.fact, Requested))
        return sent, filed

    def post_signed(self, receipt: Receipt) -> Sent:
        """Relay a receipt with its keeper's signature."""
        signature = self.sign(KEEPERS[receipt.index - 1], "KeeperRegistry", receipt)
        return self.dao.writer(RELAY).post_receipt_for(receipt, signature)

    def send(self, action: Action) -> int:
        """Let time pass, and give the gas of a relayed transaction, given as much as one may."""
        self.chain.time.advance(PAUSE)
        mined = self.chain.sender(RELAY).send(action)
        return mined.gas_used

    def sign(self, number: int, contract: str, message: Message) -> bytes:
        """A member's signature over a typed message."""
        domain = self.dao.addresses.domain(contract)
        return self.chain.signer(number).sign_digest(digest(domain, message))

    def frame_gas(self, sent: Sent, contract: Address, selector: bytes) -> int:
        """Gas of one call inside a transaction, with what it calls, as the node traces it."""
        options = {"tracer": "callTracer"}
        trace = self.chain.rpc.read("debug_traceTransaction", hex_of(sent.hash), options)
        found = _frame(cast("Mapping[str, object]", trace), contract.lower(), hex_of(selector))
        assert found is not None, "the transaction does not call what is to be measured"
        return int(str(found["gasUsed"]), 16)

    def lengthen(self, member: int, checkpoints: int) -> None:
        """Give a member so many more checkpoints, a second and a unit apart, and everybody too.

        Each is a transaction of its own in a block of its own, sent by lending the registry's hand.
        """
        rpc, registry = self.chain.rpc, self.dao.addresses.registry
        self.chain.fund(registry)
        rpc.once("anvil_impersonateAccount", registry)
        data = abi_of(ContractName.TOKEN).functions["mint"].encode([wallet(member), 0, 1])
        mint = {"from": registry, "to": self.dao.addresses.token, "data": hex_of(data)}
        mint["gas"] = hex(_ONE_PER_BLOCK * 2 // 3)
        before = self.chain.height()
        self.chain.mine_by_hand()
        rpc.once("evm_setBlockGasLimit", hex(_ONE_PER_BLOCK))
        for start in range(0, checkpoints, _CHUNK):
            size = min(_CHUNK, checkpoints - start)
            for _ in range(size):
                rpc.once("eth_sendTransaction", mint)
            rpc.once("anvil_mine", hex(size), hex(1))
        rpc.once("evm_setBlockGasLimit", hex(_BLOCK_GAS))
        self.chain.mine_at_once()
        assert self.chain.height() == before + checkpoints


def _frame(call: Mapping[str, object], contract: str, selector: str) -> Mapping[str, object] | None:
    """The first call of `selector` at `contract` in a tree of calls."""
    if str(call.get("to")).lower() == contract and str(call["input"]).startswith(selector):
        return call
    inner = cast("list[Mapping[str, object]]", call.get("calls", []))
    return next(filter(None, (_frame(one, contract, selector) for one in inner)), None)
