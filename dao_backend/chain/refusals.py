"""Turns the bytes that a contract reverted with into ContractRefused, with a sentence that helps.

Known are the custom errors of all contracts, those of ERC-20 tokens (EIP-6093), Solidity's
own `Error(string)` and `Panic(uint256)`. An unknown error keeps its selector as its name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from dao_backend.chain.abi import CustomError, Parameter, decode, parse
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.sentences import SENTENCES
from dao_backend.core.bargains import Verdict
from dao_backend.core.model import LicenceStatus, ProposalState, Purpose, RequestStatus
from dao_backend.core.packing import hex_of
from dao_backend.errors import ChainUnavailable, ContractRefused

TIMES = frozenset(
    {
        "acceptBy",
        "clock",
        "closesAt",
        "deadline",
        "deliverBy",
        "disputeBy",
        "dueAt",
        "earliest",
        "ends",
        "executeBy",
        "expiry",
        "latest",
        "mandateUntil",
        "reportedUntil",
        "ruleBy",
        "timepoint",
        "timestamp",
        "until",
    }
)
"""Arguments that are unix seconds of chain time."""
_TOKEN_ERRORS = {
    "ERC20InsufficientBalance": ("sender address", "balance uint256", "needed uint256"),
    "ERC20InsufficientAllowance": ("spender address", "allowance uint256", "needed uint256"),
    "InsufficientBalance": ("balance uint256", "needed uint256"),
    "Error": ("message string",),
    "Panic": ("code uint256",),
}
_PANICS = {
    0x01: "an assertion does not hold",
    0x11: "a number is too large or falls below zero",
    0x12: "a division by zero",
    0x21: "a value is not in its enumeration",
    0x32: "an index is beyond the end of its list",
}


def refusal(data: bytes, message: str = "") -> ContractRefused:
    """The error behind revert `data`; `message` is what the node said about it."""
    found = known_errors().get(data[:4])
    if found is None:
        name = hex_of(data[:4]) if data else ""
        return ContractRefused(name, {}, f"the contract refused without a known reason: {message}")
    try:
        values = decode(found.inputs, data[4:])
    except ChainUnavailable:
        return ContractRefused(found.name, {}, f"the contract refused with a damaged {found.name}")
    arguments = {p.name: value for p, value in zip(found.inputs, values, strict=True)}
    return ContractRefused(found.name, arguments, explain(found, arguments))


def explain(error: CustomError, arguments: dict[str, object]) -> str:
    """The sentence for a decoded error."""
    if error.name == "Error":
        return str(arguments["message"])
    if error.name == "Panic":
        code = arguments["code"]
        reason = _PANICS.get(code, f"panic {code}") if isinstance(code, int) else "panic"
        return f"The contract stopped itself: {reason}. Report what you did."
    shown = {p.name: readable(p, arguments[p.name]) for p in error.inputs}
    return SENTENCES[error.name].format_map(shown)


def readable(parameter: Parameter, value: object) -> str:
    """A value as people read it: times in UTC, states and purposes in words, bytes in hex."""
    match value:
        case bytes() if parameter.name == "expectedStates":
            return _states(value)
        case bytes():
            return hex_of(value)
        case int() if parameter.name in TIMES:
            return _moment(value)
        case int() if parameter.name in ("purposes", "offered"):
            return ", ".join(Purpose.names_of(Purpose(value))) or "none"
        case int():
            return _state(parameter.declared, value)
        case _:
            return str(value)


@cache
def known_errors() -> dict[bytes, CustomError]:
    """Every error that can be decoded, by selector."""
    found = {error.selector: error for error in _plain_errors()}
    for name in ContractName:
        found.update(abi_of(name).errors)
    return found


def _plain_errors() -> list[CustomError]:
    entries = []
    for name, inputs in _TOKEN_ERRORS.items():
        pairs = [text.split(" ") for text in inputs]
        members = [{"name": argument, "type": kind} for argument, kind in pairs]
        entries.append({"type": "error", "name": name, "inputs": members})
    return list(parse(entries).errors.values())


def _state(declared: str, value: int) -> str:
    """Enum values by name, as the ABI tells which enum they belong to."""
    match declared:
        case "enum IAccessDesk.Status":
            return RequestStatus(value).name.lower()
        case "enum ILicence.Status":
            return LicenceStatus(value).name.lower()
        case "enum IDisputeDesk.Verdict":
            return Verdict(value).name.lower()
        case "enum IGovernor.ProposalState":
            return list(ProposalState)[value].value
        case _:
            return str(value)


def _states(bitmap: bytes) -> str:
    """The proposal states whose bits are set, as the governor expected them."""
    bits = int.from_bytes(bitmap, "big")
    names = [state.value for place, state in enumerate(ProposalState) if bits >> place & 1]
    return " or ".join(names) or "unknown to the governor"


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return str(seconds)
