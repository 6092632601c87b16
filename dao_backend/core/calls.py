"""What a motion would do, call by call: contract, function and arguments, exactly and in words.

A proposer's own text may say anything; these words come from the calls that are voted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from dao_backend.core.call_words import SENTENCES
from dao_backend.core.model import NATIVE, Address, Purpose
from dao_backend.core.packing import hex_of

_AMOUNTS = frozenset({"bond", "fee", "minimum", "minimumPrice", "price", "unitPrice"})
_SPANS = frozenset(
    {
        "answerPeriod",
        "duration",
        "newDelay",
        "newVoteExtension",
        "newVotingDelay",
        "newVotingPeriod",
        "period",
        "window",
    }
)
_TIMES = frozenset({"expiry", "until"})
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_LAST = 253_402_300_799
"""End of the year 9999."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, or one field of a struct; `name` is its path, like `offer.unitPrice`."""

    name: str
    value: object

    @property
    def field(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def exact(self) -> str:
        """The value as it stands in the call."""
        return _text(self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """A call of one of the DAO's own contracts."""

    contract: str
    function: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a motion; `known` is None where nobody here can say what it does."""

    target: Address
    value: int
    """Native coin that goes with it, in wei."""
    data: bytes
    known: Known | None

    def calls(self, contract: str, function: str) -> bool:
        """Whether it calls that function of that contract."""
        known = self.known
        return known is not None and (known.contract, known.function) == (contract, function)

    def argument(self, name: str) -> object:
        """The value of an argument; KeyError where there is none of that name."""
        return {each.name: each.value for each in self._arguments}[name]

    @property
    def sentence(self) -> str:
        """What it does, for people."""
        coin = f" It sends {_ether(self.value)} of the DAO's own along." if self.value else ""
        return self._deed + coin

    def words(self, argument: Argument) -> str:
        """The value of one of its arguments, for people."""
        field, value = argument.field, argument.value
        match value:
            case bool():
                return "yes" if value else "no"
            case int() if field == "purposes":
                return ", ".join(Purpose.names_of(Purpose(value))) or "none"
            case int() if field in _AMOUNTS:
                return self._amount(field, value)
            case int() if field in _SPANS:
                return _span(value)
            case int() if field in _TIMES:
                return _time(value)
            case int() if field.endswith("Bps"):
                return f"{Decimal(value) / 100:,f} %"
            case str() if value == NATIVE:
                return "the native coin" if field == "asset" else "nobody"
            case bytes() if not any(value):
                return "none"
            case _:
                return argument.exact

    @property
    def _arguments(self) -> tuple[Argument, ...]:
        return () if self.known is None else self.known.arguments

    @property
    def _deed(self) -> str:
        known = self.known
        if known is None:
            return (
                f"Calls {self.target}, which is not understood here, with {len(self.data)} bytes "
                "of data: nobody should approve this without knowing what it does."
            )
        sentence = SENTENCES.get((known.contract, known.function))
        if sentence is None:
            return f"Calls {known.function} of {known.contract} with the arguments below."
        for argument in known.arguments:
            sentence = sentence.replace(f"{{{argument.name}}}", self.words(argument))
        return sentence

    def _amount(self, field: str, value: int) -> str:
        assets = [each.value for each in self._arguments if each.field == "asset"]
        if field == "fee" or assets == [NATIVE]:
            return _ether(value)
        of = f" of token {assets[0]}" if assets else ""
        return f"{value:,} of the smallest unit{of}"


def _text(value: object) -> str:
    match value:
        case bytes():
            return hex_of(value)
        case bool():
            return "true" if value else "false"
        case tuple():
            return f"({', '.join(map(_text, value))})"
        case _:
            return str(value)


def _ether(wei: int) -> str:
    return f"{Decimal(wei).scaleb(-18).normalize():f} ether"


def _span(seconds: int) -> str:
    for name, length in _UNITS:
        count, rest = divmod(seconds, length)
        if count and not rest:
            return f"{count:,} {name}{'' if count == 1 else 's'}"
    return f"{seconds:,} seconds"


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(min(seconds, _LAST), UTC):%Y-%m-%d %H:%M:%S} UTC"
