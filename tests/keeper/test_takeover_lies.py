"""What a successor confirms on the word of nodes that lie alike."""

from __future__ import annotations

from typing import Any

import pytest

from dao_backend.errors import NodesDisagree
from tests.keeper.committees import confirm, follower, replaced
from tests.support.running_dao import Meddled, RunningDao


def test_take_over__log_is_not_what_is_proven__is_read_anew_before_anything_is_signed(
    sold: RunningDao,
) -> None:
    """A confirmation of holding what an invented log lists would be good on the real chain."""
    replaced(sold)
    proven = [("history's count is stated as 0 and proven to be 3",)]
    begun: list[int] = []

    def contradictions(real: Any, *args: Any) -> Any:
        return proven.pop() if proven else real.log_contradictions(*args)

    def logs(real: Any, first: int, last: int) -> Any:
        begun.append(first)
        return real.logs(first, last)

    leaver = sold.system.local[0]
    parts: dict[str, Any] = {
        "chain": lambda real: Meddled(real, log_contradictions=contradictions, logs=logs),
        "reach": lambda _: lambda _seat: leaver,
    }
    with follower(sold, **parts) as keeper:
        with pytest.raises(NodesDisagree, match="proven to be 3"):
            keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert told.confirmation is None
        assert len(begun) == 1
        confirm(sold, keeper)
        assert begun.count(begun[0]) == 2
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held) == (3, 3)
