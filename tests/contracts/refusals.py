"""Expect a transaction or a call to revert with one custom error, all of its arguments included.

`ape.reverts` is satisfied by any revert that it cannot decode, as where one contract calls another.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import ape
import pytest
from ape.exceptions import ContractLogicError, CustomError
from eth_abi.abi import decode
from eth_utils.address import to_checksum_address

from dao_backend.core.packing import keccak256


@contextmanager
def refused(error: str | type[CustomError], **arguments: object) -> Iterator[None]:
    """Fail unless the block reverts with `error` (a name or Ape's class) and these arguments."""
    with pytest.raises(ContractLogicError) as caught:
        yield
    name = error if isinstance(error, str) else error.abi.name
    expected = {key: _plain(value) for key, value in arguments.items()}
    assert error_of(caught.value) == (name, expected)


def error_of(error: ContractLogicError) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the custom error behind `error`, whichever contract it came from."""
    if isinstance(error, CustomError):
        return error.abi.name, {key: _plain(value) for key, value in error.inputs.items()}
    data = str(error.revert_message)
    if data.startswith(("b'", 'b"')):  # how Ape shows what its chain reverts with, now and then
        return decoded(ast.literal_eval(data))
    assert data.startswith("0x"), f"reverted without a custom error: {data}"
    return decoded(bytes.fromhex(data[2:]))


def decoded(data: bytes) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the custom error that `data` encodes."""
    name, names, types = _errors()[data[:4]]
    values = zip(names, types, decode(types, data[4:]), strict=True)
    return name, {
        key: to_checksum_address(value) if kind == "address" else value
        for key, kind, value in values
    }


@cache
def _errors() -> dict[bytes, tuple[str, list[str], list[str]]]:
    """Every custom error of the project's contracts by its selector."""
    return {
        keccak256(error.selector.encode())[:4]: (
            error.name,
            [str(each.name) for each in error.inputs],
            [str(each.canonical_type) for each in error.inputs],
        )
        for contract in ape.project.contracts.values()
        for error in contract.errors
    }


def _plain(value: object) -> object:
    """Accounts and contracts as addresses, byte types as bytes."""
    if hasattr(value, "address"):
        return value.address
    return bytes(value) if isinstance(value, bytes) else value
