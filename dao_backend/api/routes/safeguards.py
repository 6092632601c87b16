"""The members' strike and the council's pause: brakes on selling."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import (
    After,
    Limit,
    Number,
    Rows,
    Transaction,
    rows_of,
    transaction_of,
)
from dao_backend.api.models.safeguards import (
    CouncilShape,
    PledgeBody,
    PledgeShape,
    StrikeCallShape,
    StrikeShape,
)
from dao_backend.core.model import address
from dao_backend.core.packing import bytes_of
from dao_backend.core.typed import wallet_json
from dao_backend.core.typed_members import Pledge
from dao_backend.errors import NotFound
from dao_backend.service.safeguards import council_of, strike_of

router = APIRouter(prefix="/v1", tags=["Safeguards"])

Member = Annotated[str, Query(description="The account that wants to pledge.")]


@router.get("/strike", summary="Whether members are on strike, and what is pledged")
def strike(backend: Served) -> StrikeShape:
    """The phase depends on the clock and is asked of the chain."""
    return StrikeShape.of(strike_of(backend.chain, backend.index))


@router.get("/strikes", summary="Calls to strike, newest first", dependencies=[Tagged])
def strikes(backend: Served, after: After = None, limit: Limit = 50) -> Rows[StrikeCallShape]:
    """With those that nothing came of."""
    return rows_of(backend.index.strikes(after=after, limit=limit), StrikeCallShape.of)


@router.get("/strikes/{strike_id}/pledges", summary="Who pledged to a call", dependencies=[Tagged])
def pledges(
    strike_id: Number, backend: Served, after: After = None, limit: Limit = 50
) -> Rows[PledgeShape]:
    """Newest first; those that were taken back are left out."""
    backend.index.strike(strike_id)
    return rows_of(backend.index.pledges(strike_id, after=after, limit=limit), PledgeShape.of)


@router.get("/strike/pledges/typed-data", summary="What to sign in order to pledge")
def pledge_typed_data(member: Member, backend: Served) -> dict[str, Any]:
    """For eth_signTypedData_v4; 404 where nobody has called to strike."""
    number = backend.chain.strike_count()
    if not number:
        raise NotFound("nobody has called to strike yet")
    message = Pledge(number, address(member))
    return wallet_json(backend.chain.addresses.domain("DataStrike"), message)


@router.post("/strike/pledges", summary="Have a signed pledge relayed", response_model=Transaction)
async def pledge(body: PledgeBody, backend: Served, relay: Relayed) -> Response:
    """To the newest call; with enough units pledged the strike begins in the same transaction."""
    member, signature = address(body.member), bytes_of(body.signature)
    return await relay.once(lambda: transaction_of(backend.relay.pledge_for(member, signature)))


@router.get("/council", summary="Who may pause, whether it is paused, and until when")
def council(backend: Served) -> CouncilShape:
    """A guardian acts by its own transactions, as long as its mandate lasts."""
    return CouncilShape.of(council_of(backend.chain))
