"""Events of the log as JSON, made from the facts' own fields."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import Field
from pydantic.alias_generators import to_camel

from dao_backend.api.models.base import Hash, Model, Seconds
from dao_backend.core.events import Fact, LogEvent
from dao_backend.core.model import Purpose
from dao_backend.core.packing import hex_of

_WIDE = frozenset(
    {
        "units",
        "total_units",
        "min_units",
        "proposal_id",
        "price",
        "minimum_price",
        "amount",
        "reserve_cut",
        "keeper_cut",
        "weight",
        "length",
        "bundle_length",
        "unit_price",
        "minimum",
        "bond",
        "balance",
        "used",
        "periods",
        "needed",
        "values",
    }
)
"""Fields whose type is wider than 53 bits: decimal text."""


class EventShape(Model):
    """One decoded event; `fact` holds its fields by their Solidity names."""

    kind: str = Field(examples=["Contributed"])
    block: int
    log_index: int
    block_hash: Hash
    timestamp: Seconds
    transaction: Hash
    fact: dict[str, Any]

    @classmethod
    def of(cls, event: LogEvent) -> EventShape:
        """From the log."""
        return cls(
            kind=type(event.fact).__name__,
            block=event.position.block,
            log_index=event.position.log_index,
            block_hash=hex_of(event.block_hash),
            timestamp=event.timestamp,
            transaction=hex_of(event.transaction),
            fact=fact_json(event.fact),
        )


class ReorganisedShape(Model):
    """The chain took blocks back: forget everything after `block`; it comes again."""

    block: int


def fact_json(fact: Fact) -> dict[str, Any]:
    """The fields of a fact, ready for JSON."""
    return _fields(fact)


def _fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the frozen dataclasses
    return {
        _name(field.name): _plain(field.name, getattr(value, field.name)) for field in fields(value)
    }


def _name(field: str) -> str:
    return to_camel(field)


def _plain(name: str, value: object) -> object:
    match value:
        case Purpose():
            return Purpose.names_of(value)
        case bytes():
            return hex_of(value)
        case Enum():
            return value.name.lower()
        case int() if name in _WIDE:
            return str(value)
        case tuple():
            return [_plain(name, each) for each in value]
        case _ if is_dataclass(value):
            return _fields(value)
        case _:
            return value
