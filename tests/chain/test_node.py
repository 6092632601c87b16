"""One node of a chain, and what happens when it is wrong, slow or broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from dao_backend.chain.anvil import CHAIN_ID
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.decode import Decoder
from dao_backend.chain.follow import LogReader
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Patience, Rpc
from dao_backend.core.packing import keccak256
from dao_backend.errors import ChainUnavailable, ContractRefused, NotFound, WrongNetwork
from tests.support.anvil import Chain
from tests.support.core_actors import wallet
from tests.support.local_dao import LocalDao
from tests.support.rpc_proxy import Answer, Meddle, RpcProxy, proxied, rpc_error


class Meddler:
    """A proxy in front of the chain, a node that goes through it, and the pauses it made."""

    def __init__(self, proxy: RpcProxy, patience: Patience) -> None:
        self.proxy = proxy
        self.pauses: list[float] = []
        self.rpc = Rpc(proxy.url, patience, self.pauses.append)
        self.node = Node(self.rpc, CHAIN_ID)


@pytest.fixture
def through(chain: Chain) -> Iterator[Callable[..., Meddler]]:
    """Put a meddling proxy in front of the chain: `through(meddle, patience)`."""
    opened: list[Any] = []

    def put(meddle: Meddle, patience: Patience | None = None) -> Meddler:
        proxy = proxied(chain.url, meddle)
        meddler = Meddler(proxy.__enter__(), patience or Patience(answer=2))
        opened.append((proxy, meddler))
        return meddler

    yield put
    for proxy, meddler in opened:
        meddler.rpc.close()
        proxy.__exit__(None, None, None)


def _on(method: str, answer: Callable[[dict[str, Any]], Answer | None]) -> Meddle:
    """Meddle with one method only."""
    return lambda request: answer(request) if request["method"] == method else None


def test_read__other_chain__is_wrong_network(chain: Chain) -> None:
    """A node of another chain is refused before anything is read or sent."""
    node = Node(chain.rpc, 1)
    with pytest.raises(WrongNetwork, match=r"serves chain 31337, .* on chain 1$"):
        node.head()
    with pytest.raises(WrongNetwork):
        node.send(b"\x02")


def test_read__nobody_listens__is_unavailable_after_bounded_repeats() -> None:
    """A node that is not there is asked a few times with growing pauses, then named."""
    pauses: list[float] = []
    rpc = Rpc("http://127.0.0.1:1/secret-key", Patience(repeats=3, pause=0.5), pauses.append)
    with pytest.raises(ChainUnavailable, match=r"no answer from http://127\.0\.0\.1:1") as refused:
        Node(rpc, CHAIN_ID).head()
    rpc.close()
    assert pauses == [0.5, 1.0, 2.0]
    assert "secret-key" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"jsonrpc": "2.0", "id": 1}'),
        (404, b"not here"),
        (200, b'{"jsonrpc": "2.0", "id": 1, "result": 5}'),
        (200, b'{"jsonrpc": "2.0", "id": 1, "result": "five"}'),
        (200, b'{"jsonrpc": "2.0", "id": 1, "error": "odd"}'),
    ],
)
def test_read__no_json_rpc_node__is_unavailable_at_once(
    through: Callable[..., Meddler], answer: Answer
) -> None:
    """Something else at that address is told apart from a node, and not asked again."""
    meddler = through(lambda request: answer)
    with pytest.raises(ChainUnavailable):
        meddler.node.head()
    assert meddler.pauses == []


@pytest.mark.parametrize("method", ["eth_getBlockByNumber", "eth_getTransactionReceipt"])
def test_read__malformed_answer__is_unavailable(
    through: Callable[..., Meddler], method: str
) -> None:
    """A block or receipt without its fields never becomes a KeyError."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"number": "0x1"}}).encode()
    node = through(_on(method, lambda request: (200, body))).node
    with pytest.raises(ChainUnavailable, match="not what JSON-RPC says"):
        node.head() if method == "eth_getBlockByNumber" else node.mined(bytes(32))


def test_read__slow_node__is_unavailable_in_time(through: Callable[..., Meddler]) -> None:
    """A node that accepts a request and does not answer is left after the agreed time."""
    never = Event()

    def hold(request: dict[str, Any]) -> Answer:
        never.wait(5)
        return 0, b""

    meddler = through(hold, Patience(answer=0.1))
    with pytest.raises(ChainUnavailable, match="in time"):
        meddler.node.head()
    never.set()


def test_send__connection_breaks__is_not_repeated(through: Callable[..., Meddler]) -> None:
    """A transaction is handed over once: whether it arrived is for the sender to find out."""
    meddler = through(_on("eth_sendRawTransaction", lambda request: (0, b"")))
    with pytest.raises(ChainUnavailable):
        meddler.node.send(b"\x02")
    assert meddler.proxy.methods().count("eth_sendRawTransaction") == 1


def test_block__above_the_head__is_not_found(chain: Chain) -> None:
    """A height that the chain has not reached is unknown, not an empty block."""
    with pytest.raises(NotFound):
        chain.node.block(chain.height() + 1)


def test_call__contract_refuses__is_decoded(dao: LocalDao) -> None:
    """A custom error arrives with its name, its values and a sentence."""
    registry = DataRegistry(dao.addresses.registry)
    with pytest.raises(ContractRefused, match="There is no edition 7") as refused:
        dao.chain.node.call(registry.edition(7))
    assert refused.value.name == "EditionUnknown"
    assert refused.value.arguments == {"editionId": 7}


