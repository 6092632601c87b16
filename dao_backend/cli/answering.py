"""`ddao accept-counter` and `ddao decline`: the buyer's word on the members' other terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import clock, moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, account_of, asset_text
from dao_backend.cli.sentences import answer_sentence
from dao_backend.cli.session import Session
from dao_backend.cli.terms import require_funds
from dao_backend.errors import Refused

if TYPE_CHECKING:
    from dao_backend.core.model import Request
    from dao_backend.ports.bargains import Answer
    from dao_backend.ports.chain import Sent

Number = Annotated[int, typer.Argument(help="Number of the request.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "accept-counter", Needs.WALLET)(accept_counter)
    command(app, "decline", Needs.WALLET)(decline)


def accept_counter(session: Session, number: Number) -> None:
    """Accept the members' counter-offer: pay what it costs more, and the licence is yours.

    What it costs less comes back at once.
    """
    from dao_backend.core.bargains import under
    from dao_backend.service.offers import brake

    chain, payer = session.client.chain, session.wallet.address
    request, answer = _answered(session, number)
    if chain.head().timestamp > answer.accept_by:
        raise Refused(
            f"the answer to request {number} could be accepted until {moment(answer.accept_by)}; "
            f"take the price back with `ddao decline {number}`"
        )
    obstacle = brake(chain)
    if obstacle is not None:
        raise Refused(obstacle)
    terms = under(answer.terms, request.terms)
    held, asset = chain.escrow(number), terms.asset
    more = terms.price + terms.metering.bond - held
    if more > 0:
        require_funds(chain, payer, {asset: more})
    session.screen.say(answer_sentence(request, answer.terms, session.client.facts))
    session.screen.say(_difference(asset, more))
    sent = session.client.writer(session.signer()).accept_counter(number)
    _tell(
        session, number, f"Accepted: licence {number} is yours", sent, {"paid": str(max(0, more))}
    )


def decline(
    session: Session,
    number: Number,
    to: Annotated[str | None, typer.Option(help="Where the price goes, if elsewhere.")] = None,
) -> None:
    """Refuse the members' counter-offer; price and bond come back."""
    payee = session.wallet.address if to is None else account_of(to)
    request, _ = _answered(session, number)
    held = session.client.chain.escrow(number)
    session.screen.say(f"{asset_text(request.terms.asset, held)} go back to {payee}.")
    sent = session.client.writer(session.signer()).decline(number, payee)
    _tell(session, number, "Declined; the price came back", sent, {"returned": str(held)})


def tell_answer(session: Session, request: Request, now: int) -> Json | None:
    """The counter-offer to a request, if there is one, as a sentence and as JSON."""
    from dao_backend.core.model import RequestStatus

    answer = session.client.chain.counter_offer(request.request_id)
    if answer is None:
        return None
    waits = request.status is RequestStatus.COUNTERED
    if waits:
        session.screen.say(answer_sentence(request, answer.terms, session.client.facts))
        session.screen.say(f"To be accepted by  {clock(answer.accept_by, now)}")
        session.screen.say(
            f"Next: its buyer can `ddao accept-counter {request.request_id}` or `ddao decline "
            f"{request.request_id}`; later anybody can send the price back."
        )
    return {"price": str(answer.terms.price), "acceptBy": answer.accept_by, "waits": waits}


def _answered(session: Session, number: int) -> tuple[Request, Answer]:
    """Refused unless the wallet's own request waits for its buyer's word."""
    from dao_backend.core.model import RequestStatus

    chain, account = session.client.chain, session.wallet.address
    request, answer = chain.request(number), chain.counter_offer(number)
    if request.buyer != account:
        raise Refused(f"request {number} is {request.buyer}'s; the wallet is {account}")
    if answer is None or request.status is not RequestStatus.COUNTERED:
        raise Refused(
            f"request {number} is {request.status.name.lower()}: no counter-offer waits for you"
        )
    return request, answer


def _difference(asset: str, more: int) -> str:
    if more > 0:
        return f"You pay {asset_text(asset, more)} more than is in escrow already."
    back = asset_text(asset, -more)
    return (
        f"{back} of what is in escrow come back to you." if more else "It costs you nothing more."
    )


def _tell(session: Session, number: int, done: str, sent: Sent, besides: Json) -> None:
    transaction = "0x" + sent.hash.hex()
    session.screen.say(f"{done} (transaction {transaction}).")
    page = session.page(f"/requests/{number}")
    session.screen.document(
        {"requestId": number, "transaction": transaction, **besides, "page": page}
    )
