"""Start a service of its own, tell the story on it, stop everything."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from dao_backend.client.http import HttpGateway
from dao_backend.demo.inputs import default_items, items_of
from dao_backend.demo.report import STEPS, passed, show, tell, write
from dao_backend.demo.story import Progress, Story
from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service

OUT = Path("build") / "demo.json"
KEYSTORE_ROUNDS = 4096
"""The wallets of the demo live for minutes: their passwords need no slow hashing."""


def demo_command(data: Path | None = None, out: Path | None = None) -> int:
    """Tell the story with the default input, or with the files in `data`; the exit code."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="ddao-demo-") as folder:
        work, kept = Path(folder) / "cast", Path(folder) / "service"
        work.mkdir()
        items = default_items(work) if data is None else items_of(data, work)
        console.print("starting chain, contracts, keeper and service …")
        with Service(Settings(data=kept, port=0), with_loops=False) as service:
            gateway = HttpGateway(service.url)
            story = Story(
                system=service.system,
                chain=service.chain,
                gateway=gateway,
                data=kept,
                work=work,
                progress=_progress(console),
                items=items,
                ordinary=data is None,
            )
            story.cast(KEYSTORE_ROUNDS)
            story.follow()
            told = tell(story, console)
            gateway.close()
    show(told, console)
    write(told, out or OUT)
    sys.stdout.write(f"demo: {passed(told)} of {len(STEPS)} steps passed\n")
    return 0 if passed(told) == len(STEPS) else 1


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
