"""Whether the log that a keeper read is what the contracts say.

The history head covers contributions alone, and nodes are known to lose events. What is about to be
erased for good is therefore held against the contracts' own state at the same final block. That
too is what nodes answer: what is erased or signed for good is held against storage proofs besides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from dao_backend.core.model import Edition, Request, RequestStatus
from dao_backend.core.state import State
from dao_backend.errors import HistoryMismatch, NodesDisagree, NotFound
from dao_backend.keeper.ledger import FinalView
from dao_backend.ports.chain import AgreedChain, KeeperChain

_UNDECIDED = (RequestStatus.PENDING, RequestStatus.COUNTERED)
_GRANTED = (RequestStatus.GRANTED, RequestStatus.SETTLED)
_NO_LICENCE = 0
"""Licences are counted from 1: what is proven besides one is proven of this one too."""
_LONGEST_DELAY = 60 * 24 * 3600
"""Seconds, by far enough, by which pauses and answers can move a time for delivery."""


def require_whole(chain: KeeperChain, view: FinalView) -> None:
    """HistoryMismatch where the contracts know an edition, a request or a grant that the log lacks.

    ChainUnavailable, NodesDisagree.
    """
    assert view.block is not None, "there is a log since the first final block"
    state, at = view.state, view.block.number
    _require_all("edition", state.editions, lambda number: chain.edition(number, at))
    _require_all("request", state.requests, lambda number: chain.request(number, at))
    for request in state.requests.values():
        if request.status in _GRANTED and request.request_id not in state.deliveries:
            raise HistoryMismatch(f"the log opens no delivery of licence {request.request_id}")
        if _may_be_granted(request, view.block.timestamp):
            _require_same_status(chain, request, at)


def require_proven(chain: AgreedChain, view: FinalView, editions: Collection[Edition]) -> None:
    """NodesDisagree where storage proofs say otherwise than the log, or of one of these editions.

    Where no node serves proofs, both rest on k of the m nodes. ChainUnavailable.
    """
    assert view.block is not None, "there is a log since the first final block"
    proven = chain.log_contradictions(view.state, editions, view.block.number)
    if proven:
        raise NodesDisagree(f"the log is not what is proven: {'; '.join(proven)}")


def require_same_succession(chain: AgreedChain, view: FinalView, index: int) -> None:
    """HistoryMismatch unless the contracts name the serving keeper at `index` that the log names.

    And state that it holds its shares. ChainUnavailable, NodesDisagree.
    """
    assert view.block is not None, "there is a log since the first final block"
    state, at = view.state, view.block.number
    require_same_seat(chain, state, state.serving_epoch, index, at)
    epoch = chain.serving_epoch(at)
    if epoch != state.serving_epoch or not chain.is_holding(epoch, index, at):
        raise HistoryMismatch(f"the contracts do not say that keeper {index} was succeeded")


def require_same_seat(chain: AgreedChain, state: State, epoch: int, index: int, at: int) -> None:
    """HistoryMismatch unless log and contracts name the same keeper. ChainUnavailable.

    NodesDisagree where storage proofs, where they are served, say that it is another committee.
    """
    logged, stated = state.keepers.get((epoch, index)), chain.committee(epoch, at).keepers
    if logged is None or logged not in stated:
        raise HistoryMismatch(f"log and contracts name other keepers {index} of epoch {epoch}")
    proven = chain.contradictions(_NO_LICENCE, at)
    if proven:
        raise NodesDisagree(f"the committees are not what is proven: {'; '.join(proven)}")


def _require_all(kind: str, logged: Collection[int], read: Callable[[int], object]) -> None:
    """The log has every number from 1 on, and the contract knows none behind them."""
    behind = len(logged) + 1
    if max(logged, default=0) >= behind:
        raise HistoryMismatch(f"the log leaves out {kind}s before number {max(logged)}")
    try:
        read(behind)
    except NotFound:
        return
    raise HistoryMismatch(f"the log leaves out {kind} {behind}")


def _may_be_granted(request: Request, now: int) -> bool:
    return request.status in _UNDECIDED and now <= request.deliver_by + _LONGEST_DELAY


def _require_same_status(chain: KeeperChain, request: Request, at: int) -> None:
    stated = chain.request(request.request_id, at).status
    if stated is not request.status:
        raise HistoryMismatch(
            f"the log leaves out that request {request.request_id} is {stated.name.lower()}"
        )
