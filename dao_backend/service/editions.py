"""Seal editions and carry the keepers' attestations to the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dao_backend.core.manifest import Published
from dao_backend.core.model import Committee, Edition
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.receipts import is_signed
from dao_backend.core.typed import Attestation
from dao_backend.errors import DaoError, InvalidSignature, Refused
from dao_backend.ports.chain import ChainReader, ChainWriter, Sent
from dao_backend.service.commitments import ONE_BY_ONE, Completion, Remembered
from dao_backend.service.keepers import Keepers, told
from dao_backend.service.manifests import checked_manifest

_GLANCE = 5.0
"""Seconds for which a keeper is asked what another's file lacks; buyers ask for longer."""


@dataclass(frozen=True, slots=True)
class Attested:
    """An edition whose root was posted."""

    sent: Sent
    faults: Mapping[int, DaoError]
    """What was wrong with keepers that answered before enough others had, by index."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    root: bytes
    signatures: Mapping[int, bytes]
    faults: Mapping[int, DaoError]


class EditionDesk:
    """The service's side of step 6; anybody else may do the same."""

    def __init__(self, chain: ChainReader, relay: ChainWriter, keepers: Keepers) -> None:
        self._chain = chain
        self._relay = relay
        self._keepers = keepers
        self._remembered = Remembered()

    def seal(self, collection: int) -> Sent:
        """Seal the next edition; ContractRefused says when that is possible again."""
        return self._relay.seal(collection)

    def attest(self, edition_id: int) -> Attested | None:
        """Gather t attestations and post them; None where the root is on chain already.

        Refused names every keeper that did not attest, with its reason, and those of another root.
        """
        edition = self._chain.edition(edition_id)
        if edition.root is not None:
            return None
        found = self._gather(edition)
        indexes = sorted(found.signatures)
        signatures = [found.signatures[index] for index in indexes]
        sent = self._relay.attest(edition_id, found.root, indexes, signatures)
        return Attested(sent, found.faults)

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        """The published file, from the first keeper that has it; Refused with all reasons.

        Of an attested edition only the file that has its root, with the commitments that other
        keepers know and the first does not. Those who served when it was sealed are asked last:
        they know the commitments of what was erased before others followed.
        """
        edition = self._chain.edition(edition_id)
        where, serving = self._chain.addresses, self._chain.serving_epoch()
        completion = Completion(self._chain, self._keepers, _GLANCE)
        faults: dict[int, DaoError] = {}

        def complete(published: Published) -> Published:
            lacked = sum(not own for own in published.commitments)
            if lacked > ONE_BY_ONE:  # whole files of all keepers are for the buyer to read
                return published
            return self._remembered.completed(completion, published, edition, serving)

        for seat in self._publishers(edition):
            try:
                pieces = self._keepers.at(seat).manifest(edition_id)
                return checked_manifest(pieces, where, edition, complete)
            except DaoError as error:
                faults.setdefault(seat.index, error)
        raise Refused(told(faults))

    def _serving(self) -> Committee:
        """Who attests now, whatever was sealed when: the contract asks for no other signatures."""
        return self._chain.committee(self._chain.serving_epoch())

    def _publishers(self, edition: Edition) -> list[Seat]:
        serving = self._serving()
        if serving.epoch == edition.epoch:
            return list(serving.keepers)
        operators = {seat.operator for seat in serving.keepers}
        before = self._chain.committee(edition.epoch).keepers
        return [*serving.keepers, *(seat for seat in before if seat.operator not in operators)]

    def _gather(self, edition: Edition) -> _Gathered:
        """The first root that t keepers of the serving committee signed, as they answer."""
        committee = self._serving()
        seats = {seat.index: seat for seat in committee.keepers}
        votes: dict[bytes, dict[int, bytes]] = {}
        faults: dict[int, DaoError] = {}
        answers = self._keepers.ask(
            committee.keepers, lambda keeper: keeper.attestation(edition.edition_id)
        )
        for index, answer in answers:
            try:
                root, signature = self._signed(edition, seats[index], answer)
            except DaoError as error:
                faults[index] = error
                continue
            votes.setdefault(root, {})[index] = signature
            if len(votes[root]) >= committee.threshold:
                return _Gathered(root, votes.pop(root), faults | _others(votes))
        found = f"edition {edition.edition_id} was not attested by {committee.threshold} keepers"
        raise Refused("; ".join(filter(None, (found, told(faults | _others(votes))))))

    def _signed(
        self, edition: Edition, seat: Seat, answer: tuple[bytes, bytes] | DaoError
    ) -> tuple[bytes, bytes]:
        if isinstance(answer, DaoError):
            raise answer
        root, signature = answer
        domain = self._chain.addresses.domain("KeeperRegistry")
        if not is_signed(domain, Attestation(edition.edition_id, root), seat, signature):
            raise InvalidSignature(f"the attestation is not by operator {seat.operator}")
        return root, signature


def _others(votes: Mapping[bytes, Mapping[int, bytes]]) -> dict[int, DaoError]:
    """Keepers whose root too few others signed."""
    return {
        index: Refused(f"it attests another root, 0x{root.hex()}")
        for root, signed in votes.items()
        for index in signed
    }
