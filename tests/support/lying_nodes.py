"""A node that keepers ask and that lies, each lie by its name; it can be told to stop."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.packing import hex_of
from tests.chain.nodes import answer, forged, honest
from tests.support.anvil import Chain
from tests.support.rpc_proxy import Answer, Meddle, RpcProxy, rpc_error

Change = Callable[[list[Any], Any], object]
TAGS = ("latest", "finalized")


@contextmanager
def telling(liar: RpcProxy, lie: Meddle) -> Iterator[None]:
    """Lie until the block ends."""
    liar.meddle = lie
    try:
        yield
    finally:
        liar.meddle = honest


def changing(chain: Chain, change: Change, *methods: str) -> Meddle:
    """Answer these methods with what `change` makes of parameters and true result."""

    def meddle(request: dict[str, Any]) -> Answer | None:
        if request["method"] not in methods:
            return None
        true = chain.rpc.read(request["method"], *request["params"])
        return answer(request, change(request["params"], true))

    return meddle


# --- blocks -----------------------------------------------------------------------------------


def far_ahead(chain: Chain) -> Meddle:
    """State that the newest and the newest final block are a thousand further on."""

    def further(asked: list[Any], true: Any) -> object:
        if asked[0] not in TAGS:
            return true
        return forged(true, number=hex(int(true["number"], 16) + 1_000))

    return changing(chain, further, "eth_getBlockByNumber")


def inventing(chain: Chain) -> Meddle:
    """Give every block another state, with the hash that belongs to it."""
    root = "0x" + "66" * 32

    def other(_asked: list[Any], true: Any) -> object:
        return None if true is None else forged(true, stateRoot=root)

    return changing(chain, other, "eth_getBlockByNumber")


def standing_still(chain: Chain) -> Meddle:
    """Serve the chain as it is now, for ever."""
    last = {tag: chain.rpc.read("eth_getBlockByNumber", tag, False) for tag in TAGS}
    head = chain.height()

    def meddle(request: dict[str, Any]) -> Answer | None:
        asked = request["params"]
        match request["method"]:
            case "eth_getBlockByNumber" if asked[0] in TAGS:
                return answer(request, last[asked[0]])
            case "eth_getBlockByNumber" if int(asked[0], 16) > head:
                return answer(request, None)
            case "eth_call" if asked[1] != "latest" and int(asked[1], 16) > head:
                return rpc_error(request, -32000, "header not found")
            case "eth_call" if asked[1] == "latest":
                return answer(request, chain.rpc.read("eth_call", asked[0], hex(head)))
        return None

    return meddle


# --- facts ------------------------------------------------------------------------------------


def spoiling_proofs(chain: Chain) -> Meddle:
    """Prove another value for the first slot that is asked for."""

    def spoilt(_asked: list[Any], true: Any) -> object:
        first, *others = true["storageProof"]
        return {**true, "storageProof": [{**first, "value": "0x7"}, *others]}

    return changing(chain, spoilt, "eth_getProof")


def substituting(chain: Chain, true_word: bytes, false_word: bytes, *methods: str) -> Meddle:
    """Put one word in another's place wherever it stands in these methods' answers."""

    def swapped(found: Any) -> Any:
        match found:
            case str():
                return found.replace(true_word.hex(), false_word.hex())
            case list():
                return [swapped(each) for each in found]
            case dict():
                return {key: swapped(each) for key, each in found.items()}
        return found

    return changing(chain, lambda _asked, true: swapped(true), *methods)


def hiding(chain: Chain, contract: ContractName, event: str) -> Meddle:
    """Leave every event of one kind out of the log."""
    topic = hex_of(abi_of(contract).events[event].topic)

    def shorter(_asked: list[Any], true: Any) -> object:
        return [each for each in true if each["topics"][0] != topic]

    return changing(chain, shorter, "eth_getLogs")


def of_another_history(chain: Chain, other: Chain, since: int) -> Meddle:
    """Logs and calls of another chain from block `since` on, under the true chain's headers."""

    def meddle(request: dict[str, Any]) -> Answer | None:
        asked = request["params"]
        match request["method"]:
            case "eth_call" if asked[1] == "latest" or int(asked[1], 16) >= since:
                forwarded = {**request, "params": [asked[0], "latest"]}
                return _asked_of(other, forwarded)
            case "eth_getLogs" if int(asked[0]["toBlock"], 16) >= since:
                wanted = asked[0]
                true = chain.rpc.read("eth_getLogs", wanted)
                begin = hex(max(since, int(wanted["fromBlock"], 16)))
                invented = other.rpc.read("eth_getLogs", {**wanted, "fromBlock": begin})
                return answer(request, [*_entries(true), *_entries(invented)])
        return None

    return meddle


def _asked_of(other: Chain, request: dict[str, Any]) -> Answer:
    """What the other chain says, its refusals included."""
    body = json.dumps(request).encode()
    asked = Request(other.url, body, {"Content-Type": "application/json"})
    with urlopen(asked, timeout=10) as found:
        return 200, bytes(found.read())


def _entries(found: object) -> list[Any]:
    assert isinstance(found, list)
    return found


# --- no use -----------------------------------------------------------------------------------


def closing(_request: dict[str, Any]) -> Answer | None:
    """Close every connection without a word."""
    return 0, b""
