"""What an operator can set, read from the environment (`DDAO_…`) or given on the command line.

Nothing here is needed for a local start; secrets are never settings.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 1024**3


class Settings(BaseSettings):
    """One service; every field has a default that works on a fresh machine."""

    model_config = SettingsConfigDict(env_prefix="DDAO_")

    data: Path = Field(
        default=Path.home() / ".local" / "share" / "ddao",
        description="Folder for the local chain, databases, envelopes and key files.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the API; 0 takes any.")
    kubo: str | None = Field(
        default=None,
        description="Multiaddr of a Kubo RPC to store envelopes in; without it they are kept "
        "in the data folder.",
    )
    max_bytes: int = Field(
        default=8 * GIB, gt=0, description="Largest content that is accepted, in bytes."
    )
    keepers: int = Field(default=1, ge=1, le=32, description="Keepers of a new local DAO.")
    threshold: int = Field(
        default=1, ge=1, le=32, description="How many of them release a key together."
    )
    receipts: int | None = Field(
        default=None,
        ge=1,
        le=32,
        description="How many keepers have to hold their share before a contribution is appraised, "
        "at least the threshold; without it all of them.",
    )
    pause: float = Field(default=1.0, gt=0, description="Seconds between two looks at the chain.")
