"""The deployment on a chain: wired as planned, nobody in charge but the vote, small enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ape
import click
import pytest

from dao_backend.core.deployment_plan import CONTRACTS, Peers, Step, predict_addresses, steps
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import Address
from dao_backend.core.packing import keccak256
from scripts.deploy import WiringError, deploy_all, record_of, refuse_public_keys, verify
from tests.contracts.dao import NATIVE, Dao
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

    from dao_backend.core.deployment import DeploymentParameters

CODE_LIMIT = 24_576
INITCODE_LIMIT = 49_152


@pytest.fixture
def plan(parameters: DeploymentParameters, deployer: AccountAPI) -> tuple[Step, ...]:
    """A second DAO, not deployed yet."""
    return steps(parameters, Address(deployer.address), deployer.nonce)


# --- refusals ---


def test_deploy__foreign_transaction_in_between__is_refused(
    plan: tuple[Step, ...], deployer: AccountAPI, stranger: AccountAPI
) -> None:
    """Addresses come from nonces; a transaction too many is noticed at the first contract."""
    deployer.transfer(stranger, 1)
    with pytest.raises(WiringError, match=r"TimelockController is at .* sent another transaction"):
        deploy_all(plan, deployer)


@pytest.mark.parametrize("peer", ["token", "registry", "governor", "desk", "vault", "keepers"])
def test_verify__one_peer_replaced__is_refused(
    parameters: DeploymentParameters,
    plan: tuple[Step, ...],
    deployer: AccountAPI,
    stranger: AccountAPI,
    peer: str,
) -> None:
    """A contract that was told a wrong address is found by its creating transaction."""
    place = list(CONTRACTS).index(peer)
    wiring = list(plan[place].arguments[0])
    wiring[0] = stranger.address
    forged = list(plan)
    forged[place] = replace(plan[place], arguments=(tuple(wiring), *plan[place].arguments[1:]))
    contracts = deploy_all(tuple(forged), deployer)
    with pytest.raises(WiringError, match=f"{CONTRACTS[peer]} was created with other"):
        verify(plan, contracts)


def test_verify__timelock_with_an_administrator__is_refused(
    plan: tuple[Step, ...], deployer: AccountAPI
) -> None:
    """An administrator, even for a moment, is found by the roles that were given."""
    timelock = replace(plan[0], arguments=(*plan[0].arguments[:3], deployer.address))
    forged = (timelock, *plan[1:])
    contracts = deploy_all(forged, deployer)
    with pytest.raises(WiringError, match=r"the timelock gave roles to others.*holds a role"):
        verify(forged, contracts)


@pytest.mark.parametrize(("chain_id", "live"), [(1, True), (8453, True), (1337, False)])
def test_deploy__well_known_keys__are_refused_on_live_chains(
    parameters: DeploymentParameters, deployer: AccountAPI, chain_id: int, live: bool
) -> None:
    """Test accounts are for test chains: elsewhere their keys are everybody's."""
    arguments = (chain_id, parameters, Address(deployer.address))
    if not live:
        refuse_public_keys(*arguments)
        return
    with pytest.raises(click.ClickException, match="everybody has the keys of 0xf39F"):
        refuse_public_keys(*arguments)


@pytest.mark.parametrize("execution", [0, 59, 365 * 86_400 + 1])
def test_create_desk__period_out_of_bounds__is_refused(
    deployer: AccountAPI, project: ProjectManager, execution: int
) -> None:
    """Both periods lie between a minute and a year."""
    peers = tuple([deployer.address] * 8)
    for periods in ((execution, 60), (60, execution)):
        with refused("PeriodOutOfBounds", period=execution):
            deployer.deploy(project.AccessDesk, peers, [], 0, *periods)


# --- success ---


def test_deploy__by_the_plan__is_verified_and_written_down(
    parameters: DeploymentParameters, plan: tuple[Step, ...], deployer: AccountAPI
) -> None:
    """What was deployed is what was planned; the record holds addresses, block and code."""
    peers = predict_addresses(Address(deployer.address), deployer.nonce)
    contracts = deploy_all(plan, deployer)
    verify(plan, contracts)
    record = record_of(parameters, peers, contracts)
    assert DeploymentRecord.from_json(record.to_json()) == record
    assert {peer: contract.address for peer, contract in contracts.items()} == {
        peer: where for peer, _, where in peers.items()
    }
    code = bytes(ape.networks.provider.get_code(peers.vault))
    assert record.code_hashes["vault"] == keccak256(code)
    assert ape.networks.provider.get_block(record.first_block).timestamp > 0


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


def test_settings__after_deployment__are_the_parameters(
    dao: Dao, parameters: DeploymentParameters
) -> None:
    """Every number of the file is on the chain."""
    governor, voting = dao.governor, parameters.voting
    assert governor.votingDelay() == voting.delay
    assert governor.votingPeriod() == voting.period
    assert governor.lateQuorumVoteExtension() == voting.extension
    assert governor.quorumNumerator() == voting.quorum_percent
    assert governor.proposalThreshold() == voting.proposal_threshold
    requests = parameters.requests
    periods = (requests.execution_period, requests.delivery_period)
    assert tuple(dao.desk.periods()) == periods
    assert dao.desk.filingFee() == requests.filing_fee
    for terms in requests.assets:
        assert dao.desk.minimumPriceOf(terms.asset) == terms.minimum_price
    assert tuple(dao.vault.cuts()) == (parameters.cuts.reserve_bps, parameters.cuts.keeper_bps)
    assert dao.registry.sealInterval() == parameters.seal_interval
    assert dao.registry.collectionCount() == len(parameters.collections)
    assert tuple(dao.keepers.committeeOf(1)) == (parameters.threshold, len(parameters.keepers))
    assert (dao.token.name(), dao.token.symbol()) == (parameters.name, parameters.symbol)


# --- properties ---


@pytest.mark.parametrize("contract", list(CONTRACTS.values()))
def test_code__of_every_contract__fits_the_limits(project: ProjectManager, contract: str) -> None:
    """EIP-170 and EIP-3860."""
    kind = getattr(project, contract).contract_type
    assert len(kind.runtime_bytecode.bytecode) // 2 - 1 <= CODE_LIMIT
    assert len(kind.deployment_bytecode.bytecode) // 2 - 1 <= INITCODE_LIMIT


def test_peers__in_solidity_and_python__have_the_same_order(project: ProjectManager) -> None:
    """The struct's fields are those of the plan, one by one."""
    constructor: ContractInstance = project.Licence.contract_type.constructor
    fields = [field.name for field in constructor.inputs[0].components]
    assert fields == list(CONTRACTS) == list(Peers.__slots__)
