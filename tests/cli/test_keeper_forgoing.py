"""`ddao keeper forgo`: the operator's word, on what the running keeper misses and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.core.packing import hex_of
from dao_backend.custody.sqlite import SqliteCustody
from tests.support.anvil import Chain, running_chain
from tests.support.cli import Answer, Person, settle_in
from tests.support.keeper_program import (
    OwnKeeper,
    RunningKeeper,
    eventually,
    found_dao_of,
    make_keeper,
    running,
    some_share,
)
from tests.support.local_dao import LocalDao

UNKNOWN = "0x" + "11" * 32
HELD = hex_of(some_share(1).record.contribution_id)
COUNT = 12
"""Contributions that are registered, and whose shares nobody was given."""


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A local chain."""
    with running_chain() as started:
        yield started


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The operator."""
    return settle_in(tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def dao_and_keeper(person: Person, chain: Chain) -> tuple[LocalDao, OwnKeeper]:
    """A DAO of one keeper, into which a hostile appraiser let contributions without shares."""
    keeper = make_keeper(person, "lacking", chain.url)
    dao, _record = found_dao_of(chain, keeper)
    for number in range(1, COUNT + 1):
        dao.register(number)
    chain.time.finalize()
    keeper.hold(1)
    return dao, keeper


@pytest.fixture
def keeper(dao_and_keeper: tuple[LocalDao, OwnKeeper], tmp_path: Path) -> OwnKeeper:
    """The keeper, which does not run, over files of each test's own."""
    made = dao_and_keeper[1]
    copy = OwnKeeper(made.person, tmp_path / made.data.name, made.seat)
    shutil.copytree(made.data, copy.data)
    shutil.copy(made.key_file, copy.key_file)
    return copy


@pytest.fixture(scope="module")
def missing(dao_and_keeper: tuple[LocalDao, OwnKeeper]) -> list[str]:
    """The ids of what it misses, in the order of the history."""
    dao = dao_and_keeper[0]
    registrations = (dao.registration(number) for number in range(1, COUNT + 1))
    return [hex_of(each.record.contribution_id) for each in registrations]


@pytest.fixture
def started(keeper: OwnKeeper) -> Iterator[RunningKeeper]:
    """Its process, which knows what it misses."""
    with running(keeper) as process:
        eventually(lambda: process.status()["missing"])
        yield process


def remembered(keeper: OwnKeeper, *ids: str) -> set[str]:
    """Those of these that its custody remembers as forgone."""
    custody = SqliteCustody(keeper.data / "custody.sqlite")
    try:
        return set(map(hex_of, custody.forgone([bytes.fromhex(each[2:]) for each in ids])))
    finally:
        custody.close()


def refused(answer: Answer, code: int, said: str) -> None:
    """The command ended with this code and sentence."""
    assert answer.code == code, answer.err
    assert answer.err.startswith(said), answer.err


@pytest.mark.parametrize("text", ["0x11", "1" * 64, UNKNOWN + "0", UNKNOWN.replace("0x", "0y")])
def test_forgo__malformed_id__is_refused(keeper: OwnKeeper, text: str) -> None:
    """A contribution is named by all of its id."""
    refused(keeper.run("forgo", text, "--yes"), 2, f"'{text}' is no contribution id")


def test_forgo__more_than_a_thousand__is_refused(keeper: OwnKeeper, started: RunningKeeper) -> None:
    """What is decided at once is bounded, and nothing of more is remembered."""
    ids = [f"0x{number:064x}" for number in range(1_001)]
    refused(keeper.run("forgo", *ids, "--yes"), 2, "1001 contributions are named, at most 1000")
    assert remembered(keeper, *ids[:10]) == set()


def test_forgo__ids_and_all_that_is_missing__is_refused(keeper: OwnKeeper) -> None:
    """It is one or the other."""
    answer = keeper.run("forgo", UNKNOWN, "--missing", "--yes")
    refused(answer, 2, "Name contributions or say --missing, one of them.")


