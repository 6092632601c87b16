"""Create a DAO on any network that Ape knows: `ape run deploy --network ethereum:local:foundry`.

    read, check ──► plan, shown whole ──► asked? ──► journal ──► create, one by one ──► read back
                                                        ▲              │
                                                        └── run again ─┘ (after any failure)
    ──► deployments/NAME.json, journal deleted

Any number of DAOs: `--file` takes any YAML like deployments/local.yaml, and NAME is its stem.
On a live chain it asks first, and refuses what `core/deployment_checks.py` lists.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ape
import click
from ape.cli import ConnectedProviderCommand

from dao_backend.core.deployment_checks import refusals, warnings
from dao_backend.core.deployment_journal import (
    START_AGAIN,
    Journal,
    Seen,
    Undertaking,
    code_hash,
    next_step,
    parameters_hash,
)
from dao_backend.core.deployment_plan import Peers, Step, creation_gas, steps
from dao_backend.core.deployment_words import coin, describe, describe_steps
from dao_backend.core.model import Address
from dao_backend.core.well_known import LOCAL_CHAINS
from dao_backend.errors import DaoError, DeploymentMismatch
from scripts.deployment.files import DeploymentFiles, choose, read_parameters
from scripts.deployment.readback import (
    Created,
    raise_any,
    record_of,
    wrong_answers,
    wrong_creations,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI
    from ape.contracts import ContractInstance

    from dao_backend.core.deployment import DeploymentParameters
    from dao_backend.core.deployment_record import DeploymentRecord

Note = Callable[[str, bytes], object]
"""Takes a peer and the hash of the transaction that is about to create it."""
_NOBODY = Address("0x" + "00" * 20)


# --- before anything is sent ---


def undertake(
    parameters: DeploymentParameters, deployer: AccountAPI, files: DeploymentFiles
) -> Undertaking:
    """Plan a deployment, or take up the one that the journal tells of.

    Raises DeploymentMismatch where that is not the same one, or nothing can complete it.
    """
    now = Journal(
        chain_id=_chain_id(),
        deployer=Address(deployer.address),
        first_nonce=deployer.nonce,
        parameters=parameters_hash(parameters),
        codes=code_hash([_creation_code(step) for step in steps(parameters, _NOBODY, 0)]),
        sent={},
    )
    journal = files.journal() or now
    journal.require_same(now)
    plan = steps(parameters, journal.deployer, journal.first_nonce)
    place = next_step(plan, _look(plan, deployer))
    eth = ape.networks.provider.web3.eth
    raise_any(wrong_creations(eth, _created(plan[:place]), journal.sent))
    undertaking = Undertaking(parameters, journal, plan, place)
    _require_free(files, undertaking.peers)
    return undertaking


def _look(plan: tuple[Step, ...], deployer: AccountAPI) -> Seen:
    eth = ape.networks.provider.web3.eth
    return Seen(
        present=tuple(bool(eth.get_code(step.address)) for step in plan),
        mined=eth.get_transaction_count(deployer.address, "latest"),
        pending=eth.get_transaction_count(deployer.address, "pending"),
    )


def _require_free(files: DeploymentFiles, peers: Peers) -> None:
    """Raise DeploymentMismatch where another DAO that lives is written down under this name."""
    record, eth = files.record(), ape.networks.provider.web3.eth
    here = record is not None and record.chain_id == _chain_id()
    if record is None or (here and record.peers == peers):
        return
    lives = here and any(eth.get_code(each) for _, _, each in record.peers.items())
    if lives or record.chain_id not in LOCAL_CHAINS:
        raise DeploymentMismatch(
            f"{files.record_path} tells of a DAO on chain {record.chain_id}: choose another "
            "--name, or move the file away if that DAO is no longer needed"
        )


def _cost(undertaking: Undertaking) -> tuple[int, int]:
    """Gas of what is still to be sent, rather too much, and its price now in wei."""
    price = ape.networks.provider.web3.eth.gas_price
    gas = sum(
        creation_gas(_creation_code(step), _creation_data(step), len(_runtime(step)))
        for step in undertaking.plan[undertaking.place :]
    )
    return gas, gas * price


def show(undertaking: Undertaking) -> None:
    """Print what would be sent, for a person to check."""
    journal, place = undertaking.journal, undertaking.place
    click.echo(f"On chain {journal.chain_id}, paid by {journal.deployer}:")
    for line in describe(undertaking.parameters):
        click.echo(f"  {line}")
    for number, line in enumerate(describe_steps(undertaking.plan)):
        click.echo(f"  {line}{', is there' if number < place else ''}")


def check(undertaking: Undertaking, balance: int) -> None:
    """Print warnings and costs; refuse what a live chain must not get, or cannot be paid."""
    parameters, journal = undertaking.parameters, undertaking.journal
    refused = refusals(parameters, journal.deployer)
    for warning in (*refused, *warnings(parameters)):
        click.echo(f"warning: {warning}", err=True)
    if refused and journal.chain_id not in LOCAL_CHAINS:
        raise click.ClickException(f"refused on a live chain: {'; '.join(refused)}")
    gas, price = _cost(undertaking)
    click.echo(f"about {gas} gas, now {coin(price)}")
    if balance < price:
        raise click.ClickException(f"the deployer has {coin(balance)}, which does not suffice")


# --- sending ---


def deploy_all(plan: tuple[Step, ...], deployer: AccountAPI) -> dict[str, ContractInstance]:
    """Create a whole plan and give the contracts by peer; nothing is written down."""
    create(plan, deployer, lambda _peer, _transaction: None)
    return {step.peer: _instance(step) for step in plan}


def _instance(step: Step) -> ContractInstance:
    """The contract of a step, whatever Ape remembers of another one at its address."""
    kind = _container(step).contract_type
    return ape.chain.contracts.instance_at(step.address, contract_type=kind, replace=True)


def create(plan: tuple[Step, ...], deployer: AccountAPI, note: Note) -> None:
    """Send deployments one after another, each noted before it is sent.

    Raises DeploymentMismatch when the deployer sends something else in between.
    """
    for step in plan:
        if deployer.nonce != step.nonce:
            raise DeploymentMismatch(
                f"{step.contract} takes transaction {step.nonce} of the deployer, which sent "
                f"{deployer.nonce}: {START_AGAIN}"
            )
        transaction = _container(step)(*step.arguments, nonce=step.nonce)
        prepared = deployer.prepare_transaction(transaction)
        signed = deployer.sign_transaction(prepared)
        if signed is None:
            raise click.Abort
        note(step.peer, bytes(signed.txn_hash))
        ape.networks.provider.send_transaction(signed)


def complete(
    undertaking: Undertaking, deployer: AccountAPI, files: DeploymentFiles
) -> DeploymentRecord:
    """Create what is missing, read everything back, write the record; keep the journal till then.

    Raises DeploymentMismatch where what is on the chain is not what was planned.
    """
    journal = undertaking.journal

    def note(peer: str, transaction: bytes) -> None:
        nonlocal journal
        journal = journal.noted(peer, transaction)
        files.write(journal)

    files.write(journal)
    create(undertaking.plan[undertaking.place :], deployer, note)
    verify(undertaking.parameters, undertaking.plan, journal)
    record = record_of(ape.networks.provider.web3.eth, undertaking, journal)
    files.finish(record)
    return record


# --- reading back ---


def verify(parameters: DeploymentParameters, plan: tuple[Step, ...], journal: Journal) -> None:
    """Raise DeploymentMismatch unless every contract is the planned one, and nobody has a role."""
    eth = ape.networks.provider.web3.eth
    raise_any(wrong_creations(eth, _created(plan), journal.sent))
    raise_any(wrong_answers(eth, parameters, plan, journal))


def _created(plan: tuple[Step, ...]) -> list[Created]:
    return [(step, _creation_data(step)) for step in plan]


def _chain_id() -> int:
    """The chain that the node itself says it serves, whatever the network was called."""
    return int(ape.networks.provider.web3.eth.chain_id)


def _container(step: Step) -> object:
    return getattr(ape.project, step.contract)


def _creation_code(step: Step) -> bytes:
    return bytes(_container(step).contract_type.get_deployment_bytecode())


def _runtime(step: Step) -> bytes:
    return bytes(_container(step).contract_type.get_runtime_bytecode())


def _creation_data(step: Step) -> bytes:
    """Creation code and encoded arguments, as the transaction carries them."""
    return bytes(_container(step).constructor.serialize_transaction(*step.arguments).data)


# --- the command ---


def _deployer(alias: str | None, *, local: bool) -> AccountAPI:
    if alias:
        return ape.accounts.load(alias)
    if not local:
        raise click.UsageError("name the account that pays: --account ALIAS")
    return ape.accounts.test_accounts[0]


@click.command(cls=ConnectedProviderCommand, short_help="Create a DAO from a YAML file")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="the parameters; deployments/NAME.yaml if left out",
)
@click.option("--name", help="what to call it; the file's stem, or the network's name")
@click.option("--account", help="alias of the Ape account that pays; a test account if left out")
@click.option("--yes", is_flag=True, help="do not ask on a live chain")
def cli(
    provider: ProviderAPI, file: Path | None, name: str | None, account: str | None, *, yes: bool
) -> None:
    """Check, show, deploy, read back, write deployments/NAME.json; run again after a failure."""
    local = _chain_id() in LOCAL_CHAINS
    try:
        source, files = choose(file, name, provider.network.name)
        parameters = read_parameters(source)
        deployer = _deployer(account, local=local)
        undertaking = undertake(parameters, deployer, files)
        show(undertaking)
        check(undertaking, deployer.balance)
        missing = len(undertaking.plan) - undertaking.place
        if not local and not yes:
            click.confirm(f"Send {missing} deployments?", abort=True)
        complete(undertaking, deployer, files)
    except DaoError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"deployed and checked; written to {files.record_path}")
