"""`ddao up` and `ddao demo`: a whole DAO on this machine."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.wiring.serve import Service

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 1.0
"""Seconds between two looks at whether everything still runs."""

Data = Annotated[
    Path | None,
    typer.Option(help="Folder for chain, databases and keys.  [default: ~/.local/share/ddao]"),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")]
Port = Annotated[
    int | None, typer.Option(help="Port to listen on; 0 takes a free one.  [default: 8000]")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "up", Needs.NOTHING)(up)
    command(app, "demo", Needs.NOTHING)(demo)


def up(session: Session, data: Data = None, host: Host = None, port: Port = None) -> None:
    """Start chain, keeper, API and pages here; Ctrl-C stops them all.

    What happened is kept in the data folder, and the next start goes on from there.
    """
    from dao_backend.wiring.hygiene import hide_memory
    from dao_backend.wiring.logs import configure_logs
    from dao_backend.wiring.serve import Service, local_settings

    hide_memory()
    settings = local_settings(data=data, host=host, port=port)
    configure_logs(sys.stderr, as_json=not sys.stderr.isatty(), level=logging.INFO)
    with _told_to_end() as ended:

        def report(step: str) -> None:
            """Between two steps is the place to stop: nothing is half started then."""
            if ended.is_set():
                raise KeyboardInterrupt
            session.screen.say(f"{step[:1].upper()}{step[1:]} …")

        service = Service(settings, report=report)
        _run(session, service, ended)
    session.screen.say(f"Stopped; everything is kept in {service.data}.")


@contextlib.contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """Set once Ctrl-C, a service manager or a closed terminal wants an end."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in _ENDINGS}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(session: Session, service: Service, ended: threading.Event) -> None:
    try:
        url = service.start()
        _introduce(session, service, url)
        while not ended.wait(_LOOK):
            service.require_alive()
    except KeyboardInterrupt:
        session.screen.say("Interrupted while starting.")
    finally:
        session.screen.say("Stopping …")
        service.stop()


def _introduce(session: Session, service: Service, url: str) -> None:
    """Where it is, who can do what in it, and how to go on."""
    screen, facts = session.screen, service.system.facts
    screen.document(
        {
            "url": url,
            "chainId": facts.addresses.chain_id,
            "rpcUrl": facts.rpc_url,
            "data": str(service.data),
            "process": os.getpid(),
        }
    )
    screen.say(f"\n{facts.name} runs at {url}")
    screen.say(f"Chain {facts.addresses.chain_id} at {facts.rpc_url}; data in {service.data}")
    screen.say("One operator runs everything here: whoever runs this can read what is contributed.")
    if service.host not in _LOOPBACK:
        screen.say(f"It listens on {service.host}: everybody who reaches this machine can use it.")
    screen.say("Go on in another terminal:")
    choice = "" if url.endswith(":8000") else f" --service {url}"
    screen.say(
        f"  ddao init{choice}\n  ddao contribute PATH --collection {facts.collections[0].name}"
    )
    screen.say("Ctrl-C stops everything.\n")


def demo(
    session: Session,
    data: Annotated[
        Path | None, typer.Option(help="Folder whose files are contributed instead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the figures.  [default: build/demo.json]")
    ] = None,
) -> int:
    """Tell the whole story on real files, and check every promise on the way."""
    from dao_backend.demo.run import demo_command

    figures = out or Path("build/demo.json")
    if not session.screen.as_json:
        return int(demo_command(data, figures))
    with contextlib.redirect_stdout(sys.stderr):
        code = int(demo_command(data, figures))
    session.screen.document(json.loads(figures.read_text(encoding="utf-8")))
    return code