@pytest.mark.parametrize("words", [[], ["--missing", "--yes"], [UNKNOWN, "--yes"]])
def test_forgo__keeper_does_not_run__is_refused(keeper: OwnKeeper, words: list[str]) -> None:
    """Only one that reads the chain knows what it misses: what may be registered is not enough."""
    answer = keeper.run("forgo", *words)
    refused(answer, 3, "This keeper does not run, and only a running one knows what it misses")
    assert "start it first" in answer.err
    assert remembered(keeper, UNKNOWN) == set()


def test_forgo__no_keepers_folder__is_refused(person: Person, keeper: OwnKeeper) -> None:
    """Nothing is made where no keeper is."""
    elsewhere = person.home / "elsewhere"
    answer = person.run("keeper", "forgo", "--data", elsewhere, UNKNOWN, "--yes")
    refused(answer, 2, f"{elsewhere} is no keeper's folder")
    assert not elsewhere.exists()


def test_forgo__share_is_held__is_refused(
    keeper: OwnKeeper, started: RunningKeeper, missing: list[str]
) -> None:
    """A keeper does not go without what it has, and nothing else of the same word counts."""
    answer = keeper.run("forgo", missing[0], HELD, "--yes")
    refused(answer, 3, f"The share of contribution {HELD} is held here: it stays.")
    assert remembered(keeper, missing[0], HELD) == set()


def test_forgo__running_and_not_named_as_missing__is_refused(
    keeper: OwnKeeper, started: RunningKeeper, missing: list[str]
) -> None:
    """What nobody registered cannot be forgone where the keeper knows better."""
    answer = keeper.run("forgo", missing[0], UNKNOWN, "--yes")
    refused(answer, 3, f"The running keeper does not name contribution {UNKNOWN} as missing.")
    assert remembered(keeper, missing[0], UNKNOWN) == set()


def test_forgo__nobody_to_ask__is_refused(
    keeper: OwnKeeper, started: RunningKeeper, missing: list[str]
) -> None:
    """Without a terminal the word has to be given on the command line."""
    answer = keeper.run("forgo", missing[0])
    assert answer.code == 2
    assert "use --yes" in answer.err
    assert remembered(keeper, *missing) == set()


def test_forgo__nothing_named__shows_what_is_missing(
    keeper: OwnKeeper, started: RunningKeeper, missing: list[str]
) -> None:
    """The operator sees all that it is about first; the status names some, and the way out."""
    told = keeper.does("forgo")
    assert (told["missing"], told["forgone"]) == (missing, [])
    shown = keeper.run("forgo").out
    assert all(f"Missing: the share of contribution {each}" in shown for each in missing)
    status = keeper.run("status").out
    assert f"Missing: the share of contribution {missing[0]}" in status
    assert f"… and {COUNT - 10} more." in status
    assert "What nobody gives it, it can go on without: `ddao keeper forgo`." in status


def test_forgo__first_some_then_all__the_running_keeper_names_them_no_more(
    keeper: OwnKeeper, started: RunningKeeper, missing: list[str]
) -> None:
    """The word is kept in custody and counts at once; what was forgone may be named again."""
    answer = keeper.run("forgo", missing[1], missing[0], missing[1], "--yes")
    assert answer.code == 0, answer.err
    assert "whoever buys can open these contributions only where enough other" in answer.out
    assert answer.out.rstrip().endswith("Agreed: this keeper goes on without 2 shares.")
    assert remembered(keeper, *missing) == set(missing[:2])
    assert started.status()["missing"] == missing[2:]
    told = keeper.does("forgo", missing[0], missing[2], "--yes")
    assert told["forgone"] == [missing[0], missing[2]]
    assert told["missing"] == missing[3:]
    rest = keeper.does("forgo", "--missing", "--yes")
    assert (rest["missing"], rest["forgone"]) == ([], missing[3:])
    found = started.status()
    assert (found["missing"], found["forgone"]) == ([], sorted(missing))
    assert remembered(keeper, *missing) == set(missing)
    again = keeper.run("forgo", "--missing", "--yes")
    assert (again.code, again.out.strip()) == (0, "This keeper names nothing as missing.")
    status = keeper.run("status").out
    (line,) = [each for each in status.splitlines() if "goes on without" in each]
    assert line.split()[-1] == str(COUNT)
    assert f"Goes on without: contribution {min(missing)}" in status
    assert f"… and {COUNT - 10} more." in status
