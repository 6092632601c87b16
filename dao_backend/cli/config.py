"""What `ddao init` writes down: which service, which wallet, and for which DAO they were meant."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dao_backend.errors import InputError, UnreadablePath

DEFAULT_SERVICE = "http://127.0.0.1:8000"
"""Where `ddao up` listens unless told otherwise."""
DEFAULT_WALLET = "default"


@dataclass(frozen=True, slots=True)
class Config:
    """The content of config.json; every field has a value that works with `ddao up`."""

    service: str = DEFAULT_SERVICE
    wallet: str = DEFAULT_WALLET
    rpc: str | None = None
    """A node of one's own, instead of the one that the service names."""
    chain_id: int | None = None
    registry: str | None = None
    """With `chain_id`: the DAO that the service stood for when it was chosen."""


def home() -> Path:
    """The folder for configuration and wallets."""
    return Path.home() / ".config" / "ddao"


def load() -> Config:
    """What was written down, or the defaults; InputError, UnreadablePath."""
    path = home() / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return replace(Config(), **found)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is damaged: remove it and run `ddao init` again") from error


def save(config: Config) -> Path:
    """Write it down, whole; where it lies now. UnreadablePath."""
    path = home() / "config.json"
    partial = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(asdict(config), indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be written: {error.strerror}") from error
    return path
