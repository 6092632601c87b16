"""The DAO's own facts, and the state of the service."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.ports.chain import Block
from dao_backend.ports.index import AssetRow, Totals

EMBEDDED = (
    "One operator runs this service, the appraiser and every keeper: it can read everything that "
    "is contributed here, and release it. It cannot take money or forge votes."
)


class CollectionShape(Model):
    """A kind of data and what it may be used for."""

    number: int
    name: str
    purposes: list[str]


class KeeperShape(Model):
    """One key holder."""

    index: int
    operator: Account
    sealing_key: Hash
    endpoint: str


class CommitteeShape(Model):
    """The keepers of one epoch; any `threshold` of them release together."""

    epoch: int
    threshold: int
    keepers: list[KeeperShape]


class AppraiserShape(Model):
    """Whom content keys are sealed to."""

    address: Account
    sealing_key: Hash


class CutsShape(Model):
    """Parts of each payment, in basis points."""

    reserve_bps: int
    keeper_bps: int


class AssetShape(Model):
    """What requests may be paid in; the zero address is the chain's own coin."""

    asset: Account
    minimum_price: Decimal

    @classmethod
    def of(cls, row: AssetRow) -> AssetShape:
        """From the index."""
        return cls(asset=row.asset, minimum_price=str(row.minimum_price))


class PeriodsShape(Model):
    """How long things take, in seconds, as decided when the DAO was created."""

    seal_interval: int
    vote_delay: int
    vote_period: int
    vote_extension: int
    timelock_delay: int
    execution_period: int
    delivery_period: int
    quorum_percent: int

    @classmethod
    def of(cls, found: DeploymentParameters) -> PeriodsShape:
        """From the deployment record."""
        return cls(
            seal_interval=found.seal_interval,
            vote_delay=found.voting.delay,
            vote_period=found.voting.period,
            vote_extension=found.voting.extension,
            timelock_delay=found.timelock_delay,
            execution_period=found.requests.execution_period,
            delivery_period=found.requests.delivery_period,
            quorum_percent=found.voting.quorum_percent,
        )


class BlockShape(Model):
    """A block of the chain."""

    number: int
    hash: Hash
    timestamp: Seconds

    @classmethod
    def of(cls, block: Block) -> BlockShape:
        """From the chain or the index."""
        return cls(number=block.number, hash="0x" + block.hash.hex(), timestamp=block.timestamp)


class TotalsShape(Model):
    """The DAO in figures."""

    members: int
    contributions: int
    withdrawn: int
    units: list[Decimal] = Field(description="By collection number.")
    editions: int
    licences: int
    bytes_stored: Decimal

    @classmethod
    def of(cls, found: Totals) -> TotalsShape:
        """From the index."""
        return cls(
            members=found.members,
            contributions=found.contributions,
            withdrawn=found.withdrawn,
            units=[str(units) for units in found.units],
            editions=found.editions,
            licences=found.licences,
            bytes_stored=str(found.bytes_stored),
        )


class DaoShape(Model):
    """What a client must know of this DAO; everything that matters can be checked on chain."""

    name: str
    symbol: str
    chain_id: int
    first_block: int
    contracts: dict[str, Account]
    rpc_url: str | None
    confirmations: int | None = Field(
        description="Blocks after which one is final; null follows the node's `finalized` block."
    )
    collections: list[CollectionShape]
    committee: CommitteeShape
    appraiser: AppraiserShape
    policy: Hash = Field(description="Name of the appraisal policy, see /v1/appraisal-policy.")
    max_bytes: int = Field(description="Largest content that is accepted.")
    filing_fee: Decimal
    cuts: CutsShape
    assets: list[AssetShape]
    voting_mode: str = Field(
        description="How many votes units give: per-unit, per-member or square-root. Money "
        "follows units in every mode.",
        examples=["per-unit"],
    )
    periods: PeriodsShape | None
    totals: TotalsShape
    head: BlockShape
    finalized: BlockShape
    indexed: BlockShape | None
    embedded: bool
    warning: str | None = Field(description="Said by every page where one operator runs it all.")


class HealthShape(Model):
    """The process runs."""

    status: str = Field(examples=["ok"])
    version: str


class CheckShape(Model):
    """One thing that the service depends on."""

    ok: bool
    detail: str


class ReadyShape(Model):
    """Whether everything that the service depends on answers."""

    database: CheckShape
    chain: CheckShape
    storage: CheckShape
    indexer: CheckShape

    @property
    def ok(self) -> bool:
        """All of them."""
        checks: tuple[CheckShape, ...] = (self.database, self.chain, self.storage, self.indexer)
        return all(check.ok for check in checks)


class PolicyShape(Model):
    """The rules of appraisal; `hash` is the SHA-256 of the canonical JSON of `policy`."""

    hash: Hash
    policy: dict[str, Any]


class ErrorClassShape(Model):
    """What a problem's `type` means."""

    name: str
    status: int
    meaning: str
    advice: str
