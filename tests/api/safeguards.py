"""What members and others sign about strikes, departures and persons, on a stand."""

from __future__ import annotations

from typing import Any

from dao_backend.core.packing import hex_of
from tests.support.core_actors import account
from tests.support.stand import Stand


def signed(stand: Stand, number: int, path: str, **query: str | int) -> str:
    """The signature of the account of that number over what the API gives to sign."""
    typed: Any = stand.get(f"{path}/typed-data", **query)
    return hex_of(account(number).sign_typed_data(full_message=typed).signature)
