"""Questions to one DAO's contracts at a block."""

from __future__ import annotations

from typing import TypeVar

from dao_backend.chain.contracts.base import Call
from dao_backend.chain.node import Node
from dao_backend.core.facts import Addresses
from dao_backend.errors import ContractRefused, NotFound

T = TypeVar("T")
_UNKNOWN = frozenset(
    {
        "DeliveryUnknown",
        "EditionUnknown",
        "EpochUnknown",
        "GovernorNonexistentProposal",
        "KeeperUnknown",
        "LicenceUnknown",
        "NotMetered",
        "OfferUnknown",
        "RequestUnknown",
    }
)


class Asking:
    """What every part of the reader has."""

    def __init__(self, node: Node, addresses: Addresses) -> None:
        self._node = node
        self._addresses = addresses

    @property
    def addresses(self) -> Addresses:
        """Where the contracts live."""
        return self._addresses

    def _ask(self, call: Call[T], block: int | None) -> T:
        """The answer; NotFound where the contract does not know the id."""
        try:
            return self._node.call(call, block)
        except ContractRefused as error:
            if error.name in _UNKNOWN:
                raise NotFound(str(error)) from error
            raise

    def _find(self, call: Call[T], block: int | None) -> T | None:
        """The answer, None where the contract does not know the id."""
        try:
            return self._ask(call, block)
        except NotFound:
            return None
