"""Releases: refused until everything is final and right, then one bundle and no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.access import Allowed, Denied, Reason
from dao_backend.core.events import Contributed, ReceiptPosted
from dao_backend.core.model import Edition, Licence, Vote
from dao_backend.core.packing import keccak256
from dao_backend.errors import HistoryMismatch, NotFound, NotReleased
from dao_backend.keeper.local import LocalKeeper
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER, RELAY
from tests.support.running_dao import ALICE, RELEASE_SECRET, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


def why(keeper: LocalKeeper, licence_id: int = SOLD, **claims: Any) -> Reason:
    """Why a keeper hands nothing over; it builds and hands over nothing either."""
    decision = keeper.release(licence_id, **claims)
    assert isinstance(decision, Denied)
    if not claims:
        with pytest.raises(NotReleased) as refusal:
            keeper.bundle(licence_id)
        assert refusal.value.reason == decision.reason.value
    return decision.reason


def work(dao: RunningDao, licence_id: int = SOLD) -> None:
    """Let every keeper work; none may have built anything for the licence."""
    dao.work()
    assert all(keeper.bundle_facts(licence_id) is None for keeper in dao.system.keepers)


def receipts(dao: RunningDao, index: int = 1) -> list[ReceiptPosted]:
    """A keeper's receipts that are on chain."""
    found = (fact for fact in dao.dao.facts() if isinstance(fact, ReceiptPosted))
    return [receipt for receipt in found if receipt.index == index]


# --- too early ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 2**63, 2**64 - 1])
def test_release__unknown_licence__is_denied(sold: RunningDao, number: int) -> None:
    """A number that nobody was granted is no licence, whatever it is."""
    assert why(sold.system.keepers[0], number) is Reason.UNKNOWN_LICENCE


def test_release__contracts_not_final_yet__is_denied(young: RunningDao) -> None:
    """Asking a keeper of a DAO that has just been created is answered like any other question."""
    young.chain.time.finalize()
    before = young.dao.addresses.first_block - 1
    chain = Meddled(young.system.chain, finalized=lambda real: real.block(before))
    with young.keeper(1, chain=lambda _: chain) as keeper:
        assert why(keeper) is Reason.UNKNOWN_LICENCE
        keeper.work()


def test_release__step_by_step__is_denied_until_the_receipt_is_final(sold: RunningDao) -> None:
    """Asked, voted on, queued, granted, receipted: each time the keeper names what is missing."""
    keeper = sold.system.keepers[0]
    request = sold.dao.file()
    number = request.request_id
    assert why(keeper, number) is Reason.REQUEST_NOT_FINAL
    sold.settle_down()
    assert why(keeper, number) is Reason.VOTE_NOT_PASSED
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.FOR)
    assert why(keeper, number) is Reason.VOTE_NOT_PASSED
    sold.pass_time(8 * 60)
    sold.settle_down()
    assert why(keeper, number) is Reason.NOT_EXECUTED
    sold.dao.writer(RELAY).queue(number)
    sold.pass_time(61)
    sold.settle_down()
    assert why(keeper, number) is Reason.NOT_EXECUTED
    work(sold, number)
    sold.dao.writer(RELAY).execute(number)
    assert why(keeper, number) is Reason.GRANT_NOT_FINAL
    work(sold, number)
    sold.settle_down()
    assert why(keeper, number) is Reason.RECEIPT_NOT_POSTED
    sold.work()
    assert why(keeper, number) is Reason.RECEIPT_NOT_FINAL
    sold.settle_down()
    assert isinstance(keeper.release(number), Allowed)


def test_release__voted_down__is_denied(sold: RunningDao) -> None:
    """A request that the members refused is told so, and nothing is built."""
    request = sold.dao.file()
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.AGAINST)
    sold.pass_time(8 * 60)
    sold.settle_down()
    assert why(sold.system.keepers[0], request.request_id) is Reason.VOTE_NOT_PASSED
    work(sold, request.request_id)


