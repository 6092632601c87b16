"""Processes with secrets in them: started where a core dump would be written, and looked at.

Root may look at everything; so where the tests are root's, the processes are somebody else's, who
may still read everything (the interpreter lies where only root reads) but has no other power.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.local_dao import ROOT

NOBODY = 65534
LESSER = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)
IS_ROOT = os.geteuid() == 0
DUMPING = ("sh", "-c", 'ulimit -c "$(ulimit -H -c)" && exec "$@"', "sh")
"""Starts a program whose core dump may be as large as the system allows."""
_PATTERN = Path("/proc/sys/kernel/core_pattern")
_LOOK = """
import ctypes, json, sys
def opens(path):
    try:
        with open(path, "rb") as file:
            return bool(file.fileno())
    except OSError:
        return False
seen = {}
for process in map(int, sys.argv[1:]):
    reads = [opens(f"/proc/{process}/{name}") for name in ("mem", "environ")]
    seen[process] = [*reads, ctypes.CDLL(None).ptrace(16, process, 0, 0) == 0]
print(json.dumps(seen))
"""
"""Reads memory and environment of processes, and traces them; says which of it could be done."""


def give(*paths: Path) -> None:
    """Let the lesser user own these, and everything in them; nothing where there is none."""
    for path in paths if IS_ROOT else ():
        for each in (path, *path.rglob("*")):
            os.chown(each, NOBODY, NOBODY)


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where one keeper's processes and commands run, and what they are told."""

    folder: Path

    @property
    def plant(self) -> Path:
        """See `canary_keeper`."""
        return self.folder / "plant"

    @property
    def log(self) -> Path:
        """What `--log` names."""
        return self.folder / "keeper.log"

    @property
    def errors(self) -> Path:
        """What a running keeper writes to stderr."""
        return self.folder / "stderr"

    def tell(self, word: str) -> None:
        """Change the plant's word."""
        beside = self.plant.with_suffix(".new")
        beside.write_text(word)
        beside.replace(self.plant)

    def held(self) -> set[int]:
        """Processes that kept a share in hand."""
        return {int(path.suffix[1:]) for path in self.folder.glob("plant.held.*")}

    def spawn(self, *words: str | Path, errors: int | None = None) -> subprocess.Popen[str]:
        """Start `ddao` with the plant, and with core dumps allowed."""
        command = [sys.executable, "-m", "tests.support.canary_keeper", *map(str, words)]
        return self.start(command, errors)

    def start(self, command: list[str], errors: int | None = None) -> subprocess.Popen[str]:
        """Start any program as those are started."""
        return subprocess.Popen(
            [*DUMPING, *(LESSER if IS_ROOT else ()), *command],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "DDAO_PLANT": str(self.plant),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors is None else errors,
            text=True,
            start_new_session=True,
        )


def workplace(folder: Path) -> Workplace:
    """A new one, with a plant that does nothing."""
    folder.mkdir()
    made = Workplace(folder)
    made.tell("")
    give(folder)
    return made


# --- what others see ------------------------------------------------------------------------


def children(process: int) -> set[int]:
    """Processes that the main thread or another of `process` has started and that still are."""
    found: set[int] = set()
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        found |= set(map(int, path.read_text().split()))
    return found


def openings(at: Workplace, *processes: int) -> dict[int, list[bool]]:
    """By process: whether another one of its user reads its memory, its environment, traces it."""
    with at.start([sys.executable, "-c", _LOOK, *map(str, processes)]) as looking:
        out, err = looking.communicate(timeout=30)
    assert looking.returncode == 0, err
    return {int(process): seen for process, seen in json.loads(out).items()}


def core_limits(process: int) -> list[str]:
    """Soft and hard limit of a process's core dumps."""
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("Max core file size")]
    return line.split()[4:6]


def shown(process: int) -> bytes:
    """Command line, name and environment of a process, as far as they can be read."""
    found = b""
    for name in ("cmdline", "comm", "environ"):
        try:
            found += Path(f"/proc/{process}/{name}").read_bytes()
        except PermissionError:
            assert name == "environ"
            assert not IS_ROOT
    return found


def is_dumped(process: subprocess.Popen[str], number: int) -> bool:
    """End a process by a signal; whether the system wrote its memory down somewhere."""
    process.send_signal(number)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == -number, signal.Signals(number).name
    return os.WCOREDUMP(status)


def core_files(*folders: Path) -> set[Path]:
    """Core dumps in these folders, and where the system puts them if it names a folder."""
    pattern = _PATTERN.read_text().strip()
    places = [path for folder in folders for path in folder.rglob("*core*")]
    if pattern.startswith("/"):
        places += Path(pattern).parent.glob("*core*")
    return {path for path in places if path.is_file()}


def dumps_here() -> bool:
    """Whether a process that hides nothing leaves a core dump in its working directory."""
    pattern = _PATTERN.read_text().strip()
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    return not pattern.startswith(("|", "/")) and hard != 0


def traces_here() -> bool:
    """Whether the system lets processes of one user trace one another at all."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return not scope.exists() or scope.read_text().strip() == "0"
