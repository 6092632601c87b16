"""What is known of a deployment before it is complete, so that a second run goes on with it.

begin ──► write ──► for each contract: note its transaction, write, send ──► record ──► delete

An address depends on the deployer and the number of its transaction alone. So a contract is either
there or can still be created where the others expect it, unless another transaction of the deployer
took its number. Then nothing can mend the plan, and what was left behind has no members and no
money.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_file import mapping_of
from dao_backend.core.deployment_plan import CONTRACTS, Peers, Step
from dao_backend.core.model import Address, address
from dao_backend.core.packing import bytes_of, hex_of, keccak256
from dao_backend.errors import DeploymentMismatch, InputError

START_AGAIN = (
    "start again with another --name, the contracts that are left behind have no members and no "
    "money"
)


def parameters_hash(parameters: DeploymentParameters) -> bytes:
    """keccak256 of the parameters' mapping as JSON with sorted keys."""
    text = json.dumps(mapping_of(parameters), sort_keys=True, separators=(",", ":"))
    return keccak256(text.encode())


def code_hash(codes: Sequence[bytes]) -> bytes:
    """keccak256 over the hash of each creation code, without arguments, in the plan's order."""
    return keccak256(b"".join(keccak256(code) for code in codes))


@dataclass(frozen=True, slots=True)
class Journal:
    """The content of `deployments/NAME.unfinished.json`."""

    chain_id: int
    deployer: Address
    first_nonce: int
    parameters: bytes
    """`parameters_hash` of what was planned."""
    codes: bytes
    """`code_hash` of the contracts that were compiled."""
    sent: Mapping[str, tuple[bytes, ...]]
    """Hashes of the transactions that may have created each peer, noted before they were sent."""

    def noted(self, peer: str, transaction: bytes) -> Journal:
        """The journal with one more transaction of `peer`."""
        known = self.sent.get(peer, ())
        return replace(self, sent={**self.sent, peer: (*known, transaction)})

    def require_same(self, now: Journal) -> None:
        """Raise DeploymentMismatch where `now` would be another deployment than the one begun."""
        for what, begun, wanted in (
            ("the chain", self.chain_id, now.chain_id),
            ("the deployer", self.deployer, now.deployer),
            ("a parameter", self.parameters, now.parameters),
            ("the contracts' code", self.codes, now.codes),
        ):
            if begun != wanted:
                raise DeploymentMismatch(
                    f"{what} has changed since this deployment was begun: put it back, or "
                    + START_AGAIN
                )

    def to_json(self) -> str:
        """The file's whole content."""
        value = {
            "chain_id": self.chain_id,
            "deployer": self.deployer,
            "first_nonce": self.first_nonce,
            "parameters": hex_of(self.parameters),
            "codes": hex_of(self.codes),
            "sent": {peer: [hex_of(each) for each in hashes] for peer, hashes in self.sent.items()},
        }
        return json.dumps(value, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Journal:
        """Read a file's content; raise InputError when it is no such journal."""
        try:
            value = json.loads(text)
            sent = {
                peer: tuple(bytes_of(each) for each in hashes)
                for peer, hashes in value["sent"].items()
            }
            if not set(sent) <= set(CONTRACTS):
                raise ValueError("a contract that no plan has")
            return cls(
                chain_id=int(value["chain_id"]),
                deployer=address(value["deployer"]),
                first_nonce=int(value["first_nonce"]),
                parameters=bytes_of(value["parameters"]),
                codes=bytes_of(value["codes"]),
                sent=sent,
            )
        except (AttributeError, InputError, KeyError, TypeError, ValueError) as error:
            raise InputError("this is no deployment journal: " + START_AGAIN) from error


@dataclass(frozen=True, slots=True)
class Undertaking:
    """A deployment as far as it has come: all of it ahead, or some of it on the chain."""

    parameters: DeploymentParameters
    journal: Journal
    plan: tuple[Step, ...]
    place: int
    """Of the first contract that is not there."""

    @property
    def peers(self) -> Peers:
        return Peers(*(step.address for step in self.plan))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the chain says about a deployment that was begun."""

    present: tuple[bool, ...]
    """Whether there is code at each address, in the plan's order."""
    mined: int
    """Transactions of the deployer in blocks."""
    pending: int
    """The same with those that wait for one."""


def next_step(plan: Sequence[Step], seen: Seen) -> int:
    """Place of the first contract to create, the plan's length where all are there.

    Raises DeploymentMismatch, whose text says what to do, where going on would not give the plan.
    """
    place = sum(seen.present)
    if not all(seen.present[:place]):
        raise DeploymentMismatch(f"contracts are missing before others: {START_AGAIN}")
    if place == len(plan):
        return place
    if seen.pending > seen.mined:
        raise DeploymentMismatch(
            "a transaction of the deployer waits for a block: wait until it is mined, and run again"
        )
    step = plan[place]
    if seen.mined < step.nonce:
        raise DeploymentMismatch(
            f"the deployer sent {seen.mined} transactions, and {step.contract} takes number "
            f"{step.nonce}: the node is behind, or serves a chain that began anew; wait, or "
            + START_AGAIN
        )
    if seen.mined > step.nonce:
        raise DeploymentMismatch(
            f"transaction {step.nonce} of the deployer did not create {step.contract}, and no "
            f"other can create it at {step.address}: {START_AGAIN}"
        )
    return place
