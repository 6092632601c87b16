"""What a DAO must answer about itself right after its deployment, before it counts.

Each claim is a call and the exact bytes of its answer, so that whoever asks needs no ABI: the
deployment script through Ape, the service through its own node. Peers without a getter are
constructor arguments kept as immutables; their check is that of the creating transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass

from eth_abi import abi
from eth_abi.exceptions import DecodingError

from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_plan import Peers
from dao_backend.core.model import NATIVE, Address
from dao_backend.core.packing import keccak256

ROLE_GRANTED = keccak256(b"RoleGranted(bytes32,address,address)")
"""First topic of the event; role and account are the next two."""
ROLES = {
    "DEFAULT_ADMIN": bytes(32),
    "PROPOSER": keccak256(b"PROPOSER_ROLE"),
    "EXECUTOR": keccak256(b"EXECUTOR_ROLE"),
    "CANCELLER": keccak256(b"CANCELLER_ROLE"),
}
"""OpenZeppelin's roles of a TimelockController."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that must hold of a deployed DAO."""

    what: str
    peer: str
    signature: str
    """Such as `hasRole(bytes32,address)`."""
    arguments: tuple[object, ...]
    kind: str
    """ABI type of the answer."""
    expected: object

    @property
    def data(self) -> bytes:
        """What to call the peer with."""
        name, _, kinds = self.signature[:-1].partition("(")
        types = kinds.split(",") if kinds else []
        return keccak256(f"{name}({kinds})".encode())[:4] + abi.encode(types, self.arguments)

    def problem(self, answer: bytes) -> str | None:
        """What is wrong with an answer, in words; None where the claim holds."""
        if answer == abi.encode([self.kind], [self.expected]):
            return None
        try:
            (found,) = abi.decode([self.kind], answer)
        except DecodingError:
            return f"{self.what}: the contract does not answer"
        return f"{self.what} is {found}, not {self.expected}"


def role_holders(peers: Peers) -> frozenset[tuple[bytes, Address]]:
    """Every (role, account) that the timelock ever gives: the governor, anybody, itself."""
    return frozenset(
        {
            (ROLES["DEFAULT_ADMIN"], peers.timelock),
            (ROLES["PROPOSER"], peers.governor),
            (ROLES["CANCELLER"], peers.governor),
            (ROLES["EXECUTOR"], NATIVE),
        }
    )


def claims(parameters: DeploymentParameters, peers: Peers, deployer: Address) -> tuple[Claim, ...]:
    """Roles, peers and every number of the parameters that a contract can be asked for."""
    return (
        *_roles(peers, deployer),
        *_peers(peers),
        *_votes(parameters),
        *_registry(parameters),
        *_money(parameters),
        *_keepers(parameters),
        *_brakes(parameters),
    )


def _roles(peers: Peers, deployer: Address) -> Iterator[Claim]:
    holders = role_holders(peers)
    for role in ROLES.values():
        given = sorted(account for held, account in holders if held == role)
        for account, expected in (*((each, True) for each in given), (deployer, False)):
            what = f"whether {account} holds the timelock's role 0x{role.hex()}"
            arguments = (role, account)
            yield Claim(what, "timelock", "hasRole(bytes32,address)", arguments, "bool", expected)


def _peers(peers: Peers) -> Iterator[Claim]:
    for what, peer, signature, expected in (
        ("the governor's timelock", "governor", "timelock()", peers.timelock),
        ("the governor's token", "governor", "token()", peers.token),
        ("the token's minter", "token", "minter()", peers.registry),
        ("the licences' issuer", "licence", "issuer()", peers.desk),
    ):
        yield Claim(what, peer, signature, (), "address", expected)


