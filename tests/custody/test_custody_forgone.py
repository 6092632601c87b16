"""What a keeper's operator goes on without: by name, and until it is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import InputError
from tests.custody.held import share, stone
from tests.support.core_actors import seed

FIRST, SECOND, OTHER = seed("first"), seed("second"), seed("other")


def test_forgo__more_than_a_thousand__is_refused(custody: SqliteCustody) -> None:
    """A batch is bounded, for what is said as for what is asked."""
    for call in (custody.forgo, custody.forgone):
        with pytest.raises(InputError, match="1001 contributions"):
            call([bytes(32)] * 1001)
    assert custody.forgone_count() == 0


def test_forgone__never_said__is_nothing(custody: SqliteCustody) -> None:
    """A keeper goes on without nothing by itself, however little it holds."""
    custody.forgo([])
    assert custody.forgone([FIRST, SECOND]) == frozenset()
    assert custody.forgone([]) == frozenset()
    assert custody.all_forgone() == ()
    assert custody.forgone_count() == 0


def test_forgo__named_twice__is_remembered_once_and_after_a_restart(tmp_path: Path) -> None:
    """What the operator said once stands, and the number is that of contributions."""
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    custody.forgo([FIRST, SECOND, FIRST])
    custody.forgo([SECOND])
    custody.close()
    again = SqliteCustody(tmp_path / "custody.sqlite")
    assert again.forgone([SECOND, OTHER, FIRST]) == {FIRST, SECOND}
    assert again.forgone_count() == 2
    assert again.all_forgone() == tuple(sorted((FIRST, SECOND)))
    assert again.all_forgone(limit=1) == (min(FIRST, SECOND),)
    again.close()


def test_add__forgone_before__is_held_and_the_word_used_up(custody: SqliteCustody) -> None:
    """A share that comes later is held like any other; what is lost after that is new."""
    named = share(1).record.contribution_id
    custody.forgo([named, OTHER])
    custody.add(share(1))
    assert custody.get(named) == share(1)
    assert custody.all_forgone() == (OTHER,)
    assert custody.forgone([named, OTHER]) == {OTHER}
    assert custody.forgone_count() == 1
    custody.erase([stone(1)])
    assert custody.sealed_to([named]) == {}
    assert custody.forgone([named]) == frozenset()


def test_forgo__came_meanwhile__goes_on_with_it(custody: SqliteCustody) -> None:
    """A share that comes while its operator decides is held: nothing is decided of it."""
    named = share(1).record.contribution_id
    custody.take_in(share(1), 1)
    custody.forgo([named, OTHER])
    assert custody.forgone([named, OTHER]) == {OTHER}
    assert custody.forgone_count() == 1
