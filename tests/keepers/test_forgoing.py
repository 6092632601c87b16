"""A hostile appraiser registers what keepers were never given, and they sell what can be opened."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dao_backend.errors import DaoError, NotEnoughShares, Refused
from tests.support.cli import DDAO
from tests.support.committee import Committee
from tests.support.keeper_program import eventually
from tests.support.running_dao import ALICE, BOB, CAROL, program

APART = {"ab.py": (1, 2), "bc.py": (2, 3), "ca.py": (3, 1)}
"""Who is given what: each can be opened by two of three, and no two hold all three."""


@pytest.fixture(scope="module")
def apart(committee: Committee) -> dict[str, bytes]:
    """Contributions by name; `nobody.py` was given to nobody."""
    made: dict[str, bytes] = {}
    for number, (name, keepers) in enumerate({**APART, "nobody.py": ()}.items()):
        submission = committee.submission(CAROL, program(50 + number), name)
        for index in keepers:
            committee.hand_in(submission, index)
        committee.register(submission)
        made[name] = submission.record.contribution_id
    return made


def test_sell__shares_dealt_to_keepers_apart__goes_on_once_operators_forgo_them(
    committee: Committee, apart: dict[str, bytes], tmp_path: Path
) -> None:
    """Nothing is attested before; after it the buyer gets all that any two keepers can open."""
    sealed = committee.dao.seal()
    committee.settle_down()
    for index in committee.keepers:
        lacking = {name: each for name, each in apart.items() if index not in APART.get(name, ())}
        eventually(lambda at=index, ids=lacking: set(_missing(committee, at)) == set(ids.values()))
    with pytest.raises(Refused, match="keeper 1 misses 2 shares") as refused:
        committee.editions.attest(sealed)
    assert apart["nobody.py"].hex() in str(refused.value)

    for index in (1, 2):
        assert len(_forgo(committee, index)["forgone"]) == 2
    eventually(lambda: _attests(committee, sealed))
    committee.settle_down()
    assert _forgo(committee, 3)["missing"] == []

    licence = committee.sell(ALICE, BOB).request_id
    committee.deliver(licence)
    bought = committee.buyer().purchase(licence)
    listed = zip(bought.published.manifest.entries, bought.keys, strict=True)
    closed = [each.record.contribution_id for each, key in listed if isinstance(key, DaoError)]
    assert closed == [apart["nobody.py"]]
    assert any(apart["nobody.py"].hex() in each for each in bought.problems)
    with pytest.raises(NotEnoughShares, match=apart["nobody.py"].hex()):
        committee.pull(licence, tmp_path)
    names = {path.name for path in tmp_path.rglob("*.py")}
    assert names == {"a.py", "b.py", *APART}
    for index in committee.keepers:
        lacking = {each for name, each in apart.items() if index not in APART.get(name, ())}
        assert set(committee.status(index).forgone) == lacking


def test_forgo__a_share_that_is_held__is_refused(
    committee: Committee, apart: dict[str, bytes]
) -> None:
    """A gap would be left where a buyer could be given a share."""
    before, held = committee.status(1).forgone, f"0x{apart['ab.py'].hex()}"
    done = _run(committee, 1, held, "--yes")
    assert done.returncode != 0
    assert held in done.stderr
    assert committee.status(1).forgone == before


def _missing(committee: Committee, index: int) -> tuple[bytes, ...]:
    return committee.status(index).missing


def _forgo(committee: Committee, index: int) -> Any:
    done = _run(committee, index, "--missing", "--yes")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _run(committee: Committee, index: int, *words: str) -> subprocess.CompletedProcess[str]:
    data = committee.keepers[index].data
    command = [DDAO, "keeper", "forgo", "--data", data, *words, "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _attests(committee: Committee, edition: int) -> bool:
    """A refusal is remembered for some seconds."""
    try:
        committee.editions.attest(edition)
    except DaoError:
        return False
    return True
