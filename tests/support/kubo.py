"""A real Kubo node for tests: its own repository, offline, free ports, gone afterwards.

The binary is `build/kubo/ipfs`. Without it, tests that need a node are skipped only where there is
no Go to build it with; where there is, they fail and name the command.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARY = Path(__file__).resolve().parents[2] / "build" / "kubo" / "ipfs"


class KuboNode:
    """A running node: `address` is its RPC, `repository` its folder."""

    def __init__(self, address: str, repository: Path) -> None:
        self.address = address
        self.repository = repository

    def block_file(self, digest: bytes) -> Path:
        """Where the node's flatfs keeps the block with that SHA-256 digest."""
        key = base64.b32encode(b"\x12\x20" + digest).decode("ascii").rstrip("=")
        return self.repository / "blocks" / key[-3:-1] / f"{key}.data"


@contextmanager
def kubo_node(repository: Path) -> Iterator[KuboNode]:
    """Start a node in an empty folder, and stop it by its process id."""
    environment = {
        **os.environ,
        "HOME": str(repository),
        "IPFS_PATH": str(repository),
        "IPFS_TELEMETRY": "off",
    }
    run = [str(_binary()), "init", "--profile=test"]
    subprocess.run(run, env=environment, check=True, capture_output=True)
    _listen_on_free_ports(repository / "config")
    with (repository / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen(
            [str(_binary()), "daemon", "--offline"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        _wait_until_ready(daemon, repository / "daemon.log")
        yield KuboNode((repository / "api").read_text().strip(), repository)
    finally:
        daemon.terminate()
        daemon.communicate(timeout=30)


def _binary() -> Path:
    if not BINARY.exists():
        if shutil.which("go") is None:
            pytest.skip("no IPFS node to test against: install Go and run `make kubo`")
        pytest.fail("no IPFS node to test against: run `make kubo`", pytrace=False)
    return BINARY


def _listen_on_free_ports(config: Path) -> None:
    settings = json.loads(config.read_text())
    settings["Addresses"] |= {"API": "/ip4/127.0.0.1/tcp/0", "Gateway": "", "Swarm": []}
    settings["AutoConf"] = {"Enabled": False}
    config.write_text(json.dumps(settings))


def _wait_until_ready(daemon: subprocess.Popen[bytes], log: Path) -> None:
    """Read what the daemon prints up to its last word, or fail with what it said."""
    assert daemon.stdout is not None
    said = []
    for line in daemon.stdout:
        said.append(line.decode())
        if "Daemon is ready" in said[-1]:
            return
    pytest.fail("the IPFS node did not start:\n" + "".join(said) + log.read_text(), pytrace=False)
