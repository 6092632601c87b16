"""Everything that is decided when a DAO is created, with the bounds it must keep.

A value that exists is a valid one: each class checks itself and raises InputError, whose text
says what to change. Times are seconds, money is in the smallest unit of its asset.
`core/deployment_file.py` reads these from a file, `core/deployment_plan.py` turns them into steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.bounds import DAY, HOUR, MINUTE, distinct, within
from dao_backend.core.capture import capture_risk
from dao_backend.core.crypto import check_public_key
from dao_backend.core.model import NATIVE, Address, Collection, Keeper
from dao_backend.core.packing import hex_of
from dao_backend.core.revenue import Cuts
from dao_backend.core.safeguards import (
    CouncilSettings,
    DisputeSettings,
    Genesis,
    MintingCaps,
    StrikeSettings,
    VotingMode,
)
from dao_backend.errors import InputError, LowOrderKey

MAX_COLLECTIONS = 3
MAX_KEEPERS = 32
MAX_FILING_FEE = 2**96 - 1
"""What the desk has room for."""


def _sealing_key(owner: str, key: bytes) -> None:
    try:
        check_public_key(key)
    except LowOrderKey as error:
        raise InputError(f"the sealing key of {owner} is unsafe: make a new one") from error


@dataclass(frozen=True, slots=True)
class GenesisAppraiser:
    """An account that may sign appraisals from the start, and the X25519 key sealed to for it."""

    account: Address
    sealing_key: bytes
    endpoint: str

    def __post_init__(self) -> None:
        _sealing_key(f"appraiser {self.account}", self.sealing_key)


@dataclass(frozen=True, slots=True)
class VotingSettings:
    """How a proposal is voted on."""

    delay: int
    """From the filing to the snapshot, at which votes are counted."""
    period: int
    extension: int
    """How long a vote stays open, at least, after each ballot that turns it to passing."""
    quorum_percent: int
    """Share of all votes at the snapshot that must be for or abstaining."""
    proposal_threshold: int
    """Votes that somebody other than the desk needs in order to propose."""
    mode: VotingMode = VotingMode.PER_UNIT
    attestors: tuple[Address, ...] = ()
    """Who may attest that a member is one person; the modes that count persons need one."""

    def __post_init__(self) -> None:
        within("vote.delay", self.delay, 1, 30 * DAY)
        within("vote.period", self.period, MINUTE, 30 * DAY)
        within("vote.extension", self.extension, 0, self.period)
        within("vote.quorum_percent", self.quorum_percent, 1, 100)
        within("vote.proposal_threshold", self.proposal_threshold, 1, 2**50)
        distinct("attestor", self.attestors)
        if self.mode is not VotingMode.PER_UNIT and not self.attestors:
            raise InputError(
                f"vote.mode {self.mode.word} counts persons, and vote.attestors is empty: nobody "
                "could become a member; list at least one, or choose per-unit"
            )


@dataclass(frozen=True, slots=True)
class AssetTerms:
    """An asset that requests may be paid in; NATIVE is the chain's own coin."""

    asset: Address
    minimum_price: int

    def __post_init__(self) -> None:
        within(f"the minimum price in {self.asset}", self.minimum_price, 1, 2**128 - 1)


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """What a request costs to file, and how long it may take."""

    execution_period: int
    """From filing to the last moment at which it can be granted."""
    delivery_period: int
    """From there to the last moment at which a keeper's receipt counts."""
    filing_fee: int
    assets: tuple[AssetTerms, ...]

    def __post_init__(self) -> None:
        within("requests.execution_period", self.execution_period, MINUTE, 30 * DAY)
        within("requests.delivery_period", self.delivery_period, MINUTE, 365 * DAY)
        within("requests.filing_fee", self.filing_fee, 0, MAX_FILING_FEE)
        if not self.assets:
            raise InputError("requests.assets is empty: list at least one, for example `native`")
        distinct("asset", (terms.asset for terms in self.assets))


