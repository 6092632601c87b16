"""What a keeper counts, in the text format of Prometheus; nothing in it is secret.

Source: Prometheus exposition formats, text version 0.0.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Lock

from dao_backend.ports.keepers import KeeperStatus

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Requests and refusals since the process started; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[Labels] = Counter()
        self._refused: Counter[Labels] = Counter()

    def count_request(self, path: str, status: int) -> None:
        """One request was answered; `path` is a route's template, so that there are few."""
        with self._lock:
            self._requests[("path", path), ("status", str(status))] += 1

    def count_refusal(self, reason: str) -> None:
        """A release was refused; `reason` is its stable name in `core.access`."""
        with self._lock:
            self._refused[(("reason", reason),)] += 1

    def text(self, status: KeeperStatus) -> str:
        """Everything, with what the keeper says of itself."""
        with self._lock:
            refused, requests = tuple(self._refused.items()), tuple(self._requests.items())
        return "".join(
            f"{line}\n"
            for lines in (
                _gauge("shares", "Key shares held.", status.shares),
                _gauge("missing_shares", "Shares that should be held.", len(status.missing)),
                _gauge("forgone_shares", "Shares that it goes on without.", len(status.forgone)),
                _gauge("bundles", "Bundles built.", status.bundles),
                _gauge("delayed_licences", "Of which the last try failed.", len(status.delayed)),
                _gauge("final_block", "Newest final block folded in.", status.final_block),
                _gauge("final_time_seconds", "That block's timestamp.", status.final_time),
                _gauge("alarm", "1 while everything is refused.", int(status.alarm is not None)),
                _gauge("running_seconds", "Since the process started.", status.running_for),
                _counter("refused_releases_total", "Releases refused, by reason.", refused),
                _counter("requests_total", "Requests, by path and status.", requests),
            )
            for line in lines
        )


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield from _head(name, meaning, "gauge")
    yield f"ddao_keeper_{name} {value}"


def _counter(name: str, meaning: str, found: Iterable[tuple[Labels, int]]) -> Iterator[str]:
    yield from _head(name, meaning, "counter")
    for labels, value in sorted(found):
        named = ",".join(f'{label}="{_escaped(each)}"' for label, each in labels)
        yield f"ddao_keeper_{name}{{{named}}} {value}"


def _head(name: str, meaning: str, kind: str) -> Iterator[str]:
    yield f"# HELP ddao_keeper_{name} {meaning}"
    yield f"# TYPE ddao_keeper_{name} {kind}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
