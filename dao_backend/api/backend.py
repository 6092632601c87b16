"""Everything the routes work with, joined by wiring; and how much of it they may use at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request

from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.discretion import NOTHING, Discretion
from dao_backend.core.facts import Facts
from dao_backend.core.scoring.policy import Policy
from dao_backend.ports.answers import Answers
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.chain import ChainReader, ChainWriter
from dao_backend.ports.index import Index
from dao_backend.ports.pending import Pending
from dao_backend.service.drafts import DraftDesk
from dao_backend.service.editions import EditionDesk
from dao_backend.service.keeper_board import KeeperBoard
from dao_backend.service.releases import ReleaseBoard
from dao_backend.service.requests import RequestDesk
from dao_backend.service.statements import Accounts
from dao_backend.service.submissions import SubmissionDesk
from dao_backend.service.votes import ProposalBoard


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client, or all of them together, may ask for."""

    json_bytes: int = 1024 * 1024
    """Largest JSON body."""
    idle_seconds: float = 60.0
    """How long an upload may stand still."""
    uploads: int = 16
    """Uploads written at the same time; others wait in line."""
    appraisals: int = 2
    """Submissions checked and scored at the same time."""
    relays: int = 16
    """Transactions waited for at the same time."""
    waiting: int = 64
    """Requests in one of these lines; further ones are refused with 503."""
    listeners: int = 200
    """Open event streams."""
    event_pause: float = 1.0
    """Seconds between two looks for new events."""
    lag_blocks: int = 30
    """Blocks that the index may be behind before the service says it is not ready."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One service, whole; every part is safe to use from many threads."""

    facts: Callable[[], Facts]
    parameters: DeploymentParameters | None
    """What the DAO was created with; None where the deployment record is not at hand."""
    policy: Policy
    chain: ChainReader
    relay: ChainWriter
    index: Index
    blobs: BlobStore
    pending: Pending
    answers: Answers
    submissions: SubmissionDesk
    drafts: DraftDesk
    editions: EditionDesk
    requests: RequestDesk
    proposals: ProposalBoard
    releases: ReleaseBoard
    keepers: KeeperBoard
    accounts: Accounts
    clock: Callable[[], int]
    """Unix seconds of this machine; deadlines are judged by chain time, not by this."""
    discretion: Discretion = NOTHING
    """What no answer says of the machine that all this runs on."""
    embedded: bool = False
    """Whether one operator runs service, appraiser and keepers: every page then says so."""
    limits: Limits = field(default_factory=Limits)


class Lines:
    """Bounded pools for work that blocks for long, so that it never takes the readers' threads."""

    def __init__(self, limits: Limits) -> None:
        self.uploads = CapacityLimiter(limits.uploads)
        self.appraisals = CapacityLimiter(limits.appraisals)
        self.relays = CapacityLimiter(limits.relays)
        self.listeners = CapacityLimiter(limits.listeners)


def backend_of(request: Request) -> Backend:
    """The backend that the application was made with."""
    return cast(Backend, request.app.state.backend)


def lines_of(request: Request) -> Lines:
    """The pools of this application."""
    return cast(Lines, request.app.state.lines)


Served = Annotated[Backend, Depends(backend_of)]
Pools = Annotated[Lines, Depends(lines_of)]
