"""`ddao cancel`, `refund`, `queue`, `execute`, `settle`: the steps that move a request on.

All but the first need no particular account: the service sends them at its own cost.
"""

from __future__ import annotations

from typing import Annotated

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import is_proposal
from dao_backend.cli.session import Session
from dao_backend.errors import Refused

Number = Annotated[int, typer.Argument(help="Number of the request.")]
Motion = Annotated[int, typer.Argument(help="Number of the request, or id of the proposal.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "cancel", Needs.WALLET)(cancel)
    command(app, "queue")(queue)
    command(app, "execute")(execute)
    command(app, "settle")(settle)
    command(app, "refund")(refund)


def cancel(session: Session, number: Number) -> None:
    """Take an own request back before its vote opens; the price comes back."""
    request = session.client.chain.request(number)
    account = session.wallet.address
    if request.buyer != account:
        raise Refused(f"request {number} is {request.buyer}'s; the wallet is {account}")
    sent = session.client.writer(session.signer()).cancel(number)
    _tell(session, number, "Cancelled; the price came back", "0x" + sent.hash.hex())


def queue(session: Session, number: Motion) -> None:
    """Queue a request, or a member's proposal, whose vote has passed."""
    _move(session, number, "queue", "Queued in the timelock")


def execute(session: Session, number: Motion) -> None:
    """Carry out what was voted once its timelock has run out; a request is granted by it."""
    done = "Carried out" if is_proposal(number) else "Granted"
    _move(session, number, "execution", done)


def settle(session: Session, number: Number) -> None:
    """Move the price to the members, once the keepers' receipts are on chain."""
    _move(session, number, "settlement", "Settled: the price is the members'")


def refund(session: Session, number: Number) -> None:
    """Give the price of a failed request back to its buyer."""
    _move(session, number, "refund", "Refunded to the buyer")


def _move(session: Session, number: int, step: str, done: str) -> None:
    if is_proposal(number):
        _carry_out(session, number, step, done)
        return
    answer = session.client.gateway.write(f"/v1/requests/{number}/{step}", {})
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    _tell(session, number, done, answer["transaction"])


def _carry_out(session: Session, number: int, step: str, done: str) -> None:
    answer = session.client.gateway.write(f"/v1/proposals/{number}/{step}", {})
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    session.screen.say(f"{done} (transaction {answer['transaction']}).")
    page = session.page(f"/proposals/{number}")
    session.screen.document({"proposalId": str(number), **answer, "page": page})


def _tell(session: Session, number: int, done: str, transaction: str) -> None:
    session.screen.say(f"{done} (transaction {transaction}).")
    page = session.page(f"/requests/{number}")
    session.screen.document({"requestId": number, "transaction": transaction, "page": page})
