"""Handing in to the appraiser, past the service where need be."""

from __future__ import annotations

from dao_backend.core.submission import Outcome, Submission
from dao_backend.ports.keepers import Intake
from dao_backend.service.appraising import Appraiser
from tests.support.running_dao import RunningDao


def appraiser(dao: RunningDao) -> Appraiser:
    """The service's own."""
    found = dao.system.submissions._appraiser
    assert isinstance(found, Appraiser)
    return found


def receipts(dao: RunningDao, submission: Submission) -> tuple[bytes, ...]:
    """What the keepers sign for a submission."""
    return tuple(
        keeper.take_in(
            Intake(
                record=submission.record,
                nonce=submission.nonce,
                contributor_signature=submission.contributor_signature,
                index=keeper.index,
                commitments=submission.commitments,
                sealed_share=submission.sealed_shares[keeper.index - 1],
            )
        )
        for keeper in dao.system.keepers
    )


def hand_in(dao: RunningDao, member: int, text: bytes) -> Outcome:
    """Seal, upload and hand in; nothing is registered."""
    return dao.system.submissions.submit(dao.submission(member, text))
