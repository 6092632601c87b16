"""Create a DAO on any network that Ape knows: `ape run deploy --network ethereum:local:foundry`.

Reads deployments/<network>.yaml, shows the plan, sends the eight deployments, reads the wiring
back from the chain and writes deployments/<network>.json. Nothing is written unless all of it
holds. On a live chain it asks first and refuses keys that everybody has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ape
import click
import yaml
from ape.cli import ConnectedProviderCommand

from dao_backend.core.deployment_file import parse
from dao_backend.core.deployment_plan import CONTRACTS, Peers, Step, steps
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import NATIVE, Address, address
from dao_backend.core.packing import keccak256
from dao_backend.core.well_known import LOCAL_CHAINS, well_known
from dao_backend.errors import DaoError

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI
    from ape.contracts import ContractInstance

    from dao_backend.core.deployment import DeploymentParameters

FOLDER = Path(__file__).resolve().parents[1] / "deployments"


class WiringError(Exception):
    """What is on the chain is not what was planned; the text says where."""


def deploy_all(plan: tuple[Step, ...], deployer: AccountAPI) -> dict[str, ContractInstance]:
    """Send the plan's deployments; give the contracts by peer.

    Raises WiringError when a contract did not get its address, as after a foreign transaction.
    """
    contracts = {}
    for peer, step in zip(CONTRACTS, plan, strict=True):
        container = getattr(ape.project, step.contract)
        contracts[peer] = deployer.deploy(container, *step.arguments)
        if contracts[peer].address != step.address:
            raise WiringError(
                f"{step.contract} is at {contracts[peer].address}, not at {step.address}: "
                "the deployer sent another transaction in between; start again"
            )
    return contracts


def verify(plan: tuple[Step, ...], contracts: Mapping[str, ContractInstance]) -> None:
    """Raise WiringError unless every contract has every peer it should have, and nobody a role."""
    problems = [*_wrong_creations(plan, contracts), *_wrong_answers(contracts)]
    if problems:
        raise WiringError("; ".join(problems))


def _wrong_creations(
    plan: tuple[Step, ...], contracts: Mapping[str, ContractInstance]
) -> Iterator[str]:
    """Compare the creating transactions, as the node gives them, with code and arguments.

    All peers are constructor arguments kept as immutables, so equal input means equal wiring.
    """
    provider = ape.networks.provider
    for peer, step in zip(CONTRACTS, plan, strict=True):
        container = getattr(ape.project, step.contract)
        planned = container.constructor.serialize_transaction(*step.arguments)
        mined = provider.get_receipt(contracts[peer].creation_metadata.txn_hash)
        if bytes(mined.data) != bytes(planned.data) or mined.contract_address != step.address:
            yield f"{step.contract} was created with other code, arguments or address"
        if not provider.get_code(step.address):
            yield f"there is no code at {step.address}"


def _wrong_answers(contracts: Mapping[str, ContractInstance]) -> Iterator[str]:
    """Ask the timelock for its roles and the governor for its peers."""
    timelock, governor = contracts["timelock"], contracts["governor"]
    if governor.timelock() != timelock.address or governor.token() != contracts["token"].address:
        yield "the governor answers with another timelock or token"
    admin = timelock.DEFAULT_ADMIN_ROLE()
    holders = {
        admin: timelock.address,
        timelock.PROPOSER_ROLE(): governor.address,
        timelock.CANCELLER_ROLE(): governor.address,
        timelock.EXECUTOR_ROLE(): NATIVE,
    }
    events = {
        (bytes(log.role), log.account)
        for log in timelock.RoleGranted.from_receipt(timelock.creation_metadata.receipt)
    }
    if events != {(bytes(role), holder) for role, holder in holders.items()}:
        yield "the timelock gave roles to others than the governor, anybody and itself"
    deployer = timelock.creation_metadata.receipt.sender
    if any(timelock.hasRole(role, deployer) for role in holders):
        yield "the deployer holds a role"


def record_of(
    parameters: DeploymentParameters,
    peers: Peers,
    contracts: Mapping[str, ContractInstance],
) -> DeploymentRecord:
    """What deployments/<network>.json states about the contracts on the connected chain."""
    provider = ape.networks.provider
    first = contracts["timelock"].creation_metadata.receipt
    codes = {peer: bytes(provider.get_code(where)) for peer, _, where in peers.items()}
    return DeploymentRecord(
        chain_id=provider.chain_id,
        first_block=first.block_number,
        deployer=address(first.sender),
        peers=peers,
        code_hashes={peer: keccak256(code) for peer, code in codes.items()},
        parameters=parameters,
    )


def show(parameters: DeploymentParameters, plan: tuple[Step, ...], chain_id: int) -> None:
    """Print what would be sent, for a person to check."""
    click.echo(f"{parameters.name} ({parameters.symbol}) on chain {chain_id}")
    for collection in parameters.collections:
        click.echo(f"  collection {collection.number}: {collection.name}")
    click.echo(f"  committee: {parameters.threshold} of {len(parameters.keepers)} keepers")
    click.echo(f"  from filing to grant: at most {parameters.longest_vote} s")
    for step in plan:
        click.echo(f"  {step.address}  {step.contract}")


def refuse_public_keys(chain_id: int, parameters: DeploymentParameters, deployer: Address) -> None:
    """Stop where somebody's secret is known to everybody and the chain is a live one."""
    found = well_known(parameters, deployer)
    if found and chain_id not in LOCAL_CHAINS:
        raise click.ClickException(f"everybody has the keys of {', '.join(found)}: use others")


def _deployer(alias: str | None, *, local: bool) -> AccountAPI:
    if alias:
        return ape.accounts.load(alias)
    if not local:
        raise click.UsageError("name the account that pays: --account ALIAS")
    return ape.accounts.test_accounts[0]


def _read(path: Path) -> DeploymentParameters:
    if not path.is_file():
        raise click.UsageError(f"{path} is missing: copy {FOLDER / 'local.yaml'} and edit it")
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return parse(content)
    except yaml.YAMLError as error:
        raise click.ClickException(f"{path} is no YAML: {error}") from error
    except DaoError as error:
        raise click.ClickException(f"{path}: {error}") from error


@click.command(cls=ConnectedProviderCommand, short_help="Create a DAO from deployments/*.yaml")
@click.option("--name", help="which deployments/NAME.yaml to take; the network's name if left out")
@click.option("--account", help="alias of the Ape account that pays; a test account if left out")
@click.option("--yes", is_flag=True, help="do not ask on a live chain")
def cli(provider: ProviderAPI, name: str | None, account: str | None, *, yes: bool) -> None:
    """Deploy, read back, write deployments/NAME.json."""
    local = provider.chain_id in LOCAL_CHAINS
    name = name or provider.network.name
    parameters = _read(FOLDER / f"{name}.yaml")
    deployer = _deployer(account, local=local)
    who = Address(deployer.address)
    refuse_public_keys(provider.chain_id, parameters, who)
    plan = steps(parameters, who, deployer.nonce)
    peers = Peers(*(step.address for step in plan))
    show(parameters, plan, provider.chain_id)
    if not local and not yes:
        click.confirm("Send these eight deployments?", abort=True)
    contracts = deploy_all(plan, deployer)
    verify(plan, contracts)
    target = FOLDER / f"{name}.json"
    target.write_text(record_of(parameters, peers, contracts).to_json(), encoding="utf-8")
    click.echo(f"deployed and checked; written to deployments/{target.name}")
