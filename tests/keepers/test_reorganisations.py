"""A chain that takes back what it said, before it was final for the keepers and after.

A block is final below 64 others here, and each keeper posts its own receipts.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from dao_backend.chain.anvil import TimeMachine
from dao_backend.core.access import Reason
from dao_backend.core.model import Vote
from dao_backend.errors import NotReleased
from tests.support.anvil import Chain, running_chain
from tests.support.committee import Committee
from tests.support.committee_founding import founded
from tests.support.keeper_program import eventually
from tests.support.local_dao import RELAY, local_parameters
from tests.support.questions import alarm, reason
from tests.support.running_dao import ALICE, BOB, program

DEEP = 64
SEED = 20_261_122
BOTH = (1, 2)
RUNS = 100 if os.environ.get("DDAO_SOAK") else 2
_DRAWN = random.Random(SEED)  # depths, not secrets
DEPTHS = [(DEEP, DEEP), (1, 1)] + [
    (_DRAWN.randint(1, DEEP), _DRAWN.randint(1, DEEP)) for _ in range(RUNS)
]


class DeepTime(TimeMachine):
    """What is the head now is final below 64 blocks."""

    def finalize(self) -> None:
        """Mine as many and one more."""
        self.mine(DEEP + 1)


@pytest.fixture(scope="module")
def committee(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Committee]:
    """Two keepers with coin, both of whom are needed; one edition is attested."""
    finality = replace(local_parameters().finality, confirmations=DEEP)
    parameters = replace(local_parameters(), finality=finality)
    home = tmp_path_factory.mktemp("committee")
    with running_chain() as started:
        chain = Chain(started.url, started.rpc, started.node, DeepTime(started.rpc))
        with founded(home, chain, 2, 2, parameters) as made:
            for index in BOTH:
                made.fund(index)
                made.start(index)
            made.contribute(ALICE, program(1), "a.py")
            made.contribute(BOB, program(2), "b.py")
            made.edition()
            yield made


def passed(committee: Committee) -> int:
    """The number of a request whose vote has passed; only its execution is missing. Final."""
    dao, relay = committee.dao, committee.dao.writer(RELAY)
    request = dao.file()
    committee.chain.time.advance(61)
    for voter in (ALICE, BOB):
        dao.writer(voter).vote(request.proposal_id, Vote.FOR)
    committee.chain.time.advance(8 * 60)
    relay.queue(request.request_id)
    committee.chain.time.advance(61)
    committee.settle_down()
    return request.request_id


def grant(committee: Committee, licence: int) -> int:
    """Execute the request; the block that has the grant."""
    committee.dao.writer(RELAY).execute(licence)
    return committee.chain.height()


def take_back_from(committee: Committee, block: int) -> None:
    """Replace this block and all after it by empty ones."""
    committee.chain.reorganise(committee.chain.height() - block + 1)


def await_receipts(committee: Committee, licence: int) -> None:
    """Wait until both have posted theirs."""
    eventually(lambda: committee.posted(licence) == set(BOTH))


def built(committee: Committee, index: int, licence: int) -> tuple[str, bytes] | None:
    """The bundle that a keeper has logged: its CID, and what its receipt states."""
    with committee.keepers[index].custody() as custody:
        entry = custody.bundle(licence)
    return None if entry is None else (str(entry.cid), entry.receipt.bundle_digest)


def bundles(committee: Committee, licence: int) -> list[tuple[str, bytes] | None]:
    """Those of both."""
    return [built(committee, index, licence) for index in BOTH]


def hand_over(committee: Committee, licence: int) -> list[bytes]:
    """Wait until both give their bundles, and take them."""
    for index in BOTH:
        eventually(partial(committee.hands_over, licence, index))
    return [committee.bundle(licence, index) for index in BOTH]


def is_refused(committee: Committee, licence: int) -> None:
    """See that neither gives a byte."""
    for index in BOTH:
        with pytest.raises(NotReleased):
            committee.bundle(licence, index)


@pytest.mark.parametrize(("granted", "posted"), DEPTHS)
def test_release__taken_back_before_it_was_final__one_bundle_in_the_end(
    committee: Committee, granted: int, posted: int
) -> None:
    """A grant that is not final is not acted on; a receipt that goes is posted for what it was."""
    licence = passed(committee)
    block = grant(committee, licence)
    committee.chain.time.mine(granted - 1)
    for index in BOTH:
        eventually(lambda at=index: reason(committee, at, licence) is Reason.GRANT_NOT_FINAL)  # type: ignore[misc]
    take_back_from(committee, block)
    is_refused(committee, licence)
    assert bundles(committee, licence) == [None, None]
    assert {reason(committee, index, licence) for index in BOTH} == {Reason.NOT_EXECUTED}

    grant(committee, licence)
    committee.settle_down()
    await_receipts(committee, licence)
    before = bundles(committee, licence)
    committee.chain.time.mine(posted - 1)
    is_refused(committee, licence)
    committee.chain.reorganise(posted)
    await_receipts(committee, licence)
    is_refused(committee, licence)
    committee.settle_down()
    hand_over(committee, licence)
    assert bundles(committee, licence) == before
    assert None not in before


def test_release__receipt_taken_back_after_it_was_final__alarm_and_never_another_bundle(
    committee: Committee,
) -> None:
    """What had left may have been refunded meanwhile: nothing goes out until somebody looks."""
    licence = passed(committee)
    grant(committee, licence)
    committee.settle_down()
    first = committee.chain.height() + 1
    await_receipts(committee, licence)
    committee.settle_down()
    given = hand_over(committee, licence)
    before = bundles(committee, licence)

    take_back_from(committee, first)
    stays_alarmed(committee, licence)
    assert committee.posted(licence) == set()

    for index in BOTH:  # whoever runs them has looked
        committee.stop(index)
        committee.start(index)
    await_receipts(committee, licence)
    committee.settle_down()
    assert hand_over(committee, licence) == given
    assert bundles(committee, licence) == before


def test_release__grant_taken_back_after_it_was_final__alarm_and_never_another_bundle(
    committee: Committee,
) -> None:
    """The keepers have acted on it, and neither act on nor build anything from then on."""
    licence = passed(committee)
    block = grant(committee, licence)
    committee.settle_down()
    await_receipts(committee, licence)
    committee.settle_down()
    given = hand_over(committee, licence)
    before = bundles(committee, licence)

    take_back_from(committee, block)
    stays_alarmed(committee, licence)
    other = passed(committee)
    grant(committee, other)
    committee.settle_down()
    stays_alarmed(committee, other)
    assert bundles(committee, other) == [None, None]

    for index in BOTH:
        committee.kill(index)
        committee.start(index)
        assert reason(committee, index, licence) is Reason.NOT_EXECUTED
    grant(committee, licence)
    committee.settle_down()
    await_receipts(committee, licence)
    committee.settle_down()
    assert hand_over(committee, licence) == given
    assert bundles(committee, licence) == before


def stays_alarmed(committee: Committee, licence: int) -> None:
    """See that both say what happened and refuse, now and 100 blocks later."""
    for _ in range(2):
        for index in BOTH:
            eventually(
                lambda at=index: "was final and has another hash" in (alarm(committee, at) or "")
            )  # type: ignore[misc]
        is_refused(committee, licence)
        committee.chain.time.mine(100)
