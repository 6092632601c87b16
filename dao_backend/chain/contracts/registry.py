"""DataRegistry: contributions, editions, the history chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Address, Appraisal, Collection, Edition, Purpose, Record
from dao_backend.core.safeguards import Genesis, MintingCaps
from dao_backend.ports.chain import Registration


class DataRegistry(Contract):
    """See contracts/interfaces/IDataRegistry.sol."""

    name = ContractName.REGISTRY

    def contribute(
        self, record: Record, nonce: bytes, appraisal: Appraisal, appraiser_signature: bytes
    ) -> Action:
        """Register the sender's own contribution."""
        appraised = _appraisal(appraisal, appraiser_signature)
        return self._act("contribute", _record(record), nonce, appraised)

    def contribute_for(
        self,
        record: Record,
        nonce: bytes,
        appraisal: Appraisal,
        appraiser_signature: bytes,
        contributor_signature: bytes,
    ) -> Action:
        """Register with the contributor's signature."""
        appraised = _appraisal(appraisal, appraiser_signature)
        return self._act("contributeFor", _record(record), nonce, appraised, contributor_signature)

    def contribute_batch(self, batch: Sequence[Registration]) -> Action:
        """Register up to 100, in increasing order of id."""
        action = self._act("contributeBatch", tuple(_signed(one) for one in batch))
        return replace(action, parts=len(batch))

    def registrable(self, batch: Sequence[Registration]) -> Call[int]:
        """How many of a batch would be registered now."""
        return self._value("contributeBatch", tuple(_signed(one) for one in batch))

    def leave_all(self) -> Action:
        """Withdraw all that the sender has contributed."""
        return self._act("leaveAll")

    def leave_all_for(self, member: Address, deadline: int, signature: bytes) -> Action:
        """Withdraw all of a member, with its signature."""
        return self._act("leaveAllFor", member, deadline, signature)

    def withdraw(self, contribution_id: bytes) -> Action:
        """Withdraw the sender's own contribution."""
        return self._act("withdraw", contribution_id)

    def withdraw_for(self, contribution_id: bytes, deadline: int, signature: bytes) -> Action:
        """Withdraw with the contributor's signature."""
        return self._act("withdrawFor", contribution_id, deadline, signature)

    def seal(self, collection: int) -> Action:
        """Seal the collection's next edition."""
        return self._act("seal", collection)

    def add_appraiser(self, appraiser: Address, sealing_key: bytes, endpoint: str) -> Action:
        """Let an account sign appraisals; the timelock's."""
        return self._act("addAppraiser", appraiser, sealing_key, endpoint)

    def remove_appraiser(self, appraiser: Address) -> Action:
        """Accept no further appraisal of an account; the timelock's."""
        return self._act("removeAppraiser", appraiser)

    def set_caps(self, caps: MintingCaps) -> Action:
        """Change what may be minted in one window; the timelock's."""
        return self._act("setCaps", (caps.window, caps.appraiser_bps, caps.total_bps))

    def is_appraiser(self, account: Address) -> Call[bool]:
        """Whether the account's appraisals are accepted."""
        return self._value("isAppraiser", account)

    def history_head(self) -> Call[bytes]:
        """The hash over every change so far."""
        return self._value("historyHead")

    def history_count(self) -> Call[int]:
        """How many changes there were."""
        return self._value("historyCount")

    def newest_edition(self, collection: int) -> Call[int]:
        """Id of the newest edition of a collection, 0 before the first."""
        return self._value("newestEdition", collection)

    def edition(self, edition_id: int) -> Call[Edition]:
        """A sealed edition, without its root."""
        return self._ask("editionOf", edition_id, read=lambda values: Edition(edition_id, *values))

    def collection_count(self) -> Call[int]:
        """How many collections the DAO has."""
        return self._value("collectionCount")

    def collection(self, number: int) -> Call[Collection]:
        """Name and purposes of a collection."""
        return self._ask(
            "collectionOf",
            number,
            read=lambda values: Collection(number, values[0], Purpose(values[1])),
        )

    def is_begun(self) -> Call[bool]:
        """Whether members and units have once been as many as stated at creation."""
        return self._value("isBegun")

    def genesis(self) -> Call[Genesis]:
        """What the DAO must have before it can sell."""
        return self._ask("genesis", read=lambda values: Genesis(*values))

    def caps(self) -> Call[MintingCaps]:
        """What may be minted in one window."""
        return self._ask("caps", read=lambda values: MintingCaps(*values))

    def mintable_by(self, appraiser: Address) -> Call[int]:
        """Units that an appraiser could mint now."""
        return self._value("mintableBy", appraiser)

    def paused_until(self) -> Call[int]:
        """Until when nothing is registered; in the past or 0 where nothing is paused."""
        return self._value("pausedUntil")

    def seal_interval(self) -> Call[int]:
        """Seconds between two editions of one collection, at least."""
        return self._value("sealInterval")


def _record(record: Record) -> tuple[object, ...]:
    return (
        record.contribution_id,
        record.contributor,
        record.collection,
        record.cid_digest,
        record.length,
        record.envelope_commitment,
        record.key_id,
        record.share_root,
        record.epoch,
    )


def _signed(one: Registration) -> tuple[object, ...]:
    appraised = _appraisal(one.appraisal, one.appraiser_signature)
    return (_record(one.record), one.nonce, appraised, one.contributor_signature)


def _appraisal(appraisal: Appraisal, signature: bytes) -> tuple[object, ...]:
    return (appraisal.units, appraisal.deadline, signature)
