"""What may happen in a DAO beside a plain sale, as decoded events."""

from __future__ import annotations

from dao_backend.core import events as e
from dao_backend.core.bargains import CounterOffer, Offer
from dao_backend.core.metering import Metering
from dao_backend.core.model import NATIVE, Purpose
from tests.support.core_actors import seed, wallet
from tests.support.story import (
    BUYER,
    RECORDS,
    TERMS,
    contributing,
    founding,
    logged,
    requesting,
)

WIDE = 10**21
"""An amount that takes more than 64 bits."""
ARBITER, GUARDIAN = wallet(70), wallet(71)
METERING = Metering(unit_price=3, minimum=WIDE // 10, bond=WIDE, period=3600)
COUNTER = CounterOffer(
    Purpose.EVALUATE, 5_000, 172_800, 250, seed("other terms"), ARBITER, METERING, 600
)
OFFER = Offer(
    0, Purpose.EVALUATE, NATIVE, 7, 86_400, 100, seed("offer"), ARBITER, METERING, 1_800_000_000, 2
)
NEW_KEY = seed("new release key")
MEMBER = RECORDS[3].contributor
"""Whose one contribution has 13 units in collection 1."""


def bargaining() -> list[e.Fact]:
    """A request answered and accepted, an offer accepted and replaced."""
    return [
        e.ProposalCreated(100, wallet(3), 1_700_000_100, 1_700_000_200, "another request"),
        e.Requested(8, BUYER, 100, TERMS, 1_700_001_000, 1_700_002_000),
        e.CounterOffered(8, COUNTER, 1_700_000_900),
        e.CounterAccepted(8, 1_700_003_000),
        e.LicenceIssued(
            8, BUYER, 1, 0, Purpose.EVALUATE, 1_700_090_000, 250, COUNTER.terms_hash,
            TERMS.release_key,
        ),
        e.DeliveryOpened(8, 1, 1_700_003_000, 1),
        e.Granted(8, 1),
        e.OfferPublished(1, 0, OFFER),
        e.Requested(9, BUYER, 0, TERMS, 1_700_000_100, 1_700_002_000),
        e.Granted(9, 1),
        e.OfferAccepted(1, 9, BUYER, 168),
        e.OfferWithdrawn(1),
        e.OfferPublished(2, 1, OFFER),
    ]  # fmt: skip


def metering() -> list[e.Fact]:
    """A meter that is reported, falls silent, is funded and closed; a rotated key; a royalty."""
    return [
        e.ReleaseKeyAnnounced(8, NEW_KEY, 1_700_000_600),
        e.ReleaseKeyRotated(8, NEW_KEY),
        e.MeterOpened(8, NATIVE, 3, WIDE // 10, WIDE, 3600),
        e.UsageSettled(8, 1, 10, 1_700_000_500, 30),
        e.LicenceLapsed(8),
        e.MinimumTaken(8, 1, 1, WIDE // 10),
        e.BondFunded(8, BUYER, WIDE // 5, WIDE),
        e.LicenceRestored(8),
        e.MeterClosing(8, 1_700_004_000),
        e.LicenceLapsed(8),
        e.RoyaltyPaid(8, 1, BUYER, NATIVE, WIDE, seed("report")),
    ]


def refusing() -> list[e.Fact]:
    """Disputes, a strike that begins, pauses, and a member that leaves."""
    return [
        e.DisputeOpened(8, BUYER, ARBITER, WIDE, 1_700_004_000, seed("claim")),
        e.DisputeRuled(8, True, seed("reason")),  # as the event has it
        e.BondReturned(8, BUYER, WIDE),
        e.DisputeOpened(7, BUYER, ARBITER, 5, 1_700_004_000, seed("claim")),
        e.StrikeCalled(1, MEMBER, 1_700_000_099, 1_700_009_000, 25, "prices"),
        e.Pledged(1, MEMBER, 13),
        e.PledgeWithdrawn(1, MEMBER, 13),
        e.Pledged(1, wallet(0), 10),
        e.Pledged(1, MEMBER, 13),
        e.StrikeBegun(1, 1_700_090_000),
        e.GuardianAppointed(GUARDIAN, 1_800_000_000),
        e.PauseBegun(1_700_000_500),
        e.PauseEnded(),
        e.Left(MEMBER, 0, (0, 13, 0)),
    ]


def bargain_story() -> list[e.LogEvent]:
    """Everything above, after a plain sale."""
    plain = [*founding(), *contributing(), *requesting()]
    return logged([*plain, *bargaining(), *metering(), *refusing()])
