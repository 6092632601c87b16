"""TimelockController: the only authority, and who may hand it something to do."""

from __future__ import annotations

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.contracts.base import Call, Contract
from dao_backend.core.model import Address
from dao_backend.core.packing import keccak256

ADMIN = bytes(32)
PROPOSER = keccak256(b"PROPOSER_ROLE")
EXECUTOR = keccak256(b"EXECUTOR_ROLE")
CANCELLER = keccak256(b"CANCELLER_ROLE")


class TimelockController(Contract):
    """See OpenZeppelin's TimelockController."""

    name = ContractName.TIMELOCK

    def has_role(self, role: bytes, account: Address) -> Call[bool]:
        """Whether an account holds a role; the zero address stands for everybody."""
        return self._value("hasRole", role, account)

    def delay(self) -> Call[int]:
        """Seconds between queueing and execution, at least."""
        return self._value("getMinDelay")
