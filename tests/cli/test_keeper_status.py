"""What `ddao keeper status` shows of a keeper that has something to say."""

from __future__ import annotations

from pathlib import Path

from dao_backend.core.packing import hex_of
from dao_backend.keeper.server import create_app
from tests.support.cli import Person
from tests.support.shelf_keeper import STATUS, ShelfKeeper, served


def test_status__shares_missing_and_licences_delayed__says_which_and_what_can_be_done(
    tmp_path: Path,
) -> None:
    """An operator reads what to look into, and the command for what nobody gives."""
    with served(create_app(ShelfKeeper())) as url:
        answer = Person(tmp_path).run("keeper", "status", "--endpoint", url)
    assert answer.code == 0, answer.err
    said = answer.out + answer.err
    assert f"Missing: the share of contribution {hex_of(STATUS.missing[0])}" in said
    assert "It could not go on with licences 7, 9007199254740991: its log says why." in said
    assert "ddao keeper forgo" in said
    (line,) = [each for each in said.splitlines() if "goes on without" in each]
    assert line.split()[-1] == str(len(STATUS.forgone))
    for forgone in STATUS.forgone:
        assert f"Goes on without: contribution {hex_of(forgone)}" in said
