"""What contributors and those who relay for them send to the registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dao_backend.core.model import Address, Record
from dao_backend.core.typed import Departure
from tests.contracts.actors import FOREVER
from tests.contracts.dao import Dao, sign, words
from tests.contracts.refusals import decoded

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance

ITEM_GAS = 500_000
BATCH_GAS = ITEM_GAS * 64 // 63 + 20_000
"""What must be left before each registration of a batch."""


@dataclass(frozen=True)
class Signed:
    """A record with all that somebody else needs to register it."""

    record: Record
    nonce: bytes
    appraisal: tuple[int, int, bytes]
    consent: bytes

    @property
    def identity(self) -> bytes:
        return self.record.contribution_id

    @property
    def words(self) -> tuple[object, ...]:
        """Solidity's SignedContribution."""
        return (words(self.record), self.nonce, self.appraisal, self.consent)


def signed(
    dao: Dao,
    owner: AccountAPI,
    units: int = 100,
    collection: int = 0,
    wallet: ContractInstance | None = None,
    **changes: object,
) -> Signed:
    """A contribution of `owner`, or of the `wallet` that it signs for, with `changes` appraised."""
    record, nonce = dao.record((wallet or owner).address, collection)
    record = replace(record, **changes)  # type: ignore[arg-type]  # whatever the test spoils
    consent = sign(owner, dao.domain(dao.registry), record)
    return Signed(record, nonce, dao.appraisal(record, units), consent)


def in_order(items: list[Signed]) -> list[Signed]:
    """By strictly increasing id, as a batch wants them."""
    return sorted(items, key=lambda each: each.identity)


def send_batch(dao: Dao, items: list[Signed], **options: object) -> ReceiptAPI:
    """A stranger registers all of them, in the order of their ids."""
    batch = [each.words for each in in_order(items)]
    return dao.registry.contributeBatch(batch, sender=dao.stranger, **options)


def skipped(dao: Dao, receipt: ReceiptAPI) -> dict[bytes, tuple[str, dict[str, Any]]]:
    """The refusal of each contribution that a batch went on without."""
    events = receipt.events.filter(dao.registry.ContributionSkipped)
    return {bytes(each.contributionId): decoded(bytes(each.reason)) for each in events}


def sign_departure(
    dao: Dao, member: AccountAPI, deadline: int = FOREVER, tenure: int = 0, who: object = None
) -> bytes:
    """The signature of `member` that it, or the wallet `who`, leaves with all it has."""
    address = Address(getattr(who or member, "address", ""))
    return sign(member, dao.domain(dao.registry), Departure(address, tenure, deadline))
