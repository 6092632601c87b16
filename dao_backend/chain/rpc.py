"""Moves JSON-RPC requests to a node and its answers back; knows methods and blocks of nothing.

Reads are repeated after a broken connection or an overloaded node, with a bounded and growing
pause; anything that changes the chain is sent once. Every failure of the connection becomes
ChainUnavailable, an answer that says no becomes RpcRefusal, which stays inside chain/.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from web3.providers.rpc import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

from dao_backend.errors import ChainUnavailable

CONNECTIONS = 32
"""Connections kept open to one node."""
_BUSY = frozenset({408, 425, 429, 502, 503, 504})
_TOO_LARGE = 413
_SHORTEST_KEY = 8
_LONGEST = 1_000
"""Characters of a node's own words that are passed on: they come into logs, alarms and answers."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take (seconds), and how often and how slowly a read is repeated."""

    connect: float = 3.0
    answer: float = 30.0
    repeats: int = 4
    pause: float = 0.1
    """Seconds before the first repetition; each further one takes twice as long."""


class RpcRefusal(Exception):
    """The node answered with an error object; never leaves chain/."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class TooMuch(ChainUnavailable):
    """The node takes too long over an answer, or finds it too large; asking for less may work."""


class _Overloaded(ChainUnavailable):
    """No answer this time; the same request may succeed in a moment."""


class Rpc:
    """One JSON-RPC endpoint over HTTP, safe to share between threads."""

    def __init__(
        self,
        url: str,
        patience: Patience | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.url = url
        self._keys = _keys_in(url)
        self._patience = patience or Patience()
        self._wait = wait
        self._silent = False
        self._session = requests.Session()
        # A proxy from the environment would not reach a node on this machine.
        self._session.trust_env = urlsplit(url).hostname not in _LOOPBACK
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
        self._provider = HTTPProvider(
            url,
            request_kwargs={"timeout": (self._patience.connect, self._patience.answer)},
            session=self._session,
            exception_retry_configuration=None,
        )

    def read(self, method: str, *parameters: object) -> object:
        """Ask for something that changes nothing, repeating it while the node is out of breath.

        A node that all repetitions were in vain for is asked once at a time, until it answers: it
        must not hold up others that are asked along with it. Raises RpcRefusal, ChainUnavailable.
        """
        repeats = 0 if self._silent else self._patience.repeats
        for attempt in range(repeats):
            try:
                return self.once(method, *parameters)
            except _Overloaded:
                self._wait(self._patience.pause * 2**attempt)
        try:
            return self.once(method, *parameters)
        except _Overloaded:
            self._silent = True
            raise

    def once(self, method: str, *parameters: object) -> object:
        """Ask exactly once. Raises RpcRefusal, ChainUnavailable."""
        try:
            answer = self._provider.make_request(cast("RPCEndpoint", method), parameters)
        except requests.HTTPError as error:
            answer = self._refusal_in(error)
        except requests.ReadTimeout as error:
            raise TooMuch(f"no answer from {self.place} in time") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _Overloaded(f"no answer from {self.place}: {type(error).__name__}") from error
        except (requests.RequestException, ValueError) as error:
            raise ChainUnavailable(f"{self.place} is not a JSON-RPC node") from error
        self._silent = False
        return _result(answer, self.place, self._keys)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def place(self) -> str:
        """The node without the path, in which providers keep their access keys."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    def _refusal_in(self, error: requests.HTTPError) -> RPCResponse:
        """The JSON-RPC error in the body of an HTTP error, as some nodes send it."""
        response = error.response
        message = f"{self.place} answers with HTTP status {response.status_code}"
        if response.status_code in _BUSY:
            raise _Overloaded(message) from error
        if response.status_code == _TOO_LARGE:
            raise TooMuch(message) from error
        try:
            body = response.json()
        except ValueError:
            body = None
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            return cast("RPCResponse", body)
        raise ChainUnavailable(message) from error


def _keys_in(url: str) -> tuple[str, ...]:
    """What may be an access key: a node may repeat it in its refusals, which are logged."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    found = [parts.username, parts.password, *parts.path.split("/"), *values]
    return tuple(unquote(each) for each in found if each and len(each) >= _SHORTEST_KEY)


def _result(answer: object, place: str, keys: tuple[str, ...]) -> object:
    if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
        raise ChainUnavailable(f"{place} is not a JSON-RPC node")
    problem = answer.get("error")
    if problem is None:
        return answer["result"]
    if not isinstance(problem, dict):
        problem = {"message": problem}
    message = str(problem.get("message", ""))
    for key in keys:
        message = message.replace(key, "(hidden)")
    raise RpcRefusal(int(problem.get("code", 0)), message[:_LONGEST], problem.get("data"))
