"""One member as a person: leaving with everything, and being attested."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dao_backend.api.backend import Served
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import AccountPath, Transaction, transaction_of
from dao_backend.api.models.safeguards import AttestationBody, DepartureBody, PersonShape
from dao_backend.api.routes.contributions import Deadline
from dao_backend.core.model import address
from dao_backend.core.packing import bytes_of
from dao_backend.core.typed import Departure, wallet_json
from dao_backend.core.typed_members import Uniqueness
from dao_backend.service.safeguards import person_of

router = APIRouter(prefix="/v1/members/{account}", tags=["Members"])

Person = Annotated[
    str, Query(pattern=r"^0x[0-9a-f]{64}$", description="A hash that the attestor alone can make.")
]


@router.get("/departure/typed-data", summary="What to sign in order to leave with everything")
def departure_typed_data(
    account: AccountPath, deadline: Deadline, backend: Served
) -> dict[str, Any]:
    """For eth_signTypedData_v4; it is worth nothing once the member has left and come back."""
    member = address(account)
    message = Departure(member, backend.chain.tenure(member), deadline)
    return wallet_json(backend.chain.addresses.domain("DataRegistry"), message)


@router.post("/departure", summary="Have a signed departure relayed", response_model=Transaction)
async def depart(
    account: AccountPath, body: DepartureBody, backend: Served, relay: Relayed
) -> Response:
    """Withdraws every contribution of the member at once and burns its units."""
    member, signature = address(account), bytes_of(body.signature)
    return await relay.once(
        lambda: transaction_of(backend.relay.leave_all_for(member, body.deadline, signature))
    )


@router.get("/uniqueness", summary="Whether an account may become a member here")
def uniqueness(account: AccountPath, backend: Served) -> PersonShape:
    """For any account; where votes count persons, an attestor's statement is needed first."""
    return PersonShape.of(person_of(backend.chain, address(account)))


@router.get("/uniqueness/typed-data", summary="What an attestor signs about an account")
def uniqueness_typed_data(
    account: AccountPath, person: Person, deadline: Deadline, backend: Served
) -> dict[str, Any]:
    """For eth_signTypedData_v4."""
    message = Uniqueness(address(account), bytes_of(person), deadline)
    return wallet_json(backend.chain.addresses.domain("ContributionToken"), message)


@router.post(
    "/uniqueness", summary="Have an attestor's statement relayed", response_model=Transaction
)
async def attest(
    account: AccountPath, body: AttestationBody, backend: Served, relay: Relayed
) -> Response:
    """Once for each account and each person; 409 for a signature that is no attestor's."""
    member, person = address(account), bytes_of(body.person)
    signature = bytes_of(body.signature)
    return await relay.once(
        lambda: transaction_of(
            backend.relay.attest_uniqueness(member, person, body.deadline, signature)
        )
    )
