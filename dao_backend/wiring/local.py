"""A DAO on a chain of this machine: anvil started, contracts deployed once, accounts funded.

The chain's state lies in the data folder, so that a restart goes on where it stopped.
Coin is given out here by anvil's own method, which no real chain has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from dao_backend.chain.anvil import CHAIN_ID, Anvil, AnvilOptions, start_anvil
from dao_backend.chain.deployment import addresses_of, deploy
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Rpc
from dao_backend.chain.sender import Sender
from dao_backend.core.deployment import DeploymentParameters, GenesisAppraiser
from dao_backend.core.deployment_file import parse
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address, Keeper
from dao_backend.custody.secrets import write_new_file
from dao_backend.errors import SetupError, UnreadablePath
from dao_backend.wiring.identities import Identities

PARAMETERS = Path("deployments") / "local.yaml"
"""Below the installed package, or below the project where the package is used from there."""
RECORD = "deployment.json"
"""In the data folder: where the DAO's contracts are."""
ENOUGH = 10**21
"""A thousand coins, in wei: what the service's own accounts are given."""


@dataclass(frozen=True, slots=True)
class GenesisCommittee:
    """Who keeps shares for a new DAO; one that exists has its own."""

    seats: tuple[Keeper, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class LocalChain:
    """A running local chain with one DAO on it."""

    anvil: Anvil
    rpc: Rpc
    node: Node
    record: DeploymentRecord

    @property
    def addresses(self) -> Addresses:
        """The DAO's contracts."""
        return addresses_of(self.record)

    def fund(self, account: Address, amount: int = ENOUGH) -> None:
        """Give an account coin; only a local chain knows how."""
        self.rpc.once("anvil_setBalance", account, hex(amount))

    def close(self) -> None:
        """Stop the chain; its state is written first."""
        self.rpc.close()
        self.anvil.stop()


def open_local_chain(
    data: Path,
    identities: Identities,
    endpoint: str,
    committee: GenesisCommittee,
    block_time: int | None = 1,
) -> LocalChain:
    """Start the chain and deploy the DAO where that was not done before.

    Without a `block_time` (seconds) blocks come with transactions only, and finality stands still.

    SetupError where anvil or the parameters are missing, UnreadablePath, ChainUnavailable.
    """
    data.mkdir(parents=True, exist_ok=True)
    anvil = start_anvil(AnvilOptions(state=data / "chain.json", block_time=block_time))
    try:
        rpc = Rpc(anvil.url)
        node = Node(rpc, CHAIN_ID)
        rpc.once("anvil_setBalance", identities.deployer.address, hex(ENOUGH))
        rpc.once("anvil_setBalance", identities.relayer.address, hex(ENOUGH))
        record = _recorded(data / RECORD, node)
        if record is None:
            parameters = _parameters(identities, endpoint, committee)
            record = deploy(node, Sender(node, identities.deployer), parameters)
            write_new_file(data / RECORD, record.to_json().encode())
    except BaseException:
        anvil.stop()
        raise
    return LocalChain(anvil, rpc, node, record)


def recorded_size(data: Path) -> tuple[int, int] | None:
    """Keepers and threshold of the DAO in a data folder; None where there is none yet."""
    path = data / RECORD
    if not path.exists():
        return None
    parameters = DeploymentRecord.from_json(path.read_text()).parameters
    return len(parameters.keepers), parameters.threshold


def _recorded(path: Path, node: Node) -> DeploymentRecord | None:
    """The deployment of an earlier start, if the chain still has it."""
    if not path.exists():
        return None
    record = DeploymentRecord.from_json(path.read_text())
    if not node.code(record.peers.registry):
        raise UnreadablePath(
            f"{path} names contracts that the chain beside it does not have: "
            "move the data folder away, or restore chain.json"
        )
    return record


def _parameters(
    identities: Identities, endpoint: str, committee: GenesisCommittee
) -> DeploymentParameters:
    """deployments/local.yaml with the keys that service and keepers made for themselves."""
    package = Path(__file__).resolve().parents[1]
    places = (package / PARAMETERS, package.parent / PARAMETERS)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise SetupError(f"{PARAMETERS} is missing: install the package again")
    stated = parse(yaml.safe_load(found.read_text()))
    appraiser = GenesisAppraiser(
        identities.appraiser.address, identities.appraiser_sealing.public, endpoint
    )
    return replace(
        stated,
        appraisers=(appraiser,),
        keepers=committee.seats,
        threshold=committee.threshold,
    )
