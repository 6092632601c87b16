"""The three functions of an ERC-20 token that paying with it takes."""

from __future__ import annotations

from collections.abc import Sequence

from dao_backend.chain.abi import Function, parse
from dao_backend.chain.contracts.base import Action, Call
from dao_backend.core.model import Address


def _function(name: str, inputs: Sequence[str], output: str) -> Function:
    entry = {
        "type": "function",
        "name": name,
        "inputs": [{"type": kind} for kind in inputs],
        "outputs": [{"type": output}],
    }
    return parse([entry]).functions[name]


_BALANCE = _function("balanceOf", ["address"], "uint256")
_ALLOWANCE = _function("allowance", ["address", "address"], "uint256")
_APPROVE = _function("approve", ["address", "uint256"], "bool")


def balance(token: Address, account: Address) -> Call[int]:
    """What an account holds."""
    return Call(token, _BALANCE.encode([account]), lambda data: _number(_BALANCE, data))


def allowance(token: Address, owner: Address, spender: Address) -> Call[int]:
    """What `spender` may take from `owner`."""
    return Call(token, _ALLOWANCE.encode([owner, spender]), lambda data: _number(_ALLOWANCE, data))


def approve(token: Address, spender: Address, amount: int) -> Action:
    """Let `spender` take so much from the sender."""
    return Action(token, _APPROVE.encode([spender, amount]))


def _number(function: Function, data: bytes) -> int:
    (value,) = function.decode(data)
    assert isinstance(value, int)
    return value
