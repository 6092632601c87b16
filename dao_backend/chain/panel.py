"""Asks several nodes the same question at once, and counts what they say.

An answer is a value, or a contract's or the chain's "no" (NotFound, ContractRefused). Whatever
else comes back, or does not come in time, is silence. A node that still has not answered an
earlier question is not asked another one, so that one that hangs costs its waiting time once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.core.facts import Addresses
from dao_backend.errors import (
    ChainUnavailable,
    ContractRefused,
    DaoError,
    NodesDisagree,
    NotFound,
    WrongNetwork,
)

T = TypeVar("T")
log = structlog.get_logger()
_AT_ONCE = 8
"""Questions that one node works on at the same time, at most."""


@dataclass(slots=True)
class Member:
    """One node of a panel, and what it has shown so far."""

    node: Node
    reader: Reader
    shown: int = -1
    """Number of the newest final block whose agreed header this node has given."""
    late: Future[object] | None = None
    """A question that it did not answer in time."""
    foreign: bool = False
    """Whether it was found to serve another chain."""
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="node")
    )


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """What one node said; an error where it gave no value."""

    member: Member
    outcome: T | DaoError

    @property
    def answers(self) -> bool:
        """Whether this is an answer rather than silence.

        A refusal without its reason is none: our contracts give one, which some nodes leave out.
        """
        match self.outcome:
            case ContractRefused(name=name):
                return bool(name)
            case NotFound():
                return True
            case DaoError():
                return False
            case _:
                return True


class Divided(Exception):
    """Different answers to one question; `places` are the fewer. Never leaves chain/."""

    def __init__(self, places: tuple[str, ...]) -> None:
        super().__init__(", ".join(places))
        self.places = places


class Panel:
    """Nodes that are asked together, each within `patience` seconds."""

    def __init__(self, nodes: Sequence[Node], addresses: Addresses, patience: float) -> None:
        self.members = tuple(Member(node, Reader(node, addresses)) for node in nodes)
        self._patience = patience

    def ask(
        self,
        question: Callable[[Member], T],
        among: Sequence[Member] | None = None,
        patience: float | None = None,
    ) -> list[Reply[T]]:
        """Every asked member's reply, in the members' order."""
        asked = self.members if among is None else among
        if len(self.members) == 1:
            return [Reply(member, _outcome(question, member)) for member in asked]
        free = [member for member in asked if member.late is None or member.late.done()]
        begun = {id(member): member.pool.submit(_outcome, question, member) for member in free}
        wait(begun.values(), timeout=self._patience if patience is None else patience)
        return [Reply(member, self._reply(member, begun.get(id(member)))) for member in asked]

    def close(self) -> None:
        """Ask no more; what is under way ends by itself."""
        for member in self.members:
            member.pool.shutdown(wait=False, cancel_futures=True)

    def _reply(self, member: Member, begun: Future[T | DaoError] | None) -> T | DaoError:
        if begun is not None and begun.done():
            return begun.result()
        if begun is not None and not begun.cancel():
            member.late = begun  # type: ignore[assignment]  # only whether it is done is looked at
        return ChainUnavailable(f"no answer from {member.node.place} in time")


def count(replies: Sequence[Reply[T]], agree: int) -> T:
    """The answer that `agree` nodes give and none contradicts; an agreed "no" is raised.

    Raises Divided where answers differ, NodesDisagree where one of them proves a lie by itself,
    ChainUnavailable where too few answer.
    """
    refuse_lies(replies)
    groups: list[list[Reply[T]]] = []
    for reply in replies:
        if reply.answers:
            _group_of(reply, groups).append(reply)
    groups.sort(key=len, reverse=True)
    if len(groups) > 1:
        raise Divided(_differing(groups))
    if not groups or len(groups[0]) < agree:
        raise too_few(replies, agree)
    outcome = groups[0][0].outcome
    if isinstance(outcome, DaoError):
        raise outcome
    return outcome


def values(replies: Sequence[Reply[T]], agree: int) -> list[tuple[Member, T]]:
    """The members that gave a value, at least `agree`; ChainUnavailable, NodesDisagree."""
    refuse_lies(replies)
    given = [
        (reply.member, reply.outcome)
        for reply in replies
        if not isinstance(reply.outcome, DaoError)
    ]
    if len(given) < agree:
        raise too_few(replies, agree)
    return given


def too_few(replies: Sequence[Reply[T]], agree: int) -> DaoError:
    """Why there are not enough answers; where one node is asked, its own error."""
    silent = [reply.outcome for reply in replies if isinstance(reply.outcome, DaoError)]
    if agree == 1 and len(replies) == 1 and silent:
        return silent[0]
    answering = sum(reply.answers for reply in replies)
    reasons = "; ".join(str(error) for error in silent)
    return ChainUnavailable(
        f"{answering} nodes answer, {agree} have to agree" + (f" ({reasons})" if reasons else "")
    )


def refuse_lies(replies: Sequence[Reply[T]]) -> None:
    """Raise NodesDisagree, naming the node, where what it gave is false by itself."""
    for reply in replies:
        if isinstance(reply.outcome, NodesDisagree):
            raise NodesDisagree(f"{reply.member.node.place}: {reply.outcome}") from reply.outcome


def _group_of(reply: Reply[T], groups: list[list[Reply[T]]]) -> list[Reply[T]]:
    for group in groups:
        if _compared(group[0].outcome) == _compared(reply.outcome):
            return group
    groups.append([])
    return groups[-1]


def _differing(groups: Sequence[list[Reply[T]]]) -> tuple[str, ...]:
    """Who differs from the largest group; everybody where no group is the largest."""
    tied = len(groups[0]) == len(groups[1])
    named = groups if tied else groups[1:]
    return tuple(reply.member.node.place for group in named for reply in group)


def _compared(outcome: object) -> object:
    """Errors by kind and text; a refusal by name and arguments, which no node words by itself."""
    match outcome:
        case ContractRefused():
            return ContractRefused, outcome.name, outcome.arguments
        case DaoError():
            return type(outcome), str(outcome)
        case _:
            return outcome


def _outcome(question: Callable[[Member], T], member: Member) -> T | DaoError:
    try:
        return question(member)
    except WrongNetwork as error:
        if not member.foreign:
            member.foreign = True
            log.warning("node.other_chain", node=member.node.place, sentence=str(error))
        return error
    except DaoError as error:
        return error
    except (OverflowError, RecursionError, ValueError) as error:
        return _nonsense(member, error)


def _nonsense(member: Member, error: Exception) -> DaoError:
    """A value that no contract gives, such as an unknown status or a list without end."""
    unusable = ChainUnavailable(f"{member.node.place} answers what no contract can: {error}")
    unusable.__cause__ = error
    return unusable
