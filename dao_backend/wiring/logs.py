"""Structured logs, configured in one place: one event per fact, to one stream, without secrets.

JSON lines for machines, plain lines for a terminal. Whatever is named like a secret is dropped
before it is written, and tracebacks never show the values of variables.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

REDACTED = "(hidden)"
_SECRET_WORDS = frozenset(
    {
        "authorization",
        "cookie",
        "key",
        "keys",
        "mnemonic",
        "passphrase",
        "password",
        "secret",
        "secrets",
        "share",
        "shares",
        "signature",
        "signatures",
    }
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def configure_logs(stream: TextIO, *, as_json: bool, level: int = logging.INFO) -> None:
    """Send every log of this process to `stream`; call it once, before anything is logged.

    Logs of libraries appear from WARNING on, in the same form.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    rendered = _json() if as_json else _plain(stream)
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a later configuration replaces it and leaves those of others alone."""


def quiet_logs(stream: TextIO) -> None:
    """For a command that answers in sentences of its own: warnings alone are logged."""
    configure_logs(stream, as_json=False, level=logging.WARNING)


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide the values of everything that is named like a secret, however deep it lies."""
    return {name: _hidden(name, value) for name, value in event.items()}


def is_secret_name(name: str) -> bool:
    """Whether a field of this name may hold a secret: `releaseKey` and `key_share` may."""
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))


def _hidden(name: object, value: object) -> object:
    if isinstance(name, str) and is_secret_name(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {inner: _hidden(inner, each) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", each) for each in value]
    return value


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]


def _plain(stream: TextIO) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [renderer]
