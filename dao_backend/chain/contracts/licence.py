"""Licence: what a buyer may do with which edition."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Address, Licence, LicenceStatus, Purpose, Terms

_Grant = tuple[Address, int, int, int, int, int, int, int, bool]


class LicenceBook(Contract):
    """See contracts/interfaces/ILicence.sol; named so because `Licence` is one of its entries."""

    name = ContractName.LICENCE

    def announce_release_key(self, licence_id: int, release_key: bytes) -> Action:
        """Announce another key to release to; the holder's."""
        return self._act("announceReleaseKey", licence_id, release_key)

    def apply_release_key(self, licence_id: int) -> Action:
        """Make the announced key the one that receipts must name."""
        return self._act("applyReleaseKey", licence_id)

    def is_in_force(self, licence_id: int) -> Call[bool]:
        """Whether a licence is active, not lapsed and not expired."""
        return self._value("isInForce", licence_id)

    def licence(self, licence_id: int, terms: Terms) -> Call[Licence]:
        """A licence; its text and release key are those of its request's terms.

        No contract states a rotated key, only the log does.
        """

        def read(values: _Grant) -> Licence:
            holder, expiry, edition, status, collection, purposes, issued, royalty, lapsed = values
            return Licence(
                licence_id=licence_id,
                holder=holder,
                collection=collection,
                edition_id=edition,
                purposes=Purpose(purposes),
                issued_at=issued,
                expiry=expiry,
                royalty_bps=royalty,
                terms_hash=terms.terms_hash,
                release_key=terms.release_key,
                status=LicenceStatus(status),
                lapsed=lapsed,
            )

        return self._ask("licenceOf", licence_id, read=read)
