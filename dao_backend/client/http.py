"""The Gateway port over HTTP, with problem+json (RFC 9457) turned back into the error tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from dao_backend.core.facts import Facts, facts_from_json
from dao_backend.core.message import Metadata
from dao_backend.core.model import Address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.problems import error_in
from dao_backend.core.submission import (
    Outcome,
    Submission,
    outcome_from_json,
    submission_json,
)
from dao_backend.errors import InputError, ServiceUnavailable
from dao_backend.ports.gateway import BundleFacts

_CHUNK = 1024 * 1024
Json = Any
"""Whatever `json.loads` gives."""

_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
"""Seconds; an answer may take minutes, because a large content is appraised before it comes."""


class HttpGateway:
    """See `ports.gateway.Gateway`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def facts(self) -> Facts:
        return facts_from_json(self._get("/v1/dao"))

    def put_envelope(self, chunks: Iterable[bytes]) -> str:
        headers = {"content-type": "application/octet-stream"}
        with self._reaching():
            answer = self._http.post("/v1/envelopes", content=iter(chunks), headers=headers)
        return str(_checked(answer).json()["cid"])

    def make_draft(
        self, contributor: Address, collection: int, metadata: Metadata, blocks: Iterable[bytes]
    ) -> Json:
        """Have the service encrypt plaintext, sent as a stream; the draft that is to be signed."""
        query = {
            "contributor": str(contributor),
            "collection": str(collection),
            "name": metadata.name,
            "mediaType": metadata.media_type,
        }
        headers = {"content-type": "application/octet-stream"}
        with self._reaching():
            answer = self._http.post(
                "/v1/drafts", params=query, content=iter(blocks), headers=headers
            )
        return _checked(answer).json()

    def envelope(self, cid: str) -> Iterator[bytes]:
        return self._stream(f"/v1/envelopes/{cid}")

    def submit(self, submission: Submission) -> Outcome:
        return outcome_from_json(self._post("/v1/contributions", submission_json(submission)))

    def register(self, contribution_id: bytes) -> bytes:
        return self._relay(f"/v1/contributions/{hex_of(contribution_id)}/registration", {})

    def withdraw(self, contribution_id: bytes, deadline: int, signature: bytes) -> bytes:
        body = {"deadline": deadline, "signature": hex_of(signature)}
        return self._relay(f"/v1/contributions/{hex_of(contribution_id)}/withdrawal", body)

    def vote(self, proposal_id: int, support: int, voter: Address, signature: bytes) -> bytes:
        body = {"support": support, "voter": voter, "signature": hex_of(signature)}
        return self._relay(f"/v1/proposals/{proposal_id}/ballots", body)

    def manifest(self, edition_id: int) -> bytes:
        return b"".join(self._stream(f"/v1/editions/{edition_id}/manifest"))

    def bundles(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> tuple[BundleFacts, ...]:
        query = {} if asker is None else {"asker": str(asker)}
        if asked_key is not None:
            query["releaseKey"] = hex_of(asked_key)
        rows = self._get(f"/v1/licences/{licence_id}/bundles", query)["rows"]
        return tuple(
            BundleFacts(row["index"], row["reason"], row["sentence"], row["cid"], row["length"])
            for row in rows
        )

    def bundle(self, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        headers = {"range": f"bytes={offset}-"} if offset else {}
        return self._stream(f"/v1/licences/{licence_id}/bundles/{index}", headers)

    def read(self, path: str, query: dict[str, str] | None = None) -> Json:
        return self._get(path, query)

    def write(self, path: str, body: object) -> Json:
        return self._post(path, body)

    # --- inside -----------------------------------------------------------------------------

    def _get(self, path: str, query: dict[str, str] | None = None) -> Json:
        with self._reaching():
            answer = self._http.get(path, params=query)
        return _checked(answer).json()

    def _post(self, path: str, body: object) -> Json:
        with self._reaching():
            answer = self._http.post(path, json=body)
        return _checked(answer).json()

    def _relay(self, path: str, body: object) -> bytes:
        return bytes_of(self._post(path, body)["transaction"])

    def _stream(self, path: str, headers: dict[str, str] | None = None) -> Iterator[bytes]:
        with (
            self._reaching(),
            self._http.stream("GET", path, headers=headers) as answer,
        ):
            if answer.is_error:
                answer.read()
            _checked(answer)
            yield from answer.iter_bytes(_CHUNK)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise ServiceUnavailable(
                f"the service at {self._url} does not answer: {error}"
            ) from error


def _checked(answer: httpx.Response) -> httpx.Response:
    """Pass a good answer on; raise the error that a problem document names."""
    if answer.is_success:
        return answer
    try:
        error = error_in(answer.json())
    except (ValueError, InputError):
        raise ServiceUnavailable(f"the service answered {answer.status_code}") from None
    raise error
