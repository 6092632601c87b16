"""Logs: machine-readable, and never a secret in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dao_backend.wiring.logs import REDACTED, configure_logs, is_secret_name

SECRET = "5ec12e7"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where logs go during the test; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name",
    [
        "key", "releaseKey", "content_key", "API_KEY", "password", "secret", "sealedShares",
        "signature", "contributorSignature", "mnemonic",
    ],
)  # fmt: skip
def test_log__named_like_a_secret__is_hidden(stream: io.StringIO, name: str) -> None:
    """The value is dropped, however deep it lies and whatever it is."""
    configure_logs(stream, as_json=True)
    values = {name: SECRET, "inner": {name: [SECRET]}, "rows": [{name: SECRET.encode()}]}
    structlog.get_logger().info("event.happened", **values)
    found = json.loads(stream.getvalue())
    assert found[name] == found["inner"][name] == found["rows"][0][name] == REDACTED
    assert SECRET not in stream.getvalue()


@pytest.mark.parametrize("name", ["keeper", "monkey", "shared", "token", "keyboard", "cause"])
def test_is_secret_name__only_looks_alike__is_shown(name: str) -> None:
    """Words that merely contain such a name are kept."""
    assert not is_secret_name(name)


@pytest.mark.parametrize("as_json", [True, False])
def test_log__exception__does_not_show_variables(stream: io.StringIO, as_json: bool) -> None:
    """A traceback names lines, never the values in them."""
    configure_logs(stream, as_json=as_json)
    password = "".join(["hun", "ter2"])
    try:
        raise ValueError(len(password))
    except ValueError:
        structlog.get_logger().exception("event.failed")
    assert "ValueError" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_log__as_json__is_one_object_with_time_and_level(stream: io.StringIO) -> None:
    """Every line can be read by a machine; libraries are heard from warnings on."""
    configure_logs(stream, as_json=True)
    structlog.get_logger().info("edition.sealed", edition=1)
    logging.getLogger("library").info("not heard")
    logging.getLogger("library").warning("heard")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["edition"], first["level"]) == ("edition.sealed", 1, "info")
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("heard", "warning")


def test_configure__twice__says_everything_once(stream: io.StringIO) -> None:
    """A later configuration replaces the earlier one."""
    configure_logs(io.StringIO(), as_json=True)
    configure_logs(stream, as_json=True)
    logging.getLogger("library").warning("heard")
    assert stream.getvalue().count("heard") == 1
