"""Where the contracts keep what a keeper's word rests on, as solc lays their storage out.

A mapping's entry for a key stands at keccak256(key ‖ the mapping's slot), a struct's further
words after it (Solidity documentation, "Layout of State Variables in Storage"). The numbers are
solc's `storageLayout` of contracts/, and a test holds them against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dao_backend.core.facts import Addresses
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Address, Committee, Edition, Licence, LicenceStatus, Request
from dao_backend.core.packing import keccak256, uint
from dao_backend.core.seats import newest_epoch
from dao_backend.core.state import State
from dao_backend.ports.chain import Delivery


@dataclass(frozen=True, slots=True)
class Field:
    """A value in storage: its word after the first, and its bytes from that word's low end."""

    name: str
    word: int = 0
    offset: int = 0
    size: int = 32

    def of(self, word: int) -> int:
        """The value in a word."""
        return word >> 8 * self.offset & (1 << 8 * self.size) - 1


EPOCHS, COMMITTEES, ROOTS, DELIVERIES, EXPECTATIONS = 2, 3, 7, 8, 9
"""KeeperRegistry's: the first is a slot that two numbers share, the others are mappings."""
EPOCH = Field("_epoch", 0, 0, 4)
SERVING = Field("_serving", 0, 4, 4)
COMMITTEE_THRESHOLD = Field("threshold", 0, 0, 1)
COMMITTEE_SIZE = Field("size", 0, 1, 1)
COMMITTEE_HASH = Field("hash", 1)
DELIVERY_EDITION = Field("editionId", 0, 0, 5)
DELIVERY_DELIVER_BY = Field("deliverBy", 0, 5, 6)
DELIVERY_EPOCH = Field("epoch", 0, 11, 4)
DELIVERY_RECEIPTS = Field("receipts", 0, 16, 1)
DELIVERY_POSTED = Field("posted", 0, 18, 8)
DELIVERY_DELIVERED_AT = Field("deliveredAt", 0, 26, 6)

HISTORY_HEAD, HISTORY_LOG, EDITIONS = 0, 1, 2
"""DataRegistry's; the last is a mapping."""
LOG_COUNT = Field("count", 0, 0, 5)
LOG_EDITIONS = Field("editions", 0, 18, 5)
LOG_EPOCH = Field("epoch", 0, 23, 4)
EDITION_COLLECTION = Field("collection", 0, 0, 1)
EDITION_TIMEPOINT = Field("timepoint", 0, 1, 6)
EDITION_UNITS = Field("totalUnits", 0, 7, 7)
EDITION_HISTORY = Field("historyCount", 0, 14, 5)
EDITION_EPOCH = Field("epoch", 0, 19, 4)

GRANTS = 2
"""Licence's mapping."""
GRANT_HOLDER = Field("holder", 0, 0, 20)
GRANT_EXPIRY = Field("expiry", 0, 20, 6)
GRANT_EDITION = Field("editionId", 0, 26, 5)
GRANT_STATUS = Field("status", 0, 31, 1)
GRANT_COLLECTION = Field("collection", 1, 0, 1)
GRANT_PURPOSES = Field("purposes", 1, 1, 4)
GRANT_ISSUED_AT = Field("issuedAt", 1, 5, 6)
GRANT_ROYALTY = Field("royaltyBps", 1, 11, 2)
GRANT_LAPSED = Field("lapsed", 1, 13, 1)

FILINGS = 1
"""AccessDesk's mapping."""
FILING_BUYER = Field("buyer", 0, 0, 20)
FILING_STATUS = Field("status", 0, 20, 1)
FILING_EXECUTE_BY = Field("executeBy", 0, 21, 6)
FILING_RELEASE_KEY = Field("releaseKey", 4)

WORD = Field("")


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered about one licence at one block, as far as storage can confirm it."""

    licence_id: int
    request: Request | None
    licence: Licence | None
    release_key: bytes | None
    """The one that receipts must name now: the request's, or what it was rotated to."""
    delivery: Delivery | None
    edition: Edition | None
    committees: tuple[Committee, ...]
    current_epoch: int
    serving_epoch: int
    history: tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class Claim:
    """One word's part as it must be in storage if the answers are true."""

    contract: Address
    slot: int
    field: Field
    value: int
    what: str


def entry(mapping: int, key: int) -> int:
    """Slot of the first word that a mapping holds for a number."""
    return int.from_bytes(keccak256(uint(key) + uint(mapping)), "big")


def expectation(root: bytes, release_key: bytes) -> bytes:
    """What KeeperRegistry keeps of the root and the key that receipts must name."""
    return keccak256(root + keccak256(release_key))


def claims(where: Addresses, answers: Answers) -> tuple[Claim, ...]:
    """What storage must hold if all answers are true."""
    return (
        *_keepers(where.keepers, answers),
        *_delivery(where.keepers, answers),
        *_history(where.registry, answers.history, answers.current_epoch),
        *_grant(where.licence, answers),
        *_filing(where.desk, answers),
    )


def log_claims(where: Addresses, state: State, editions: Iterable[Edition]) -> tuple[Claim, ...]:
    """What storage must hold if a log that folds to `state` is whole, and `editions` are right."""
    epoch = newest_epoch(state)
    return (
        *_epochs(where.keepers, epoch, state.serving_epoch),
        *_history(where.registry, (state.history_head, state.history_count), epoch),
        *_claimed(where.registry, HISTORY_LOG, "history", (LOG_EDITIONS, len(state.editions))),
        *edition_claims(where, editions),
    )


