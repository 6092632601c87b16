"""Read a record back from the JSON that `typed.message_json` writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dao_backend.core.model import Record, address
from dao_backend.core.packing import bytes_of
from dao_backend.errors import InputError


def record_from_json(found: Mapping[str, Any]) -> Record:
    """The record in `found`, whose keys are the EIP-712 field names; InputError if it is none."""
    try:
        return Record(
            contribution_id=bytes_of(found["contributionId"]),
            contributor=address(found["contributor"]),
            collection=int(found["collection"]),
            cid_digest=bytes_of(found["cidDigest"]),
            length=int(found["length"]),
            envelope_commitment=bytes_of(found["envelopeCommitment"]),
            key_id=bytes_of(found["keyId"]),
            share_root=bytes_of(found["shareRoot"]),
            epoch=int(found["epoch"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"this is no record: {error}") from error
