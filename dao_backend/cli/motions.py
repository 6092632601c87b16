"""The way of every proposal: filing it with one's own votes, and reading what it would do.

It is read from the proposal's own calls: neither its proposer nor the service is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import moment
from dao_backend.cli.lookup import Json
from dao_backend.cli.session import Session
from dao_backend.errors import IntegrityError, Refused

if TYPE_CHECKING:
    from dao_backend.core.calls import Step
    from dao_backend.core.motion import Motion
    from dao_backend.ports.chain import ChainWriter, Sent

Why = Annotated[str, typer.Option(help="Your reasons, for those who vote.")]


def motion_of(found: Json) -> Motion:
    """The content of a proposal of the API; IntegrityError unless its number is its hash."""
    from dao_backend.core.model import address
    from dao_backend.core.motion import Motion
    from dao_backend.core.packing import bytes_of

    calls = found["calls"]
    motion = Motion(
        targets=tuple(address(each["target"]) for each in calls),
        values=tuple(int(each["value"]) for each in calls),
        calldatas=tuple(bytes_of(each["data"]) for each in calls),
        description=found["description"],
    )
    if motion.proposal_id != int(found["proposalId"]):
        raise IntegrityError(f"the calls that were sent are not those of {found['proposalId']}")
    return motion


def steps_of(session: Session, found: Json) -> tuple[Step, ...]:
    """The calls of a proposal of the API; IntegrityError as `motion_of`."""
    return session.client.chain.steps(motion_of(found))


def tell_steps(session: Session, steps: Sequence[Step]) -> None:
    """Every call with its arguments."""
    for step in steps:
        session.screen.say(f"It would do this: {step.sentence}")
        known = step.known
        if known is None:
            session.screen.say(f"  call data 0x{step.data.hex()}")
            continue
        session.screen.say(f"  {known.contract} ({step.target}), {known.function}")
        session.screen.table(
            ("argument", "value", "in words"),
            [
                (each.name, each.exact, "" if step.words(each) == each.exact else step.words(each))
                for each in known.arguments
            ],
        )


def put(
    session: Session, title: str, why: str, propose: Callable[[ChainWriter, str], Sent]
) -> None:
    """Propose it, unless the wallet's votes are too few; say when the vote opens.

    The description ends with the proposer's account, so that nobody else can file the same
    proposal first and cancel it (OpenZeppelin's front-running protection).
    """
    account = session.wallet.address
    _require_votes(session)
    session.screen.say(f"You propose: {title}")
    words = "\n\n".join(part for part in (title, why.strip(), f"#proposer={account}") if part)
    _report(session, propose(session.client.writer(session.signer()), words))


def _require_votes(session: Session) -> None:
    """Refused unless the wallet has the votes that proposing takes, before any password."""
    chain, account = session.client.chain, session.wallet.address
    needed = chain.proposal_threshold()
    votes = chain.votes_at(account, chain.head().timestamp - 1)
    if votes < needed:
        raise Refused(f"{account} has {votes} votes, proposing takes {needed}")


def _report(session: Session, sent: Sent) -> None:
    from dao_backend.core.events import ProposalCreated
    from dao_backend.core.motion import Motion

    made = next(event.fact for event in sent.events if isinstance(event.fact, ProposalCreated))
    motion = Motion(made.targets, made.values, made.calldatas, made.description)
    tell_steps(session, session.client.chain.steps(motion))
    screen, number = session.screen, made.proposal_id
    screen.say(f"Proposed as {number} in transaction 0x{sent.hash.hex()}.")
    screen.say(f"The vote opens after {moment(made.vote_start)}: `ddao vote {number} for`.")
    screen.document(
        {
            "proposalId": str(number),
            "transaction": "0x" + sent.hash.hex(),
            "description": made.description,
            "voteStart": made.vote_start,
            "voteEnd": made.vote_end,
            "page": session.page(f"/proposals/{number}"),
        }
    )
