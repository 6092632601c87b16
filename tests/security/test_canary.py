"""Canaries: the secrets of a whole run, with errors provoked everywhere, are found nowhere.

The demo's story runs on a real service over HTTP; then everything is done wrong that can be, with
defects planted where secrets are in hand. Afterwards every key, share, passphrase and keystore key
is known, and looked for in the logs, error bodies, error texts, tracebacks and all files.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import structlog

from dao_backend.client.http import HttpGateway
from dao_backend.core.crypto import ContentKey
from dao_backend.demo.report import STEPS
from dao_backend.demo.story import Story
from dao_backend.errors import DaoError
from dao_backend.settings import Settings
from dao_backend.wiring.logs import configure_logs
from dao_backend.wiring.serve import Service
from tests.support.canary_run import (
    MODULES,
    Run,
    break_inside,
    buy_wrongly,
    contribute_wrongly,
    items,
    open_wrongly,
)
from tests.support.canary_secrets import collect, found_in, shapes


@contextmanager
def logged(stream: io.StringIO) -> Iterator[None]:
    """Everything is logged to `stream` as a service logs it, down to the smallest event."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs(stream, as_json=True, level=logging.DEBUG)
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The whole story, then everything that can go wrong; the service is stopped."""
    folder = tmp_path_factory.mktemp("canary")
    work, log = folder / "cast", io.StringIO()
    work.mkdir()
    settings = Settings(data=folder / "service", port=0, keepers=3, threshold=2)
    with ExitStack() as stack:
        stack.enter_context(logged(log))
        service = stack.enter_context(Service(settings, with_loops=False, separate=False))
        gateway = HttpGateway(service.url)
        stack.callback(gateway.close)
        story = Story(
            system=service.system,
            chain=service.chain,
            gateway=gateway,
            data=settings.data,
            work=work,
            progress=lambda _what, _done, _total: None,
            items=items(work),
            ordinary=False,
        )
        story.cast(rounds=2)
        story.follow()
        run = Run(service, story, settings.data, log)
        for _, act in STEPS:
            act(story)
        contribute_wrongly(run)
        buy_wrongly(run)
        break_inside(run)
        open_wrongly(run, folder)
        collect(run)
    return run


def test_canary__planted_in_any_shape__is_found() -> None:
    """The search would find a secret in each of its shapes, whole or cut off."""
    secret = secrets.token_bytes(32)
    for shape in shapes(secret):
        assert found_in(b"before " + shape + b" after", {"it": secret}) == ["it"]
    assert found_in(repr(secret).encode(), {"it": secret}) == ["it"]
    assert found_in(base64.b64encode(secret), {"it": secret}) == ["it"]
    assert found_in(b"nothing", {"it": secret}) == []


def test_canary__whole_run__knows_secrets_of_every_kind(run: Run) -> None:
    """Keys, shares, accounts and passphrases are all among what is looked for."""
    kinds = {name.partition(" of ")[0].rstrip(" 0123456789") for name in run.secrets}
    assert kinds >= {
        "account key",
        "appraiser's sealing key",
        "bundle key",
        "content key",
        "keystore key",
        "passphrase",
        "password",
        "release key",
        "sealing key",
        "share",
        "stored secret",
    }
    assert sum(name.startswith("share") for name in run.secrets) >= 3 * MODULES


def test_canary__logs__hold_no_secret(run: Run) -> None:
    """Every event of the run was logged, errors and defects among them, and nothing tells."""
    events = {json.loads(line)["event"] for line in run.log.getvalue().splitlines()}
    assert {"index.advanced", "keeper.failed", "api.unexpected"} <= events
    assert found_in(run.log.getvalue().encode(), run.secrets) == []


def test_canary__errors_and_answers__hold_no_secret(run: Run) -> None:
    """Neither a text nor a traceback nor a problem document tells anything."""
    assert len(run.said) > 60
    assert any("Traceback" in text for text in run.said)
    assert any("Something went wrong" in text for text in run.said)
    assert found_in("\n".join(run.said).encode(), run.secrets) == []


def test_canary__every_file_of_the_service__holds_no_secret(run: Run) -> None:
    """Databases, blobs, bundles, the chain's state and wrapped keys hold nothing in the clear."""
    paths = [path for path in run.data.rglob("*") if path.is_file()]
    names = {path.name for path in paths}
    assert {"custody.sqlite", "pending.sqlite", "pool.sqlite", "index.sqlite"} <= names
    assert {"chain.json", "appraiser.secret"} <= names
    for path in paths:
        expected = ["machine's passphrase"] if path.name == "machine.key" else []
        assert found_in(path.read_bytes(), run.secrets) == expected, path


def test_canary__key_files__are_for_their_owner_alone(run: Run) -> None:
    """Nobody else on the machine can read what the secrets are wrapped under."""
    keys = list((run.data / "keys").iterdir())
    assert len(keys) == 1 + 5 + 2 * 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)


def test_errors__of_the_whole_tree__take_no_secret_type() -> None:
    """A secret that is put into an error by mistake shows its kind and nothing more."""
    secret = ContentKey(b"\x07" * 32)
    assert str(DaoError(secret)) == "ContentKey(hidden)"
    assert f"{secret} {secret!r} {[secret]}".count("hidden") == 3
