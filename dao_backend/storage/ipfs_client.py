"""The client library for IPFS nodes, `ipfshttpclient`: imported the way it works, errors mapped.

Its last release is of 2021; what has to be known about it is here and in `kubo`.
It honours the proxies of the environment: NO_PROXY has to name the node's host where one is set.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import urllib3

from dao_backend.errors import NotFound, SetupError, StorageFull, StorageUnavailable

_PATCH = "PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS"
_ABSENT = ("not found", "could not find")
_FULL = ("no space left", "quota exceeded")


def client_library() -> ModuleType:
    """Import ipfshttpclient the one way it works with the `requests` and `urllib3` of today.

    By default it replaces their connection classes. A variable of the environment, read at its
    first import, tells it not to; it is set here for the time of that import only.
    Raises SetupError where somebody imported the library before without it.
    """
    before = os.environ.get(_PATCH)
    os.environ[_PATCH] = "no"
    try:
        import ipfshttpclient
        from ipfshttpclient import http_requests
    finally:
        if before is None:
            del os.environ[_PATCH]
        else:
            os.environ[_PATCH] = before
    if http_requests.PATCH_REQUESTS:
        raise SetupError(f"ipfshttpclient was imported without {_PATCH}=no; import it later")
    library: ModuleType = ipfshttpclient
    return library


@contextmanager
def node_errors(library: ModuleType, address: str) -> Iterator[None]:
    """Map what the library raises, and what it lets through from below it, to our errors."""
    try:
        yield
    except library.exceptions.ErrorResponse as error:
        said = str(error)
        if any(word in said for word in _ABSENT):
            raise NotFound(f"the IPFS node at {address} does not hold it: {said}") from error
        if any(word in said for word in _FULL):
            raise StorageFull(f"the IPFS node at {address} is full: {said}") from error
        raise StorageUnavailable(f"the IPFS node at {address} refused: {said}") from error
    except (
        library.exceptions.Error,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,  # the exceptions of requests are among these
        AssertionError,  # how the library says that an answer has the wrong number of parts
    ) as error:
        raise StorageUnavailable(
            f"the IPFS node at {address} does not answer as one: {error}"
        ) from error
