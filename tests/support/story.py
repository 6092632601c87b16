"""A short life of a DAO as decoded events, for tests that fold them."""

from __future__ import annotations

from collections.abc import Iterable

from dao_backend.core import events as e
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import NATIVE, Purpose, Terms
from tests.support.core_actors import committee, dealt, seed, wallet

MEMBERS = committee(2, 3)
RECORDS = [dealt(number, MEMBERS, collection=number % 2).record for number in range(6)]
APPRAISER, BUYER = wallet(50), wallet(60)
TERMS = Terms(
    collection=0,
    purposes=Purpose.EVALUATE,
    asset=NATIVE,
    price=1_000,
    duration=86_400,
    royalty_bps=500,
    terms_hash=seed("terms"),
    release_key=seed("release key"),
    min_edition=1,
    min_units=1,
)


def logged(facts: Iterable[e.Fact], first_block: int = 10) -> list[e.LogEvent]:
    """The facts, two to a block, two seconds apart."""
    return [
        e.LogEvent(
            position=e.Position(first_block + number // 2, number % 2),
            block_hash=seed("block", first_block + number // 2),
            timestamp=1_700_000_000 + number // 2 * 2,
            transaction=seed("transaction", number),
            fact=fact,
        )
        for number, fact in enumerate(facts)
    ]


def contributed(number: int) -> e.Contributed:
    """Contribution `number` is registered with 10 + number units."""
    return e.Contributed(RECORDS[number], 10 + number, APPRAISER)


def withdrawn(number: int) -> e.Withdrawn:
    """Contribution `number` is withdrawn."""
    record = RECORDS[number]
    return e.Withdrawn(record.contribution_id, record.contributor, record.collection, 10 + number)


def founding() -> list[e.Fact]:
    """Collections, appraiser, committee, first asset."""
    keepers = [
        e.KeeperJoined(1, one.index, one.operator, one.sealing_key, one.endpoint)
        for one in MEMBERS.keepers
    ]
    return [
        e.CollectionCreated(0, "code", Purpose.EVALUATE),
        e.CollectionCreated(1, "tables", Purpose.RESEARCH),
        e.AppraiserAdded(APPRAISER, seed("appraiser"), ""),
        e.CommitteeFormed(1, 2, committee_hash(MEMBERS)),
        *keepers,
        e.AssetChanged(NATIVE, 100),
    ]


def contributing() -> list[e.Fact]:
    """Five contributions, one of them withdrawn, and the edition of collection 0."""
    return [
        e.MemberAdded(RECORDS[0].contributor, 1),
        *[contributed(number) for number in range(5)],
        withdrawn(2),
        e.EditionSealed(1, 0, 1_700_000_020, 24, 6, 1),
        e.EditionAttested(1, seed("root")),
    ]


def requesting() -> list[e.Fact]:
    """A request that is voted on, extended, queued, executed and granted."""
    return [
        e.ProposalCreated(99, wallet(3), 1_700_000_100, 1_700_000_200, "a request", (), (), ()),
        e.Requested(7, BUYER, 99, TERMS, 1_700_001_000, 1_700_002_000),
        e.VoteCast(99, RECORDS[0].contributor, 1, 10, ""),
        e.VoteCast(99, RECORDS[1].contributor, 0, 11, "no"),
        e.VoteCast(99, RECORDS[3].contributor, 2, 13, ""),
        e.ProposalExtended(99, 1_700_000_300),
        e.ProposalQueued(99, 1_700_000_400),
        e.ProposalExecuted(99),
        e.LicenceIssued(
            7, BUYER, 1, 0, Purpose.EVALUATE, 1_700_090_000, 500, TERMS.terms_hash,
            TERMS.release_key,
        ),
        e.DeliveryOpened(7, 1, 1_700_002_000, 1),
        e.Granted(7, 1),
    ]  # fmt: skip


def delivering() -> list[e.Fact]:
    """Receipts, settlement, a royalty, a claim, a suspension and its end."""
    return [
        e.ReceiptPosted(7, 1, seed("bundle", 1), 500, 2),
        e.ReceiptPosted(7, 3, seed("bundle", 3), 500, 2),
        e.Deposited(1, NATIVE, wallet(3), 1_000, 50, 25, bytes(32)),
        e.Settled(7, 1, NATIVE, 1_000),
        e.Deposited(1, NATIVE, BUYER, 200, 10, 5, seed("report")),
        e.Claimed(1, NATIVE, RECORDS[0].contributor, RECORDS[0].contributor, 300),
        e.Claimed(1, NATIVE, RECORDS[0].contributor, RECORDS[0].contributor, 50),
        e.LicenceSuspended(7),
        e.LicenceReinstated(7),
    ]


def whole_story() -> list[e.LogEvent]:
    """Everything above, in order."""
    return logged([*founding(), *contributing(), *requesting(), *delivering()])
