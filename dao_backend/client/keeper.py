"""The Keeper port over HTTP: one keeper at the endpoint that the chain names for it.

Nothing that comes from there is believed: what is signed is for the caller to check, and whatever
is slow, too long, cut off or not understood is ServiceUnavailable, as if nobody had answered.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, TypeVar

import httpx

from dao_backend.core.access import Decision
from dao_backend.core.model import Address
from dao_backend.core.packing import hex_of
from dao_backend.core.problems import error_in
from dao_backend.core.strict_json import json_in
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.errors import DaoError, InputError, ServiceUnavailable
from dao_backend.ports.keeper_release_wire import standing_from_json
from dao_backend.ports.keeper_wire import (
    ask_json,
    attestation_from_json,
    commitments_from_json,
    handed_from_json,
    intake_json,
    receipt_from_json,
    status_from_json,
    tombstone_from_json,
)
from dao_backend.ports.keepers import Bundle, HandedShare, Intake, KeeperStatus, Tombstone

Value = TypeVar("Value")
Json = dict[str, Any]

SMALL = 1024 * 1024
"""Most bytes of an answer."""
HANDED = 8 * 1024 * 1024
"""Most bytes of an answer that hands shares over."""
_BRACKETS = 5_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection, for the next bytes, and for the whole of an answer.

    The last one does not hold for manifests and bundles, which may be long.
    """

    connect: float = 3.0
    read: float = 30.0
    whole: float = 120.0


class RemoteKeeper:
    """See `ports.keepers.Keeper`; safe to use from many threads. It repeats nothing."""

    def __init__(
        self,
        index: int,
        endpoint: str,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._patience = patience or Patience()
        self._clock = clock
        url = _url(endpoint)
        self._host = url.netloc.decode("ascii") or "an endpoint that is no URL"
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(self._patience.read, connect=self._patience.connect),
            # A proxy from the environment would not reach a keeper on this machine.
            verify=_authorities(),
            trust_env=url.host not in _LOOPBACK,
            follow_redirects=False,
            headers={"accept-encoding": "identity"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def index(self) -> int:
        return self._index

    def take_in(self, intake: Intake) -> bytes:
        return self._read(receipt_from_json, self._post("intake", intake_json(intake)))

    def commitments(self, contribution_id: bytes) -> tuple[bytes, ...]:
        found = self._get(f"commitments/{hex_of(contribution_id)}")
        return self._read(commitments_from_json, found)

    def attestation(self, edition_id: int) -> tuple[bytes, bytes]:
        return self._read(attestation_from_json, self._get(f"attestations/{edition_id}"))

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        """As it comes, however long: read it no further than the first line that is not right."""
        with self._reaching(), self._http.stream("GET", f"manifests/{edition_id}") as answer:
            self._require_success(answer)
            yield from answer.iter_raw()

    def release(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> Decision:
        query = {} if asker is None else {"asker": str(asker)}
        if asked_key is not None:
            query["releaseKey"] = hex_of(asked_key)
        return self._standing(licence_id, query)[0]

    def bundle_facts(self, licence_id: int) -> Bundle | None:
        return self._standing(licence_id, {})[1]

    def bundle(
        self, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """At most `length` bytes, and no more than the answer announces; unchecked."""
        if length == 0:
            return
        last = "" if length is None else str(offset + length - 1)
        headers = {} if not offset and length is None else {"range": f"bytes={offset}-{last}"}
        path = f"licences/{licence_id}/bundle"
        with self._reaching(), self._http.stream("GET", path, headers=headers) as answer:
            self._require_success(answer)
            left = self._announced(answer, offset)
            left = left if length is None else min(left, length)
            for piece in answer.iter_raw():
                yield piece[:left]
                left -= len(piece)
                if left <= 0:
                    return

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        return self._read(tombstone_from_json, self._get(f"erasures/{hex_of(contribution_id)}"))

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        found = self._post("handover", ask_json(ask, ids, signature), HANDED)
        return self._read(handed_from_json, found)

    def status(self) -> KeeperStatus:
        return self._read(status_from_json, self._get("status"))

    # --- inside -----------------------------------------------------------------------------

    def _standing(self, licence_id: int, query: dict[str, str]) -> tuple[Decision, Bundle | None]:
        return self._read(standing_from_json, self._get(f"licences/{licence_id}", query))

    def _get(self, path: str, query: dict[str, str] | None = None) -> Json:
        with self._reaching(), self._http.stream("GET", path, params=query) as answer:
            self._require_success(answer)
            return self._json(answer, SMALL)

    def _post(self, path: str, body: Json, limit: int = SMALL) -> Json:
        with self._reaching(), self._http.stream("POST", path, json=body) as answer:
            self._require_success(answer)
            return self._json(answer, limit)

    def _read(self, read: Callable[[Json], Value], found: Json) -> Value:
        try:
            return read(found)
        except InputError:
            self._give_up("answers with something else than was asked for")

    def _require_success(self, answer: httpx.Response) -> None:
        """Raise the error that a problem document names."""
        if answer.is_success:
            return
        try:
            error = error_in(self._json(answer, SMALL))
        except InputError:
            self._give_up(f"answers {answer.status_code}")
        if type(error) is DaoError:  # what the keeper itself had no name for
            self._give_up(f"answers {answer.status_code}: {error}")
        raise error

    def _json(self, answer: httpx.Response, limit: int) -> Json:
        content = bytearray()
        until = self._clock() + self._patience.whole
        announced = answer.headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            self._give_up("answers with more than was asked for")
        for piece in answer.iter_raw():
            content += piece
            if len(content) > limit or self._clock() > until:
                self._give_up("answers without end")
        try:
            found = json_in(bytes(content), _BRACKETS)
        except InputError:
            self._give_up(f"answers {answer.status_code} without JSON")
        if not isinstance(found, dict):
            self._give_up("answers with something else than was asked for")
        return found

    def _announced(self, answer: httpx.Response, offset: int) -> int:
        """How many bytes follow; they begin at `offset`, as was asked."""
        length = answer.headers.get("content-length", "")
        span = answer.headers.get("content-range", "bytes 0-")
        begins = span.startswith(f"bytes {offset}-")
        if not begins or not length.isdecimal():
            self._give_up("does not send the range that was asked for")
        return int(length)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise ServiceUnavailable(
                f"keeper {self._index} at {self._host} does not answer ({type(error).__name__})"
            ) from error

    def _give_up(self, what: str) -> NoReturn:
        raise ServiceUnavailable(f"keeper {self._index} at {self._host} {what}")


@cache
def _authorities() -> ssl.SSLContext:
    """Whom certificates are believed from; read once, as that takes a while."""
    return httpx.create_ssl_context()


def _url(endpoint: str) -> httpx.URL:
    """An empty one where it is none, so that asking is refused and not the making of a client."""
    try:
        return httpx.URL(endpoint)
    except httpx.InvalidURL:
        return httpx.URL("")
