"""Deal a content key to a committee, seal each share to its keeper, and bring the key back.

Every share is committed to, and all commitments hang under the record's `shareRoot`, so that a
wrong share names its keeper at once. A sealed share states record, committee and index inside
the box: moved anywhere else it opens to nothing. Dealing is deterministic, so whoever holds the
key can deal again and see whether the contributor dealt consistently.
Formats: docs/formats.md, "Record and key shares".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from dao_backend.core import shamir
from dao_backend.core.crypto import ContentKey, SecretKey, blake2b_256, open_sealed, seal
from dao_backend.core.identity import committee_hash, key_id
from dao_backend.core.merkle import list_path, list_root, list_root_from_path
from dao_backend.core.model import Committee, Record, require_bytes
from dao_backend.core.packing import hex_of, octet
from dao_backend.core.typed import record_hash
from dao_backend.errors import (
    BindingMismatch,
    InconsistentDealing,
    InputError,
    InvalidShareIndex,
    NotEnoughShares,
    RecordMismatch,
    ShareMismatch,
)

GAP = bytes(shamir.SECRET)
"""What stands in a bundle for a share that its keeper does not hold, and has forgone."""
_SHARE = b"ddao/share/1"
_SHARE_BINDING = b"ddao/share-binding/1"
_APPRAISE = b"ddao/appraise/1"
_APPRAISE_BINDING = b"ddao/appraise-binding/1"


@dataclass(frozen=True, slots=True)
class Dealing:
    """The n shares of one content key, with their commitments, in index order."""

    shares: tuple[bytes, ...] = field(repr=False)
    commitments: tuple[bytes, ...]
    share_root: bytes


@dataclass(frozen=True, slots=True)
class Seat:
    """Everything that one share is bound to: a record, a committee, and a keeper's index in it."""

    contribution_id: bytes
    record_hash: bytes
    committee_hash: bytes
    index: int


def seat_of(record: Record, committee: Committee, index: int) -> Seat:
    """The seat of keeper `index`; raise InvalidShareIndex where there is no such keeper."""
    _require_index(index, committee)
    return Seat(record.contribution_id, record_hash(record), committee_hash(committee), index)


def deal(content_key: ContentKey, contribution_id: bytes, committee: Committee) -> Dealing:
    """The one dealing of this key to this committee; the same arguments always give the same."""
    require_bytes("contribution id", contribution_id, 32)
    size, committed = len(committee.keepers), committee_hash(committee)
    coefficients = shamir.dealt_coefficients(
        content_key.raw, contribution_id, committed, committee.threshold, size
    )
    shares = shamir.split(content_key.raw, coefficients, size)
    commitments = tuple(
        share_commitment(contribution_id, committed, index, share)
        for index, share in enumerate(shares, 1)
    )
    return Dealing(shares, commitments, list_root(commitments))


def share_commitment(contribution_id: bytes, committee: bytes, index: int, share: bytes) -> bytes:
    """SHA-256("ddao/share/1" ‖ contributionId ‖ committeeHash ‖ i(1) ‖ share)."""
    return hashlib.sha256(_SHARE + contribution_id + committee + octet(index) + share).digest()


