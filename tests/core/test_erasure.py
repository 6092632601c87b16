"""When a keeper may erase a share: never while it can still be sold, or is awaited."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dao_backend.core import events as e
from dao_backend.core.erasure import is_erasable, needs, why_needed
from dao_backend.core.model import (
    Contribution,
    Edition,
    Request,
    RequestStatus,
)
from dao_backend.core.state import Delivery, State
from tests.support.core_actors import TERMS, committee, dealt, seed, wallet

DEALT = [dealt(number, committee(2, 3)).record for number in range(4)]
DELIVERY_PERIOD = 5
ME = 1


@dataclass
class World:
    """The registry, the desk and the keepers in small, with their rules and one second a step."""

    now: int = 1
    count: int = 0
    before: int = 0
    """The history at the end of the previous second."""
    contributions: list[Contribution] = field(default_factory=list)
    editions: dict[int, Edition] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    deliveries: dict[int, Delivery] = field(default_factory=dict)

    def step(self, action: str, pick: int) -> None:
        """Do what the contracts let somebody do; nothing where they do not."""
        getattr(self, action)(pick)

    def tick(self, pick: int) -> None:
        self.now, self.before = self.now + 1 + pick % 3, self.count

    def contribute(self, pick: int) -> None:
        if len(self.contributions) < len(DEALT):
            self.count += 1
            record = replace(DEALT[len(self.contributions)], collection=pick % 2)
            self.contributions.append(Contribution(record, 1, wallet(1), self.count))

    def withdraw(self, pick: int) -> None:
        if self.contributions:
            at = pick % len(self.contributions)
            if self.contributions[at].withdrawn_at is None:
                self.count += 1
                gone = replace(self.contributions[at], withdrawn_at=self.count)
                self.contributions[at] = gone

    def leave(self, _pick: int) -> None:
        self.count += 1
        self.contributions = [
            each if each.withdrawn_at is not None else replace(each, withdrawn_at=self.count)
            for each in self.contributions
        ]

    def seal(self, pick: int) -> None:
        number = len(self.editions) + 1
        self.editions[number] = Edition(number, pick % 2, self.now - 1, 1, self.before, 1)

    def attest(self, pick: int) -> None:
        if self.editions:
            at = 1 + pick % len(self.editions)
            self.editions[at] = replace(self.editions[at], root=seed("root"))

    def grant(self, pick: int) -> None:
        """By a vote, an offer or an accepted answer: on the newest edition, once attested."""
        own = [each for each in self.editions.values() if each.collection == pick % 2]
        if own and own[-1].root is not None:
            number, until = len(self.requests) + 1, self.now + DELIVERY_PERIOD
            self.requests[number] = Request(
                number, wallet(7), TERMS, self.now, until, RequestStatus.GRANTED, number
            )
            self.deliveries[number] = Delivery(own[-1].edition_id, until, epoch=1)

    def post(self, pick: int) -> None:
        if self.deliveries:
            number, index = 1 + pick % len(self.deliveries), 1 + pick // 4 % 3
            delivery = self.deliveries[number]
            fresh = index not in {each.index for each in delivery.receipts}
            if fresh and self.now <= delivery.deliver_by:
                posted = e.ReceiptPosted(number, index, seed("bundle"), 1, 1)
                receipts = (*delivery.receipts, posted)
                self.deliveries[number] = replace(delivery, receipts=receipts)

    def refund(self, pick: int) -> None:
        if self.requests:
            number = 1 + pick % len(self.requests)
            delivery = self.deliveries[number]
            if self.now > delivery.deliver_by and len(delivery.receipts) < 2:
                refunded = replace(self.requests[number], status=RequestStatus.REFUNDED)
                self.requests[number] = refunded

    @property
    def state(self) -> State:
        """What the log says by now."""
        return State(
            editions=dict(self.editions),
            requests=dict(self.requests),
            deliveries=dict(self.deliveries),
            committees={1: e.CommitteeFormed(1, 2, seed("committee"))},
        )

    def erasable(self) -> set[bytes]:
        """What keeper 1 may erase, as of the block that is newest now."""
        needed = needs(self.state, self.before, self.now, ME)
        return {
            each.record.contribution_id for each in self.contributions if is_erasable(each, needed)
        }

    def needed(self) -> set[bytes]:
        """What can be bought at this moment, and what a bundle of keeper 1 is awaited of."""
        newest = {each.collection: each for each in self.editions.values()}
        open_ones = {
            self.editions[each.edition_id]
            for each in self.deliveries.values()
            if self.now <= each.deliver_by and ME not in {one.index for one in each.receipts}
        }
        return {
            each.record.contribution_id
            for each in self.contributions
            for edition in (*newest.values(), *open_ones)
            if edition.collection == each.record.collection
            and each.history_count <= edition.history_count
            and (each.withdrawn_at is None or each.withdrawn_at > edition.history_count)
        }


ACTIONS = ["tick", "contribute", "withdraw", "seal", "attest", "grant", "post"] * 3
RARE = ["leave", "refund"]
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS + RARE), st.sampled_from([0, 0, 0, 1, 2, 4, 8])),
    min_size=12,
    max_size=60,
)


@settings(max_examples=400)
@given(STEPS)
def test_is_erasable__whatever_happens__is_never_needed_again(steps: list[tuple[str, int]]) -> None:
    """What was erasable once is in no edition that can be sold, and in no bundle to come."""
    world, erased = World(), set[bytes]()
    for action, pick in steps:
        world.step(action, pick)
        erased |= world.erasable()
        assert erased.isdisjoint(world.needed())
        assert erased <= world.erasable()


@settings(max_examples=200)
@given(STEPS)
def test_why_needed__whatever_happens__is_empty_just_where_it_may_be_erased(
    steps: list[tuple[str, int]],
) -> None:
    """Whoever asks why a share is left is told of everything that the keeper waits for."""
    world = story(*steps)
    for each in world.contributions:
        if each.withdrawn_at is not None and each.withdrawn_at <= world.before:
            whys = why_needed(world.state, each, world.now, ME)
            assert (not whys) == (each.record.contribution_id in world.erasable())
            assert len([why for why in whys if why.licence_id is None]) <= 1
        if each.withdrawn_at is None:
            assert why_needed(world.state, each, world.now, ME) == ()


def story(*steps: tuple[str, int]) -> World:
    """A world in which these things happened."""
    world = World()
    for action, pick in steps:
        world.step(action, pick)
    return world


CONTRIBUTED = (("contribute", 0), ("tick", 0))
SOLD = (*CONTRIBUTED, ("seal", 0), ("attest", 0), ("tick", 0), ("grant", 0))
GONE = (("withdraw", 0), ("tick", 0))
REPLACED = (("seal", 0), ("tick", 0))
OVER = (("tick", 2), ("tick", 2))


@pytest.mark.parametrize(
    "steps",
    [
        CONTRIBUTED,
        (("contribute", 0), ("withdraw", 0)),
        (*CONTRIBUTED, ("seal", 0), *GONE),
        (*CONTRIBUTED, ("seal", 0), *GONE, ("seal", 1)),
        (*CONTRIBUTED, ("tick", 0), ("withdraw", 0), ("seal", 0)),
        (*SOLD, *GONE, *REPLACED),
        (*SOLD, *GONE, *REPLACED, ("post", 4), ("post", 8)),
        (*SOLD, *GONE, *REPLACED, ("post", 0)),
        (*SOLD, *GONE, *REPLACED, ("attest", 1), ("grant", 0)),
        (*SOLD, ("leave", 0), *REPLACED),
    ],
    ids=[
        "active",
        "in the same second",
        "in the newest edition",
        "an edition of another collection since",
        "sealed in the second of the withdrawal",
        "awaited",
        "others have posted",
        "only this keeper has posted",
        "another licence on the newer edition",
        "its member left",
    ],
)
def test_is_erasable__needed__no(steps: tuple[tuple[str, int], ...]) -> None:
    """A share stays as long as somebody can buy it, or has bought it and waits."""
    assert story(*steps).erasable() == set()


@pytest.mark.parametrize(
    "steps",
    [
        (*CONTRIBUTED, *GONE),
        (*CONTRIBUTED, ("seal", 0), *GONE, *REPLACED),
        (*SOLD, *GONE, *REPLACED, *OVER),
        (*SOLD, *GONE, *REPLACED, *OVER, ("refund", 0)),
        (*SOLD, *GONE, *REPLACED, ("post", 0), ("post", 4)),
        (*SOLD, ("leave", 0), ("tick", 0), *REPLACED, *OVER),
    ],
    ids=[
        "never in an edition",
        "a newer edition that is not attested",
        "the time for delivery is over",
        "refunded",
        "delivered, by this keeper too",
        "its member left, and it is over",
    ],
)
def test_is_erasable__needed_no_more__yes(steps: tuple[tuple[str, int], ...]) -> None:
    """A share goes as soon as nobody can buy it, and nobody waits for it."""
    assert story(*steps).erasable() == {DEALT[0].contribution_id}
