"""The one JSON form of everything that the Keeper port takes and gives; pure.

What it says of a licence is in `keeper_release_wire`.

Bytes are 0x and lower-case hexadecimal digits; integers of types wider than 53 bits are decimal
text, as in `core.typed.message_json`. What comes from a wire may be anything: every `*_from_json`
gives a whole value, with each field in the bounds of its type, or raises InputError. Fields that
are unknown here are ignored, so that a later keeper may say more. Nothing here checks a signature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dao_backend.core.model import Record, address
from dao_backend.core.packing import hex_of
from dao_backend.core.records import record_from_json
from dao_backend.core.strict_json import (
    LONGEST,
    flag,
    hexes,
    items,
    octets,
    reading,
    text,
    whole,
    words,
)
from dao_backend.core.typed import JSON_SAFE_BITS, SIGNATURE, message_json, record_hash
from dao_backend.core.typed_keepers import Cause, Erasure, HandoverAsk
from dao_backend.errors import InputError
from dao_backend.ports.keepers import (
    HandedShare,
    HandoverProgress,
    Intake,
    KeeperStatus,
    Tombstone,
)

MISSING = 1_000
"""Most contributions that a status names as missing, and most that it names as forgone."""
DELAYED = 100
"""Most licences that a status names as delayed."""

Json = dict[str, Any]
Found = Mapping[str, Any]


def intake_json(intake: Intake) -> Json:
    """Ready for `json.dumps`, as is every other answer here."""
    return {
        "record": message_json(intake.record),
        "nonce": hex_of(intake.nonce),
        "contributorSignature": hex_of(intake.contributor_signature),
        "index": intake.index,
        "commitments": hexes(intake.commitments),
        "sealedShare": hex_of(intake.sealed_share),
    }


def intake_from_json(found: Found) -> Intake:
    """Undo `intake_json`."""
    with reading("intake"):
        return Intake(
            record=_record(found["record"]),
            nonce=octets(found["nonce"]),
            contributor_signature=octets(found["contributorSignature"]),
            index=whole(found["index"], 8),
            commitments=words(found["commitments"]),
            sealed_share=octets(found["sealedShare"]),
        )


def receipt_json(receipt: bytes) -> Json:
    """An intake receipt: a signature of 65 bytes."""
    return {"receipt": hex_of(receipt)}


def receipt_from_json(found: Found) -> bytes:
    """Undo `receipt_json`."""
    with reading("intake receipt"):
        return octets(found["receipt"], SIGNATURE)


def commitments_json(commitments: Sequence[bytes]) -> Json:
    """The share commitments of a record, in index order."""
    return {"commitments": hexes(commitments)}


def commitments_from_json(found: Found) -> tuple[bytes, ...]:
    """Undo `commitments_json`."""
    with reading("list of commitments"):
        return words(found["commitments"])


def attestation_json(root: bytes, signature: bytes) -> Json:
    """An edition's root and the signature over it."""
    return {"root": hex_of(root), "signature": hex_of(signature)}


def attestation_from_json(found: Found) -> tuple[bytes, bytes]:
    """Undo `attestation_json`: root and signature."""
    with reading("attestation"):
        return octets(found["root"], 32), octets(found["signature"], SIGNATURE)


def tombstone_json(tombstone: Tombstone) -> Json:
    """A signed erasure."""
    return {
        "erasure": message_json(tombstone.erasure),
        "signature": hex_of(tombstone.signature),
    }


def tombstone_from_json(found: Found) -> Tombstone:
    """Undo `tombstone_json`."""
    with reading("tombstone"):
        said = found["erasure"]
        erasure = Erasure(
            contribution_id=octets(said["contributionId"], 32),
            index=whole(said["index"], 8),
            cause=Cause(whole(said["cause"], 8)),
            erased_at=whole(said["erasedAt"], 48),
        )
        return Tombstone(erasure, octets(found["signature"], SIGNATURE))


def ask_json(ask: HandoverAsk, ids: Sequence[bytes], signature: bytes) -> Json:
    """A successor's signed wish for shares."""
    return {"ask": message_json(ask), "ids": hexes(ids), "signature": hex_of(signature)}


