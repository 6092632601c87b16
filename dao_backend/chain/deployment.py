"""Creates a DAO's contracts from the bytecode that ships with the package, then reads them back.

core/deployment_plan.py says what to send; here it is sent from one account, and nothing counts as
deployed before every address is the predicted one and the chain itself states the wiring.
A deployment that was interrupted is begun again; what it left behind has no members and no money.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dao_backend.chain.artifacts import ContractName, artifact
from dao_backend.chain.contracts import timelock as roles
from dao_backend.chain.contracts.base import Action, Call
from dao_backend.chain.contracts.desk import AccessDesk
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.contracts.keepers import KeeperRegistry
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.contracts.timelock import TimelockController
from dao_backend.chain.contracts.token import ContributionToken
from dao_backend.chain.contracts.vault import RevenueVault
from dao_backend.chain.node import Node
from dao_backend.chain.sender import Sender
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_plan import Peers, Step, predict_addresses, steps
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.facts import Addresses
from dao_backend.core.model import NATIVE, Address
from dao_backend.core.packing import keccak256
from dao_backend.errors import DeploymentMismatch


class _Claim(NamedTuple):
    """Something that must hold of a deployed DAO."""

    what: str
    call: Call[object]
    expected: object


def deploy(node: Node, sender: Sender, parameters: DeploymentParameters) -> DeploymentRecord:
    """Create the eight contracts and check them.

    Raises DeploymentMismatch when an address or the wiring is not the planned one, and what
    `Sender.send` raises.
    """
    deployer = sender.account
    nonce = node.transaction_count(deployer, pending=True)
    blocks = [_create(sender, step) for step in steps(parameters, deployer, nonce)]
    peers = predict_addresses(deployer, nonce)
    check_wiring(node, peers, deployer, parameters)
    return DeploymentRecord(
        chain_id=node.chain_id,
        first_block=min(blocks),
        deployer=deployer,
        peers=peers,
        code_hashes={peer: keccak256(node.code(where)) for peer, _, where in peers.items()},
        parameters=parameters,
    )


def addresses_of(record: DeploymentRecord) -> Addresses:
    """The addresses of a recorded DAO, as the ports take them."""
    places = {peer: where for peer, _, where in record.peers.items()}
    return Addresses(chain_id=record.chain_id, first_block=record.first_block, **places)


def check_wiring(
    node: Node, peers: Peers, deployer: Address, parameters: DeploymentParameters
) -> None:
    """Raise DeploymentMismatch unless the chain states the roles and parameters planned."""
    for claim in (*_roles(peers, deployer), *_parameters(peers, parameters)):
        found = node.call(claim.call)
        if found != claim.expected:
            raise DeploymentMismatch(f"{claim.what} is {found}, not {claim.expected}")


def _create(sender: Sender, step: Step) -> int:
    """Create one contract; the number of its block."""
    code = artifact(ContractName(step.contract)).creation_code(*step.arguments)
    mined = sender.send(Action(None, code))
    if mined.contract != step.address:
        message = f"{step.contract} was created at {mined.contract}, not {step.address}"
        raise DeploymentMismatch(message)
    return mined.block


def _roles(peers: Peers, deployer: Address) -> Iterator[_Claim]:
    timelock, governor = TimelockController(peers.timelock), DataGovernor(peers.governor)
    yield _Claim("the governor's timelock", governor.timelock(), peers.timelock)
    yield _Claim("the governor's token", governor.token(), peers.token)
    holders = (
        (roles.PROPOSER, peers.governor, True),
        (roles.CANCELLER, peers.governor, True),
        (roles.EXECUTOR, NATIVE, True),
        (roles.PROPOSER, deployer, False),
        (roles.CANCELLER, deployer, False),
        (roles.ADMIN, deployer, False),
    )
    for role, account, expected in holders:
        what = f"whether {account} holds the timelock's role 0x{role.hex()}"
        yield _Claim(what, timelock.has_role(role, account), expected)


def _parameters(peers: Peers, parameters: DeploymentParameters) -> Iterator[_Claim]:
    registry, desk = DataRegistry(peers.registry), AccessDesk(peers.desk)
    keepers, vault = KeeperRegistry(peers.keepers), RevenueVault(peers.vault)
    requests, cuts = parameters.requests, parameters.cuts
    periods = (requests.execution_period, requests.delivery_period)
    yield _Claim("the name", ContributionToken(peers.token).label(), parameters.name)
    delay = TimelockController(peers.timelock).delay()
    yield _Claim("the timelock's delay", delay, parameters.timelock_delay)
    yield _Claim("the sealing interval", registry.seal_interval(), parameters.seal_interval)
    for collection in parameters.collections:
        what = f"collection {collection.number}"
        yield _Claim(what, registry.collection(collection.number), collection)
    yield _Claim("the filing fee", desk.filing_fee(), requests.filing_fee)
    yield _Claim("the periods of a request", desk.periods(), periods)
    yield _Claim("the cuts", vault.cuts(), (cuts.reserve_bps, cuts.keeper_bps))
    committee = (parameters.threshold, len(parameters.keepers))
    yield _Claim("the committee", keepers.committee(1), committee)
    for keeper in parameters.keepers:
        yield _Claim(f"keeper {keeper.index}", keepers.keeper(1, keeper.index), keeper)