def edition_claims(where: Addresses, editions: Iterable[Edition]) -> tuple[Claim, ...]:
    """What storage must hold if these are the editions that were sealed, and their roots."""
    return tuple(claim for edition in editions for claim in _edition(where, edition))


def _edition(where: Addresses, edition: Edition) -> tuple[Claim, ...]:
    number = edition.edition_id
    return (
        *_claimed(
            where.registry,
            entry(EDITIONS, number),
            f"edition {number}",
            (EDITION_COLLECTION, edition.collection),
            (EDITION_TIMEPOINT, edition.timepoint),
            (EDITION_UNITS, edition.total_units),
            (EDITION_HISTORY, edition.history_count),
            (EDITION_EPOCH, edition.epoch),
        ),
        _word(
            where.keepers,
            entry(ROOTS, number),
            edition.root or bytes(32),
            f"edition {number}'s root",
        ),
    )


def _claimed(
    contract: Address, slot: int, what: str, *stated: tuple[Field, int]
) -> tuple[Claim, ...]:
    return tuple(
        Claim(contract, slot + field.word, field, value, f"{what}'s {field.name}".strip())
        for field, value in stated
    )


def _keepers(contract: Address, answers: Answers) -> tuple[Claim, ...]:
    found = _epochs(contract, answers.current_epoch, answers.serving_epoch)
    for committee in answers.committees:
        found += _claimed(
            contract,
            entry(COMMITTEES, committee.epoch),
            f"committee {committee.epoch}",
            (COMMITTEE_THRESHOLD, committee.threshold),
            (COMMITTEE_SIZE, len(committee.keepers)),
            (COMMITTEE_HASH, int.from_bytes(committee_hash(committee), "big")),
        )
    return found


def _epochs(contract: Address, current: int, serving: int) -> tuple[Claim, ...]:
    return _claimed(contract, EPOCHS, "KeeperRegistry", (EPOCH, current), (SERVING, serving))


def _delivery(contract: Address, answers: Answers) -> tuple[Claim, ...]:
    number, delivery = answers.licence_id, answers.delivery
    slot, what = entry(DELIVERIES, number), f"delivery {number}"
    if delivery is None:
        return _claimed(contract, slot, what, (DELIVERY_EDITION, 0))
    found = _claimed(
        contract,
        slot,
        what,
        (DELIVERY_EDITION, delivery.edition_id),
        (DELIVERY_DELIVER_BY, delivery.deliver_by),
        (DELIVERY_EPOCH, delivery.epoch),
        (DELIVERY_RECEIPTS, len(delivery.posted)),
        (DELIVERY_POSTED, sum(1 << index for index in delivery.posted)),
        (DELIVERY_DELIVERED_AT, delivery.delivered_at or 0),
    )
    edition = answers.edition
    if edition is None:
        return found
    root = edition.root or bytes(32)
    found += (_word(contract, entry(ROOTS, edition.edition_id), root, "edition root"),)
    if answers.release_key is not None:
        expected = expectation(root, answers.release_key)
        slot = entry(EXPECTATIONS, number)
        found += (_word(contract, slot, expected, "expected root and release key"),)
    return found


def _history(contract: Address, history: tuple[bytes, int], epoch: int) -> tuple[Claim, ...]:
    head, count = history
    stated = (LOG_COUNT, count), (LOG_EPOCH, epoch)
    return (
        _word(contract, HISTORY_HEAD, head, "history head"),
        *_claimed(contract, HISTORY_LOG, "history", *stated),
    )


def _grant(contract: Address, answers: Answers) -> tuple[Claim, ...]:
    number, licence = answers.licence_id, answers.licence
    slot, what = entry(GRANTS, number), f"licence {number}"
    if licence is None:
        return _claimed(contract, slot, what, (GRANT_STATUS, LicenceStatus.NONE))
    return _claimed(
        contract,
        slot,
        what,
        (GRANT_HOLDER, int(licence.holder, 16)),
        (GRANT_EXPIRY, licence.expiry),
        (GRANT_EDITION, licence.edition_id),
        (GRANT_STATUS, licence.status),
        (GRANT_COLLECTION, licence.collection),
        (GRANT_PURPOSES, licence.purposes),
        (GRANT_ISSUED_AT, licence.issued_at),
        (GRANT_ROYALTY, licence.royalty_bps),
        (GRANT_LAPSED, licence.lapsed),
    )


def _filing(contract: Address, answers: Answers) -> tuple[Claim, ...]:
    number, request = answers.licence_id, answers.request
    slot, what = entry(FILINGS, number), f"request {number}"
    if request is None:
        return _claimed(contract, slot, what, (FILING_STATUS, 0))
    return _claimed(
        contract,
        slot,
        what,
        (FILING_BUYER, int(request.buyer, 16)),
        (FILING_STATUS, request.status),
        (FILING_EXECUTE_BY, request.execute_by),
        (FILING_RELEASE_KEY, int.from_bytes(request.terms.release_key, "big")),
    )


def _word(contract: Address, slot: int, value: bytes, what: str) -> Claim:
    return Claim(contract, slot, WORD, int.from_bytes(value, "big"), what)
