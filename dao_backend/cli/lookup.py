"""Finds what a person named: a collection by name or number, a request, a contribution, a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from dao_backend.errors import InputError, NotFound

if TYPE_CHECKING:
    from dao_backend.core.facts import Facts
    from dao_backend.core.model import Address, Collection
    from dao_backend.wiring.client import Client

Json = dict[str, Any]
"""A JSON object of the API, with the names of its OpenAPI document."""

PAGE = "200"
_ID = re.compile(r"0x[0-9a-f]{64}")
_LARGEST_REQUEST = 2**40
"""Numbers above it are ids of proposals, which are hashes."""


def fetch(client: Client, path: str, **query: str) -> Json:
    """One object of the API."""
    return cast("Json", client.gateway.read(path, query))


def rows(client: Client, path: str, **query: str) -> Iterator[Json]:
    """All rows of a list of the API, page by page."""
    after: dict[str, str] = {}
    while True:
        page = fetch(client, path, limit=PAGE, **query, **after)
        yield from page["rows"]
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def collection_of(facts: Facts, named: str) -> Collection:
    """By name or number; NotFound lists those there are."""
    for each in facts.collections:
        if named in (each.name, str(each.number)):
            return each
    known = ", ".join(f"{each.name} ({each.number})" for each in facts.collections)
    raise NotFound(f"there is no collection {named!r}; there are: {known}")


def contribution_id_of(text: str) -> bytes:
    """32 bytes as 0x and 64 digits; InputError."""
    if not _ID.fullmatch(text.lower()):
        raise InputError(f"{text!r} is no contribution id: that is 0x and 64 hexadecimal digits")
    return bytes.fromhex(text[2:])


def account_of(text: str) -> Address:
    """An account's address; InvalidAddress."""
    from dao_backend.core.model import address

    return address(text)


def proposal_id_of(client: Client, number: int) -> int:
    """The proposal of a request, or the number itself where it can be no request; NotFound."""
    if is_proposal(number):
        return number
    found = client.chain.request(number).proposal_id
    if not found:
        raise NotFound(f"request {number} came of an offer, which needs no vote of its own")
    return found


def is_proposal(number: int) -> bool:
    """Whether a number is a proposal's own: no request's is so large."""
    return number > _LARGEST_REQUEST


def asset_text(asset: str, amount: int | str) -> str:
    """An amount with its unit."""
    from dao_backend.cli.amounts import native_text
    from dao_backend.core.model import NATIVE

    return native_text(int(amount)) if asset == NATIVE else f"{amount} of token {asset}"
