"""What a person's own client talks to: the service behind a URL, and the chain it names.

The facts come from the service; whoever compares them with what was pinned before (`Pin`) notices
when a service suddenly speaks for another DAO.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.rpc import Rpc, RpcRefusal
from dao_backend.chain.sender import Sender
from dao_backend.chain.writer import Writer
from dao_backend.client.http import HttpGateway
from dao_backend.client.keeper import Patience
from dao_backend.core.facts import Facts
from dao_backend.core.message import Metadata
from dao_backend.core.model import Address, address
from dao_backend.errors import InputError, Refused, WrongNetwork
from dao_backend.ports.chain import ChainReader, ChainWriter, Signer
from dao_backend.ports.gateway import Gateway
from dao_backend.service.keepers import Keepers
from dao_backend.wiring.reaching import Reaching

LOCAL_CHAIN_ID = 31337
"""The chain that `ddao up` starts; coin can be made from nothing there and nowhere else."""
QUESTION = 3.0
"""Seconds that a keeper has to answer a question in."""
HASTY = Patience(connect=QUESTION, read=QUESTION, whole=QUESTION)
_PATIENT = Patience(connect=QUESTION, read=20.0, whole=60.0)


@dataclass(frozen=True, slots=True)
class Pin:
    """Which DAO a URL stood for when it was first used."""

    chain_id: int
    registry: Address

    @classmethod
    def of(cls, facts: Facts) -> Pin:
        """The DAO that these facts describe."""
        return cls(facts.addresses.chain_id, facts.addresses.registry)

    @classmethod
    def parse(cls, chain_id: int, registry: str) -> Pin:
        """From what was written down; InvalidAddress."""
        return cls(chain_id, address(registry))


@dataclass(frozen=True, slots=True)
class Client:
    """One DAO as its people reach it: reads and relays over HTTP, the rest on chain."""

    url: str
    gateway: Gateway
    facts: Facts
    chain: ChainReader
    _rpc: Rpc
    _node: Node
    _http: HttpGateway
    keeper: Reaching
    """Keepers themselves, at the endpoints that the chain names; for what takes its time."""
    questions: Keepers
    """The same for questions, which are answered within `QUESTION` seconds."""
    _hasty: Reaching

    def writer(self, signer: Signer) -> ChainWriter:
        """Transactions that the signer pays for itself."""
        return Writer(self._node, self.facts.addresses, Sender(self._node, signer))

    def make_draft(
        self, contributor: Address, collection: int, metadata: Metadata, blocks: Iterable[bytes]
    ) -> Mapping[str, Any]:
        """Have the service encrypt plaintext, which it sees; the draft that is to be signed."""
        draft: Mapping[str, Any] = self._http.make_draft(contributor, collection, metadata, blocks)
        return draft

    def fund(self, account: Address, amount: int) -> None:
        """Raise an account's balance by `amount` wei; Refused on any chain but the local one."""
        where = self.facts.addresses.chain_id
        if where != LOCAL_CHAIN_ID:
            raise Refused(f"coin can be made on the local chain only, and this is chain {where}")
        held = self._node.balance(account)
        try:
            self._rpc.once("anvil_setBalance", account, hex(held + amount))
        except RpcRefusal as error:
            raise Refused(f"the node makes no coin: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self.questions.close()
        self._hasty.close()
        self.keeper.close()
        self._http.close()
        self._node.close()


def open_client(url: str, rpc_url: str | None = None, pin: Pin | None = None) -> Client:
    """Reach a service and the chain it names, or the node at `rpc_url`.

    ServiceUnavailable, WrongNetwork where the service speaks for another DAO than `pin`,
    InputError where neither service nor caller names a node.
    """
    gateway = HttpGateway(checked_url(url, "service"))
    try:
        facts = gateway.facts()
        _require_same(url, facts, pin)
        node_url = rpc_url or facts.rpc_url
        if node_url is None:
            raise InputError(f"{url} names no node of its chain: give one with `ddao init --rpc`")
        rpc = Rpc(checked_url(node_url, "node"))
    except BaseException:
        gateway.close()
        raise
    node = Node(rpc, facts.addresses.chain_id, facts.confirmations)
    hasty = Reaching(HASTY)
    return Client(
        url=url,
        gateway=gateway,
        facts=facts,
        chain=Reader(node, facts.addresses),
        _rpc=rpc,
        _node=node,
        _http=gateway,
        keeper=Reaching(_PATIENT),
        questions=Keepers(hasty, QUESTION),
        _hasty=hasty,
    )


def checked_url(url: str, what: str) -> str:
    """`url` without a closing slash; InputError unless it is an HTTP address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url!r} is no address of a {what}: it begins with http:// or https://")
    return url.rstrip("/")


def _require_same(url: str, facts: Facts, pin: Pin | None) -> None:
    found = Pin.of(facts)
    if pin is None or pin == found:
        return
    raise WrongNetwork(
        f"{url} now serves the DAO at {found.registry} on chain {found.chain_id}, "
        f"not the one at {pin.registry} on chain {pin.chain_id}: "
        f"if that is right, run `ddao init --service {url}`"
    )
