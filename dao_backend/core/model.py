"""The values that everything else passes around: frozen, checked once, without behaviour.

Units of measure: times are unix seconds of chain time, lengths are bytes, money is in the
smallest unit of its asset (wei), `units` are contribution tokens.
Keeper indexes count from 1 to n and are the x-coordinate of the keeper's share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from typing import NewType

from eth_utils.address import is_checksum_address

from dao_backend.core.metering import UNMETERED, Metering
from dao_backend.errors import InputError, InvalidAddress

Address = NewType("Address", str)
NATIVE = Address("0x0000000000000000000000000000000000000000")
ROOT_CHUNK = 1024 * 1024
"""Length in bytes up to which a blob is one raw block (profile unixfs-v1-2025)."""

_HEX_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def address(text: str) -> Address:
    """Parse `text` as an account address; raise InvalidAddress unless its EIP-55 checksum holds."""
    if not _HEX_ADDRESS.fullmatch(text) or not is_checksum_address(text):
        raise InvalidAddress(f"{text!r} is not a checksummed account address")
    return Address(text)


def require_bytes(name: str, value: bytes, length: int) -> None:
    """Raise InputError unless `value` has exactly `length` bytes."""
    if len(value) != length:
        raise InputError(f"{name} has {len(value)} bytes, not {length}")


class Purpose(IntFlag):
    """What a collection may be used for; a licence's purposes lie inside its collection's."""

    TRAIN_FOUNDATION = 1
    FINE_TUNE = 2
    EVALUATE = 4
    RETRIEVE = 8
    RESEARCH = 16

    @classmethod
    def parse(cls, names: list[str]) -> Purpose:
        """Read names like `fine-tune`; raise InputError for an unknown one."""
        found = cls(0)
        for name in names:
            key = name.strip().upper().replace("-", "_")
            if key not in cls.__members__:
                raise InputError(
                    f"unknown purpose {name!r}; known are {', '.join(cls.names_of(~cls(0)))}"
                )
            found |= cls[key]
        return found

    @classmethod
    def names_of(cls, purposes: Purpose) -> list[str]:
        """Names in words, lowest bit first."""
        return [str(member.name).lower().replace("_", "-") for member in cls if member in purposes]


class HistoryKind(IntEnum):
    """What a link of the registry's history chain states."""

    CONTRIBUTED = 1
    WITHDRAWN = 2
    LEFT = 3


class Vote(IntEnum):
    """Support values of OpenZeppelin's Governor."""

    AGAINST = 0
    FOR = 1
    ABSTAIN = 2


class RequestStatus(IntEnum):
    """Stored state of a request in AccessDesk, in the contract's order."""

    NONE = 0
    PENDING = 1
    GRANTED = 2
    SETTLED = 3
    REFUNDED = 4
    CANCELLED = 5
    COUNTERED = 6


class LicenceStatus(IntEnum):
    """Stored state of a licence, in the contract's order."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2
    REVOKED = 3


class ProposalState(StrEnum):
    """States of OpenZeppelin's Governor, in its order (the position is the on-chain value)."""

    PENDING = "pending"
    ACTIVE = "active"
    CANCELED = "canceled"
    DEFEATED = "defeated"
    SUCCEEDED = "succeeded"
    QUEUED = "queued"
    EXPIRED = "expired"
    EXECUTED = "executed"


@dataclass(frozen=True, slots=True)
class Domain:
    """An EIP-712 domain: one contract on one chain."""

    name: str
    chain_id: int
    contract: Address
    version: str = "1"


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of data with the purposes its contributors consent to; `number` counts from 0."""

    number: int
    name: str
    purposes: Purpose


@dataclass(frozen=True, slots=True)
class Record:
    """The public facts of one contribution; its EIP-712 struct hash is what everybody signs."""

    contribution_id: bytes
    contributor: Address
    collection: int
    cid_digest: bytes
    length: int
    envelope_commitment: bytes
    key_id: bytes
    share_root: bytes
    epoch: int

    def __post_init__(self) -> None:
        for name in (
            "contribution_id",
            "cid_digest",
            "envelope_commitment",
            "key_id",
            "share_root",
        ):
            require_bytes(name, getattr(self, name), 32)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """An appraiser's signed statement: this record is worth so many units until the deadline."""

    record_hash: bytes
    units: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Keeper:
    """One member of a committee: operator account, X25519 sealing key, where to reach it."""

    index: int
    operator: Address
    sealing_key: bytes
    endpoint: str

    def __post_init__(self) -> None:
        require_bytes("sealing_key", self.sealing_key, 32)


@dataclass(frozen=True, slots=True)
class Committee:
    """The keepers of one epoch and their threshold; keepers are in index order 1…n."""

    chain_id: int
    registry: Address
    """The KeeperRegistry's address."""
    epoch: int
    threshold: int
    keepers: tuple[Keeper, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= len(self.keepers) <= 255:
            raise InputError(f"threshold {self.threshold} does not fit {len(self.keepers)} keepers")
        if [keeper.index for keeper in self.keepers] != list(range(1, len(self.keepers) + 1)):
            raise InputError("keepers must be listed by index from 1")


@dataclass(frozen=True, slots=True)
class Contribution:
    """A record with what the chain added to it when it was registered."""

    record: Record
    units: int
    appraiser: Address
    history_count: int
    """Position in the registry's history, counted from 1."""
    withdrawn_at: int | None = None
    """Position of the withdrawal in the history, None while active."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A sealed, immutable list of a collection's active contributions."""

    edition_id: int
    collection: int
    timepoint: int
    total_units: int
    history_count: int
    epoch: int
    root: bytes | None = None
    """The attested manifest root, None until t keepers attested it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a buyer asks for, as filed with AccessDesk."""

    collection: int
    purposes: Purpose
    asset: Address
    price: int
    duration: int
    """Seconds the licence runs from its grant."""
    royalty_bps: int
    terms_hash: bytes
    release_key: bytes
    min_edition: int
    min_units: int
    arbiter: Address = NATIVE
    """Who rules disputes about the delivery; zero: receipts alone settle."""
    metering: Metering = UNMETERED

    def __post_init__(self) -> None:
        require_bytes("terms_hash", self.terms_hash, 32)
        require_bytes("release_key", self.release_key, 32)


@dataclass(frozen=True, slots=True)
class Request:
    """A buyer's escrowed application, with the deadlines fixed at filing."""

    request_id: int
    buyer: Address
    terms: Terms
    execute_by: int
    deliver_by: int
    status: RequestStatus
    proposal_id: int
    """0 where an offer was accepted instead of a vote."""


@dataclass(frozen=True, slots=True)
class Licence:
    """The buyer's right; its id is the id of the request it was granted for."""

    licence_id: int
    holder: Address
    collection: int
    edition_id: int
    purposes: Purpose
    issued_at: int
    expiry: int
    royalty_bps: int
    terms_hash: bytes
    release_key: bytes
    status: LicenceStatus
    lapsed: bool = False
    """Usage is not reported, or the bond not full: not in force until that is made good."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One keeper's statement, on chain, of the bundle it is about to hand over."""

    licence_id: int
    index: int
    bundle_digest: bytes
    """SHA-256 digest in the bundle's CID."""
    bundle_length: int
    count: int
    """Number of shares in the bundle: the entries of the edition's manifest."""
    edition_root: bytes
    release_key_hash: bytes
