"""The part of the ChainWriter port that sends many signed messages in one transaction.

The contracts skip a bad message and go on. Here the batch is simulated first, so that a message
that would be refused now is not even sent; what changes meanwhile, the contracts skip and name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dao_backend.chain.bargain_writer import BargainWrites
from dao_backend.chain.contracts.base import Action, Call
from dao_backend.chain.refusals import refusal
from dao_backend.core.events import BallotSkipped, ContributionSkipped
from dao_backend.core.model import Address
from dao_backend.errors import ContractRefused
from dao_backend.ports.batches import Batched, Registration, SignedBallot
from dao_backend.ports.chain import Sent

Key = TypeVar("Key")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Key, Item]):
    """How a batch of one kind is asked about and sent; `key` orders and names its messages."""

    key: Callable[[Item], Key]
    countable: Callable[[Sequence[Item]], Call[int]]
    alone: Callable[[Item], Action]
    together: Callable[[Sequence[Item]], Action]
    skipped: Callable[[Sent], Iterator[tuple[Key, bytes]]]


class BatchWrites(BargainWrites):
    """See `ports.batches.BatchWriter`."""

    def register_all(self, registrations: Sequence[Registration]) -> Batched[bytes]:
        ordered = sorted(registrations, key=_identity)
        return self._batch(
            ordered,
            _Kind(
                key=_identity,
                countable=self._registry.registrable,
                alone=self._registering,
                together=self._registry.contribute_batch,
                skipped=_contributions_skipped,
            ),
        )

    def count_all(self, proposal_id: int, ballots: Sequence[SignedBallot]) -> Batched[Address]:
        ordered = sorted(ballots, key=lambda one: int(one.voter, 16))
        governor = self._governor
        return self._batch(
            ordered,
            _Kind(
                key=lambda one: one.voter,
                countable=lambda some: governor.countable(proposal_id, _plain(some)),
                alone=lambda one: governor.vote_for(
                    proposal_id, one.support, one.voter, one.signature
                ),
                together=lambda some: governor.vote_for_all(proposal_id, _plain(some)),
                skipped=_ballots_skipped,
            ),
        )

    def _batch(self, ordered: Sequence[Item], kind: _Kind[Key, Item]) -> Batched[Key]:
        refused: dict[Key, ContractRefused] = {}
        if self._node.call(kind.countable(ordered)) < len(ordered):
            refused = self._refused(ordered, kind)
        left = [one for one in ordered if kind.key(one) not in refused]
        if not left:
            return Batched(None, refused)
        sent = self._send(kind.together(left))
        meanwhile = {key: refusal(reason) for key, reason in kind.skipped(sent)}
        return Batched(sent, refused | meanwhile)

    def _refused(
        self, ordered: Sequence[Item], kind: _Kind[Key, Item]
    ) -> dict[Key, ContractRefused]:
        """The messages that would be refused if each were sent alone, with the reasons."""
        found: dict[Key, ContractRefused] = {}
        block = self._node.head().number
        for one in ordered:
            try:
                self._node.replay(kind.alone(one), self.account, block)
            except ContractRefused as error:
                found[kind.key(one)] = error
        return found

    def _registering(self, one: Registration) -> Action:
        return self._registry.contribute_for(
            one.record, one.nonce, one.appraisal, one.appraiser_signature, one.contributor_signature
        )


def _identity(one: Registration) -> bytes:
    return one.record.contribution_id


def _plain(ballots: Sequence[SignedBallot]) -> list[tuple[Address, int, bytes]]:
    return [(one.voter, one.support, one.signature) for one in ballots]


def _contributions_skipped(sent: Sent) -> Iterator[tuple[bytes, bytes]]:
    for event in sent.events:
        if isinstance(event.fact, ContributionSkipped):
            yield event.fact.contribution_id, event.fact.reason


def _ballots_skipped(sent: Sent) -> Iterator[tuple[Address, bytes]]:
    for event in sent.events:
        if isinstance(event.fact, BallotSkipped):
            yield event.fact.voter, event.fact.reason
