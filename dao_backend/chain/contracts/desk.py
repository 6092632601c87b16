"""AccessDesk: requests, escrow, grants."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.chain.contracts.governor import Proposal
from dao_backend.chain.decode import terms as decoded_terms
from dao_backend.core.model import Address, Request, RequestStatus, Terms

_Filed = tuple[Address, int, int, int, tuple[Any, ...]]


class AccessDesk(Contract):
    """See contracts/interfaces/IAccessDesk.sol."""

    name = ContractName.DESK

    def request(self, terms: Terms, value: int) -> Action:
        """File a request; `value` is the filing fee and, for native coin, the price."""
        return self._act("request", _terms(terms), value=value)

    def cancel(self, request_id: int) -> Action:
        """Take a request back before its vote."""
        return self._act("cancel", request_id)

    def refund(self, request_id: int) -> Action:
        """Send the price of a failed request back to its buyer."""
        return self._act("refund", request_id)

    def settle(self, request_id: int) -> Action:
        """Move the price of a delivered licence to the vault."""
        return self._act("settle", request_id)

    def request_of(self, request_id: int, proposal_id: int) -> Call[Request]:
        """A filed request; the desk keeps its proposal's id apart (see `proposal_of`)."""

        def read(
            values: tuple[
                Address, int, int, int, tuple[int, int, str, int, int, int, bytes, bytes]
            ],
        ) -> Request:
            buyer, status, execute_by, deliver_by, terms = values
            return Request(
                request_id=request_id,
                buyer=buyer,
                terms=decoded_terms(*terms),
                execute_by=execute_by,
                deliver_by=deliver_by,
                status=RequestStatus(status),
                proposal_id=proposal_id,
            )

        return self._ask("requestOf", request_id, read=read)

    def proposal_of(self, request_id: int) -> Call[Proposal]:
        """The proposal that the desk filed for a request."""
        return self._ask("proposalOf", request_id, read=Proposal)

    def is_refundable(self, request_id: int) -> Call[bool]:
        """Whether a refund would succeed now."""
        return self._value("isRefundable", request_id)

    def minimum_price(self, asset: Address) -> Call[int]:
        """Lowest price in an asset's smallest unit, 0 where it is not accepted."""
        return self._value("minimumPriceOf", asset)

    def filing_fee(self) -> Call[int]:
        """What filing costs, in wei."""
        return self._value("filingFee")

    def periods(self) -> Call[tuple[int, int]]:
        """Seconds from filing to executeBy, and from there to deliverBy."""
        return self._ask("periods", read=lambda execution, delivery: (execution, delivery))


def _terms(terms: Terms) -> tuple[object, ...]:
    return (
        terms.collection,
        int(terms.purposes),
        terms.asset,
        terms.price,
        terms.duration,
        terms.royalty_bps,
        terms.terms_hash,
        terms.release_key,
        terms.min_edition,
        terms.min_units,
    )
