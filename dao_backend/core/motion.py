"""What a proposal would do: the calls that the timelock makes once it has passed."""

from __future__ import annotations

from dataclasses import dataclass

from eth_abi.abi import encode

from dao_backend.core.model import Address
from dao_backend.core.packing import keccak256


@dataclass(frozen=True, slots=True)
class Motion:
    """A proposal's content, as proposing, queueing and executing it take it."""

    targets: tuple[Address, ...]
    values: tuple[int, ...]
    """Native coin that goes with each call, in wei."""
    calldatas: tuple[bytes, ...]
    description: str

    @property
    def operation(self) -> tuple[object, ...]:
        """The arguments that name it in the governor: targets, values, calls, description hash."""
        hashed = keccak256(self.description.encode())
        return (self.targets, self.values, self.calldatas, hashed)

    @property
    def proposal_id(self) -> int:
        """Its number in the governor: OpenZeppelin's `hashProposal`."""
        kinds = ["address[]", "uint256[]", "bytes[]", "bytes32"]
        return int.from_bytes(keccak256(encode(kinds, self.operation)))
