"""Creates a DAO's contracts from the bytecode that ships with the package, then reads them back.

core/deployment_plan.py says what to send; here it is sent from one account, and nothing counts as
deployed before every address is the predicted one and the chain itself states the wiring.
A deployment that was interrupted is begun again; what it left behind has no members and no money.
"""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.chain.artifacts import ContractName, artifact
from dao_backend.chain.contracts.base import Action, Call
from dao_backend.chain.node import Node
from dao_backend.chain.sender import Sender
from dao_backend.chain.wire import MinedTransaction
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_claims import ROLE_GRANTED, claims, role_holders
from dao_backend.core.deployment_plan import Peers, Step, predict_addresses, steps
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address
from dao_backend.core.packing import address_bytes, keccak256
from dao_backend.errors import DeploymentMismatch


def deploy(node: Node, sender: Sender, parameters: DeploymentParameters) -> DeploymentRecord:
    """Create the contracts and check them.

    Raises DeploymentMismatch when an address or the wiring is not the planned one, and what
    `Sender.send` raises.
    """
    deployer = sender.account
    nonce = node.transaction_count(deployer, pending=True)
    mined = [_create(node, sender, step) for step in steps(parameters, deployer, nonce)]
    peers = predict_addresses(deployer, nonce)
    check_roles_given(mined[0], peers)
    check_wiring(node, peers, deployer, parameters)
    return DeploymentRecord(
        chain_id=node.chain_id,
        first_block=min(each.block for each in mined),
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
    """Raise DeploymentMismatch unless the chain states roles, peers and parameters as planned."""
    problems = list(_wrong_answers(node, peers, deployer, parameters))
    if problems:
        raise DeploymentMismatch("; ".join(problems))


def check_roles_given(created: MinedTransaction, peers: Peers) -> None:
    """Raise DeploymentMismatch unless the timelock's creation gave the planned roles alone."""
    given = {
        (log.topics[1], log.topics[2][12:])
        for log in created.logs
        if log.emitter == peers.timelock and log.topics[0] == ROLE_GRANTED
    }
    wanted = {(role, address_bytes(account)) for role, account in role_holders(peers)}
    if given != wanted:
        raise DeploymentMismatch(
            "the timelock gave roles to others than the governor, anybody and itself"
        )


def _wrong_answers(
    node: Node, peers: Peers, deployer: Address, parameters: DeploymentParameters
) -> Iterator[str]:
    for claim in claims(parameters, peers, deployer):
        answer = node.call(Call(getattr(peers, claim.peer), claim.data, bytes))
        if problem := claim.problem(answer):
            yield problem


def _create(node: Node, sender: Sender, step: Step) -> MinedTransaction:
    """Create one contract, and compare what the chain says was created with what was planned.

    Peers are constructor arguments kept as immutables: equal input means equal wiring.
    """
    code = artifact(ContractName(step.contract)).creation_code(*step.arguments)
    mined = sender.send(Action(None, code))
    if mined.contract != step.address:
        message = f"{step.contract} was created at {mined.contract}, not {step.address}"
        raise DeploymentMismatch(message)
    if node.input_of(mined.hash) != code:
        raise DeploymentMismatch(f"{step.contract} was created with other code or arguments")
    return mined
