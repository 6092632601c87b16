"""A keeper as its operator has it: a folder, its process, and a DAO that gives it a seat."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.decode import Decoder
from dao_backend.chain.deployment import addresses_of, deploy
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import Keeper, address
from dao_backend.core.packing import bytes_of
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.ports.keepers import StoredShare
from tests.support.anvil import Chain
from tests.support.cli import DDAO, Answer, Person, end
from tests.support.core_actors import committee, dealt, seed
from tests.support.local_dao import DEPLOYER, LocalDao, LogReader, local_parameters

Value = TypeVar("Value")
PATIENCE = 120.0
"""Seconds before something counts as never come true."""
_LOOK = 0.02


@dataclass(frozen=True, slots=True)
class OwnKeeper:
    """A keeper's folder, its key file beside it, and who runs it."""

    person: Person
    data: Path
    seat: dict[str, str]

    @property
    def key_file(self) -> Path:
        """What opens its keys."""
        return self.data.with_name(f"{self.data.name}.key")

    def at(self, index: int) -> Keeper:
        """Its seat in a committee."""
        return Keeper(
            index,
            address(self.seat["operator"]),
            bytes_of(self.seat["sealing_key"]),
            self.seat["endpoint"],
        )

    def set(self, **changes: object) -> None:
        """Change lines of its settings."""
        path = self.data / "keeper.yaml"
        lines = path.read_text().splitlines()
        for key, value in changes.items():
            (at,) = [n for n, line in enumerate(lines) if line.startswith(f"{key}:")]
            lines[at] = f"{key}: {json.dumps(value)}"
        path.write_text("\n".join(lines))

    def keep_for(self, record: DeploymentRecord) -> None:
        """Put the deployment's record where it looks for it."""
        (self.data / "deployment.json").write_text(record.to_json())

    def hold(self, *numbers: int) -> None:
        """Put shares into its custody, as if they had been taken in."""
        custody = SqliteCustody(self.data / "custody.sqlite")
        for number in numbers:
            custody.add(some_share(number))
        custody.close()

    def does(self, command: str, *words: str | Path) -> Any:
        """A `ddao keeper` command on this folder that must succeed."""
        return self.person.does("keeper", command, "--data", self.data, *words)

    def run(self, command: str, *words: str | Path) -> Answer:
        """A `ddao keeper` command on this folder."""
        return self.person.run("keeper", command, "--data", self.data, *words)

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """`ddao keeper run` as a process, which may not come up."""
        command = [str(DDAO), "keeper", "run", "--data", str(self.data), "--json"]
        return subprocess.Popen(
            [*command, "--key-file", str(self.key_file), *map(str, words)],
            env={**os.environ, "HOME": str(self.person.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@dataclass(slots=True)
class RunningKeeper:
    """The process of a keeper that answers."""

    url: str
    process: subprocess.Popen[str]

    def status(self) -> Any:
        """What it says of itself."""
        answer = httpx.get(f"{self.url}/status", trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stop(self, number: int = 15) -> Answer:
        """Send a signal and wait for the end."""
        return end(self.process, number)


@contextmanager
def running(keeper: OwnKeeper, *words: str | Path) -> Iterator[RunningKeeper]:
    """`ddao keeper run` until the block ends."""
    process = keeper.start(*words)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate()[1])
        yield RunningKeeper(json.loads(line)["url"], process)
    finally:
        end(process, 15)


def make_keeper(person: Person, name: str, *nodes: str) -> OwnKeeper:
    """`ddao keeper init` with a key file, on a free port, looking at the chain all the time."""
    data = person.home / name
    words = [each for node in nodes for each in ("--rpc", node)]
    told = person.does(
        *("keeper", "init", "--data", data, "--endpoint", f"http://{name}.example"),
        *("--listen", "127.0.0.1:0", "--key-file", person.home / f"{name}.key", *words),
    )
    made = OwnKeeper(person, data, told["seat"])
    made.set(pause=0.05)
    return made


def found_dao_of(chain: Chain, *keepers: OwnKeeper) -> tuple[LocalDao, DeploymentRecord]:
    """A DAO whose first committee they are, all of them needed; each is given the record."""
    seats = tuple(keeper.at(index) for index, keeper in enumerate(keepers, 1))
    parameters = replace(local_parameters(), keepers=seats, threshold=len(seats))
    record = deploy(chain.node, Sender(chain.node, chain.signer(DEPLOYER)), parameters)
    for keeper in keepers:
        keeper.keep_for(record)
    addresses = addresses_of(record)
    logs = LogReader(chain.node, Decoder(addresses))
    chain.time.finalize()
    return LocalDao(chain, addresses, Reader(chain.node, addresses, logs), logs), record


def change_committee(dao: LocalDao, *keepers: OwnKeeper) -> None:
    """Form the next epoch, and let it be final."""
    seats = [
        (each.seat["operator"], bytes_of(each.seat["sealing_key"]), each.seat["endpoint"])
        for each in keepers
    ]
    dao.by_vote(ContractName.KEEPERS, "changeCommittee", seats)
    dao.chain.time.finalize()


def some_share(number: int) -> StoredShare:
    """A share like any other; no chain knows its contribution."""
    made = dealt(number, committee(1, 1))
    commitments = made.dealing.commitments
    return StoredShare(made.record, commitments, b"sealed", bytes(65), seed("sealing key"))


def eventually(look: Callable[[], Value]) -> Value:
    """The first answer that is true."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(_LOOK)
    raise AssertionError("this never came true")
