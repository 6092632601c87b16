"""How long a node is waited for."""

from __future__ import annotations

import pytest

from dao_backend.chain.rpc import Patience, Rpc, RpcRefusal, _result
from dao_backend.errors import ChainUnavailable
from tests.support.anvil import Chain
from tests.support.rpc_proxy import proxied


def test_read__node_gone_for_long__is_asked_once_until_it_answers(
    chain: Chain,
) -> None:
    """Whoever asks it along with others does not wait for all repetitions again and again."""
    gone, pauses = [True], list[float]()
    with proxied(chain.url, lambda _request: (503, b"") if gone[0] else None) as proxy:
        rpc = Rpc(proxy.url, Patience(repeats=2, pause=0.5), pauses.append)
        for _ in range(3):
            with pytest.raises(ChainUnavailable):
                rpc.read("eth_blockNumber")
        assert pauses == [0.5, 1.0]
        gone[0] = False
        rpc.read("eth_blockNumber")
        gone[0] = True
        with pytest.raises(ChainUnavailable):
            rpc.read("eth_blockNumber")
        assert pauses == [0.5, 1.0, 0.5, 1.0]
        rpc.close()


def test_result__node_refuses_with_very_many_words__passes_on_the_first_of_them() -> None:
    """A node is anybody's, and its words are searched for what strangers may not read."""
    key = "k" * 20
    words = "a" * 990 + key + "a+" * 1_000_000
    with pytest.raises(RpcRefusal) as refused:
        _result({"error": {"code": 3, "message": words, "data": "0x"}}, "the node", (key,))
    assert str(refused.value) == "a" * 990 + "(hidden)" + "a+"
