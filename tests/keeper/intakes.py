"""What contributors give keepers, right and wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.model import Committee, Domain, Record
from dao_backend.core.typed import digest
from dao_backend.errors import (
    DaoError,
    NotFound,
)
from dao_backend.keeper.local import LocalKeeper
from dao_backend.ports.keepers import Intake
from dao_backend.service.contributing import Sealed
from tests.support.running_dao import ALICE, RunningDao


def intake_of(dao: RunningDao, sealed: Sealed, index: int = 1, **changed: Any) -> Intake:
    """A keeper's part of what Alice sealed and signed, with fields replaced."""
    domain = dao.dao.addresses.domain("DataRegistry")
    honest = Intake(
        record=sealed.record,
        nonce=sealed.nonce,
        contributor_signature=consent(dao, domain, sealed.record),
        index=index,
        commitments=sealed.commitments,
        sealed_share=sealed.sealed_shares[index - 1],
    )
    return replace(honest, **changed)


def consent(dao: RunningDao, domain: Domain, record: Record, member: int = ALICE) -> bytes:
    """A member's signature on a record."""
    return dao.chain.signer(member).sign_digest(digest(domain, record))


def stated(dao: RunningDao) -> Committee:
    """The committee as the chain has it."""
    return dao.system.facts.committee


def refused(
    keeper: LocalKeeper, intake: Intake, kind: type[DaoError], said: str | None = None
) -> None:
    """The keeper refuses, and holds nothing afterwards."""
    with pytest.raises(kind, match=said):
        keeper.take_in(intake)
    with pytest.raises(NotFound):
        keeper.commitments(intake.record.contribution_id)
