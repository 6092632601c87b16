"""The deployments of a DAO, in order, with their arguments, before any of them is sent.

Each contract learns all addresses in its constructor, so they are computed first: a contract
created by an account's transaction with nonce n lives at the last 20 bytes of
keccak256(rlp([account, n])) (Yellow Paper, section 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import rlp  # type: ignore[import-untyped]
from eth_utils.address import to_checksum_address

from dao_backend.core.deployment import DeploymentParameters, RequestSettings, VotingSettings
from dao_backend.core.model import NATIVE, Address
from dao_backend.core.packing import address_bytes, keccak256

CONTRACTS = {
    "timelock": "TimelockController",
    "token": "ContributionToken",
    "registry": "DataRegistry",
    "governor": "DataGovernor",
    "desk": "AccessDesk",
    "licence": "Licence",
    "vault": "RevenueVault",
    "keepers": "KeeperRegistry",
    "offers": "OfferDesk",
    "disputes": "DisputeDesk",
    "meter": "UsageMeter",
    "strike": "DataStrike",
    "council": "Council",
}
"""Contract of each peer, in the order of deployment and of Solidity's `Peers`."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the contracts of one DAO live; the fields of Solidity's `Peers`, in its order."""

    timelock: Address
    token: Address
    registry: Address
    governor: Address
    desk: Address
    licence: Address
    vault: Address
    keepers: Address
    offers: Address
    disputes: Address
    meter: Address
    strike: Address
    council: Address

    def items(self) -> list[tuple[str, str, Address]]:
        """(peer, contract, address) of each, in order."""
        return [
            (peer, contract, where)
            for (peer, contract), where in zip(CONTRACTS.items(), astuple(self), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """One contract to create, where it will live, and its constructor's arguments."""

    peer: str
    contract: str
    address: Address
    arguments: tuple[object, ...]
    nonce: int
    """Number of the deployer's transaction that creates it; any other gives another address."""


def create_address(deployer: Address, nonce: int) -> Address:
    """Address of the contract that `deployer` creates with its transaction number `nonce`."""
    encoded = rlp.encode([address_bytes(deployer), nonce])
    return Address(to_checksum_address(keccak256(encoded)[12:]))


def predict_addresses(deployer: Address, nonce: int) -> Peers:
    """Addresses of all contracts when `deployer` creates them one after another from `nonce`."""
    return Peers(*(create_address(deployer, nonce + place) for place in range(len(CONTRACTS))))


def steps(parameters: DeploymentParameters, deployer: Address, nonce: int) -> tuple[Step, ...]:
    """The deployments in order; `deployer` may send nothing else in between."""
    peers = predict_addresses(deployer, nonce)
    arguments = _arguments(parameters, peers)
    return tuple(
        Step(peer, contract, where, arguments[peer], nonce + place)
        for place, (peer, contract, where) in enumerate(peers.items())
    )


def creation_gas(code: bytes, data: bytes, deployed: int) -> int:
    """Gas that creating a contract takes, some percent too much.

    `data` is `code` with its arguments, `deployed` the length of what stays. Yellow Paper,
    appendix G, with EIP-2028 and EIP-3860: the transaction, its bytes, the code that stays; every
    word of arguments beside the peers, which are immutables, is taken for a slot of storage.
    """
    zeros = data.count(0)
    intrinsic = 53_000 + 4 * zeros + 16 * (len(data) - zeros) + 2 * (-(-len(data) // 32))
    slots = max(0, (len(data) - len(code)) // 32 - len(CONTRACTS))
    return intrinsic + 200 * deployed + 22_100 * slots + 50_000


def _arguments(parameters: DeploymentParameters, peers: Peers) -> Mapping[str, tuple[object, ...]]:
    voting, cuts, disputes = parameters.voting, parameters.cuts, parameters.disputes
    wiring, number = astuple(peers), len(parameters.collections)
    anybody = nobody = NATIVE
    attestors = list(voting.attestors)
    keepers = [(each.operator, each.sealing_key, each.endpoint) for each in parameters.keepers]
    periods = (disputes.window, disputes.ruling_period)
    return {
        "timelock": (parameters.timelock_delay, [peers.governor], [anybody], nobody),
        "token": (wiring, parameters.name, parameters.symbol, number, int(voting.mode), attestors),
        "registry": (wiring, *_registry(parameters)),
        "governor": (wiring, _voting(voting)),
        "desk": (wiring, *_desk(parameters.requests)),
        "licence": (wiring,),
        "vault": (wiring, cuts.reserve_bps, cuts.keeper_bps),
        "keepers": (wiring, keepers, parameters.threshold),
        "offers": (wiring,),
        "disputes": (wiring, *periods, disputes.bond_bps),
        "meter": (wiring,),
        "strike": (wiring, astuple(parameters.strike)),
        "council": (wiring, *astuple(parameters.council)),
    }


def _registry(parameters: DeploymentParameters) -> tuple[object, ...]:
    collections = [(each.name, int(each.purposes)) for each in parameters.collections]
    appraisers = [(each.account, each.sealing_key, each.endpoint) for each in parameters.appraisers]
    genesis, caps = astuple(parameters.genesis), astuple(parameters.caps)
    return collections, appraisers, parameters.seal_interval, genesis, caps


def _voting(voting: VotingSettings) -> tuple[int, ...]:
    return (
        voting.delay,
        voting.period,
        voting.proposal_threshold,
        voting.quorum_percent,
        voting.extension,
    )


def _desk(requests: RequestSettings) -> tuple[object, ...]:
    assets = [(each.asset, each.minimum_price) for each in requests.assets]
    return assets, requests.filing_fee, requests.execution_period, requests.delivery_period
