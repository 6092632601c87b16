"""A local chain: Foundry's anvil as a child process.

It mines a block for every transaction at once and another one every second, because finality
must move on without transactions. `TimeMachine` moves its clock, for the demo and for tests only.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dao_backend.chain.rpc import Patience, Rpc
from dao_backend.errors import ChainUnavailable, SetupError

CHAIN_ID = 31337
SLOTS = 2
"""Slots in an epoch: the finalized block is twice as many below the head."""
MNEMONIC = "test test test test test test test test test test test junk"
"""Phrase behind anvil's funded accounts; public, worthless on any other chain."""
START_PATIENCE = 20.0
STOP_PATIENCE = 20.0
_KEPT_STATES = 1024
_SAVED_EVERY = 300
"""Seconds between two writes of the state file, besides the one at the end."""
_PACKAGES = "@foundry-rs/anvil-*/bin/anvil"
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class AnvilOptions:
    """How to start it; `port` 0 takes a free one, `state` is a file that survives restarts."""

    port: int = 0
    state: Path | None = None
    block_time: int | None = 1
    """Seconds between blocks without transactions, None for none."""
    chain_id: int = CHAIN_ID
    accounts: int = 10
    """Funded accounts derived from MNEMONIC."""


class Anvil:
    """A running anvil; leave the `with` block or call `stop` to end it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, said: BinaryIO) -> None:
        self.process = process
        self.url = f"http://{_HOST}:{port}"
        self._said = said

    def complaint(self) -> str:
        """The last line it wrote, which tells why it ended."""
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()
        return said.splitlines()[-1] if said else "it says nothing; the port may be taken"

    def stop(self) -> None:
        """End it, letting it write its state; by force when it does not end in time."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._said.close()

    def __enter__(self) -> Anvil:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class TimeMachine:
    """Moves a local chain on; for the demo and for tests."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def advance(self, seconds: int) -> None:
        """Let so much chain time pass, and mine one block after it."""
        self._rpc.once("evm_increaseTime", hex(seconds))
        self.mine(1)

    def mine(self, blocks: int) -> None:
        """Mine so many blocks at once."""
        self._rpc.once("anvil_mine", hex(blocks))

    def finalize(self) -> None:
        """Mine until what is the head now is final."""
        self.mine(2 * SLOTS + 1)


def find_anvil(root: Path | None = None) -> Path:
    """The real binary: below `root`/node_modules (the project), else on PATH.

    npm's own `anvil` command is a wrapper whose child outlives it, hence the order.
    Raises SetupError when there is none.
    """
    places = [root] if root is not None else list(Path(__file__).resolve().parents[2:3])
    for place in places:
        for found in sorted((place / "node_modules").glob(_PACKAGES)):
            if shutil.which(found):
                return found
    on_path = shutil.which("anvil")
    if on_path is None:
        raise SetupError(
            "anvil, the local chain, is not installed: run `make setup` in the project, or "
            "install Foundry (https://getfoundry.sh) so that `anvil` is on PATH"
        )
    return Path(on_path)


def start_anvil(
    options: AnvilOptions | None = None,
    binary: Path | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> Anvil:
    """Start anvil and return once it answers. Raises SetupError, ChainUnavailable."""
    chosen = options or AnvilOptions()
    resumed = chosen.state is not None and chosen.state.exists()
    port = _free_port(chosen.port)
    command = [str(binary or find_anvil()), *_arguments(chosen, port)]
    anvil = _launch(command, port)
    try:
        _await_answer(anvil, wait)
        if resumed:
            _make_final_state_readable(anvil)
    except BaseException:
        anvil.stop()
        raise
    return anvil


def _launch(command: list[str], port: int) -> Anvil:
    said = tempfile.TemporaryFile()  # noqa: SIM115  # `stop` closes it
    try:
        process = subprocess.Popen(  # noqa: S603  # our own binary with arguments made here
            command, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
    except OSError as error:
        said.close()
        raise SetupError(f"{command[0]} does not run: {error.strerror}") from error
    return Anvil(process, port, said)


def _arguments(options: AnvilOptions, port: int) -> list[str]:
    arguments = ["--quiet", "--host", _HOST, "--port", str(port)]
    arguments += ["--chain-id", str(options.chain_id), "--slots-in-an-epoch", str(SLOTS)]
    arguments += ["--mnemonic", MNEMONIC, "--accounts", str(options.accounts)]
    arguments += ["--prune-history", str(_KEPT_STATES)]
    if options.block_time is not None:
        arguments += ["--mixed-mining", "--block-time", str(options.block_time)]
    if options.state is not None:
        arguments += ["--state", str(options.state), "--state-interval", str(_SAVED_EVERY)]
    return arguments


def _await_answer(anvil: Anvil, wait: Callable[[float], object]) -> None:
    rpc = Rpc(anvil.url, Patience(repeats=0))
    try:
        for _ in range(int(START_PATIENCE / 0.02)):
            if anvil.process.poll() is not None:
                break
            try:
                rpc.once("eth_chainId")
            except ChainUnavailable:
                wait(0.02)
            else:
                return
    finally:
        rpc.close()
    raise ChainUnavailable(f"the local chain did not start at {anvil.url}: {anvil.complaint()}")


def _make_final_state_readable(anvil: Anvil) -> None:
    """Mine on from a loaded state: anvil keeps no state of the blocks before it."""
    rpc = Rpc(anvil.url)
    try:
        TimeMachine(rpc).finalize()
    finally:
        rpc.close()


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, any free port for 0; ChainUnavailable."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted))
        except OSError as error:
            message = f"port {wanted} is in use: stop what listens there, or choose another port"
            raise ChainUnavailable(message) from error
        return int(probe.getsockname()[1])
