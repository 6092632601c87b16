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

Keepers = Annotated[
    int | None, typer.Option(help="Keepers of a new DAO: several run beside it.  [default: 1]")
]
Threshold = Annotated[
    int | None, typer.Option(help="How many of them release a key together.  [default: 1]")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "up", Needs.NOTHING)(up)
    command(app, "demo", Needs.NOTHING)(demo)


def up(  # each is an option of the command
    session: Session,
    data: Data = None,
    host: Host = None,
    port: Port = None,
    keepers: Keepers = None,
    threshold: Threshold = None,
) -> None:
    """Start chain, keepers, API and pages here; Ctrl-C stops them all.

    What happened is kept in the data folder, and the next start goes on from there.
    """
    from dao_backend.wiring.local_settings import local_settings
    from dao_backend.wiring.logs import configure_logs
    from dao_backend.wiring.serve import Service

    settings = local_settings(data=data, host=host, port=port, keepers=keepers, threshold=threshold)
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
    screen, facts, children = session.screen, service.system.facts, service.children
    screen.document(
        {
            "url": url,
            "chainId": facts.addresses.chain_id,
            "rpcUrl": facts.rpc_url,
            "data": str(service.data),
            "process": os.getpid(),
            "keepers": [
                {
                    "index": seat.index,
                    "endpoint": seat.endpoint,
                    "process": None if children is None else children.pid(seat.index),
                }
                for seat in facts.committee.keepers
            ],
            "threshold": facts.committee.threshold,
        }
    )
    screen.say(f"\n{facts.name} runs at {url}")
    screen.say(f"Chain {facts.addresses.chain_id} at {facts.rpc_url}; data in {service.data}")
    _say_who_reads(session, service)
    if service.host not in _LOOPBACK:
        screen.say(f"It listens on {service.host}: everybody who reaches this machine can use it.")
    screen.say("Go on in another terminal:")
    choice = "" if url.endswith(":8000") else f" --service {url}"
    screen.say(
        f"  ddao init{choice}\n  ddao contribute PATH --collection {facts.collections[0].name}"
    )
    screen.say("Ctrl-C stops everything.\n")


def _say_who_reads(session: Session, service: Service) -> None:
    """Honest about what separate processes on one machine do not protect from."""
    committee = service.system.facts.committee
    count, threshold = len(committee.keepers), committee.threshold
    if service.children is not None:
        session.screen.say(
            f"{count} keepers run beside it, each a process with keys of its own; {threshold} of "
            "them together release a key. All their key files lie on this machine, though:"
        )
    session.screen.say(
        "One operator runs everything here: whoever runs this can read what is contributed."
    )


def demo(  # each is an option of the command
    session: Session,
    data: Annotated[
        Path | None, typer.Option(help="Folder whose files are contributed instead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the figures.  [default: build/demo.json]")
    ] = None,
    keepers: Annotated[
        int, typer.Option(help="Several run beside the service; of five, one stops and one lies.")
    ] = 1,
    threshold: Annotated[int, typer.Option(help="How many keepers release a key together.")] = 1,
    *,
    small: Annotated[bool, typer.Option("--small", help="Contribute twenty files only.")] = False,
) -> int:
    """Tell the whole story on real files, and check every promise on the way."""
    from dao_backend.demo.run import Wanted, demo_command

    figures = out or Path("build/demo.json")
    wanted = Wanted(data, figures, keepers, threshold, small)
    if not session.screen.as_json:
        return int(demo_command(wanted))
    with contextlib.redirect_stdout(sys.stderr):
        code = int(demo_command(wanted))
    session.screen.document(json.loads(figures.read_text(encoding="utf-8")))
    return code
