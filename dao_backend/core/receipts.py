"""What a keeper's receipt must be to count, before anybody relays or believes it."""

from __future__ import annotations

from collections.abc import Sequence

from dao_backend.core.model import Committee, Domain, Keeper, Receipt, Record
from dao_backend.core.typed import IntakeReceipt, Message, record_hash, recover_signer
from dao_backend.errors import InvalidSignature


def receipts_needed(committee: Committee, least: int | None) -> int:
    """How many intake receipts a contribution needs: `least`, or all where that is None.

    Never fewer than the threshold, for then nobody could open what was registered.
    """
    everybody = len(committee.keepers)
    return everybody if least is None else max(committee.threshold, min(least, everybody))


def require_intake_receipts(
    registry: Domain,
    record: Record,
    committee: Committee,
    receipts: Sequence[bytes | None],
    least: int | None,
) -> None:
    """Raise InvalidSignature unless enough keepers signed, and none who is listed did not.

    `receipts` are in index order, with None for a keeper that gave none.
    """
    seats = committee.keepers
    if len(receipts) != len(seats):
        raise InvalidSignature(f"{len(receipts)} receipts of {len(seats)} keepers")
    given = [(seat, each) for seat, each in zip(seats, receipts, strict=True) if each is not None]
    needed = receipts_needed(committee, least)
    if len(given) < needed:
        raise InvalidSignature(f"{len(given)} keepers gave an intake receipt, {needed} have to")
    for seat, receipt in given:
        if not is_intake_receipt(registry, record, seat, receipt):
            raise InvalidSignature(f"keeper {seat.index} did not sign this intake receipt")


def is_intake_receipt(registry: Domain, record: Record, seat: Keeper, receipt: bytes) -> bool:
    """Whether this keeper's operator signed that it holds its share of this very record."""
    return is_signed(registry, IntakeReceipt(record_hash(record), seat.index), seat, receipt)


def is_signed(domain: Domain, message: Message, seat: Keeper, signature: bytes) -> bool:
    """Whether the operator of this seat signed the message."""
    try:
        return recover_signer(domain, message, signature) == seat.operator
    except InvalidSignature:
        return False


def is_bundle_receipt(
    keepers: Domain, receipt: Receipt, signature: bytes, seat: Keeper, stated: Receipt
) -> bool:
    """Whether the operator signed it, and it names licence, index, count and root of `stated`."""
    same = (
        receipt.licence_id == stated.licence_id
        and receipt.index == stated.index
        and receipt.count == stated.count
        and receipt.edition_root == stated.edition_root
    )
    return same and is_signed(keepers, receipt, seat, signature)
