"""The JSON form of what a keeper says of one licence; pure, by the rules of `keeper_wire`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dao_backend.core.access import Allowed, Decision, Denied, Reason
from dao_backend.core.cid import Cid
from dao_backend.core.model import Receipt
from dao_backend.core.packing import hex_of
from dao_backend.core.strict_json import flag, octets, reading, text, whole
from dao_backend.core.typed import SIGNATURE, message_json
from dao_backend.ports.keepers import Bundle

Json = dict[str, Any]
Found = Mapping[str, Any]


def standing_json(decision: Decision, bundle: Bundle | None) -> Json:
    """Whether a licence's bundle is handed over now, and the bundle as far as it is built."""
    return {
        "decision": _decision_json(decision),
        "bundle": None if bundle is None else _bundle_json(bundle),
    }


def standing_from_json(found: Found) -> tuple[Decision, Bundle | None]:
    """Undo `standing_json`."""
    with reading("word on a licence"):
        bundle = found["bundle"]
        return _decision(found["decision"]), None if bundle is None else _bundle(bundle)


def _decision_json(decision: Decision) -> Json:
    match decision:
        case Allowed():
            key = hex_of(decision.release_key)
            return {"allowed": True, "releaseKey": key, "editionId": decision.edition_id}
        case Denied():
            return {
                "allowed": False,
                "reason": decision.reason.value,
                "sentence": decision.sentence,
            }


def _decision(found: Found) -> Decision:
    if flag(found["allowed"]):
        return Allowed(octets(found["releaseKey"], 32), whole(found["editionId"], 40))
    return Denied(Reason(found["reason"]), text(found["sentence"]))


def _bundle_json(bundle: Bundle) -> Json:
    return {
        "cid": bundle.cid,
        "length": str(bundle.length),
        "receipt": message_json(bundle.receipt),
        "signature": hex_of(bundle.signature),
    }


def _bundle(found: Found) -> Bundle:
    said = found["receipt"]
    receipt = Receipt(
        licence_id=whole(said["licenceId"], 64),
        index=whole(said["index"], 8),
        bundle_digest=octets(said["bundleDigest"], 32),
        bundle_length=whole(said["bundleLength"], 64),
        count=whole(said["count"], 64),
        edition_root=octets(said["editionRoot"], 32),
        release_key_hash=octets(said["releaseKeyHash"], 32),
    )
    length = whole(found["length"], 64)
    return Bundle(Cid(text(found["cid"])), length, receipt, octets(found["signature"], SIGNATURE))
