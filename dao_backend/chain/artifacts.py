"""Reads ABI and creation bytecode of the contracts from the files that ship with the package.

`make artifacts` writes them to chain/artifacts/NAME.json; nothing is compiled here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from dao_backend.chain.abi import Abi, encode, parse
from dao_backend.errors import SetupError


class ContractName(StrEnum):
    """The thirteen contracts of one DAO."""

    TIMELOCK = "TimelockController"
    TOKEN = "ContributionToken"  # noqa: S105  # a contract's name
    REGISTRY = "DataRegistry"
    GOVERNOR = "DataGovernor"
    DESK = "AccessDesk"
    LICENCE = "Licence"
    VAULT = "RevenueVault"
    KEEPERS = "KeeperRegistry"
    OFFERS = "OfferDesk"
    DISPUTES = "DisputeDesk"
    METER = "UsageMeter"
    STRIKE = "DataStrike"
    COUNCIL = "Council"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: ContractName
    abi: Abi
    bytecode: bytes
    """Creation code, without constructor arguments."""

    def creation_code(self, *arguments: object) -> bytes:
        """Creation code with its constructor arguments; InputError when one does not fit."""
        return self.bytecode + encode(self.abi.constructor, arguments)


@cache
def artifact(name: ContractName) -> Artifact:
    """Load one contract; raise SetupError when its file is missing or damaged."""
    file = resources.files("dao_backend.chain") / "artifacts" / f"{name}.json"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Artifact(name, parse(content["abi"]), bytes.fromhex(content["bytecode"][2:]))
    except (OSError, ValueError, KeyError) as error:
        message = f"the compiled contract {name} is missing or damaged; run `make artifacts`"
        raise SetupError(message) from error


def abi_of(name: ContractName) -> Abi:
    """The ABI of one contract; SetupError."""
    return artifact(name).abi
