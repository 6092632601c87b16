"""Encodes calls and decodes answers, events and errors of one contract from its ABI.

Values are Python's own: int, bool, str, bytes, and tuples for structs and arrays; addresses come
out checksummed. Source: the Solidity ABI specification, through eth_abi.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eth_abi import abi
from eth_abi.codec import ABICodec
from eth_abi.decoding import StringDecoder
from eth_abi.encoding import TextStringEncoder
from eth_abi.exceptions import DecodingError, EncodingError, ParseError
from eth_abi.registry import BaseEquals, registry
from eth_utils.address import to_checksum_address

from dao_backend.core.packing import keccak256
from dao_backend.errors import ChainUnavailable, InputError

Json = Mapping[str, object]


def _lenient() -> ABICodec:
    """Reads texts that are no UTF-8 too: whoever logs one must not make the whole log unreadable.

    What does not belong there is read as U+FFFD.
    """
    own = registry.copy()  # type: ignore[no-untyped-call]  # eth_abi types half of it
    own.unregister("string")
    decoder = StringDecoder(handle_string_errors="replace")  # type: ignore[no-untyped-call]
    text = BaseEquals("string")  # type: ignore[no-untyped-call]
    own.register(text, TextStringEncoder, decoder, label="string")
    return ABICodec(own)


_CODEC = _lenient()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input or output; `kind` is the canonical type, structs as `(type,type)`."""

    name: str
    kind: str
    indexed: bool
    declared: str
    """The type as it stands in the source, such as `enum IAccessDesk.Status`."""
    components: tuple[Parameter, ...]
    """Fields of a struct, also where it is an array's."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a contract."""

    name: str
    selector: bytes
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]

    def encode(self, arguments: Sequence[object]) -> bytes:
        """Call data; raise InputError when an argument does not fit its Solidity type."""
        return self.selector + encode(self.inputs, arguments)

    def arguments(self, data: bytes) -> tuple[object, ...]:
        """What `encode` made `data` of; raise ChainUnavailable where it did not."""
        arguments = decode(self.inputs, data[len(self.selector) :])
        if self.encode(arguments) != data:
            raise ChainUnavailable(f"these bytes are no plain call of {self.name}")
        return arguments

    def decode(self, data: bytes) -> tuple[object, ...]:
        """What the function returned; raise ChainUnavailable when the bytes are no such answer."""
        return decode(self.outputs, data)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a contract; `topic` is the first topic of its logs."""

    name: str
    topic: bytes
    inputs: tuple[Parameter, ...]

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, object]:
        """Values by Solidity name; raise ChainUnavailable when the log does not fit."""
        indexed = [parameter for parameter in self.inputs if parameter.indexed]
        plain = [parameter for parameter in self.inputs if not parameter.indexed]
        values = dict(zip((p.name for p in plain), decode(plain, data), strict=True))
        if len(topics) != len(indexed) + 1:
            raise ChainUnavailable(f"the node sent a malformed {self.name} event")
        for parameter, topic in zip(indexed, topics[1:], strict=True):
            values[parameter.name] = decode([parameter], topic)[0]
        return values


@dataclass(frozen=True, slots=True)
class CustomError:
    """A Solidity custom error."""

    name: str
    selector: bytes
    inputs: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Abi:
    """The public surface of one contract; overloaded functions are left out."""

    functions: Mapping[str, Function]
    events: Mapping[str, Event]
    errors: Mapping[bytes, CustomError]
    constructor: tuple[Parameter, ...]


def parse(entries: Sequence[Json]) -> Abi:
    """Read a JSON ABI as solc writes it."""
    functions = [_function(entry) for entry in entries if entry["type"] == "function"]
    names = [function.name for function in functions]
    errors = [_error(entry) for entry in entries if entry["type"] == "error"]
    events = [_event(entry) for entry in entries if entry["type"] == "event"]
    constructors = [entry for entry in entries if entry["type"] == "constructor"]
    return Abi(
        functions={f.name: f for f in functions if names.count(f.name) == 1},
        events={event.name: event for event in events},
        errors={error.selector: error for error in errors},
        constructor=_parameters(constructors[0], "inputs") if constructors else (),
    )


def encode(parameters: Sequence[Parameter], arguments: Sequence[object]) -> bytes:
    """ABI-encode `arguments`; raise InputError when one does not fit its type."""
    try:
        return abi.encode([parameter.kind for parameter in parameters], list(arguments))
    except EncodingError as error:
        raise InputError(f"a value does not fit its Solidity type: {error}") from error


def decode(parameters: Sequence[Parameter], data: bytes) -> tuple[object, ...]:
    """Decode `data`; raise ChainUnavailable when a node sent something else."""
    kinds = [parameter.kind for parameter in parameters]
    try:
        if len(data) < 32 * len(kinds):  # an account without code answers nothing
            raise DecodingError("too short")
        values = _CODEC.decode(kinds, data)
    except (DecodingError, OverflowError, ParseError, UnicodeDecodeError) as error:
        raise ChainUnavailable("the node's answer does not fit the contract's ABI") from error
    return tuple(_tidy(kind, value) for kind, value in zip(kinds, values, strict=True))


@lru_cache(maxsize=4096)
def checksummed(account: str) -> str:
    """EIP-55 form of a hexadecimal address."""
    return str(to_checksum_address(account))


def _tidy(kind: str, value: object) -> object:
    """Checksum addresses, also those inside structs and arrays."""
    if "address" not in kind:
        return value
    if isinstance(value, str):
        return checksummed(value)
    assert isinstance(value, tuple | list)
    if kind.endswith("]"):
        return tuple(_tidy(kind[: kind.rindex("[")], item) for item in value)
    return tuple(_tidy(part, item) for part, item in zip(_parts(kind), value, strict=True))


def _parts(kind: str) -> list[str]:
    """Member types of `(type,type)`, split at the outermost commas."""
    parts, depth, start = [], 0, 1
    for place, letter in enumerate(kind):
        depth += (letter == "(") - (letter == ")")
        if (letter == "," and depth == 1) or place == len(kind) - 1:
            parts.append(kind[start:place])
            start = place + 1
    return parts


def _function(entry: Json) -> Function:
    inputs = _parameters(entry, "inputs")
    selector = _hash(entry, inputs)[:4]
    return Function(str(entry["name"]), selector, inputs, _parameters(entry, "outputs"))


def _event(entry: Json) -> Event:
    inputs = _parameters(entry, "inputs")
    return Event(str(entry["name"]), _hash(entry, inputs), inputs)


def _error(entry: Json) -> CustomError:
    inputs = _parameters(entry, "inputs")
    return CustomError(str(entry["name"]), _hash(entry, inputs)[:4], inputs)


def _hash(entry: Json, inputs: Sequence[Parameter]) -> bytes:
    kinds = ",".join(parameter.kind for parameter in inputs)
    return keccak256(f"{entry['name']}({kinds})".encode())


def _parameters(entry: Json, key: str) -> tuple[Parameter, ...]:
    parameters = entry.get(key, ())
    assert isinstance(parameters, list | tuple)
    return tuple(
        Parameter(
            name=str(parameter.get("name", "")),
            kind=_kind(parameter),
            indexed=bool(parameter.get("indexed", False)),
            declared=str(parameter.get("internalType", parameter["type"])),
            components=_parameters(parameter, "components"),
        )
        for parameter in parameters
    )


def _kind(parameter: Json) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    components = parameter["components"]
    assert isinstance(components, list | tuple)
    return "(" + ",".join(_kind(component) for component in components) + ")" + kind[len("tuple") :]
