"""Who created the contracts has no power over them: not while it creates them, not afterwards."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import ape
import pytest
from eth_abi import encode
from eth_tester.exceptions import TransactionFailed

from dao_backend.core.deployment_claims import ROLES, role_holders
from dao_backend.core.deployment_plan import CONTRACTS, Peers, steps
from dao_backend.core.model import Address
from dao_backend.core.packing import address_bytes, keccak256
from scripts.deploy import create
from scripts.deployment.readback import roles_given
from tests.contracts.dao import NATIVE, Dao

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import ProjectManager
    from ethpm_types.abi import ABIType, MethodABI

    from dao_backend.core.deployment import DeploymentParameters

OWNERS = re.compile(r"owner|admin|upgrade|initiali[sz]e|implementation|proxy|migrat|destruct", re.I)
ABOUT_ROLES = {"getRoleAdmin", "DEFAULT_ADMIN_ROLE"}
"""The timelock's own words for its roles, both to read."""


def peers_of(dao: Dao) -> Peers:
    """The addresses of the deployed contracts."""
    return Peers(*(Address(getattr(dao, peer).address) for peer in CONTRACTS))


def changing(project: ProjectManager) -> list[tuple[str, MethodABI]]:
    """Every function that may change something, with the contract it belongs to."""
    return [
        (peer, method)
        for peer, contract in CONTRACTS.items()
        for method in getattr(project, contract).contract_type.mutable_methods
    ]


def filled(kind: ABIType, number: int, account: str) -> Any:
    """A value of a type that is made of one number and one account."""
    name = str(kind.type)
    if name.endswith("[]"):
        single = kind.model_copy(update={"type": name[:-2]})
        return [filled(single, number, account)] * min(number, 1)
    if name == "tuple":
        return tuple(filled(part, number, account) for part in kind.components or ())
    if name == "address":
        return account
    if name.startswith("uint"):
        return number
    if name.startswith("bytes") and name != "bytes":
        return number.to_bytes(int(name[5:]), "big")
    return {"bool": bool(number), "string": "", "bytes": b""}[name]


def outcome(
    contract: str, method: MethodABI, number: int, caller: str, about: str
) -> tuple[str, bytes]:
    """What calling a function with made-up arguments comes to, the caller's address left out."""
    kinds = [each.canonical_type for each in method.inputs]
    values = [filled(each, number, about) for each in method.inputs]
    data = keccak256(method.selector.encode())[:4] + encode(kinds, values)
    own = address_bytes(Address(caller))
    try:
        transaction = {"from": caller, "to": contract, "data": "0x" + data.hex()}
        answer = bytes(ape.networks.provider.web3.eth.call(transaction))
    except TransactionFailed as refusal:
        told = str(refusal).partition(": ")[2]
        reason = ast.literal_eval(told) if told.startswith("b") else told.encode()
        return "refused", reason.replace(own, b"caller")
    return "done", answer.replace(own, b"caller")


# --- refusals ---


@pytest.mark.parametrize("number", [0, 1])
def test_call__every_function_by_the_deployer__does_what_it_does_for_a_stranger(
    dao: Dao,
    edition: int,
    project: ProjectManager,
    deployer: AccountAPI,
    stranger: AccountAPI,
    carol: AccountAPI,
    number: int,
) -> None:
    """In a DAO with members and an edition the deployer is a stranger, function by function."""
    tried = changing(project)
    assert len(tried) > 100
    for peer, method in tried:
        where = getattr(dao, peer).address
        ours = outcome(where, method, number, deployer.address, carol.address)
        theirs = outcome(where, method, number, stranger.address, carol.address)
        assert ours == theirs, f"{peer}.{method.name}"


def test_call__every_function_about_oneself__gives_the_deployer_no_more_than_a_stranger(
    dao: Dao, edition: int, project: ProjectManager, deployer: AccountAPI, stranger: AccountAPI
) -> None:
    """What names its own caller, too, does the same or is refused with the same error."""
    for peer, method in changing(project):
        where = getattr(dao, peer).address
        ours, theirs = (
            outcome(where, method, 1, who.address, who.address) for who in (deployer, stranger)
        )
        assert (ours[0], ours[1][:4]) == (theirs[0], theirs[1][:4]), f"{peer}.{method.name}"


def test_take_role__by_the_deployer__is_refused(dao: Dao, deployer: AccountAPI) -> None:
    """The timelock's own administration refuses whoever created it."""
    for role in ROLES.values():
        for name in ("grantRole", "revokeRole"):
            with pytest.raises(ape.exceptions.ContractLogicError):
                getattr(dao.timelock, name)(role, deployer, sender=deployer)


# --- success ---


def test_roles__after_each_creation__are_none_of_the_deployers(
    parameters: DeploymentParameters, deployer: AccountAPI
) -> None:
    """At no moment between the first contract and the last does the deployer hold a role."""
    plan = steps(parameters, Address(deployer.address), deployer.nonce)
    peers = Peers(*(step.address for step in plan))
    first = ape.networks.provider.web3.eth.block_number + 1
    for place in range(len(plan)):
        create(plan[place : place + 1], deployer, lambda _peer, _transaction: None)
        timelock = ape.project.TimelockController.at(peers.timelock)
        assert not any(timelock.hasRole(role, deployer) for role in ROLES.values())
        given = set(roles_given(ape.networks.provider.web3.eth, peers.timelock, first))
        assert given == role_holders(peers)


def test_roles__in_the_life_of_a_dao__were_never_given_to_anybody_else(
    dao: Dao, edition: int
) -> None:
    """Over the whole history: the governor, anybody, and the timelock itself."""
    peers = peers_of(dao)
    given = list(roles_given(ape.networks.provider.web3.eth, peers.timelock, 0))
    assert set(given) == role_holders(peers)
    assert len(given) == len(ROLES)


def test_roles__after_deployment__are_the_governors_and_nobody_elses(
    dao: Dao, deployer: AccountAPI
) -> None:
    """The governor proposes and cancels, anybody executes, the timelock alone administers."""
    timelock = dao.timelock
    proposer, canceller = timelock.PROPOSER_ROLE(), timelock.CANCELLER_ROLE()
    executor, admin = timelock.EXECUTOR_ROLE(), timelock.DEFAULT_ADMIN_ROLE()
    assert timelock.hasRole(proposer, dao.governor)
    assert timelock.hasRole(canceller, dao.governor)
    assert timelock.hasRole(executor, NATIVE)
    assert timelock.hasRole(admin, timelock)
    for role in (proposer, canceller, executor, admin):
        assert not timelock.hasRole(role, deployer)
    assert timelock.getMinDelay() == 60


# --- properties ---


@pytest.mark.parametrize("contract", list(CONTRACTS.values()))
def test_contract__its_functions__know_no_owner(project: ProjectManager, contract: str) -> None:
    """No owner, administrator, upgrade or initialiser: there is nothing to hand over."""
    names = {method.name for method in getattr(project, contract).contract_type.methods}
    assert {name for name in names if OWNERS.search(name)} <= ABOUT_ROLES