@pytest.mark.parametrize(
    "shape",
    [
        lambda data: data,
        lambda data: f"Reverted {data}",
        lambda data: {"data": data},
        lambda data: {"result": data},
    ],
)
def test_call__error_data_of_any_node__is_decoded(
    through: Callable[..., Meddler], shape: Callable[[str], object]
) -> None:
    """Nodes put the revert data in different places; all of them are understood."""
    data = "0x" + (keccak256(b"EditionUnknown(uint40)")[:4] + (9).to_bytes(32, "big")).hex()

    def answer(request: dict[str, Any]) -> Answer:
        error = {"code": 3, "message": "execution reverted", "data": shape(data)}
        return 200, json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()

    node = through(_on("eth_call", answer)).node
    with pytest.raises(ContractRefused, match="no edition 9"):
        node.call(DataRegistry(wallet(1)).edition(9))


def test_call__no_contract_there__is_unavailable(chain: Chain) -> None:
    """An address without code gives no answer that could be mistaken for zero."""
    with pytest.raises(ChainUnavailable, match="does not fit the contract's ABI"):
        chain.node.call(DataRegistry(wallet(77)).history_count())


def test_read__node_is_busy_twice__answers_in_the_end(through: Callable[..., Meddler]) -> None:
    """Overload and broken connections are sat out."""
    limited = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "slow down"}}'
    trouble = [(429, limited), (0, b""), (503, b"")]
    meddler = through(lambda request: trouble.pop() if trouble else None)
    assert meddler.node.head().number >= 0
    assert meddler.pauses == [0.1, 0.2, 0.4]


def test_finalized__by_tag__stays_below_the_head(chain: Chain) -> None:
    """The node's own finalized block trails the head, and follows it."""
    before = chain.node.head()
    assert chain.node.finalized().number < before.number
    chain.time.finalize()
    assert chain.node.finalized().number >= before.number


@pytest.mark.parametrize("confirmations", [1, 5, 10**6])
def test_finalized__by_confirmations__is_that_far_below(chain: Chain, confirmations: int) -> None:
    """A rule of n confirmations is n blocks below the head, and never below the first block."""
    node = Node(chain.rpc, CHAIN_ID, confirmations)
    assert node.finalized().number == max(0, chain.height() - confirmations)


def _narrow(limit: int) -> Meddle:
    """Refuse logs of more than `limit` blocks, as many providers do."""

    def answer(request: dict[str, Any]) -> Answer | None:
        wanted = request["params"][0]
        width = int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1
        return rpc_error(request, -32005, "block range too wide") if width > limit else None

    return _on("eth_getLogs", answer)


def test_logs__answer_is_too_large__is_asked_in_halves(
    dao: LocalDao, through: Callable[..., Meddler]
) -> None:
    """A gateway that finds the answer too large is asked for less, not again for the same."""
    too_large = [(413, b""), (413, b"")]
    meddler = through(_on("eth_getLogs", lambda request: too_large.pop() if too_large else None))
    reader = LogReader(meddler.node, Decoder(dao.addresses))
    assert reader.events(0, dao.chain.height()) == dao.reader.logs(0, dao.chain.height())
    assert meddler.pauses == []


@pytest.mark.parametrize("status", [400, 500])
def test_read__error_in_an_http_error__is_read(
    dao: LocalDao, through: Callable[..., Meddler], status: int
) -> None:
    """Nodes that send a JSON-RPC error with HTTP status 400 or 500 are understood too."""
    reverted = {"code": 3, "message": "execution reverted", "data": "0x"}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": reverted}).encode()
    node = through(_on("eth_call", lambda request: (status, body))).node
    with pytest.raises(ContractRefused, match="without a known reason"):
        node.call(DataRegistry(dao.addresses.registry).history_count())


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_logs__node_refuses_wide_ranges__gives_all_events_in_order(
    dao: LocalDao, through: Callable[..., Meddler], limit: int
) -> None:
    """Halving a refused range loses nothing and repeats nothing."""
    for number in (1, 2, 3):
        dao.register(number)
    dao.chain.time.mine(30)
    reader = LogReader(through(_narrow(limit)).node, Decoder(dao.addresses))
    assert reader.events(0, dao.chain.height()) == dao.reader.logs(0, dao.chain.height())


def test_logs__after_a_refusal__remembers_the_width(
    dao: LocalDao, through: Callable[..., Meddler]
) -> None:
    """The limit is found once, so that the next range is not refused again and again."""
    dao.chain.time.mine(64)
    meddler = through(_narrow(8))
    reader = LogReader(meddler.node, Decoder(dao.addresses), widest=64)
    reader.events(1, 64)
    meddler.proxy.asked.clear()
    reader.events(1, 8)
    assert len(meddler.proxy.asked) <= 2


def test_logs__single_block_refused__is_unavailable(
    dao: LocalDao, through: Callable[..., Meddler]
) -> None:
    """A node that refuses even one block cannot be followed, and that is said."""
    reader = LogReader(through(_narrow(0)).node, Decoder(dao.addresses))
    with pytest.raises(ChainUnavailable, match="logs of one block"):
        reader.events(0, 8)


def test_logs__node_adds_no_times__asks_for_them(
    dao: LocalDao, through: Callable[..., Meddler], chain: Chain
) -> None:
    """Logs without their block's time get it from the block."""

    def without_time(request: dict[str, Any]) -> Answer:
        found = chain.rpc.read("eth_getLogs", *request["params"])
        assert isinstance(found, list)
        for entry in found:
            del entry["blockTimestamp"]
        return 200, json.dumps({"jsonrpc": "2.0", "id": 1, "result": found}).encode()

    dao.register(1)
    reader = LogReader(through(_on("eth_getLogs", without_time)).node, Decoder(dao.addresses))
    assert reader.events(0, chain.height()) == dao.reader.logs(0, chain.height())