def test_release__not_executed_in_time__is_denied(sold: RunningDao) -> None:
    """A vote that passed long ago releases nothing."""
    request = sold.dao.file()
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.FOR)
    sold.pass_time(3 * 3600)
    sold.settle_down()
    assert why(sold.system.keepers[0], request.request_id) is Reason.NOT_EXECUTED
    work(sold, request.request_id)


# --- no more --------------------------------------------------------------------------------


def end(dao: RunningDao, how: str) -> None:
    """End or interrupt the licence."""
    if how == "refund":
        deadline = dao.system.chain.request(SOLD).deliver_by
        dao.pass_time(deadline - dao.system.chain.head().timestamp + 1)
        dao.dao.writer(RELAY).refund(SOLD)
    else:
        dao.dao.by_vote(ContractName.LICENCE, how, SOLD)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("refund", Reason.REFUNDED),
        ("suspend", Reason.SUSPENDED),
        ("revoke", Reason.REVOKED),
    ],
)
def test_release__ended_before_the_bundle__builds_nothing(
    sold: RunningDao, how: str, expected: Reason
) -> None:
    """A refund, suspension or revocation counts as soon as it is seen, final or not."""
    sold.settle_down()
    end(sold, how)
    assert why(sold.system.keepers[0]) is expected
    work(sold)
    sold.settle_down()
    assert why(sold.system.keepers[0]) is expected
    work(sold)


@pytest.mark.parametrize(
    ("how", "expected"), [("suspend", Reason.SUSPENDED), ("revoke", Reason.REVOKED)]
)
def test_release__ended_after_the_bundle__hands_nothing_over(
    sold: RunningDao, how: str, expected: Reason
) -> None:
    """A bundle that lies ready stays with its keeper from the moment the licence ends."""
    sold.deliver(SOLD)
    assert isinstance(sold.system.keepers[0].release(SOLD), Allowed)
    sold.pass_time(3 * 3600)
    end(sold, how)
    assert why(sold.system.keepers[0]) is expected


def test_release__reinstated__is_allowed_again(sold: RunningDao) -> None:
    """A suspension that was taken back leaves the same bundle as before."""
    sold.deliver(SOLD)
    keeper = sold.system.keepers[0]
    before = keeper.bundle_facts(SOLD)
    sold.pass_time(3 * 3600)
    end(sold, "suspend")
    sold.settle_down()
    assert why(keeper) is Reason.SUSPENDED
    end(sold, "reinstate")
    sold.settle_down()
    assert isinstance(keeper.release(SOLD), Allowed)
    assert keeper.bundle_facts(SOLD) == before


def test_release__expired__is_denied(sold: RunningDao) -> None:
    """After its last second a licence gets no bundle any more."""
    sold.deliver(SOLD)
    sold.pass_time(30 * 24 * 3600)
    assert why(sold.system.keepers[0]) is Reason.EXPIRED


def test_release__time_for_delivery_over__builds_nothing(sold: RunningDao) -> None:
    """A receipt that could not be posted any more is not prepared: the buyer gets its money."""
    deadline = sold.system.chain.request(SOLD).deliver_by
    sold.settle_down()
    sold.pass_time(deadline - sold.system.chain.head().timestamp + 1)
    work(sold)
    assert why(sold.system.keepers[0]) is Reason.RECEIPT_NOT_POSTED


# --- somebody else --------------------------------------------------------------------------


def test_release__another_wallet_or_key__is_denied(sold: RunningDao) -> None:
    """What an asker says of itself can only deny, never name another key."""
    sold.deliver(SOLD)
    keeper, holder = sold.system.keepers[0], wallet(BUYER)
    assert why(keeper, asker=wallet(ALICE)) is Reason.OTHER_WALLET
    assert why(keeper, asked_key=seed("own key")) is Reason.OTHER_KEY
    assert why(keeper, asker=holder, asked_key=seed("own key")) is Reason.OTHER_KEY
    decision = keeper.release(SOLD, holder, RELEASE_SECRET.public)
    assert decision == Allowed(RELEASE_SECRET.public, 1)


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
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
    assert not receipts(sold)


