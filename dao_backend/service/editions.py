"""Seal editions and carry the keepers' attestations to the chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dao_backend.core.model import Edition
from dao_backend.core.typed import Attestation, recover_signer
from dao_backend.errors import DaoError, InvalidSignature, Refused
from dao_backend.ports.chain import ChainReader, ChainWriter, Sent
from dao_backend.ports.keepers import Keeper


class EditionDesk:
    """The service's side of step 6; anybody else may do the same."""

    def __init__(self, chain: ChainReader, relay: ChainWriter, keepers: Sequence[Keeper]) -> None:
        self._chain = chain
        self._relay = relay
        self._keepers = keepers

    def seal(self, collection: int) -> Sent:
        """Seal the next edition; ContractRefused says when that is possible again."""
        return self._relay.seal(collection)

    def attest(self, edition_id: int) -> Sent | None:
        """Gather t attestations and post them; None where the root is on chain already.

        Refused names every keeper that did not attest, with its reason.
        """
        edition = self._chain.edition(edition_id)
        if edition.root is not None:
            return None
        threshold = self._chain.committee(edition.epoch).threshold
        root, chosen = self._gather(edition, threshold)
        indexes = sorted(chosen)
        signatures = [chosen[index] for index in indexes]
        return self._relay.attest(edition_id, root, indexes, signatures)

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        """The published file, from the first keeper that has it; Refused with all reasons."""
        reasons: list[str] = []
        for keeper in self._keepers:
            try:
                return keeper.manifest(edition_id)
            except DaoError as error:
                reasons.append(f"keeper {keeper.index}: {error}")
        raise Refused("; ".join(reasons))

    def _gather(self, edition: Edition, threshold: int) -> tuple[bytes, dict[int, bytes]]:
        """The first root that `threshold` keepers of the edition's committee signed."""
        votes: dict[bytes, dict[int, bytes]] = {}
        reasons: list[str] = []
        for keeper in self._keepers:
            try:
                root, signature = keeper.attestation(edition.edition_id)
                self._require_operator(edition, keeper.index, root, signature)
            except DaoError as error:
                reasons.append(f"keeper {keeper.index}: {error}")
                continue
            votes.setdefault(root, {})[keeper.index] = signature
            if len(votes[root]) >= threshold:
                return root, votes[root]
        found = f"edition {edition.edition_id} was not attested by {threshold} keepers"
        raise Refused("; ".join([found, *reasons]))

    def _require_operator(
        self, edition: Edition, index: int, root: bytes, signature: bytes
    ) -> None:
        domain = self._chain.addresses.domain("KeeperRegistry")
        signer = recover_signer(domain, Attestation(edition.edition_id, root), signature)
        keepers = self._chain.committee(edition.epoch).keepers
        if not 1 <= index <= len(keepers):
            raise InvalidSignature(f"the edition's committee has {len(keepers)} keepers")
        operator = keepers[index - 1].operator
        if signer != operator:
            raise InvalidSignature(f"the attestation is not by operator {operator}")
