"""The ChainWriter port: each method names an action, the sender does the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dao_backend.chain.batches import BatchWrites
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.contracts.vault import RevenueVault
from dao_backend.chain.node import Node
from dao_backend.chain.sender import Sender
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address, Appraisal, Receipt, Record, Terms
from dao_backend.core.motion import Motion
from dao_backend.ports.chain import Registration, Sent


class Writer(BatchWrites):
    """Transactions of one account to one DAO; see `ports.chain.ChainWriter`."""

    def __init__(self, node: Node, addresses: Addresses, sender: Sender) -> None:
        super().__init__(node, addresses, sender)
        self._vault = RevenueVault(addresses.vault)

    # --- contributions ----------------------------------------------------------------------

    def contribute(
        self, record: Record, nonce: bytes, appraisal: Appraisal, appraiser_signature: bytes
    ) -> Sent:
        return self._send(self._registry.contribute(record, nonce, appraisal, appraiser_signature))

    def contribute_for(
        self,
        record: Record,
        nonce: bytes,
        appraisal: Appraisal,
        appraiser_signature: bytes,
        contributor_signature: bytes,
    ) -> Sent:
        return self._send(
            self._registry.contribute_for(
                record, nonce, appraisal, appraiser_signature, contributor_signature
            )
        )

    def contribute_for_all(self, registrations: Iterable[Registration]) -> Iterator[Sent]:
        actions = map(self._registering, registrations)
        return map(self._sent, self._sender.send_all(actions))

    def contribute_batch(self, registrations: Sequence[Registration]) -> Sent:
        return self._send(self._registry.contribute_batch(registrations))

    def withdraw(self, contribution_id: bytes) -> Sent:
        return self._send(self._registry.withdraw(contribution_id))

    def withdraw_for(self, contribution_id: bytes, deadline: int, signature: bytes) -> Sent:
        return self._send(self._registry.withdraw_for(contribution_id, deadline, signature))

    # --- editions and keepers ---------------------------------------------------------------

    def seal(self, collection: int) -> Sent:
        return self._send(self._registry.seal(collection))

    def attest(
        self, edition_id: int, root: bytes, indexes: Sequence[int], signatures: Sequence[bytes]
    ) -> Sent:
        return self._send(self._keepers.attest(edition_id, root, indexes, signatures))

    def post_receipt(self, receipt: Receipt) -> Sent:
        return self._send(self._keepers.post_receipt(receipt))

    def post_receipt_for(self, receipt: Receipt, signature: bytes) -> Sent:
        return self._send(self._keepers.post_receipt_for(receipt, signature))

    def confirm_handover(self, epoch: int, index: int, signature: bytes) -> Sent:
        return self._send(self._keepers.confirm_handover(epoch, index, signature))

    # --- requests ---------------------------------------------------------------------------

    def request(self, terms: Terms) -> Sent:
        fee = self._node.call(self._desk.filing_fee())
        escrow = terms.price + terms.metering.bond
        value = self._payable(terms.asset, self._desk.address, escrow)
        return self._send(self._desk.request(terms, fee + value))

    def cancel(self, request_id: int) -> Sent:
        return self._send(self._desk.cancel(request_id))

    def refund(self, request_id: int) -> Sent:
        return self._send(self._desk.refund(request_id))

    def settle(self, request_id: int) -> Sent:
        return self._send(self._desk.settle(request_id))

    # --- votes ------------------------------------------------------------------------------

    def vote(self, proposal_id: int, support: int) -> Sent:
        return self._send(self._governor.vote(proposal_id, support))

    def vote_for(self, proposal_id: int, support: int, voter: Address, signature: bytes) -> Sent:
        return self._send(self._governor.vote_for(proposal_id, support, voter, signature))

    def queue(self, request_id: int) -> Sent:
        return self.queue_motion(self._motion(request_id))

    def execute(self, request_id: int) -> Sent:
        return self.execute_motion(self._motion(request_id))

    def _motion(self, request_id: int) -> Motion:
        return self._node.call(self._desk.proposal_of(request_id)).motion

    # --- money ------------------------------------------------------------------------------

    def deposit(self, edition_id: int, asset: Address, amount: int, purpose: bytes) -> Sent:
        self._payable(asset, self._vault.address, amount)
        return self._send(self._vault.deposit(edition_id, asset, amount, purpose))

    def claim(self, edition_id: int, asset: Address) -> Sent:
        return self._send(self._vault.claim(edition_id, asset))

    def claim_many(self, edition_id: int, asset: Address, members: Sequence[Address]) -> Sent:
        return self._send(self._vault.claim_many(edition_id, asset, members))

    def pay(self, to: Address, amount: int) -> Sent:
        return self._send(Action(to, value=amount))
