"""Build the pinned IPFS node (Kubo) with Go into build/kubo/ipfs, once per pin.

The node itself downloads prebuilt only from its own host; built from source it needs nothing but Go
and the Go module proxy, and go.sum holds every module to its hash.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent / "kubo"
BUILD = HERE.parents[2] / "build"
NODE = BUILD / "kubo" / "ipfs"
STAMP = NODE.with_name(".stamp")
LOG = BUILD / "kubo.log"
MODULE = "github.com/ipfs/kubo/cmd/ipfs"


def pinned(pattern: str) -> tuple[int, ...]:
    """Read one version from go.mod, such as `go 1.26.4`, as numbers."""
    found = re.search(pattern, (HERE / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"kubo: {HERE / 'go.mod'} does not say {pattern}")
    return numbers(found[1])


def numbers(version: str) -> tuple[int, ...]:
    """Turn a dotted version into numbers that compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def find_go() -> str:
    """Give a Go that is new enough, or end with what is missing and how to mend it."""
    wanted = pinned(r"^go (\S+)")
    text = ".".join(map(str, wanted))
    mend = f"  Install Go {text} or newer and put it on PATH, then: make kubo"
    go = shutil.which("go")
    if go is None:
        raise SystemExit(
            f"kubo: there is no Go here, so no IPFS node can be built.\n{mend}\n"
            "  Everything works without it: the embedded store is the default."
        )
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    if numbers(said.stdout) < wanted:
        raise SystemExit(f"kubo: {said.stdout.strip() or go} is too old.\n{mend}")
    return go


def build(go: str) -> None:
    """Compile the node; its whole output is kept in build/kubo.log."""
    environment = dict(os.environ, GOFLAGS="-mod=readonly -buildvcs=false", GOTOOLCHAIN="local")
    if "HOME" not in environment:
        environment.update(GOPATH=str(BUILD / "go"), GOCACHE=str(BUILD / "go-cache"))
    command = [go, "build", "-trimpath", "-o", str(NODE), MODULE]
    with LOG.open("w", encoding="utf-8") as log:
        done = subprocess.run(
            command, cwd=HERE, env=environment, stdout=log, stderr=log, check=False
        )
    if done.returncode != 0:
        tail = "\n    ".join(LOG.read_text(encoding="utf-8").strip().splitlines()[-15:])
        raise SystemExit(
            f"kubo: the build failed:\n    {tail}\n"
            "  Check the network connection to the Go module proxy, then: make kubo"
        )


def main() -> None:
    """Build the node unless exactly this pin is built already."""
    pin = hashlib.sha256((HERE / "go.sum").read_bytes()).hexdigest()
    if NODE.is_file() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == pin:
        return
    go = find_go()
    version = ".".join(map(str, pinned(r"ipfs/kubo v(\S+)")))
    print(f"kubo: building Kubo {version} (about five minutes the first time) …", flush=True)
    started = time.monotonic()
    NODE.parent.mkdir(parents=True, exist_ok=True)
    build(go)
    STAMP.write_text(pin, encoding="utf-8")
    print(f"kubo: build/kubo/ipfs: done in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