@dataclass(frozen=True, slots=True)
class Finality:
    """What the off-chain side calls final, and which headers it believes."""

    confirmations: int | None
    """Blocks on top of a final one; None follows the node's own `finalized` block."""
    header_max_age: int
    """A head older than this is a node that stands still."""
    header_max_ahead: int
    """A head further in the future than this is a node (or a clock) that is wrong."""

    def __post_init__(self) -> None:
        if self.confirmations is not None:
            within("finality.confirmations", self.confirmations, 1, 100_000)
        within("finality.header_max_age", self.header_max_age, 1, 365 * DAY)
        within("finality.header_max_ahead", self.header_max_ahead, 1, 365 * DAY)


@dataclass(frozen=True, slots=True)
class DeploymentParameters:
    """One DAO before it exists."""

    name: str
    symbol: str
    collections: tuple[Collection, ...]
    appraisers: tuple[GenesisAppraiser, ...]
    keepers: tuple[Keeper, ...]
    threshold: int
    voting: VotingSettings
    timelock_delay: int
    seal_interval: int
    requests: RequestSettings
    cuts: Cuts
    genesis: Genesis
    caps: MintingCaps
    disputes: DisputeSettings
    strike: StrikeSettings
    council: CouncilSettings
    finality: Finality

    def __post_init__(self) -> None:
        within("the length of name", len(self.name.strip()), 1, 64)
        within("the length of symbol", len(self.symbol.strip()), 1, 11)
        within("timelock_delay", self.timelock_delay, 1, 30 * DAY)
        within("seal_interval", self.seal_interval, HOUR, DAY)
        self._check_collections()
        self._check_people()
        self._check_execution_period()

    @property
    def longest_vote(self) -> int:
        """Seconds from filing to grant in the slowest case: extended, and a new edition sealed."""
        vote = self.voting.delay + self.voting.period + self.voting.extension
        return vote + self.timelock_delay + self.seal_interval

    @property
    def removal_time(self) -> int:
        """Seconds from the filing of a vote about an appraiser to its execution, at the longest."""
        return self.longest_vote - self.seal_interval

    def capture_risk(self) -> str | None:
        """How appraisers could carry a vote before it can remove them; None where they cannot."""
        voting = self.voting
        if voting.mode is not VotingMode.PER_UNIT:
            return None
        return capture_risk(self.caps, voting.quorum_percent, self.removal_time)

    def _check_collections(self) -> None:
        within("the number of collections", len(self.collections), 1, MAX_COLLECTIONS)
        distinct("collection", (collection.name for collection in self.collections))
        for number, collection in enumerate(self.collections):
            if collection.number != number or not collection.name.strip():
                raise InputError(f"collection {number} needs a name and its place in the list")
            if not collection.purposes:
                raise InputError(f"collection {collection.name!r} allows no purpose: list one")

    def _check_people(self) -> None:
        if not self.appraisers:
            raise InputError("appraisers is empty: nobody could register; list at least one")
        distinct("appraiser", (appraiser.account for appraiser in self.appraisers))
        within("the number of keepers", len(self.keepers), 1, MAX_KEEPERS)
        within("committee.threshold", self.threshold, 1, len(self.keepers))
        distinct("keeper", (keeper.operator for keeper in self.keepers))
        distinct("sealing key", (hex_of(keeper.sealing_key) for keeper in self.keepers))
        for index, keeper in enumerate(self.keepers, 1):
            if keeper.index != index:
                raise InputError("keepers are not numbered from 1: list them in that order")
            if keeper.operator == NATIVE:
                raise InputError(f"keeper {index} has no operator: name the account it uses")
            _sealing_key(f"keeper {index}", keeper.sealing_key)

    def _check_execution_period(self) -> None:
        if self.requests.execution_period < self.longest_vote:
            raise InputError(
                f"requests.execution_period of {self.requests.execution_period} s is too short "
                f"for a vote: raise it to at least {self.longest_vote} s (vote.delay + vote.period "
                "+ vote.extension + timelock_delay + seal_interval)"
            )
