"""Running DAOs to work on, and what one of their keepers is given."""

from __future__ import annotations

import pytest

from dao_backend.keeper.local import LocalKeeper
from dao_backend.ports.keepers import Intake
from dao_backend.service.contributing import Sealed
from tests.keeper.intakes import intake_of
from tests.support.running_dao import ALICE, RunningDao, program
from tests.support.running_fixtures import sold, sold_stage, young, young_stage

__all__ = ["sold", "sold_stage", "young", "young_stage"]


@pytest.fixture
def keeper(young: RunningDao) -> LocalKeeper:
    """The first of the three keepers."""
    return young.system.keepers[0]


@pytest.fixture
def sealed(young: RunningDao) -> Sealed:
    """Alice's contribution, not signed."""
    return young.sealed(ALICE, program(1))


@pytest.fixture
def intake(young: RunningDao, sealed: Sealed) -> Intake:
    """What the first keeper should get of it."""
    return intake_of(young, sealed)
