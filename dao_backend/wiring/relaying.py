"""Carries what keepers signed to the chain, as any account and, if need be, without any service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dao_backend.chain.deployment import addresses_of
from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.rpc import Rpc
from dao_backend.chain.sender import Sender
from dao_backend.chain.writer import Writer
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.custody.secrets import read_file
from dao_backend.ports.chain import ChainReader, ChainWriter, Signer
from dao_backend.service.keepers import Keepers
from dao_backend.service.posting import Carrier, listed_by_log
from dao_backend.wiring.client import HASTY, QUESTION, Client, checked_url
from dao_backend.wiring.reaching import Reaching


@dataclass(frozen=True, slots=True)
class Line:
    """A chain and its keepers."""

    chain: ChainReader
    keepers: Keepers
    writer: Callable[[Signer], ChainWriter]

    def carrier(self, signer: Signer) -> Carrier:
        """Whose transactions `signer` pays for."""
        return Carrier(self.chain, self.writer(signer), self.keepers, listed_by_log(self.chain))


def line_of(client: Client) -> Line:
    """The chain that a service named; keepers are asked themselves all the same."""
    return Line(client.chain, client.questions, client.writer)


@contextmanager
def own_line(record: Path, rpc_url: str) -> Iterator[Line]:
    """By a deployment's record and a node; InputError, UnreadablePath, WrongNetwork."""
    stated = DeploymentRecord.from_json(read_file(record).decode(errors="replace"))
    addresses = addresses_of(stated)
    with ExitStack() as stack:
        confirmations = stated.parameters.finality.confirmations
        node = Node(Rpc(checked_url(rpc_url, "node")), stated.chain_id, confirmations)
        stack.callback(node.close)
        reaching = Reaching(HASTY)
        stack.callback(reaching.close)
        keepers = Keepers(reaching, QUESTION)
        stack.callback(keepers.close)
        yield Line(
            Reader(node, addresses),
            keepers,
            lambda signer: Writer(node, addresses, Sender(node, signer)),
        )
