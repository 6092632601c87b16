"""The keepers of the story that do what they should not: one lies, one is stopped.

There are only as many of them as a committee can bear: n − t.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

from dao_backend.wiring.children import KeeperChildren

_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is to misbehave in a committee of `keepers`, of which `threshold` suffice."""

    keepers: int
    threshold: int

    @property
    def liar(self) -> int | None:
        """Its bundle holds wrong shares."""
        return 2 if self.keepers > 1 and self.keepers - self.threshold >= 1 else None

    @property
    def deserter(self) -> int | None:
        """It is stopped once the licence is granted."""
        return self.keepers if self.keepers - self.threshold >= 2 else None

    @property
    def receipts(self) -> int | None:
        """How many intake receipts there can be in the end; None for all."""
        return None if self.deserter is None else self.keepers - 1


@dataclass(slots=True)
class Troupe:
    """What was done to the keepers so far; `close` ends what it started."""

    children: KeeperChildren | None = None
    """The keepers' processes; None where all work in the service's, and all behave."""
    cast: Cast = field(default_factory=lambda: Cast(1, 1))
    stopped: list[int] = field(default_factory=list)
    lying: list[int] = field(default_factory=list)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def begin_to_lie(self) -> None:
        """Put a liar into the place of a keeper, over its folder and at its endpoint."""
        children, liar = self.children, self.cast.liar
        if children is None or liar is None:
            return
        children.end(liar)
        command = [sys.executable, "-m", "dao_backend.demo.liar"]
        command += [str(children.folder(liar)), str(children.key_file(liar))]
        process = subprocess.Popen(  # noqa: S603  # our own program, arguments made here
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        self._processes.append(process)
        children.await_seated(liar)
        self.lying.append(liar)

    def stop_one(self) -> None:
        """SIGTERM for a keeper, which is not started again."""
        children, deserter = self.children, self.cast.deserter
        if children is None or deserter is None:
            return
        children.end(deserter)
        self.stopped.append(deserter)

    def close(self) -> None:
        """End the liar."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
