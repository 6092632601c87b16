"""Many signed messages in one transaction: what counted, and what was skipped and why."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from dao_backend.api.models.base import Account, Hash, Model
from dao_backend.api.models.votes import BallotBody
from dao_backend.core.model import Address, address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.problems import public_name
from dao_backend.errors import ContractRefused, DaoError
from dao_backend.ports.batches import MOST, Batched, SignedBallot
from dao_backend.service.submissions import Entry


class RegistrationsBody(Model):
    """Contributions of which each was handed in and appraised; each is listed once."""

    contribution_ids: list[Hash] = Field(min_length=1, max_length=MOST)

    def parsed(self) -> list[bytes]:
        """As the service takes them."""
        return [bytes_of(each) for each in self.contribution_ids]


class BallotsBody(Model):
    """Members' signed ballots; each voter is listed once."""

    ballots: list[BallotBody] = Field(min_length=1, max_length=MOST)

    def parsed(self) -> list[SignedBallot]:
        """As the service takes them; InvalidAddress."""
        return [
            SignedBallot(address(each.voter), each.support, bytes_of(each.signature))
            for each in self.ballots
        ]


class RegisteredShape(Model):
    """A contribution that is registered."""

    contribution_id: Hash
    transaction: Hash = Field(description="In which; an earlier one where it was already.")


class SkippedShape(Model):
    """A contribution that is not registered, with the reason."""

    contribution_id: Hash
    error: str = Field(description="The contract's error, or the kind of problem.")
    sentence: str


class RegistrationsShape(Model):
    """What became of a batch, in the order given."""

    registered: list[RegisteredShape]
    skipped: list[SkippedShape]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> RegistrationsShape:
        """From the service."""
        return cls(
            registered=[
                RegisteredShape(
                    contribution_id=hex_of(each.contribution_id),
                    transaction=hex_of(each.transaction),
                )
                for each in entries
                if each.transaction is not None
            ],
            skipped=[
                SkippedShape(
                    contribution_id=hex_of(each.contribution_id),
                    error=_name(each.refusal),
                    sentence=str(each.refusal),
                )
                for each in entries
                if each.refusal is not None
            ],
        )


class SkippedBallotShape(Model):
    """A ballot that was not counted, with the reason."""

    voter: Account
    error: str = Field(examples=["AlreadyVoted"])
    sentence: str


class BallotsShape(Model):
    """What became of a batch of ballots."""

    transaction: Hash | None = Field(description="Null where every ballot was skipped.")
    counted: list[Account]
    skipped: list[SkippedBallotShape]

    @classmethod
    def of(cls, given: Sequence[SignedBallot], found: Batched[Address]) -> BallotsShape:
        """From the service, in the order given."""
        voters = [each.voter for each in given]
        return cls(
            transaction=None if found.sent is None else hex_of(found.sent.hash),
            counted=[voter for voter in voters if voter not in found.skipped],
            skipped=[
                SkippedBallotShape(
                    voter=voter,
                    error=_name(found.skipped[voter]),
                    sentence=str(found.skipped[voter]),
                )
                for voter in voters
                if voter in found.skipped
            ],
        )


def _name(error: DaoError) -> str:
    if isinstance(error, ContractRefused) and error.name:
        return error.name
    return public_name(type(error))
