"""KeeperRegistry: committees, attested editions, receipts."""

from __future__ import annotations

from collections.abc import Sequence

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Action, Call, Contract
from dao_backend.core.model import Keeper, Receipt
from dao_backend.ports.chain import Delivery


class KeeperRegistry(Contract):
    """See contracts/interfaces/IKeeperRegistry.sol."""

    name = ContractName.KEEPERS

    def attest(
        self, edition_id: int, root: bytes, indexes: Sequence[int], signatures: Sequence[bytes]
    ) -> Action:
        """Fix an edition's manifest root with its keepers' signatures."""
        return self._act("attest", edition_id, root, tuple(indexes), tuple(signatures))

    def post_receipt(self, receipt: Receipt) -> Action:
        """Post the sender's own receipt."""
        return self._act("postReceipt", _receipt(receipt))

    def post_receipt_for(self, receipt: Receipt, signature: bytes) -> Action:
        """Post a signed receipt."""
        return self._act("postReceiptFor", _receipt(receipt), signature)

    def change_committee(self, keepers: Sequence[Keeper]) -> Action:
        """Form the next epoch's committee; for the timelock."""
        rows = tuple((each.operator, each.sealing_key, each.endpoint) for each in keepers)
        return self._act("changeCommittee", rows)

    def confirm_handover(self, epoch: int, index: int, signature: bytes) -> Action:
        """State that a keeper of the newest epoch holds its earlier shares."""
        return self._act("confirmHandover", epoch, index, signature)

    def current_epoch(self) -> Call[int]:
        """The newest committee: contributions are dealt to it."""
        return self._value("currentEpoch")

    def serving_epoch(self) -> Call[int]:
        """The committee that attests and delivers."""
        return self._value("servingEpoch")

    def is_holding(self, epoch: int, index: int) -> Call[bool]:
        """Whether a keeper has confirmed its handover."""
        return self._value("isHolding", epoch, index)

    def committee(self, epoch: int) -> Call[tuple[int, int]]:
        """Threshold and size of a committee."""
        return self._ask("committeeOf", epoch, read=lambda threshold, size: (threshold, size))

    def keeper(self, epoch: int, index: int) -> Call[Keeper]:
        """One keeper of a committee."""
        return self._ask("keeperOf", epoch, index, read=lambda values: Keeper(index, *values))

    def edition_root(self, edition_id: int) -> Call[bytes | None]:
        """The attested root, None before."""
        return self._ask("editionRoot", edition_id, read=lambda root: root if any(root) else None)

    def delivery(self, licence_id: int) -> Call[Delivery]:
        """What is expected for a licence; edition 0 where nothing is."""
        return self._ask("deliveryOf", licence_id, read=_delivery)


def _delivery(values: tuple[int, int, int, int, int, bool, int, int]) -> Delivery:
    edition_id, deliver_by, epoch, _threshold, _receipts, _halted, bits, at = values
    posted = frozenset(index for index in range(64) if bits >> index & 1)
    return Delivery(edition_id, deliver_by, epoch, posted, at or None)


def _receipt(receipt: Receipt) -> tuple[object, ...]:
    return (
        receipt.licence_id,
        receipt.index,
        receipt.bundle_digest,
        receipt.bundle_length,
        receipt.count,
        receipt.edition_root,
        receipt.release_key_hash,
    )
