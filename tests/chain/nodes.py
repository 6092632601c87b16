"""Several nodes of one chain, some of which lie, keep silent or are of no use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.anvil import CHAIN_ID
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.headers import _hash
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Patience, Rpc, RpcRefusal
from dao_backend.core.deployment import Finality
from dao_backend.core.packing import hex_of
from tests.support.anvil import Chain, running_chain
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import LocalDao, found_dao
from tests.support.rpc_proxy import Answer, Meddle, RpcProxy, proxied, rpc_error

CONFIRMATIONS = 2
PATIENT = 20.0
"""Seconds in which an honest node answers even on a busy machine."""
LICENCE = 1
THIEF = wallet(666)


def honest(request: dict[str, Any]) -> Answer | None:
    """Ask the real node."""
    return None


def silent(request: dict[str, Any]) -> Answer | None:
    """Fail at everything."""
    return 500, b"out of order"


def half(request: dict[str, Any]) -> Answer | None:
    """Break off in the middle of an answer."""
    return 200, b'{"jsonrpc": "2.0", "id": 1, "resul'


def foreign(request: dict[str, Any]) -> Answer | None:
    """Serve another chain."""
    return answer(request, "0x1") if request["method"] == "eth_chainId" else None


def unproving(request: dict[str, Any]) -> Answer | None:
    """Know nothing of proofs."""
    if request["method"] != "eth_getProof":
        return None
    return rpc_error(request, -32601, "the method eth_getProof does not exist")


def answer(request: dict[str, Any], result: object) -> Answer:
    """A JSON-RPC result."""
    return 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()


@dataclass(frozen=True, slots=True)
class Sold:
    """A DAO that has sold one licence, which is delivered."""

    dao: LocalDao

    @property
    def chain(self) -> Chain:
        """The chain that all nodes serve."""
        return self.dao.chain

    def changing(self, method: str, change: Callable[[list[Any], Any], object]) -> Meddle:
        """Answer `method` with what `change` makes of its parameters and the true result."""

        def meddle(request: dict[str, Any]) -> Answer | None:
            if request["method"] != method:
                return None
            try:
                found = self.chain.rpc.read(method, *request["params"])
            except RpcRefusal:  # the real node says so itself
                return None
            return answer(request, change(request["params"], found))

        return meddle

    def forging_licence(self) -> Meddle:
        """State that the licence is somebody else's, in eth_call alone."""
        return self.lying(ContractName.LICENCE, "licenceOf", 0, int(THIEF, 16))

    def lying(self, contract: ContractName, function: str, word: int, value: int) -> Meddle:
        """Give one word of one view another value, in eth_call alone."""
        selector = hex_of(abi_of(contract).functions[function].selector)

        def changed(asked: list[Any], true: str) -> str:
            if not asked[0]["data"].startswith(selector):
                return true
            at = 2 + 64 * word
            return true[:at] + f"{value:064x}" + true[at + 64 :]

        return self.changing("eth_call", changed)

    def forging_key(self) -> Meddle:
        """Put a rotation of the licence's release key into the log that never was."""
        topic = abi_of(ContractName.LICENCE).events["ReleaseKeyRotated"].topic

        def added(asked: list[Any], true: list[Any]) -> list[Any]:
            if not true:
                return true
            entry = {
                **true[-1],
                "address": self.dao.addresses.licence.lower(),
                "topics": [hex_of(topic), f"0x{LICENCE:064x}"],
                "data": "0x" + "66" * 32,
                "logIndex": hex(int(true[-1]["logIndex"], 16) + 1),
            }
            return [*true, entry]

        return self.changing("eth_getLogs", added)

    def at_head(self, **change: object) -> Meddle:
        """Give the newest block other fields, with the hash that belongs to them."""
        return self.changing(
            "eth_getBlockByNumber",
            lambda asked, true: forged(true, **change) if asked[0] == "latest" else true,
        )

    def everywhere(self, **change: object) -> Meddle:
        """Give every block other fields and keep the hash that it is known by."""
        return self.changing("eth_getBlockByNumber", lambda asked, true: {**true, **change})

    def behind(self, blocks: int) -> Meddle:
        """Stand still `blocks` below the newest one, as a node does that has lost its peers."""
        last = self.chain.height() - blocks

        def meddle(request: dict[str, Any]) -> Answer | None:
            asked = request["params"]
            match request["method"]:
                case "eth_getBlockByNumber" if asked[0] == "latest":
                    found = self.chain.rpc.read("eth_getBlockByNumber", hex(last), False)
                    return answer(request, found)
                case "eth_getBlockByNumber" if int(asked[0], 16) > last:
                    return answer(request, None)
                case "eth_call" if asked[1] != "latest" and int(asked[1], 16) > last:
                    return rpc_error(request, -32000, "header not found")
                case "eth_getLogs":
                    upto = {**asked[0], "toBlock": hex(min(last, int(asked[0]["toBlock"], 16)))}
                    return answer(request, self.chain.rpc.read("eth_getLogs", upto))
            return None

        return meddle


def forged(header: Any, **changed: object) -> dict[str, Any]:
    """A header with other fields, and the hash that belongs to them."""
    fields = {**header, **changed}
    return {**fields, "hash": hex_of(_hash(fields))}


@dataclass
class Nodes:
    """Opens nodes and what asks them, and closes all at the end."""

    chain: Chain
    where: LocalDao
    _open: ExitStack = field(default_factory=ExitStack)

    def proxy(self, meddle: Meddle) -> RpcProxy:
        """A node that meddles."""
        return self._open.enter_context(proxied(self.chain.url, meddle))

    def agreement(
        self,
        *meddles: Meddle,
        agree: int = 1,
        finality: Finality | None = None,
        clock: Callable[[], float] | None = None,
        patience: float = PATIENT,
    ) -> Agreement:
        """An agreement over one node for each meddle."""
        return self.over(
            *(self.proxy(meddle) for meddle in meddles),
            agree=agree,
            finality=finality,
            clock=clock,
            patience=patience,
        )

    def over(
        self,
        *proxies: RpcProxy,
        agree: int = 1,
        finality: Finality | None = None,
        clock: Callable[[], float] | None = None,
        patience: float = PATIENT,
    ) -> Agreement:
        """An agreement over nodes that are there already; keys stand in their paths."""
        nodes = []
        for proxy in proxies:
            rpc = Rpc(f"{proxy.url}/secret-key", Patience(repeats=0, answer=PATIENT))
            self._open.callback(rpc.close)
            nodes.append(Node(rpc, CHAIN_ID, CONFIRMATIONS))
        made = Agreement(nodes, self.where.addresses, agree, finality, clock, patience)
        self._open.callback(made.close)
        return made

    def close(self) -> None:
        """Close everything that was opened."""
        self._open.close()


@contextmanager
def sold_licence() -> Iterator[Sold]:
    """One DAO on a chain of its own, with a delivered licence some blocks below the head."""
    with running_chain() as chain:
        dao = found_dao(chain)
        root = seed("root")
        dao.register(1)
        dao.attest(dao.seal(), root)
        request = dao.file()
        dao.grant(request, 1)
        dao.post_receipts(request, root)
        chain.rpc.once("anvil_mine", hex(5))
        yield Sold(dao)
