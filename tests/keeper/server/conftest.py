"""A keeper's server over a shelf, on a real socket."""

from tests.support.shelf_server import http, keeper, url

__all__ = ["http", "keeper", "url"]
