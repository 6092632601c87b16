"""Gives keepers the shares again that they missed: they were away at intake, or lost them since.

What their operators go on without is given again like the rest: it is held from then on.
The service keeps what contributors handed in, sealed to each keeper; it can open none of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from dao_backend.core.model import Keeper as Seat
from dao_backend.core.submission import Submission
from dao_backend.errors import DaoError, NotFound, ResourceError
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.keepers import Intake, Keeper
from dao_backend.ports.pending import Pending
from dao_backend.service.keepers import Keepers

BATCH = 20
"""Shares that one keeper is given in one round."""
SECONDS = 10.0
REMEMBERED = 10_000
"""Shares that are known not to be had; a keeper may call any number missing."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one keeper took in, and what it would not take."""

    taken: tuple[bytes, ...]
    refused: tuple[tuple[bytes, DaoError], ...]


class MissedShares:
    """Asks every keeper of the newest committee what it lacks."""

    def __init__(self, chain: ChainReader, pending: Pending, keepers: Keepers) -> None:
        self._chain = chain
        self._pending = pending
        self._keepers = keepers
        self._lock = Lock()
        self._hopeless: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        """Operators with contributions that are not here, or that they refuse; oldest first."""

    def give_again(self) -> dict[int, Given]:
        """One small batch for each keeper that lacks something; those that took part, by index."""
        seats = self._chain.committee(self._chain.current_epoch()).keepers
        by_index = {seat.index: seat for seat in seats}
        answers = self._keepers.ask_all(
            seats, lambda keeper: self._give(by_index[keeper.index], keeper), SECONDS
        )
        return {
            index: given
            for index, given in answers.items()
            if not isinstance(given, DaoError) and (given.taken or given.refused)
        }

    def _give(self, seat: Seat, keeper: Keeper) -> Given:
        status = keeper.status()
        lacking = dict.fromkeys((*status.missing, *status.forgone))
        wanted = [each for each in lacking if (seat.operator, each) not in self._hopeless]
        taken: list[bytes] = []
        refused: list[tuple[bytes, DaoError]] = []
        for contribution_id in wanted[:BATCH]:
            try:
                keeper.take_in(self._intake(seat, contribution_id))
                taken.append(contribution_id)
            except ResourceError as error:  # it can be had later
                return Given(tuple(taken), (*refused, (contribution_id, error)))
            except DaoError as error:
                self._give_up(seat, contribution_id)
                refused.append((contribution_id, error))
        return Given(tuple(taken), tuple(refused))

    def _give_up(self, seat: Seat, contribution_id: bytes) -> None:
        with self._lock:
            self._hopeless[seat.operator, contribution_id] = None
            while len(self._hopeless) > REMEMBERED:
                self._hopeless.popitem(last=False)

    def _intake(self, seat: Seat, contribution_id: bytes) -> Intake:
        """NotFound where the share was not handed in here, or for another keeper at that index."""
        submission = self._pending.get(contribution_id).submission
        dealt_to = self._chain.committee(submission.record.epoch).keepers[seat.index - 1]
        if dealt_to.operator != seat.operator or not submission.sealed_shares:
            raise NotFound(f"no share for keeper {seat.index} is kept here")
        return intake_of(submission, seat.index)


def intake_of(submission: Submission, index: int) -> Intake:
    """What one keeper is given of a submission."""
    shares: Sequence[bytes] = submission.sealed_shares
    return Intake(
        record=submission.record,
        nonce=submission.nonce,
        contributor_signature=submission.contributor_signature,
        index=index,
        commitments=submission.commitments,
        sealed_share=shares[index - 1],
    )
