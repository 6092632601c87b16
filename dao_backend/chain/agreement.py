"""What several nodes of one chain agree on, so that no single one of them is believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.core.deployment import Finality
from dao_backend.core.events import LogEvent
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Committee, Edition, Licence, ProposalState, Request
from dao_backend.errors import (
    ChainUnavailable,
    ContractRefused,
    DaoError,
    NodesDisagree,
    NotFound,
    WrongNetwork,
)
from dao_backend.ports.chain import Block, Delivery

T = TypeVar("T")
Clock = Callable[[], float]


class Agreement:
    """The AgreedChain port over m nodes, of which `agree` have to give the same answer."""

    def __init__(
        self,
        nodes: Sequence[Node],
        addresses: Addresses,
        agree: int = 1,
        finality: Finality | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._addresses = addresses
        self._agree = agree
        self._readers = [Reader(node, addresses) for node in nodes]
        self._finality = finality
        self._clock = clock
        self._pool = ThreadPoolExecutor(max_workers=len(self._readers))

    @property
    def addresses(self) -> Addresses:
        """Where the contracts live."""
        return self._addresses

    @property
    def proves(self) -> bool | None:
        """Whether the nodes served proofs when last asked; None before."""
        return None

    @property
    def alarm(self) -> str | None:
        """What the nodes last disagreed about, None where they agree."""
        return None

    def close(self) -> None:
        """Stop asking."""
        self._pool.shutdown()

    # --- blocks and logs --------------------------------------------------------------------

    def head(self) -> Block:
        return self._at_height(lambda reader: reader.head())

    def finalized(self) -> Block:
        return self._at_height(lambda reader: reader.finalized())

    def block(self, number: int) -> Block:
        return self._same(lambda reader: reader.block(number))

    def logs(self, first: int, last: int) -> list[LogEvent]:
        return self._same(lambda reader: reader.logs(first, last))

    # --- state ------------------------------------------------------------------------------

    def committee(self, epoch: int, block: int | None = None) -> Committee:
        return self._same(lambda reader: reader.committee(epoch, block))

    def current_epoch(self, block: int | None = None) -> int:
        return self._same(lambda reader: reader.current_epoch(block))

    def serving_epoch(self, block: int | None = None) -> int:
        return self._same(lambda reader: reader.serving_epoch(block))

    def is_holding(self, epoch: int, index: int, block: int | None = None) -> bool:
        return self._same(lambda reader: reader.is_holding(epoch, index, block))

    def history(self, block: int | None = None) -> tuple[bytes, int]:
        return self._same(lambda reader: reader.history(block))

    def edition(self, edition_id: int, block: int | None = None) -> Edition:
        return self._same(lambda reader: reader.edition(edition_id, block))

    def request(self, request_id: int, block: int | None = None) -> Request:
        return self._same(lambda reader: reader.request(request_id, block))

    def licence(self, licence_id: int, block: int | None = None) -> Licence | None:
        return self._same(lambda reader: reader.licence(licence_id, block))

    def delivery(self, licence_id: int, block: int | None = None) -> Delivery | None:
        return self._same(lambda reader: reader.delivery(licence_id, block))

    def proposal_state(self, proposal_id: int, block: int | None = None) -> ProposalState:
        return self._same(lambda reader: reader.proposal_state(proposal_id, block))

    def contradictions(self, licence_id: int, block: int) -> tuple[str, ...]:
        """What proofs say otherwise than the nodes do: nothing where no node serves proofs."""
        del licence_id, block
        return ()

    # --- asking -----------------------------------------------------------------------------

    def _at_height(self, ask: Callable[[Reader], Block]) -> Block:
        """The k-th highest of the blocks that the nodes name."""
        blocks = [found for found in self._poll(ask) if isinstance(found, Block)]
        if len(blocks) < self._agree:
            raise ChainUnavailable(f"{len(blocks)} nodes answer, {self._agree} have to agree")
        number = sorted((block.number for block in blocks), reverse=True)[self._agree - 1]
        return self.block(number)

    def _same(self, ask: Callable[[Reader], T]) -> T:
        """The answer of at least k nodes, where no other answer is given."""
        silent = (ChainUnavailable, WrongNetwork)
        answers = [found for found in self._poll(ask) if not isinstance(found, silent)]
        if len(answers) < self._agree:
            raise ChainUnavailable(f"{len(answers)} nodes answer, {self._agree} have to agree")
        first = answers[0]
        if any(_compared(answer) != _compared(first) for answer in answers):
            raise NodesDisagree("the nodes give different answers to one question")
        if isinstance(first, DaoError):
            raise first
        return first

    def _poll(self, ask: Callable[[Reader], T]) -> list[T | DaoError]:
        return list(self._pool.map(lambda reader: _answer(ask, reader), self._readers))


def _answer(ask: Callable[[Reader], T], reader: Reader) -> T | DaoError:
    try:
        return ask(reader)
    except (ChainUnavailable, WrongNetwork, NotFound, ContractRefused) as error:
        return error


def _compared(answer: object) -> object:
    return (type(answer), str(answer)) if isinstance(answer, DaoError) else answer
