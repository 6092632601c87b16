"""One running service for all tests of the command line, and people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cli import Person, Town, running_town, settle_in
from tests.support.running_fixtures import young_stage
from tests.support.shop import Shop, opened_shop

__all__ = ["young_stage"]


@pytest.fixture(autouse=True)
def _function_isolation() -> None:
    """Stands in for Ape's fixture of this name: the chain that it rolls back is not used here."""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`ddao up`, started once."""
    with running_town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.fixture(scope="session")
def newcomer(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Person]:
    """Makes a person who has run `ddao init`."""

    def make(name: str) -> Person:
        person = settle_in(tmp_path_factory.mktemp(name))
        person.does("init", "--service", town.url)
        return person

    return make


@pytest.fixture(scope="session")
def alice(newcomer: Callable[[str], Person]) -> Person:
    """A contributor."""
    return newcomer("alice")


@pytest.fixture(scope="session")
def bob(newcomer: Callable[[str], Person]) -> Person:
    """A buyer with play money."""
    person = newcomer("bob")
    person.does("wallet", "fund")
    return person


@pytest.fixture
def stranger(tmp_path: Path) -> Person:
    """Somebody who has a wallet and never ran `ddao init`."""
    return settle_in(tmp_path / "stranger")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A service whose clock, keepers and worker the tests move on."""
    with opened_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened
