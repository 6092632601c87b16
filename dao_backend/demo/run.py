"""Start a service of its own, tell the story on it, stop everything."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from dao_backend.client.http import HttpGateway
from dao_backend.demo.inputs import Item, default_items, items_of, small_items
from dao_backend.demo.report import STEPS, passed, show, tell, write
from dao_backend.demo.story import Figures, Progress, Story
from dao_backend.demo.troupe import Cast, Troupe
from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service

OUT = Path("build") / "demo.json"
PAUSE = 0.5
"""Seconds between two looks of a keeper at the chain, where it is a process of its own."""
KEYSTORE_ROUNDS = 4096
"""The wallets of the demo live for minutes: their passwords need no slow hashing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told, and with which keepers."""

    data: Path | None = None
    """Somebody's own files instead of the default input."""
    out: Path = OUT
    keepers: int = 1
    threshold: int = 1
    is_small: bool = False
    """Twenty files instead of hundreds."""

    def items(self, work: Path) -> list[Item]:
        """What is contributed."""
        if self.data is not None:
            return items_of(self.data, work)
        return small_items(work) if self.is_small else default_items(work)


def demo_command(wanted: Wanted) -> int:
    """Tell the story; the exit code."""
    console = Console()
    cast = Cast(wanted.keepers, wanted.threshold)
    with tempfile.TemporaryDirectory(prefix="ddao-demo-") as folder:
        work, kept = Path(folder) / "cast", Path(folder) / "service"
        work.mkdir()
        items = wanted.items(work)
        settings = Settings(
            data=kept,
            port=0,
            keepers=wanted.keepers,
            threshold=wanted.threshold,
            receipts=cast.receipts,
            pause=PAUSE,
        )
        console.print("starting chain, contracts, keepers and service …")
        with Service(settings, with_loops=False) as service:
            troupe = Troupe(service.children, cast)
            with closing(troupe), closing(HttpGateway(service.url)) as gateway:
                troupe.begin_to_lie()
                story = Story(
                    system=service.system,
                    chain=service.chain,
                    gateway=gateway,
                    data=kept,
                    work=work,
                    progress=_progress(console),
                    items=items,
                    ordinary=wanted.data is None and not wanted.is_small,
                    troupe=troupe,
                )
                story.cast(KEYSTORE_ROUNDS)
                story.follow()
                told = tell(story, console)
    show(told, console)
    write(told, wanted.out, _committee(troupe))
    sys.stdout.write(f"demo: {passed(told)} of {len(STEPS)} steps passed\n")
    return 0 if passed(told) == len(STEPS) else 1


def _committee(troupe: Troupe) -> Figures:
    return {
        "keepers": troupe.cast.keepers,
        "threshold": troupe.cast.threshold,
        "processes": troupe.children is not None,
        "lying": troupe.lying,
        "stopped": troupe.stopped,
    }


def _progress(console: Console) -> Progress:
    """A line that overwrites itself in a terminal, one line for each tenth elsewhere."""
    tenths: dict[str, int] = {}

    def told(what: str, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if console.is_terminal:
            console.print(f"  {what}: {percent:3} %", end="\r" if done < total else "\n")
        elif percent // 10 > tenths.get(what, -1):
            tenths[what] = percent // 10
            console.print(f"  {what}: {percent} %", highlight=False)

    return told
