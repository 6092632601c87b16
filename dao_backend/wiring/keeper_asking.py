"""A running keeper as seen from outside of its process."""

from __future__ import annotations

from pathlib import Path

from dao_backend.client.keeper import RemoteKeeper
from dao_backend.core.keeper_config import Listen
from dao_backend.custody.secrets import read_file
from dao_backend.wiring.keeper_files import KeeperFolder, read_config

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what to ask, not to bind


def url_of(data: Path) -> str:
    """Where the keeper of this folder answers on this machine; InputError, UnreadablePath."""
    folder = KeeperFolder(data)
    listen = read_config(folder).listen
    if folder.url.exists():
        return read_file(folder.url).decode(errors="replace")
    return f"http://{Listen(_ANYWHERE.get(listen.host, listen.host), listen.port)}"


def reach(url: str) -> RemoteKeeper:
    """Any keeper by its URL; close it after use. InputError."""
    return RemoteKeeper(0, url)
