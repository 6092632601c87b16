"""The deployment on a chain: wired as planned, nobody in charge but the vote, small enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ape
import click
import pytest

from dao_backend.core.deployment_journal import Journal, Undertaking
from dao_backend.core.deployment_plan import CONTRACTS, Peers, Step, steps
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import Address
from dao_backend.core.packing import keccak256
from dao_backend.errors import DeploymentMismatch
from scripts.deploy import check, complete, create, deploy_all, show, undertake, verify
from scripts.deployment.files import DeploymentFiles
from tests.contracts.dao import Dao
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture
def undertaking(
    parameters: DeploymentParameters, deployer: AccountAPI, tmp_path: Path
) -> Undertaking:
    """The same, as the command plans it."""
    return undertake(parameters, deployer, DeploymentFiles(tmp_path, "second"))


def create_noting(plan: tuple[Step, ...], deployer: AccountAPI) -> Journal:
    """Create a plan and give the journal of what was sent."""
    sent: dict[str, tuple[bytes, ...]] = {}
    create(plan, deployer, lambda peer, transaction: sent.update({peer: (transaction,)}))
    return Journal(1337, Address(deployer.address), plan[0].nonce, b"", b"", sent)


# --- refusals ---


def test_deploy__foreign_transaction_in_between__is_refused(
    plan: tuple[Step, ...], deployer: AccountAPI, stranger: AccountAPI
) -> None:
    """Addresses come from nonces; a transaction too many is noticed before anything is created."""
    deployer.transfer(stranger, 1)
    with pytest.raises(DeploymentMismatch, match=r"TimelockController takes transaction \d+ of"):
        deploy_all(plan, deployer)
    assert not ape.networks.provider.get_code(plan[0].address)


@pytest.mark.parametrize("peer", [peer for peer in CONTRACTS if peer != "timelock"])
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
    journal = create_noting(tuple(forged), deployer)
    with pytest.raises(DeploymentMismatch, match=f"^{CONTRACTS[peer]} was created with other"):
        verify(parameters, plan, journal)


def test_verify__timelock_with_an_administrator__is_refused(
    parameters: DeploymentParameters, plan: tuple[Step, ...], deployer: AccountAPI
) -> None:
    """An administrator, even for a moment, is found by the roles that were given."""
    timelock = replace(plan[0], arguments=(*plan[0].arguments[:3], deployer.address))
    forged = (timelock, *plan[1:])
    journal = create_noting(forged, deployer)
    with pytest.raises(DeploymentMismatch) as caught:
        verify(parameters, forged, journal)
    told = str(caught.value)
    assert f"whether {deployer.address} holds the timelock's role 0x{'00' * 32} is True" in told
    assert "the timelock gave roles to others than the governor, anybody and itself" in told


def test_verify__other_parameters__names_what_differs(
    parameters: DeploymentParameters, plan: tuple[Step, ...], deployer: AccountAPI
) -> None:
    """What the contracts answer is compared with the file, value by value."""
    journal = create_noting(plan, deployer)
    other = replace(parameters, timelock_delay=61, symbol="OTHER")
    with pytest.raises(DeploymentMismatch) as caught:
        verify(other, plan, journal)
    assert "the timelock's delay is 60, not 61" in str(caught.value)
    assert "the symbol is DATA, not OTHER" in str(caught.value)


@pytest.mark.parametrize(("chain_id", "live"), [(1, True), (8453, True), (1337, False)])
def test_deploy__test_parameters__are_refused_on_live_chains(
    undertaking: Undertaking, capsys: pytest.CaptureFixture[str], chain_id: int, live: bool
) -> None:
    """Test keys, votes of minutes and open caps are for test chains: there they are warnings."""
    moved = replace(undertaking, journal=replace(undertaking.journal, chain_id=chain_id))
    if live:
        with pytest.raises(click.ClickException, match="refused on a live chain: everybody has"):
            check(moved, 10**20)
    else:
        check(moved, 10**20)
    warned = capsys.readouterr().err
    for part in ("everybody has the keys of 0xf39F", "caps.total_bps", "vote.period is 300 s"):
        assert part in warned


def test_deploy__deployer_cannot_pay__is_refused_before_anything_is_sent(
    undertaking: Undertaking,
) -> None:
    """Half a deployment is worse than none: the whole must be affordable."""
    with pytest.raises(click.ClickException, match=r"the deployer has 0\.001 of the nat"):
        check(undertaking, 10**15)


@pytest.mark.parametrize("execution", [0, 59, 365 * 86_400 + 1])
def test_create_desk__period_out_of_bounds__is_refused(
    deployer: AccountAPI, project: ProjectManager, execution: int
) -> None:
    """Both periods lie between a minute and a year."""
    peers = tuple([deployer.address] * 13)
    for periods in ((execution, 60), (60, execution)):
        with refused("PeriodOutOfBounds", period=execution):
            deployer.deploy(project.AccessDesk, peers, [], 0, *periods)


# --- success ---


def test_deploy__by_the_plan__is_verified_and_written_down(
    undertaking: Undertaking, deployer: AccountAPI, tmp_path: Path
) -> None:
    """What was deployed is what was planned; the record holds addresses, block and code."""
    files = DeploymentFiles(tmp_path, "second")
    record = complete(undertaking, deployer, files)
    assert files.record() == record
    assert DeploymentRecord.from_json(record.to_json()) == record
    assert files.journal() is None
    assert record.peers == undertaking.peers
    code = bytes(ape.networks.provider.get_code(record.peers.vault))
    assert record.code_hashes["vault"] == keccak256(code)
    first = ape.networks.provider.web3.eth.block_number - len(CONTRACTS) + 1
    assert record.first_block == first


def test_show__a_plan__has_every_address_and_the_parameters(
    undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who confirms it has seen all of it, and what it costs."""
    show(undertaking)
    check(undertaking, 10**20)
    shown = capsys.readouterr().out
    for _, contract, where in undertaking.peers.items():
        assert f"{where}  {contract}" in shown
    assert "committee: 2 of 3 keepers release a key together" in shown
    assert " gas, now " in shown


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
    caps, genesis = parameters.caps, parameters.genesis
    assert tuple(dao.registry.caps()) == (caps.window, caps.appraiser_bps, caps.total_bps)
    assert tuple(dao.registry.genesis()) == (genesis.members, genesis.units)
    disputes, strike = parameters.disputes, parameters.strike
    ruling = (disputes.window, disputes.ruling_period, disputes.bond_bps)
    assert tuple(dao.disputes.settings()) == ruling
    striking = (strike.threshold_bps, strike.pledge_period, strike.duration)
    assert tuple(dao.strike.settings()) == striking
    assert dao.council.guardian() == parameters.council.guardian


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