def test_release__other_share_than_registered__builds_nothing(sold: RunningDao) -> None:
    """A keeper that holds another record than the chain's gives out nothing under it."""
    sold.settle_down()

    def other(real: Any, identity: bytes) -> Any:
        kept = real.get(identity)
        return replace(kept, record=replace(kept.record, length=kept.record.length + 1))

    with sold.keeper(1, custody=lambda real: Meddled(real, get=other)) as keeper:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
    assert not receipts(sold)


# --- one bundle -----------------------------------------------------------------------------


def test_release__everything_final__hands_over_what_the_receipt_states(sold: RunningDao) -> None:
    """Each keeper's bundle has the CID, length, count and root of its receipt on chain."""
    sold.deliver(SOLD)
    edition = sold.system.chain.edition(1)
    for keeper in sold.system.keepers:
        built = keeper.bundle_facts(SOLD)
        content = b"".join(keeper.bundle(SOLD))
        (posted,) = receipts(sold, keeper.index)
        assert len(content) == built.length == posted.bundle_length
        assert posted.bundle_digest == built.receipt.bundle_digest
        assert (built.receipt.count, built.receipt.edition_root) == (3, edition.root)
        assert built.receipt.release_key_hash == keccak256(RELEASE_SECRET.public)
        assert b"".join(keeper.bundle(SOLD, 100, 50)) == content[100:150]


def test_work__again_and_again__does_nothing_more(sold: RunningDao) -> None:
    """Work that is done is not done twice."""
    sold.deliver(SOLD)
    before = [keeper.bundle_facts(SOLD) for keeper in sold.system.keepers]
    height = sold.chain.height()
    sold.work()
    sold.work()
    assert sold.chain.height() == height
    assert [keeper.bundle_facts(SOLD) for keeper in sold.system.keepers] == before


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Do everything at the same moment; what was raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # told to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_work__two_threads_of_one_keeper__build_one_bundle(sold: RunningDao) -> None:
    """Work that is asked for twice at once leads to one bundle and one receipt."""
    sold.settle_down()
    built: list[bytes] = []

    def put(real: Any, pieces: Any) -> Any:
        blob = real.put(pieces)
        built.append(blob.digest)
        return blob

    with sold.keeper(1, bundles=lambda real: Meddled(real, put=put)) as keeper:
        assert at_once(*[keeper.work] * 4) == []
        sold.settle_down()
        assert isinstance(keeper.release(SOLD), Allowed)
    assert [receipt.bundle_digest for receipt in receipts(sold)] == built


def test_work__two_processes_of_one_keeper__hand_out_one_bundle(sold: RunningDao) -> None:
    """Where two build at once, the first that is logged counts and the other is thrown away."""
    sold.settle_down()
    barrier, built = threading.Barrier(2), []

    def put(real: Any, pieces: Any) -> Any:
        blob = real.put(pieces)
        built.append(blob.cid)
        barrier.wait()
        return blob

    def slow(real: Any) -> Any:
        return Meddled(real, put=put)

    with sold.keeper(1, bundles=slow) as one, sold.keeper(1, bundles=slow) as two:
        assert at_once(one.work, two.work) == []
        sold.settle_down()
        assert len(set(built)) == 2
        facts = one.bundle_facts(SOLD)
        assert two.bundle_facts(SOLD) == facts
        assert b"".join(one.bundle(SOLD)) == b"".join(two.bundle(SOLD))
    assert [receipt.bundle_digest for receipt in receipts(sold)] == [facts.receipt.bundle_digest]
    kept = {path.name for path in (sold.data / "keeper-1" / "bundles" / "blobs").iterdir()}
    assert kept == {facts.cid}