def ask_from_json(found: Found) -> tuple[HandoverAsk, tuple[bytes, ...], bytes]:
    """Undo `ask_json`: the ask, the contribution ids, the signature."""
    with reading("ask for shares"):
        said = found["ask"]
        ask = HandoverAsk(
            epoch=whole(said["epoch"], 32),
            index=whole(said["index"], 8),
            ids=octets(said["ids"], 32),
            asked_at=whole(said["askedAt"], 48),
        )
        return ask, words(found["ids"]), octets(found["signature"], SIGNATURE)


def handed_json(shares: Sequence[HandedShare]) -> Json:
    """Shares on their way to a successor."""
    return {
        "shares": [
            {
                "record": message_json(share.record),
                "commitments": hexes(share.commitments),
                "sealedShare": hex_of(share.sealed_share),
            }
            for share in shares
        ]
    }


def handed_from_json(found: Found) -> tuple[HandedShare, ...]:
    """Undo `handed_json`."""
    with reading("list of shares"):
        return tuple(
            HandedShare(
                record=_record(share["record"]),
                commitments=words(share["commitments"]),
                sealed_share=octets(share["sealedShare"]),
            )
            for share in items(found["shares"])
        )


def status_json(status: KeeperStatus) -> Json:
    """What a keeper says of itself."""
    return {
        "version": status.version,
        "operator": status.operator,
        "index": status.index,
        "finalBlock": status.final_block,
        "finalTime": status.final_time,
        "shares": status.shares,
        "missing": hexes(status.missing),
        "forgone": hexes(status.forgone),
        "bundles": status.bundles,
        "delayed": list(status.delayed),
        "runningFor": status.running_for,
        "proves": status.proves,
        "alarm": None if status.alarm is None else status.alarm[:LONGEST],
        "handover": None if status.handover is None else _progress_json(status.handover),
    }


def status_from_json(found: Found) -> KeeperStatus:
    """Undo `status_json`."""
    with reading("status"):
        proves, alarm, handover = found["proves"], found["alarm"], found["handover"]
        return KeeperStatus(
            version=text(found["version"]),
            operator=address(found["operator"]),
            index=whole(found["index"], 8),
            final_block=whole(found["finalBlock"], JSON_SAFE_BITS),
            final_time=whole(found["finalTime"], JSON_SAFE_BITS),
            shares=whole(found["shares"], JSON_SAFE_BITS),
            missing=_named(found["missing"], "missing"),
            forgone=_named(found["forgone"], "forgone"),
            bundles=whole(found["bundles"], JSON_SAFE_BITS),
            delayed=_licences(found["delayed"]),
            running_for=whole(found["runningFor"], JSON_SAFE_BITS),
            proves=None if proves is None else flag(proves),
            alarm=None if alarm is None else text(alarm),
            handover=None if handover is None else _progress(handover),
        )


def _named(found: object, kind: str) -> tuple[bytes, ...]:
    listed = words(found)
    if len(listed) > MISSING:
        raise InputError(f"a status names at most {MISSING} {kind} shares")
    return listed


def _licences(found: object) -> tuple[int, ...]:
    listed = tuple(whole(each, JSON_SAFE_BITS) for each in items(found))
    if len(listed) > DELAYED:
        raise InputError(f"a status names at most {DELAYED} delayed licences")
    return listed


def _progress_json(progress: HandoverProgress) -> Json:
    said = progress.confirmation
    return {
        "epoch": progress.epoch,
        "needed": progress.needed,
        "held": progress.held,
        "confirmation": None if said is None else hex_of(said),
    }


def _progress(found: Found) -> HandoverProgress:
    said = found["confirmation"]
    return HandoverProgress(
        epoch=whole(found["epoch"], 32),
        needed=whole(found["needed"], JSON_SAFE_BITS),
        held=whole(found["held"], JSON_SAFE_BITS),
        confirmation=None if said is None else octets(said, SIGNATURE),
    )


def _record(found: Found) -> Record:
    record = record_from_json(found)
    record_hash(record)  # refuses a number that does not fit its field
    return record