def commitment_path(commitments: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The path of keeper `index`'s commitment to the share root."""
    return list_path(commitments, index - 1)


def require_commitment(
    record: Record, index: int, size: int, commitment: bytes, path: Sequence[bytes]
) -> None:
    """Raise RecordMismatch unless `commitment` is keeper `index`'s of `size` in the record."""
    try:
        found = list_root_from_path(commitment, index - 1, size, path)
    except InputError as error:
        raise RecordMismatch(
            f"the commitment's path does not fit keeper {index} of {size}"
        ) from error
    if found != record.share_root:
        raise RecordMismatch(
            f"keeper {index}'s commitment does not belong to the record's share root"
        )


def require_commitments(record: Record, commitments: Sequence[bytes], size: int) -> None:
    """Raise RecordMismatch unless these are the record's `size` share commitments."""
    if len(commitments) != size or list_root(commitments) != record.share_root:
        raise RecordMismatch("the share commitments do not belong to the record's share root")


# --- sealed to a keeper ---------------------------------------------------------------------


def share_binding(seat: Seat) -> bytes:
    """BLAKE2b-256("ddao/share-binding/1" ‖ recordHash ‖ committeeHash ‖ i(1))."""
    return blake2b_256(_SHARE_BINDING + seat.record_hash + seat.committee_hash + octet(seat.index))


def seal_share(sealing_key: bytes, seat: Seat, share: bytes) -> bytes:
    """The share in a box that only the keeper opens; raise LowOrderKey for an unsafe key."""
    require_bytes("share", share, shamir.SECRET)
    return seal(sealing_key, _bound(seat) + share)


def open_share(secret: SecretKey, sealed: bytes, seat: Seat, commitment: bytes) -> bytes:
    """The share that `seat` is to hold.

    Raise SealBroken when the box is not for `secret`, BindingMismatch when it was sealed for
    another record, committee or index, ShareMismatch when it is not the share committed to.
    """
    share = _strip(open_sealed(secret, sealed), _bound(seat))
    if share_commitment(seat.contribution_id, seat.committee_hash, seat.index, share) != commitment:
        raise ShareMismatch(
            f"the share sealed to keeper {seat.index} is not the one committed to", seat.index
        )
    return share


# --- sealed to the appraiser ----------------------------------------------------------------


def seal_for_appraiser(sealing_key: bytes, record: bytes, content_key: ContentKey) -> bytes:
    """The content key in a box for the appraiser, bound to the record with the hash `record`."""
    return seal(sealing_key, _appraisal_bound(record) + content_key.raw)


def open_for_appraiser(secret: SecretKey, sealed: bytes, record: bytes) -> ContentKey:
    """Undo `seal_for_appraiser`; raise SealBroken, or BindingMismatch for another record's key."""
    return ContentKey(_strip(open_sealed(secret, sealed), _appraisal_bound(record)))


def check_dealing(content_key: ContentKey, record: Record, committee: Committee) -> Dealing:
    """Deal again; raise InconsistentDealing unless the record names this key and its shares."""
    if key_id(record.contribution_id, content_key.raw) != record.key_id:
        raise InconsistentDealing(
            f"the record of {hex_of(record.contribution_id)} names another key"
        )
    dealing = deal(content_key, record.contribution_id, committee)
    if dealing.share_root != record.share_root:
        raise InconsistentDealing(
            f"the shares of {hex_of(record.contribution_id)} were not dealt from its key"
        )
    return dealing


# --- back to the key ------------------------------------------------------------------------


def bad_keepers(
    shares: Mapping[int, bytes],
    contribution_id: bytes,
    committee: bytes,
    commitments: Sequence[bytes],
) -> tuple[int, ...]:
    """Indexes whose share is not the one committed to; `committee` is the committee's hash."""
    return tuple(
        index
        for index, share in shares.items()
        if share_commitment(contribution_id, committee, index, share) != commitments[index - 1]
    )


def recover(
    shares: Mapping[int, bytes],
    record: Record,
    commitments: Sequence[bytes],
    committee: Committee,
    *,
    prove_dealing: bool = False,
) -> ContentKey:
    """The content key behind shares given by keeper index.

    With `prove_dealing` all n shares are dealt again, which shows that every other choice of
    keepers leads to the same key. Raise NotEnoughShares, InvalidShareIndex, RecordMismatch for
    foreign commitments, ShareMismatch naming the first keeper whose share is bad, and
    InconsistentDealing when good shares give another key than the record's.
    """
    require_commitments(record, commitments, len(committee.keepers))
    for index in shares:
        _require_index(index, committee)
    bad = bad_keepers(shares, record.contribution_id, committee_hash(committee), commitments)
    if bad:
        raise ShareMismatch(f"keeper {bad[0]} gave a share other than the one committed to", bad[0])
    if len(shares) < committee.threshold:
        raise NotEnoughShares(f"{len(shares)} of the {committee.threshold} shares needed")
    chosen = {index: shares[index] for index in sorted(shares)[: committee.threshold]}
    content_key = ContentKey(shamir.combine(chosen, committee.threshold))
    if key_id(record.contribution_id, content_key.raw) != record.key_id:
        raise InconsistentDealing(
            f"good shares of {hex_of(record.contribution_id)} give another key"
        )
    if prove_dealing:
        check_dealing(content_key, record, committee)
    return content_key


def _bound(seat: Seat) -> bytes:
    return _SHARE + share_binding(seat) + octet(seat.index)


def _appraisal_bound(record: bytes) -> bytes:
    require_bytes("record hash", record, 32)
    return _APPRAISE + blake2b_256(_APPRAISE_BINDING + record)


def _strip(message: bytes, bound: bytes) -> bytes:
    """The 32 secret bytes after `bound`; raise BindingMismatch when anything else precedes them."""
    if len(message) != len(bound) + 32 or not compare_digest(message[: len(bound)], bound):
        raise BindingMismatch("what was sealed belongs to another record, committee or keeper")
    return message[len(bound) :]


def _require_index(index: int, committee: Committee) -> None:
    if not 1 <= index <= len(committee.keepers):
        raise InvalidShareIndex(
            f"the committee has keepers 1 to {len(committee.keepers)}, not {index}"
        )
