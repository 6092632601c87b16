"""The ChainWriter port: each method names an action, the sender does the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dao_backend.chain.contracts import erc20
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.contracts.desk import AccessDesk
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.contracts.keepers import KeeperRegistry
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.contracts.vault import RevenueVault
from dao_backend.chain.decode import Decoder
from dao_backend.chain.follow import LogReader
from dao_backend.chain.node import Node
from dao_backend.chain.sender import Sender
from dao_backend.chain.wire import MinedTransaction
from dao_backend.core.facts import Addresses
from dao_backend.core.model import NATIVE, Address, Appraisal, Receipt, Record, Terms
from dao_backend.errors import InsufficientFunds
from dao_backend.ports.chain import Registration, Sent


class Writer:
    """Transactions of one account to one DAO; see `ports.chain.ChainWriter`."""

    def __init__(self, node: Node, addresses: Addresses, sender: Sender) -> None:
        self._node = node
        self._sender = sender
        self._logs = LogReader(node, Decoder(addresses))
        self._registry = DataRegistry(addresses.registry)
        self._governor = DataGovernor(addresses.governor)
        self._desk = AccessDesk(addresses.desk)
        self._vault = RevenueVault(addresses.vault)
        self._keepers = KeeperRegistry(addresses.keepers)

    @property
    def account(self) -> Address:
        return self._sender.account

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
        actions = (
            self._registry.contribute_for(
                one.record,
                one.nonce,
                one.appraisal,
                one.appraiser_signature,
                one.contributor_signature,
            )
            for one in registrations
        )
        return map(self._sent, self._sender.send_all(actions))

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

    # --- requests ---------------------------------------------------------------------------

    def request(self, terms: Terms) -> Sent:
        fee = self._node.call(self._desk.filing_fee())
        escrow = terms.price + terms.metering.bond
        if terms.asset == NATIVE:
            return self._send(self._desk.request(terms, fee + escrow))
        self._allow(terms.asset, self._desk.address, escrow)
        return self._send(self._desk.request(terms, fee))

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
        proposal = self._node.call(self._desk.proposal_of(request_id))
        return self._send(self._governor.queue(proposal))

    def execute(self, request_id: int) -> Sent:
        proposal = self._node.call(self._desk.proposal_of(request_id))
        return self._send(self._governor.execute(proposal))

    # --- money ------------------------------------------------------------------------------

    def deposit(self, edition_id: int, asset: Address, amount: int, purpose: bytes) -> Sent:
        if asset != NATIVE:
            self._allow(asset, self._vault.address, amount)
        return self._send(self._vault.deposit(edition_id, asset, amount, purpose))

    def claim(self, edition_id: int, asset: Address) -> Sent:
        return self._send(self._vault.claim(edition_id, asset))

    def claim_many(self, edition_id: int, asset: Address, members: Sequence[Address]) -> Sent:
        return self._send(self._vault.claim_many(edition_id, asset, members))

    def pay(self, to: Address, amount: int) -> Sent:
        return self._send(Action(to, value=amount))

    def _allow(self, token: Address, spender: Address, amount: int) -> None:
        """Approve `amount` of an ERC-20 token where less is allowed so far."""
        held = self._node.call(erc20.balance(token, self.account))
        if held < amount:
            message = f"{self.account} holds {held} of the token {token}, {amount} are needed"
            raise InsufficientFunds(message)
        if self._node.call(erc20.allowance(token, self.account, spender)) < amount:
            self._send(erc20.approve(token, spender, amount))

    def _send(self, action: Action) -> Sent:
        return self._sent(self._sender.send(action))

    def _sent(self, mined: MinedTransaction) -> Sent:
        decoded = (self._logs.event(log) for log in mined.logs)
        events = tuple(event for event in decoded if event is not None)
        return Sent(mined.hash, mined.block, mined.gas_used, events)
