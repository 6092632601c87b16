"""What strangers' questions may cost a keeper."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from dao_backend.keeper.attesting import PAUSE
from tests.chain.nodes import Nodes, honest
from tests.support.running_dao import ALICE, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD

FEW = 12
"""Requests to a node that a question about a licence may cost."""


def test_attestation__not_attested_yet__is_looked_at_again_after_ten_seconds(
    sold: RunningDao,
) -> None:
    """A share that came late is noticed soon where the signature is waited for."""
    sold.contribute(ALICE, program(8), "d.py")
    sold.pass_time(3600)
    sold.system.editions.seal(0)
    sold.settle_down()
    clock, asked = [1_800_000_000], []

    def sealed_to(real: Any, *args: Any) -> Any:
        asked.append(args)
        return real.sealed_to(*args)

    parts = {
        "clock": lambda _: lambda: clock[0],
        "custody": lambda real: Meddled(real, sealed_to=sealed_to),
    }
    with sold.keeper(1, **parts) as keeper:
        for step, looks in ((0, 1), (PAUSE - 1, 1), (1, 2)):
            clock[0] += step
            assert keeper.attestation(2)
            assert len(asked) == looks


def test_release__asked_again_at_one_final_block__costs_few_small_questions(
    sold: RunningDao,
) -> None:
    """A stranger's question makes a bounded number of requests, and proofs are fetched once."""
    sold.deliver(SOLD)
    nodes = Nodes(sold.chain, sold.dao)
    node = nodes.proxy(honest)
    with closing(nodes), sold.keeper(1, chain=lambda _: nodes.over(node)) as keeper:
        for licence_id in (SOLD, 999):
            keeper.release(licence_id)
            before = len(node.asked)
            keeper.release(licence_id)
            assert "eth_getProof" not in node.methods()[before:]
            assert len(node.asked) - before <= FEW
