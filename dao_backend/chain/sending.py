"""Transactions of one account, with what they caused."""

from __future__ import annotations

from dao_backend.chain.contracts import erc20
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.decode import Decoder
from dao_backend.chain.follow import LogReader
from dao_backend.chain.node import Node
from dao_backend.chain.sender import Sender
from dao_backend.chain.wire import MinedTransaction
from dao_backend.core.facts import Addresses
from dao_backend.core.model import NATIVE, Address
from dao_backend.errors import InsufficientFunds
from dao_backend.ports.chain import Sent


class Sending:
    """What every part of the writer has."""

    def __init__(self, node: Node, addresses: Addresses, sender: Sender) -> None:
        self._node = node
        self._sender = sender
        self._logs = LogReader(node, Decoder(addresses))

    @property
    def account(self) -> Address:
        """Who sends."""
        return self._sender.account

    def _allow(self, token: Address, spender: Address, amount: int) -> None:
        """Approve `amount` of an ERC-20 token where less is allowed so far."""
        held = self._node.call(erc20.balance(token, self.account))
        if held < amount:
            message = f"{self.account} holds {held} of the token {token}, {amount} are needed"
            raise InsufficientFunds(message)
        if self._node.call(erc20.allowance(token, self.account, spender)) < amount:
            self._send(erc20.approve(token, spender, amount))

    def _payable(self, asset: Address, spender: Address, amount: int) -> int:
        """The native coin to send along; a token is approved for `spender` instead."""
        if asset == NATIVE:
            return amount
        if amount:
            self._allow(asset, spender, amount)
        return 0

    def _send(self, action: Action) -> Sent:
        return self._sent(self._sender.send(action))

    def _sent(self, mined: MinedTransaction) -> Sent:
        decoded = (self._logs.event(log) for log in mined.logs)
        events = tuple(event for event in decoded if event is not None)
        return Sent(mined.hash, mined.block, mined.gas_used, events)
