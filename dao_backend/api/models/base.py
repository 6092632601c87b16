"""What all shapes share: camelCase names, bytes as hex, wide integers as decimal text, pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.ports.chain import Sent
from dao_backend.ports.index import Page

Port = TypeVar("Port")
Shape = TypeVar("Shape")

SQLITE_MAX = 2**63 - 1
_HASH = "0x8b1a944cf13a9a1c08facb2c9e98623ef3254d2ddb48113885c3e8e97fec8db9"

Hex = Annotated[str, Field(pattern=r"^0x([0-9a-f]{2})*$", examples=["0x0102"])]
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$", examples=[_HASH])]
Signature = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-f]{130}$",
        description="65 bytes r ‖ s ‖ v over the EIP-712 digest, with a low s.",
    ),
]
Account = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-fA-F]{40}$",
        description="20 bytes with their EIP-55 checksum.",
        examples=["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
    ),
]
Decimal = Annotated[
    str,
    Field(
        pattern=r"^(0|[1-9][0-9]{0,77})$",
        description="A whole number as text, because JavaScript rounds numbers above 2^53.",
        examples=["1000000000000000000"],
    ),
]
Seconds = Annotated[int, Field(description="Unix seconds of chain time.", examples=[1767225600])]

ContributionId = Annotated[
    str, Path(pattern=r"^0x[0-9a-f]{64}$", description="32 bytes.", examples=[_HASH])
]
Number = Annotated[int, Path(ge=0, le=SQLITE_MAX, examples=[1])]
ProposalId = Annotated[
    str, Path(pattern=r"^(0|[1-9][0-9]{0,77})$", description="A decimal number.", examples=["42"])
]
AccountPath = Annotated[str, Path(description="An account address with its EIP-55 checksum.")]
After = Annotated[
    str | None,
    Query(max_length=100, description="`next` of the page before; leave it out for the first."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows at the most.")]


class Model(BaseModel):
    """A JSON object with camelCase names."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Rows(Model, Generic[Shape]):
    """A page: its rows, and `next` to ask for more with, null after the last."""

    rows: list[Shape]
    next: str | None = Field(description="Give it as `after` to read on.", examples=[None])


class Transaction(Model):
    """What was relayed."""

    transaction: Hash = Field(description="Hash of the transaction, which is in a block already.")


class ProblemDocument(Model):
    """RFC 9457. `type` can be fetched; it says what the class means."""

    type: str = Field(examples=["/problems/NotFound"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no edition 7"])
    advice: str = Field(examples=["Check the id; something new may need a moment to be indexed."])
    instance: str = Field(examples=["/v1/editions/7"])


def rows_of(page: Page[Port], shape: Callable[[Port], Shape]) -> Rows[Shape]:
    """A page of the ports as a page of the API."""
    return Rows(rows=[shape(row) for row in page.rows], next=page.next)


def transaction_of(sent: Sent) -> Transaction:
    """What was mined."""
    return Transaction(transaction=hex_of(sent.hash))


def parse_id(text: str) -> bytes:
    """A contribution id that matched its pattern."""
    return bytes_of(text)
