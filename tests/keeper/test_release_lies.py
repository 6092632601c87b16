"""Releases on a chain that takes things back, and from nodes that lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.access import Allowed, Denied, Reason
from dao_backend.core.events import Contributed
from dao_backend.core.model import Edition, Licence
from dao_backend.errors import HistoryMismatch, NodesDisagree, NotFound, NotReleased
from dao_backend.keeper.release import STEPS
from tests.keeper.releases import others_work, receipts, why, work
from tests.support.core_actors import seed, wallet
from tests.support.running_dao import ALICE, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD

# --- a chain that takes things back ---------------------------------------------------------


def test_release__grant_taken_back_by_the_chain__leaves_nothing(sold: RunningDao) -> None:
    """A grant that a reorganisation removes before it is final was never acted on."""
    request = sold.sell()
    number, granted_at = request.request_id, sold.chain.height()
    keeper = sold.system.keepers[0]
    assert why(keeper, number) is Reason.GRANT_NOT_FINAL
    work(sold, number)
    sold.chain.reorganise(sold.chain.height() - granted_at + 1)
    assert why(keeper, number) in (Reason.NOT_EXECUTED, Reason.VOTE_NOT_PASSED)
    sold.settle_down()
    work(sold, number)


def test_release__receipt_taken_back_by_the_chain__is_posted_again(sold: RunningDao) -> None:
    """A receipt that a reorganisation removes is posted again, for the same bundle."""
    sold.settle_down()
    keeper = sold.system.keepers[0]
    keeper.work()
    built = keeper.bundle_facts(SOLD)
    assert why(keeper) is Reason.RECEIPT_NOT_FINAL
    sold.chain.reorganise(1)
    assert why(keeper) is Reason.RECEIPT_NOT_POSTED
    assert not receipts(sold)
    keeper.work()
    others_work(sold)
    sold.settle_down()
    assert isinstance(keeper.release(SOLD), Allowed)
    assert keeper.bundle_facts(SOLD) == built
    assert [receipt.bundle_digest for receipt in receipts(sold)] == [built.receipt.bundle_digest]


# --- a node that lies -----------------------------------------------------------------------


def forging(**methods: Any) -> Callable[[Any], Any]:
    """A chain whose node forges some answers."""
    return lambda real: Meddled(real, **methods)


def forged(method: str, **fields: Any) -> Callable[[Any], Any]:
    """A node that changes fields of what one method answers."""

    def answer(real: Any, *args: Any, **named: Any) -> Any:
        found = getattr(real, method)(*args, **named)
        return replace(found, **fields) if isinstance(found, Edition | Licence) else found

    return forging(**{method: answer})


def test_release__node_omits_a_contribution__is_a_mismatch(sold: RunningDao) -> None:
    """A keeper whose node leaves an event out releases nothing, and attests nothing."""
    sold.settle_down()

    def logs(real: Any, first: int, last: int) -> Any:
        return [one for one in real.logs(first, last) if not isinstance(one.fact, Contributed)]

    with sold.keeper(1, chain=forging(logs=logs)) as keeper:
        decision = keeper.release(SOLD)
        assert isinstance(decision, Denied)
        with pytest.raises(HistoryMismatch):
            keeper.work()
        with pytest.raises(HistoryMismatch):
            keeper.attestation(1)
        assert keeper.bundle_facts(SOLD) is None


def test_release__node_omits_an_event_once_ready__hands_nothing_over(sold: RunningDao) -> None:
    """A bundle that lies ready is not handed over on the word of a node that hides something."""
    sold.deliver(SOLD)
    sold.contribute(ALICE, program(7))

    def logs(real: Any, first: int, last: int) -> Any:
        return [one for one in real.logs(first, last) if not isinstance(one.fact, Contributed)]

    with sold.keeper(1, chain=forging(logs=logs)) as keeper:
        assert isinstance(keeper.release(SOLD), Denied)
        with pytest.raises(NotReleased):
            keeper.bundle(SOLD)
    honest = sold.system.keepers[0]
    assert isinstance(honest.release(SOLD), Allowed)


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [
        ("licence", {"release_key": seed("the node's own key")}, Reason.HISTORY_MISMATCH),
        ("licence", {"holder": wallet(99)}, Reason.HISTORY_MISMATCH),
        ("licence", {"expiry": 2**40 - 1}, Reason.HISTORY_MISMATCH),
        ("licence", {"edition_id": 2}, None),
        ("edition", {"root": seed("root")}, Reason.ROOT_MISMATCH),
        ("edition", {"history_count": 2}, Reason.ROOT_MISMATCH),
        ("edition", {"total_units": 1}, Reason.ROOT_MISMATCH),
        ("edition", {"root": None}, Reason.EDITION_NOT_ATTESTED),
    ],
)
def test_release__node_forges_one_answer__is_denied(
    sold: RunningDao, method: str, fields: dict[str, Any], expected: Reason | None
) -> None:
    """One forged field of licence or edition is enough for a refusal, before and after building."""
    sold.settle_down()
    with sold.keeper(1, chain=forged(method, **fields)) as keeper:
        if expected is None:
            with pytest.raises(NotFound, match="edition"):
                keeper.release(SOLD)
        else:
            assert why(keeper) is expected
        if expected is Reason.HISTORY_MISMATCH:
            with pytest.raises(HistoryMismatch, match="doubted"):
                keeper.work()
        else:
            keeper.work()
        assert keeper.bundle_facts(SOLD) is None
    assert not receipts(sold)


def test_release__nodes_contradict_one_another__is_denied_with_their_names(
    sold: RunningDao,
) -> None:
    """Where nodes give different answers there is nothing to decide on: a denial, not an error."""
    sold.deliver(SOLD)

    def request(real: Any, request_id: int, block: int | None = None) -> Any:
        raise NodesDisagree("request 1 at block 9: liar answers otherwise than other nodes")

    with sold.keeper(1, chain=forging(request=request)) as keeper:
        decision = keeper.release(SOLD)
        assert why(keeper) is Reason.NODES_DISAGREE
    assert isinstance(decision, Denied)
    assert "liar answers otherwise" in decision.sentence


def test_release__other_share_than_registered__builds_nothing(sold: RunningDao) -> None:
    """A keeper that holds another record than the chain's gives out nothing under it."""
    sold.settle_down()

    def other(real: Any, ids: Any) -> Any:
        held = real.sealed(ids).items()
        return {named: kept._replace(record_hash=seed("record")) for named, kept in held}

    with sold.keeper(1, custody=lambda real: Meddled(real, sealed=other)) as keeper:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
    assert not receipts(sold)


def test_release__book_changed_after_the_manifest__builds_nothing(sold: RunningDao) -> None:
    """A bundle holds just what was summarised, though both are read piece by piece."""
    sold.settle_down()

    def fewer(real: Any, *edition: Any) -> Any:
        return (page[1:] for page in real.outlines(*edition))

    with sold.keeper(1, book=lambda real: Meddled(real, outlines=fewer)) as keeper:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
    assert not receipts(sold)


def test_release__every_step__is_told_once_in_order(sold: RunningDao) -> None:
    """Whoever stops a keeper at a step finds each of them reached."""
    told: list[str] = []
    sold.settle_down()
    others_work(sold)
    with sold.keeper(1, at=lambda _: told.append) as keeper:
        keeper.work()
        assert tuple(told) == STEPS[:-1]
        sold.settle_down()
        given = keeper.bundle(SOLD)
        assert tuple(told) == STEPS[:-1]
        assert next(given)
        keeper.work()
    assert tuple(told) == STEPS
