"""What a typed contract class is made of: calls that read, actions that change, both still unsent.

Everything here is pure. `Node.call` performs a Call, `Sender.send` an Action.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from dao_backend.chain.abi import Abi
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.model import Address

T = TypeVar("T")
Answer = TypeVar("Answer", covariant=True)  # noqa: PLC0105  # as in Call[Answer]


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A question to a contract, and how to read the answer."""

    to: Address
    data: bytes
    read: Callable[[bytes], Answer]


@dataclass(frozen=True, slots=True)
class Action:
    """A transaction before nonce, gas and signature; `to` is None where it creates a contract."""

    to: Address | None
    data: bytes = b""
    value: int = 0
    """Native coin that goes with it, in wei."""
    parts: int = 1
    """How many messages it carries; each may take storage of its own."""


class Contract:
    """One deployed contract; subclasses name its functions."""

    name: ClassVar[ContractName]

    def __init__(self, address: Address) -> None:
        self.address = address
        self._abi: Abi = abi_of(self.name)

    # ABI decoding has checked the Solidity types; `Any` lets each typed method say what they are.
    def _ask(self, function: str, *arguments: object, read: Callable[..., T]) -> Call[T]:
        """A Call whose returned values are handed to `read` one by one."""
        found = self._abi.functions[function]
        data = found.encode(arguments)
        return Call(self.address, data, lambda answer: read(*found.decode(answer)))

    def _value(self, function: str, *arguments: object) -> Call[Any]:
        """A Call that returns one value as it is."""
        return self._ask(function, *arguments, read=_same)

    def _act(self, function: str, *arguments: object, value: int = 0) -> Action:
        return Action(self.address, self._abi.functions[function].encode(arguments), value)


def _same(value: T) -> T:
    return value
