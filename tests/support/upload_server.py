"""A service in a process of its own whose memory can be measured; it has no chain.

Run with a folder as its argument; it prints its URL and serves until it is terminated.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from pathlib import Path

from dao_backend.api import create_app
from dao_backend.chain.anvil import CHAIN_ID
from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.rpc import Patience, Rpc
from dao_backend.chain.sender import Sender
from dao_backend.chain.signer import LocalSigner
from dao_backend.chain.writer import Writer
from dao_backend.core.facts import Addresses, AppraiserFacts, Facts
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.sketch import SketchKey
from dao_backend.service.appraising import Appraiser, AppraiserTools
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.serve import ApiServer
from tests.support.core_actors import committee, sealing_secret, seed, wallet
from tests.support.local_dao import RELAY, local_parameters
from tests.support.stand import backend_of, databases

MAX_BYTES = 2**30
CONTRACTS = Addresses(CHAIN_ID, 1, *(wallet(number) for number in range(1001, 1014)))


def facts() -> Facts:
    """A DAO that is nowhere."""
    parameters = local_parameters()
    return Facts(
        name=parameters.name,
        symbol=parameters.symbol,
        addresses=CONTRACTS,
        rpc_url=None,
        confirmations=None,
        collections=parameters.collections,
        committee=committee(2, 3),
        appraiser=AppraiserFacts(wallet(1), sealing_secret(9, 1).public),
        policy=Policy().digest,
        max_bytes=MAX_BYTES,
    )


def serve(folder: Path) -> None:
    """Serve from `folder` until SIGTERM."""
    rpc = Rpc("http://127.0.0.1:9", Patience(repeats=0))
    node = Node(rpc, CHAIN_ID)
    chain = Reader(node, CONTRACTS)
    signer = LocalSigner(seed("account", RELAY))
    blobs = EmbeddedBlobStore(folder / "blobs")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with databases(folder) as opened, socket.create_server(("127.0.0.1", 0)) as listening:
        tools = AppraiserTools(
            signer=signer,
            sealing_secret=sealing_secret(9, 1),
            sketch_key=SketchKey(seed("sketch key")),
            policy=Policy(),
            chain=chain,
            blobs=blobs,
            index=opened.index,
            pool=opened.pool,
        )
        relay = Writer(node, CONTRACTS, Sender(node, signer))
        backend = backend_of(facts(), chain, relay, opened, blobs, (), Appraiser(tools))
        server = ApiServer(create_app(backend), listening)
        server.start()
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        ended.wait()
        server.stop()
    rpc.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
