"""Keepers: who they are, what they did on chain, and what each says of itself."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Hash, Model, Seconds, Signature
from dao_backend.core.packing import hex_of
from dao_backend.ports.committees import CommitteeRow
from dao_backend.ports.keepers import HandoverProgress, KeeperStatus, Tombstone
from dao_backend.service.keeper_board import ErasureView, KeepersView, Uptime, Word

_ASKED = "Unix seconds by the service's clock."


class SeatShape(Model):
    """A keeper in one committee, with what it did there."""

    index: int = Field(description="From 1; also the place of its shares.")
    operator: Account
    sealing_key: Hash
    endpoint: str
    handover_confirmed: bool = Field(description="Always false in the first epoch.")
    receipts: int = Field(description="Of how many of the committee's deliveries it posted one.")


class EpochShape(Model):
    """The keepers of one epoch; any `threshold` of them read and release together."""

    epoch: int
    threshold: int
    formed_at: Seconds
    serving_since: Seconds | None = Field(description="Null while an earlier committee serves.")
    deliveries: int = Field(description="How many were opened under it.")
    keepers: list[SeatShape]

    @classmethod
    def of(cls, row: CommitteeRow) -> EpochShape:
        """From the index."""
        return cls(
            epoch=row.epoch,
            threshold=row.threshold,
            formed_at=row.formed_at,
            serving_since=row.serving_since,
            deliveries=row.deliveries,
            keepers=[
                SeatShape(
                    index=seat.index,
                    operator=seat.operator,
                    sealing_key=hex_of(seat.sealing_key),
                    endpoint=seat.endpoint,
                    handover_confirmed=seat.index in row.confirmed,
                    receipts=receipts,
                )
                for seat, receipts in zip(row.keepers, row.receipts, strict=True)
            ],
        )


class HandoverShape(Model):
    """How far a keeper is with taking over what was dealt to earlier committees."""

    epoch: int
    needed: int
    held: int

    @classmethod
    def of(cls, progress: HandoverProgress) -> HandoverShape:
        """From the keeper's word."""
        return cls(epoch=progress.epoch, needed=progress.needed, held=progress.held)


class KeeperStatusShape(Model):
    """What a keeper says of itself; nobody else vouches for it."""

    version: str
    final_block: int
    final_time: Seconds
    shares: int
    missing: int = Field(description="Shares that it should hold and does not; at most 1000.")
    forgone: int = Field(
        description="Contributions that it goes on without, as it lacks them; at most 1000."
    )
    bundles: int
    delayed: list[int] = Field(
        description="Licences with which it failed to go on at the last try; at most 100."
    )
    running_for: int = Field(description="Seconds since its process started.")
    proves: bool | None = Field(description="Whether its nodes serve storage proofs.")
    alarm: str | None = Field(description="Why it refuses everything now.")
    handover: HandoverShape | None

    @classmethod
    def of(cls, status: KeeperStatus) -> KeeperStatusShape:
        """From the keeper's word."""
        progress = status.handover
        return cls(
            version=status.version,
            final_block=status.final_block,
            final_time=status.final_time,
            shares=status.shares,
            missing=len(status.missing),
            forgone=len(status.forgone),
            bundles=status.bundles,
            delayed=list(status.delayed),
            running_for=status.running_for,
            proves=status.proves,
            alarm=status.alarm,
            handover=None if progress is None else HandoverShape.of(progress),
        )


class UptimeShape(Model):
    """How often it answered this service within the last day; forgotten at a restart."""

    answered: int
    asked: int
    since: int = Field(description=_ASKED)

    @classmethod
    def of(cls, uptime: Uptime) -> UptimeShape:
        """From the service's memory."""
        return cls(answered=uptime.answered, asked=uptime.asked, since=uptime.since)


class WordShape(Model):
    """One keeper of the newest epoch, or of the one that serves, as it was last heard."""

    index: int
    operator: Account
    endpoint: str
    status: KeeperStatusShape | None = Field(description="Null where it did not answer.")
    problem: str | None = Field(description="Why not, or what is wrong with its answer.")
    uptime: UptimeShape | None

    @classmethod
    def of(cls, word: Word) -> WordShape:
        """From the board."""
        return cls(
            index=word.seat.index,
            operator=word.seat.operator,
            endpoint=word.seat.endpoint,
            status=None if word.status is None else KeeperStatusShape.of(word.status),
            problem=word.problem,
            uptime=None if word.uptime is None else UptimeShape.of(word.uptime),
        )


class KeepersShape(Model):
    """Everything that is public of the keepers."""

    serving_epoch: int
    newest_epoch: int
    together: str = Field(description="What enough of them can do together, in a sentence.")
    embedded: bool = Field(description="Whether one operator runs them all, and this service.")
    asked_at: int | None = Field(description=f"When they were last asked. {_ASKED}")
    committees: list[EpochShape] = Field(description="Of all epochs, newest first.")
    keepers: list[WordShape]

    @classmethod
    def of(cls, view: KeepersView, together: str, *, embedded: bool) -> KeepersShape:
        """From the board."""
        return cls(
            serving_epoch=view.serving_epoch,
            newest_epoch=max((row.epoch for row in view.committees), default=0),
            together=together,
            embedded=embedded,
            asked_at=view.asked_at,
            committees=[EpochShape.of(row) for row in view.committees],
            keepers=[WordShape.of(word) for word in view.words],
        )


class TombstoneShape(Model):
    """A keeper's signed statement that it has erased its share."""

    index: int
    cause: str = Field(examples=["withdrawn"])
    erased_at: int = Field(description="Unix seconds by the keeper's clock.")
    signature: Signature

    @classmethod
    def of(cls, tombstone: Tombstone) -> TombstoneShape:
        """From the keeper's word, which was checked."""
        said = tombstone.erasure
        return cls(
            index=said.index,
            cause=said.cause.name.lower().replace("_", "-"),
            erased_at=said.erased_at,
            signature=hex_of(tombstone.signature),
        )


class ErasureShape(Model):
    """What keepers state about their shares of a withdrawn contribution."""

    keepers: int = Field(description="How many were asked: those of the newest epoch.")
    erased: list[TombstoneShape]
    kept_for_edition: int | None = Field(
        description="The newest edition, where the contribution still stands in it."
    )
    kept_for_licence: int | None = Field(description="A licence that still awaits delivery.")

    @classmethod
    def of(cls, view: ErasureView) -> ErasureShape:
        """From the board."""
        hold = view.hold
        return cls(
            keepers=view.keepers,
            erased=[TombstoneShape.of(each) for each in view.stated],
            kept_for_edition=None if hold is None else hold.edition_id,
            kept_for_licence=None if hold is None else hold.licence_id,
        )
