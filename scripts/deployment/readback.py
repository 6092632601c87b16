"""Reads a deployment back from the chain: creations, answers, every role that was ever given.

Takes the node as web3 speaks to it (`eth`), so that nothing here needs Ape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from eth_utils.address import to_checksum_address
from web3.exceptions import TransactionNotFound

from dao_backend.core.deployment_claims import ROLE_GRANTED, claims, role_holders
from dao_backend.core.deployment_journal import START_AGAIN, Journal, Undertaking
from dao_backend.core.deployment_plan import Peers, Step
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import Address
from dao_backend.core.packing import hex_of, keccak256
from dao_backend.errors import DeploymentMismatch

if TYPE_CHECKING:
    from web3.eth import Eth

    from dao_backend.core.deployment import DeploymentParameters

Created = tuple[Step, bytes]
"""A step, and the creation code with arguments that its transaction must carry."""
_LOG_BLOCKS = 1_000
"""Blocks that any node serves the logs of at once."""


def raise_any(problems: Iterable[str]) -> None:
    """Raise DeploymentMismatch with all problems; nothing where there are none."""
    if found := "; ".join(problems):
        raise DeploymentMismatch(found)


def wrong_creations(
    eth: Eth, created: Iterable[Created], sent: Mapping[str, tuple[bytes, ...]]
) -> Iterator[str]:
    """Compare the creating transactions, as the node gives them, with code and arguments.

    All peers are constructor arguments kept as immutables, so equal input means equal wiring.
    """
    for step, data in created:
        if _block_of(eth, step.address, sent.get(step.peer, ()), data) is None:
            yield f"{step.contract} was created with other code or arguments: {START_AGAIN}"
        if not eth.get_code(step.address):
            yield f"there is no code at {step.address}"


def wrong_answers(
    eth: Eth, parameters: DeploymentParameters, plan: tuple[Step, ...], journal: Journal
) -> Iterator[str]:
    """Ask every contract for what it was told, and the timelock for every role that it gave."""
    peers = Peers(*(step.address for step in plan))
    for claim in claims(parameters, peers, journal.deployer):
        answer = eth.call({"to": getattr(peers, claim.peer), "data": hex_of(claim.data)})
        if problem := claim.problem(bytes(answer)):
            yield problem
    given = set(roles_given(eth, peers.timelock, _first_block(eth, peers, journal)))
    if given != role_holders(peers):
        yield "the timelock gave roles to others than the governor, anybody and itself"


def roles_given(eth: Eth, timelock: Address, first_block: int) -> Iterator[tuple[bytes, Address]]:
    """Every (role, account) that was ever granted, since `first_block`."""
    last = eth.block_number
    for begin in range(first_block, last + 1, _LOG_BLOCKS):
        logs = eth.get_logs(
            {
                "address": timelock,
                "topics": [hex_of(ROLE_GRANTED)],
                "fromBlock": begin,
                "toBlock": min(begin + _LOG_BLOCKS - 1, last),
            }
        )
        for log in logs:
            role, account = log["topics"][1:3]
            yield bytes(role), Address(to_checksum_address(bytes(account)[12:]))


def record_of(eth: Eth, undertaking: Undertaking, journal: Journal) -> DeploymentRecord:
    """What deployments/NAME.json states about contracts that `wrong_creations` has looked at."""
    peers = undertaking.peers
    codes = {peer: bytes(eth.get_code(where)) for peer, _, where in peers.items()}
    return DeploymentRecord(
        chain_id=journal.chain_id,
        first_block=_first_block(eth, peers, journal),
        deployer=journal.deployer,
        peers=peers,
        code_hashes={peer: keccak256(code) for peer, code in codes.items()},
        parameters=undertaking.parameters,
    )


def _first_block(eth: Eth, peers: Peers, journal: Journal) -> int:
    """Number of the block that holds the first contract; DeploymentMismatch where none does."""
    block = _block_of(eth, peers.timelock, journal.sent.get("timelock", ()))
    if block is None:
        raise DeploymentMismatch(f"no noted transaction created the timelock: {START_AGAIN}")
    return block


def _block_of(
    eth: Eth, where: Address, transactions: Iterable[bytes], data: bytes | None = None
) -> int | None:
    """Number of the block in which one of `transactions` created `where`, from `data` if given."""
    for each in transactions:
        try:
            sent, mined = eth.get_transaction(each), eth.get_transaction_receipt(each)
        except TransactionNotFound:
            continue  # it was noted, and never mined
        created = mined["status"] == 1 and mined["contractAddress"] == where
        if created and (data is None or bytes(sent["input"]) == data):
            return int(mined["blockNumber"])
    return None
