"""AccessDesk: requests, escrow, grants."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.chain.contracts.governor import Proposal
from dao_backend.chain.structs import counter_offer, counter_struct, terms, terms_struct
from dao_backend.core.bargains import CounterOffer
from dao_backend.core.model import Address, Request, RequestStatus, Terms
from dao_backend.core.motion import Motion
from dao_backend.ports.bargains import Answer

_Filed = tuple[Address, int, int, int, tuple[Any, ...]]


class AccessDesk(Contract):
    """See contracts/interfaces/IAccessDesk.sol."""

    name = ContractName.DESK

    def request(self, asked: Terms, value: int) -> Action:
        """File a request; `value` is the filing fee and, for native coin, price and bond."""
        return self._act("request", terms_struct(asked), value=value)

    def cancel(self, request_id: int) -> Action:
        """Take a request back before its vote."""
        return self._act("cancel", request_id)

    def refund(self, request_id: int) -> Action:
        """Send the price of a failed request back to its buyer."""
        return self._act("refund", request_id)

    def settle(self, request_id: int) -> Action:
        """Move the price of a delivered licence to the vault."""
        return self._act("settle", request_id)

    def counter(self, request_id: int, answered: bytes, answer: CounterOffer) -> Action:
        """Answer a request, named by its digest, with other terms; the timelock's."""
        return self._act("counter", request_id, answered, counter_struct(answer))

    def digest_of(self, request_id: int) -> Call[bytes]:
        """Hash of the terms of a request, which its answer must name."""
        return self._value("digestOf", request_id)

    def accept_counter(self, request_id: int, value: int) -> Action:
        """Accept the counter-offer; `value` is what it costs more, in native coin."""
        return self._act("acceptCounter", request_id, value=value)

    def decline(self, request_id: int, to: Address) -> Action:
        """Refuse the counter-offer and send the money back."""
        return self._act("decline", request_id, to)

    def counter_of(self, request_id: int) -> Call[Answer | None]:
        """The counter-offer and the last second to accept it; None where there is none."""

        def read(values: tuple[Any, ...], accept_by: int) -> Answer | None:
            return Answer(counter_offer(values), accept_by) if accept_by else None

        return self._ask("counterOf", request_id, read=read)

    def escrow_of(self, request_id: int) -> Call[int]:
        """What a request holds in escrow, in its asset: price and bond."""
        return self._value("escrowOf", request_id)

    def request_of(self, request_id: int, proposal_id: int) -> Call[Request]:
        """A filed request; the desk keeps its proposal's id apart (see `proposal_of`)."""

        def read(values: _Filed) -> Request:
            buyer, status, execute_by, deliver_by, filed = values
            return Request(
                request_id=request_id,
                buyer=buyer,
                terms=terms(filed),
                execute_by=execute_by,
                deliver_by=deliver_by,
                status=RequestStatus(status),
                proposal_id=proposal_id,
            )

        return self._ask("requestOf", request_id, read=read)

    def proposal_of(self, request_id: int) -> Call[Proposal]:
        """The proposal that the desk filed for a request."""
        return self._ask("proposalOf", request_id, read=_proposal)

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


def _proposal(proposal_id: int, *motion: Any) -> Proposal:  # noqa: ANN401  # as the ABI says
    return Proposal(proposal_id, Motion(*motion))
