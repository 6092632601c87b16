"""The service over HTTP: JSON in and out, streams for envelopes and bundles, RFC 9457 problems.

It decides nothing: each route parses, asks one part of `service`, and writes down the answer.
`create_app` makes the application from a `Backend`, which wiring builds.
"""

from dao_backend.api.app import create_app
from dao_backend.api.backend import Backend

__all__ = ["Backend", "create_app"]
