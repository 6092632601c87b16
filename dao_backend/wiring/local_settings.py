"""The settings of a local service: what was given, and what its data folder has settled before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dao_backend.errors import InputError
from dao_backend.settings import Settings
from dao_backend.wiring.local import recorded_size


def local_settings(
    *,
    data: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    keepers: int | None = None,
    threshold: int | None = None,
) -> Settings:
    """The environment's settings with what was given instead; InputError names a bad one."""
    given: dict[str, Any] = {
        "data": data,
        "host": host,
        "port": port,
        "keepers": keepers,
        "threshold": threshold,
    }
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"the setting DDAO_{name} cannot be used: {first['msg']}") from error


def committee_size(settings: Settings) -> tuple[int, int]:
    """Keepers and threshold: those that the DAO was made with, which never change; InputError."""
    asked = (settings.keepers, settings.threshold)
    known = recorded_size(settings.data)
    if known is None:
        if settings.threshold > settings.keepers:
            raise InputError(
                f"{settings.keepers} keepers cannot reach a threshold of {settings.threshold}"
            )
        return asked
    given = [name in settings.model_fields_set for name in ("keepers", "threshold")]
    wrong = any(said and ask != found for said, ask, found in zip(given, asked, known, strict=True))
    if wrong:
        raise InputError(
            f"the DAO in {settings.data} has {known[0]} keepers, of whom {known[1]} release a key "
            "together; that stays so: leave --keepers and --threshold out, or name another folder"
        )
    return known
