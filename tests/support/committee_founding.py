"""Founds a DAO with a committee of processes on a local chain, and ends all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dao_backend.chain.decode import Decoder
from dao_backend.chain.deployment import addresses_of, deploy
from dao_backend.chain.follow import LogReader
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.service.keepers import Keepers
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.reaching import Reaching
from tests.support.anvil import Chain
from tests.support.committee import Committee
from tests.support.keeper_machine import PATIENCE, make_keeper
from tests.support.local_dao import DEPLOYER, LocalDao, local_parameters
from tests.support.running_dao import Drawn
from tests.support.steady_chain import SteadyChain

OPERATORS = 100
"""The operator of the first keeper at an index is this account's number and the index."""


@contextmanager
def founded(
    home: Path,
    chain: Chain,
    size: int = 3,
    threshold: int = 2,
    parameters: DeploymentParameters | None = None,
) -> Iterator[Committee]:
    """A DAO with `size` keepers, none of which runs yet; at the end all are ended.

    `parameters` say the rest; each keeper asks the chain's one node until its settings change.
    """
    chain = SteadyChain(chain.url, chain.rpc, chain.node, chain.time)
    keepers = {
        index: make_keeper(home, f"keeper-{index}", OPERATORS + index, chain.url)
        for index in range(1, size + 1)
    }
    seats = tuple(keeper.seat(index) for index, keeper in keepers.items())
    stated = replace(parameters or local_parameters(), keepers=seats, threshold=threshold)
    record = deploy(chain.node, Sender(chain.node, chain.signer(DEPLOYER)), stated)
    for keeper in keepers.values():
        keeper.keep_for(record)
    addresses = addresses_of(record)
    logs = LogReader(chain.node, Decoder(addresses))
    dao = LocalDao(chain, addresses, Reader(chain.node, addresses, logs), logs)
    reach, machines = Reaching(PATIENCE), list(keepers.values())
    asking = Keepers(reach)
    envelopes, drawn = EmbeddedBlobStore(home / "envelopes"), Drawn(home.name)
    chain.time.finalize()
    try:
        yield Committee(dao, record, home, keepers, machines, envelopes, drawn, reach, asking)
    finally:
        asking.close()
        reach.close()
        for keeper in machines:
            if keeper.process is not None:
                keeper.kill()


@contextmanager
def at_work(home: Path, chain: Chain, size: int = 3, threshold: int = 2) -> Iterator[Committee]:
    """The same, and every keeper runs in its seat."""
    with founded(home, chain, size, threshold) as committee:
        for keeper in committee.keepers.values():
            keeper.begin()
        for keeper in committee.keepers.values():
            keeper.await_answer()
            keeper.await_seat()
        yield committee
