"""Licences issued by an account that plays the desk, or whoever else issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dao_backend.core.model import LicenceStatus
from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, RELEASE_KEY, TERMS_HASH, Dao

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

Grant = dict[str, Any]


def grant_to(holder: AccountAPI, now: int, edition: int, **changes: object) -> Grant:
    """A grant for a day, with `changes`; the fields of Solidity's struct in its order."""
    grant: Grant = {
        "holder": holder.address,
        "expiry": now + DAY,
        "editionId": edition,
        "status": LicenceStatus.ACTIVE,
        "collection": 1,
        "purposes": 0b101,
        "issuedAt": now,
        "royaltyBps": 250,
        "lapsed": False,
    }
    return grant | changes


def issue(
    dao: Dao,
    licence_id: int,
    grant: Grant,
    issuer: AccountAPI | None = None,
    deliver_by: int | None = None,
) -> ReceiptAPI:
    """Issue a licence as the desk, or as `issuer`, to be delivered within the hour."""
    agreed = (TERMS_HASH, RELEASE_KEY, deliver_by or dao.now + HOUR)
    return dao.licence.issue(licence_id, tuple(grant.values()), *agreed, sender=issuer or dao.desk)
