"""The local chain as a child process."""

from __future__ import annotations

from pathlib import Path

import pytest

from dao_backend.chain.anvil import CHAIN_ID, AnvilOptions, TimeMachine, find_anvil, start_anvil
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Rpc
from dao_backend.errors import ChainUnavailable, SetupError
from tests.support.anvil import running_chain
from tests.support.core_actors import wallet


def test_find_anvil__not_installed__names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has no anvil is told how to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="make setup"):
        find_anvil(tmp_path)


def test_start__binary_does_not_run__is_a_setup_error(tmp_path: Path) -> None:
    """A damaged installation is told as such."""
    broken = tmp_path / "anvil"
    broken.write_text("no program", encoding="utf-8")
    broken.chmod(0o700)
    with pytest.raises(SetupError, match="does not run"):
        start_anvil(binary=broken)


def test_start__port_is_taken__says_so() -> None:
    """Two chains cannot share a port; the second one is not mistaken for the first."""
    with running_chain() as chain:
        port = int(chain.url.rpartition(":")[2])
        with pytest.raises(ChainUnavailable, match=f"port {port} is in use"):
            start_anvil(AnvilOptions(port=port))


def test_find_anvil__on_path_only__is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed Foundry does as well as the project's own packages."""
    binary = tmp_path / "anvil"
    binary.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_anvil(tmp_path / "elsewhere") == binary


def test_stop__running_chain__ends_the_process() -> None:
    """Nothing is left behind, and stopping twice does no harm."""
    anvil = start_anvil(AnvilOptions(block_time=None))
    anvil.stop()
    assert anvil.process.returncode is not None
    anvil.stop()


def test_start__with_a_state_file__goes_on_where_it_ended(tmp_path: Path) -> None:
    """Balances and blocks survive a restart, and the final block's state can be read."""
    options = AnvilOptions(state=tmp_path / "chain.json", block_time=None)
    with running_chain(options) as chain:
        chain.fund(wallet(1), 12345)
        chain.time.mine(9)
        height = chain.height()
    with running_chain(options) as chain:
        assert chain.height() > height
        assert chain.node.balance(wallet(1), chain.node.finalized().number) == 12345


def test_start__by_default__mines_at_once_and_by_the_clock() -> None:
    """Blocks come without transactions, so that finality moves on; transactions do not wait."""
    with running_chain(AnvilOptions()) as chain:
        sender = chain.sender(1)
        start = chain.height()
        mined = sender.send(Action(wallet(2), value=1))
        assert mined.succeeded
        while chain.height() <= mined.block:
            assert chain.height() >= start


def test_advance__an_hour__moves_chain_time_only(tmp_path: Path) -> None:
    """Chain time passes without anybody waiting for it."""
    with start_anvil(AnvilOptions(block_time=None)) as anvil:
        rpc = Rpc(anvil.url)
        node = Node(rpc, CHAIN_ID)
        before = node.head()
        TimeMachine(rpc).advance(3600)
        after = node.head()
        rpc.close()
    assert after.number == before.number + 1
    assert after.timestamp >= before.timestamp + 3600
