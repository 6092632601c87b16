"""What several nodes of one chain agree on, so that fewer than k lying ones cannot deceive.

    k nodes name a final block ──► its header's hash recomputed, k times the same ──► final
    a question at a final block ──► k equal answers, none different ──► answered
                                └──► a different one ──► NodesDisagree, until they agree again
    what storage proofs say below the final state root ──► contradictions

Silent, slow, old and broken nodes just do not count; with fewer than k answers there is none
(ChainUnavailable). Near the head nodes may differ without lying, one being a block behind another:
what is read there is asked for once more, and is then unavailable. Nothing that the head says
allows anything, it can only forbid: whatever allows is read at a final block.

Final is what `finalized` has answered, and a node has a say about a final block only once it has
given that block's agreed header. What was answered about such a block is remembered, so that the
proofs are held against what the caller was told, and not against a second answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from dao_backend.chain.dispute import Dispute
from dao_backend.chain.evidence import Evidence, Subject, about
from dao_backend.chain.headers import Header
from dao_backend.chain.heights import Heights
from dao_backend.chain.node import Node
from dao_backend.chain.panel import Divided, Panel, count
from dao_backend.chain.reader import Reader
from dao_backend.chain.rotations import Rotations
from dao_backend.chain.slots import Answers, Claim, claims, edition_claims, log_claims
from dao_backend.chain.told import Told
from dao_backend.core.bounds import within
from dao_backend.core.deployment import Finality
from dao_backend.core.events import LogEvent
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Committee, Edition, Licence, ProposalState, Request
from dao_backend.core.state import State
from dao_backend.errors import ChainUnavailable, NodesDisagree, NotFound
from dao_backend.ports.chain import Block, Delivery

T = TypeVar("T")
Clock = Callable[[], float]
ANSWER = 15.0
"""Seconds that a node has for a question."""
LOGS = 120.0
"""Seconds that it has for the logs of one range, which may take many requests."""
_NO_LICENCE = 0
"""Licences are counted from 1: history, epochs and committees are proven besides this one too."""


class Agreement:
    """The AgreedChain port over m nodes, of which `agree` have to give the same answer.

    InputError where there are fewer nodes. Where more than `agree` answer, all must be the same:
    with one of several the furthest node is followed until another one contradicts it.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        addresses: Addresses,
        agree: int = 1,
        finality: Finality | None = None,
        clock: Clock | None = None,
        patience: float = ANSWER,
    ) -> None:
        self._addresses = addresses
        self._agree = within("the number of nodes that must agree", agree, 1, len(nodes))
        self._panel = Panel(nodes, addresses, patience)
        self._heights = Heights(self._panel, agree, finality, clock)
        self._dispute = Dispute()
        self._told = Told()
        self._rotations = Rotations(addresses.first_block)
        self._evidence = Evidence(self._panel, self._heights)

    @property
    def addresses(self) -> Addresses:
        """Where the contracts live."""
        return self._addresses

    @property
    def proves(self) -> bool | None:
        """Whether the nodes served proofs when last asked; None before."""
        return self._evidence.proves

    @property
    def alarm(self) -> str | None:
        """What the nodes last disagreed about, or a proof contradicted; None while they agree."""
        return self._dispute.sentence or self._evidence.sentence

    def close(self) -> None:
        """Ask no more; the nodes stay open."""
        self._panel.close()

    # --- blocks and logs --------------------------------------------------------------------

    def head(self) -> Block:
        """The newest block that k nodes have. It can only forbid, see above."""
        return self._asked("the newest block", self._heights.head, final=False).block

    def finalized(self) -> Block:
        """The newest block that k nodes call final; ChainUnavailable where it is not timely.

        What was contradicted at an earlier one is held against the proofs again.
        """
        found = self._asked("the newest final block", self._heights.finalized, final=True).block
        for subject in self._evidence.subjects:
            with suppress(ChainUnavailable, NotFound):  # the alarm stays for as long
                self._again(subject, found.number)
        return found

    def block(self, number: int) -> Block:
        """The block at a height; NotFound when the chain has not come so far."""
        return self._header(number).block

    def logs(self, first: int, last: int) -> list[LogEvent]:
        """All events of the DAO's contracts in blocks first…last, in order."""
        what = f"the log of blocks {first} to {last}"
        events = self._at(what, lambda reader: reader.logs(first, last), last, LOGS)
        self._rotations.read(first, last, events)
        return events

    # --- state ------------------------------------------------------------------------------

    def committee(self, epoch: int, block: int | None = None) -> Committee:
        return self._read(("committee", epoch), lambda r: r.committee(epoch, block), block)

    def current_epoch(self, block: int | None = None) -> int:
        return self._read(("current epoch",), lambda r: r.current_epoch(block), block)

    def serving_epoch(self, block: int | None = None) -> int:
        return self._read(("serving epoch",), lambda r: r.serving_epoch(block), block)

    def is_holding(self, epoch: int, index: int, block: int | None = None) -> bool:
        key = ("handover", epoch, index)
        return self._read(key, lambda r: r.is_holding(epoch, index, block), block)

    def history(self, block: int | None = None) -> tuple[bytes, int]:
        return self._read(("history",), lambda r: r.history(block), block)

    def edition(self, edition_id: int, block: int | None = None) -> Edition:
        return self._read(("edition", edition_id), lambda r: r.edition(edition_id, block), block)

    def request(self, request_id: int, block: int | None = None) -> Request:
        return self._read(("request", request_id), lambda r: r.request(request_id, block), block)

    def licence(self, licence_id: int, block: int | None = None) -> Licence | None:
        return self._read(("licence", licence_id), lambda r: r.licence(licence_id, block), block)

    def delivery(self, licence_id: int, block: int | None = None) -> Delivery | None:
        return self._read(("delivery", licence_id), lambda r: r.delivery(licence_id, block), block)

    def proposal_state(self, proposal_id: int, block: int | None = None) -> ProposalState:
        key = ("proposal", proposal_id)
        return self._read(key, lambda r: r.proposal_state(proposal_id, block), block)

    # --- proofs -----------------------------------------------------------------------------

    def contradictions(self, licence_id: int, block: int) -> tuple[str, ...]:
        """What proofs against the state root of `block` say otherwise than the nodes did.

        One valid proof suffices. Raises ChainUnavailable, and NodesDisagree where a proof does
        not lead to the state root.
        """
        stated = claims(self._addresses, self._answers(licence_id, block))
        return self._held(licence_id, stated, block)

    def log_contradictions(
        self, state: State, editions: Collection[Edition], block: int
    ) -> tuple[str, ...]:
        """What they say otherwise than a log that folds to `state` at `block`, see the port.

        Held against it is what the caller itself believes, and not what is remembered here.
        """
        stated = log_claims(self._addresses, state, editions)
        numbers = tuple(sorted(edition.edition_id for edition in editions))
        return self._held(numbers, stated, block)

    def _again(self, subject: Subject, block: int) -> None:
        """Hold what the nodes answer now against the proofs."""
        licence_id, editions = (subject, ()) if isinstance(subject, int) else (_NO_LICENCE, subject)
        stated = (
            *claims(self._addresses, self._answers(licence_id, block)),
            *edition_claims(self._addresses, self._editions(editions, block)),
        )
        self._held(subject, stated, block)

    def _held(self, subject: Subject, stated: tuple[Claim, ...], block: int) -> tuple[str, ...]:
        header = self._heights.known(block) or self._header(block)
        what = about(subject, block)
        found = self._asked(what, lambda: self._evidence.mismatches(header, stated), final=True)
        self._evidence.note(subject, block, found)
        if found:
            self._told.forget(header.hash)
        return found

    def _answers(self, licence_id: int, block: int) -> Answers:
        """What the caller was told of a licence at a block."""
        try:
            request = self.request(licence_id, block)
        except NotFound:
            request = None
        licence, delivery = self.licence(licence_id, block), self.delivery(licence_id, block)
        serving, current = self.serving_epoch(block), self.current_epoch(block)
        epochs = {serving, current} | (set() if delivery is None else {delivery.epoch})
        return Answers(
            licence_id=licence_id,
            request=request,
            licence=licence,
            release_key=None if licence is None else self._key(licence, block),
            delivery=delivery,
            edition=None if licence is None else self.edition(licence.edition_id, block),
            committees=tuple(self._committees(epochs, block)),
            current_epoch=current,
            serving_epoch=serving,
            history=self.history(block),
        )

    def _committees(self, epochs: Iterable[int], block: int) -> Iterator[Committee]:
        """Those that there are: an epoch that was invented is found by its number."""
        for epoch in sorted(epochs):
            with suppress(NotFound):
                yield self.committee(epoch, block)

    def _editions(self, numbers: Iterable[int], block: int) -> Iterator[Edition]:
        """Those that there are: one that was invented may be denied by now."""
        for number in numbers:
            with suppress(NotFound):
                yield self.edition(number, block)

    def _key(self, licence: Licence, block: int) -> bytes:
        if self._rotations.unread <= block:
            self.logs(self._rotations.unread, block)
        return self._rotations.key(licence.licence_id, block) or licence.release_key

    # --- asking -----------------------------------------------------------------------------

    def _header(self, number: int) -> Header:
        final = self._heights.is_final(number)
        return self._asked(f"block {number}", lambda: self._heights.header(number), final=final)

    def _read(self, key: tuple[Hashable, ...], ask: Callable[[Reader], T], block: int | None) -> T:
        """A fact at a block; about one final block the same question gets the same answer."""
        header = None if block is None else self._heights.known(block)
        what = f"{' '.join(map(str, key))} at {'the head' if block is None else f'block {block}'}"
        if header is None:
            return self._at(what, ask, block)
        self._dispute.settle()
        return self._told.answer((header.hash, *key), lambda: self._at(what, ask, block))

    def _at(
        self,
        what: str,
        ask: Callable[[Reader], T],
        block: int | None,
        patience: float | None = None,
    ) -> T:
        final = block is not None and self._heights.is_final(block)

        def question() -> T:
            among = self._heights.showing(block) if final and block is not None else None
            replies = self._panel.ask(lambda member: ask(member.reader), among, patience)
            return count(replies, self._agree)

        return self._asked(what, question, final=final)

    def _asked(self, what: str, question: Callable[[], T], *, final: bool) -> T:
        """The nodes' answer, unless they still disagree about an earlier question."""
        self._dispute.settle()
        return self._dispute.watch(lambda: _settled(what, question, final=final))


def _settled(what: str, question: Callable[[], T], *, final: bool) -> T:
    """Different answers about a final block are a lie; elsewhere one more try may bring them in."""
    try:
        return question()
    except Divided as divided:
        if final:
            raise NodesDisagree(f"{what}: {divided} answers otherwise than other nodes") from None
    try:
        return question()
    except Divided as divided:
        raise ChainUnavailable(
            f"{what}: {divided} answers otherwise than other nodes; it is not final yet"
        ) from None