def _votes(parameters: DeploymentParameters) -> Iterator[Claim]:
    voting = parameters.voting
    yield Claim("the name", "token", "name()", (), "string", parameters.name)
    yield Claim("the symbol", "token", "symbol()", (), "string", parameters.symbol)
    yield Claim("the voting mode", "token", "votingMode()", (), "uint8", int(voting.mode))
    for account in voting.attestors:
        what = f"whether {account} is an attestor"
        yield Claim(what, "token", "isAttestor(address)", (account,), "bool", expected=True)
    for what, peer, signature, expected in (
        ("the timelock's delay", "timelock", "getMinDelay()", parameters.timelock_delay),
        ("the delay of a vote", "governor", "votingDelay()", voting.delay),
        ("the period of a vote", "governor", "votingPeriod()", voting.period),
        ("the extension of a vote", "governor", "lateQuorumVoteExtension()", voting.extension),
        ("the quorum in percent", "governor", "quorumNumerator()", voting.quorum_percent),
        ("the votes to propose", "governor", "proposalThreshold()", voting.proposal_threshold),
    ):
        yield Claim(what, peer, signature, (), "uint256", expected)


def _registry(parameters: DeploymentParameters) -> Iterator[Claim]:
    interval, number = parameters.seal_interval, len(parameters.collections)
    yield Claim("the sealing interval", "registry", "sealInterval()", (), "uint48", interval)
    yield Claim("the number of collections", "registry", "collectionCount()", (), "uint8", number)
    for each in parameters.collections:
        what, expected = f"collection {each.number}", (each.name, int(each.purposes))
        signature = "collectionOf(uint8)"
        yield Claim(what, "registry", signature, (each.number,), "(string,uint32)", expected)
    for appraiser in parameters.appraisers:
        what, arguments = f"whether {appraiser.account} is an appraiser", (appraiser.account,)
        yield Claim(what, "registry", "isAppraiser(address)", arguments, "bool", expected=True)
    genesis, caps = astuple(parameters.genesis), astuple(parameters.caps)
    yield Claim("the genesis", "registry", "genesis()", (), "(uint256,uint256)", genesis)
    yield Claim("the caps", "registry", "caps()", (), "(uint256,uint256,uint256)", caps)


def _money(parameters: DeploymentParameters) -> Iterator[Claim]:
    requests, cuts, disputes = parameters.requests, parameters.cuts, parameters.disputes
    yield Claim("the filing fee", "desk", "filingFee()", (), "uint128", requests.filing_fee)
    periods = (requests.execution_period, requests.delivery_period)
    yield Claim("the periods of a request", "desk", "periods()", (), "(uint256,uint256)", periods)
    for each in requests.assets:
        what, arguments = f"the least price in {each.asset}", (each.asset,)
        signature, least = "minimumPriceOf(address)", each.minimum_price
        yield Claim(what, "desk", signature, arguments, "uint128", least)
    shares = (cuts.reserve_bps, cuts.keeper_bps)
    yield Claim("the cuts", "vault", "cuts()", (), "(uint256,uint256)", shares)
    settings = astuple(disputes)
    kind = "(uint256,uint256,uint256)"
    yield Claim("the rules of disputes", "disputes", "settings()", (), kind, settings)


def _keepers(parameters: DeploymentParameters) -> Iterator[Claim]:
    committee = (parameters.threshold, len(parameters.keepers))
    signature, kind = "committeeOf(uint32)", "(uint256,uint256)"
    yield Claim("the committee", "keepers", signature, (1,), kind, committee)
    for keeper in parameters.keepers:
        expected = (keeper.operator, keeper.sealing_key, keeper.endpoint)
        arguments, kind = (1, keeper.index), "(address,bytes32,string)"
        what, signature = f"keeper {keeper.index}", "keeperOf(uint32,uint8)"
        yield Claim(what, "keepers", signature, arguments, kind, expected)


def _brakes(parameters: DeploymentParameters) -> Iterator[Claim]:
    kind, strike = "(uint256,uint256,uint256)", astuple(parameters.strike)
    yield Claim("the rules of strikes", "strike", "settings()", (), kind, strike)
    guardian = parameters.council.guardian
    yield Claim("the guardian", "council", "guardian()", (), "address", guardian)
