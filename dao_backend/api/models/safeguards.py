"""Strikes, the council, departures, persons."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds, Signature
from dao_backend.core.model import NATIVE
from dao_backend.core.safeguards import StrikeSettings
from dao_backend.ports.happenings import PledgeRow, StrikeRow
from dao_backend.service.safeguards import CouncilView, PersonView, StrikeView


class StrikeSettingsShape(Model):
    """How strikes work here, fixed at creation."""

    threshold_bps: int = Field(description="Share of all units that must be pledged.")
    pledge_period: int = Field(description="Seconds from the call to the last pledge.")
    duration: int = Field(description="Seconds of a strike, and of the cooldown after it.")

    @classmethod
    def of(cls, found: StrikeSettings) -> StrikeSettingsShape:
        """From the core's value."""
        return cls(
            threshold_bps=found.threshold_bps,
            pledge_period=found.pledge_period,
            duration=found.duration,
        )


class StrikeCallShape(Model):
    """One call to strike."""

    strike_id: int = Field(examples=[1])
    member: Account = Field(description="Who called.")
    reason: str
    called_at: Seconds
    timepoint: Seconds = Field(description="Units held at the end of this second count.")
    deadline: Seconds
    pledged: Decimal
    needed: Decimal
    pledges: int
    begun_at: Seconds | None = Field(description="Null where too little was pledged so far.")
    until: Seconds | None = Field(description="When the strike ends or ended.")

    @classmethod
    def of(cls, row: StrikeRow) -> StrikeCallShape:
        """From the index."""
        return cls(
            strike_id=row.strike_id,
            member=row.member,
            reason=row.reason,
            called_at=row.called_at,
            timepoint=row.timepoint,
            deadline=row.deadline,
            pledged=str(row.pledged),
            needed=str(row.needed),
            pledges=row.pledges,
            begun_at=row.begun_at,
            until=row.until,
        )


class StrikeShape(Model):
    """Where strikes stand; its figures are of the chain, now."""

    phase: str = Field(examples=["idle"])
    sentence: str
    strike_id: int | None = Field(description="The newest call; null where nobody ever called.")
    timepoint: Seconds | None = Field(description="Units held then count for that call.")
    pledged: Decimal
    needed: Decimal
    deadline: Seconds | None = Field(description="The last second for pledges to that call.")
    until: Seconds | None = Field(description="When the newest strike that began ends or ended.")
    callable_from: Seconds | None = Field(description="When the cooldown ends; null without one.")
    settings: StrikeSettingsShape
    call: StrikeCallShape | None = Field(
        description="That call with its reason, once it is indexed."
    )
    now: Seconds

    @classmethod
    def of(cls, view: StrikeView) -> StrikeShape:
        """From the service."""
        standing, newest = view.standing, view.newest
        return cls(
            phase=standing.phase.value,
            sentence=standing.sentence,
            strike_id=None if newest is None else newest.strike_id,
            timepoint=None if newest is None else newest.timepoint,
            pledged=str(standing.pledged),
            needed=str(standing.needed),
            deadline=standing.deadline or None,
            until=standing.until or None,
            callable_from=standing.callable_from or None,
            settings=StrikeSettingsShape.of(view.settings),
            call=None if view.row is None else StrikeCallShape.of(view.row),
            now=standing.now,
        )


class PledgeShape(Model):
    """A pledge that stands."""

    strike_id: int
    member: Account
    units: Decimal
    timestamp: Seconds

    @classmethod
    def of(cls, row: PledgeRow) -> PledgeShape:
        """From the index."""
        return cls(
            strike_id=row.strike_id,
            member=row.member,
            units=str(row.units),
            timestamp=row.timestamp,
        )


class PledgeBody(Model):
    """A member's signed pledge to the newest call."""

    member: Account
    signature: Signature


class PauseShape(Model):
    """The council's newest pause."""

    begin: Seconds
    until: Seconds


class CouncilShape(Model):
    """Who may pause and cancel what is queued, and what of it is possible now."""

    phase: str = Field(examples=["nobody"])
    sentence: str
    guardian: Account | None = Field(description="Null where there is none.")
    mandate_until: Seconds | None
    paused: bool
    pause: PauseShape | None = Field(description="The newest one; null before the first.")
    pausable_from: Seconds | None = Field(description="When the guardian can pause again.")
    now: Seconds

    @classmethod
    def of(cls, view: CouncilView) -> CouncilShape:
        """From the service."""
        standing, pause = view.standing, view.pause
        nobody = standing.guardian == NATIVE
        return cls(
            phase=standing.phase.value,
            sentence=standing.sentence,
            guardian=None if nobody else standing.guardian,
            mandate_until=None if nobody else standing.mandate_until,
            paused=standing.now < standing.paused_until,
            pause=None if pause is None else PauseShape(begin=pause.begin, until=pause.until),
            pausable_from=standing.pausable_from or None,
            now=standing.now,
        )


class DepartureBody(Model):
    """A member's signed wish to leave with everything."""

    deadline: int = Field(ge=0, le=2**48 - 1, description="Unix seconds; void afterwards.")
    signature: Signature


class PersonShape(Model):
    """Whether an account may become a member here."""

    account: Account
    voting_mode: str = Field(examples=["per-unit"])
    needed: bool = Field(description="Whether nobody joins without an attestation.")
    attested: bool
    sentence: str

    @classmethod
    def of(cls, view: PersonView) -> PersonShape:
        """From the service."""
        return cls(
            account=view.account,
            voting_mode=view.mode.word,
            needed=view.needed,
            attested=view.attested,
            sentence=view.sentence,
        )


class AttestationBody(Model):
    """An attestor's signed statement that an account is one person."""

    person: Hash = Field(description="A hash that the attestor alone can make.")
    deadline: int = Field(ge=0, le=2**48 - 1, description="Unix seconds; void afterwards.")
    signature: Signature
