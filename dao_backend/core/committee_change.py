"""The next committee, as a file names it: read, held to the contract's rules, told in words.

The contract checks the same when the vote is carried out; here it is found out before one begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dao_backend.core.crypto import check_public_key
from dao_backend.core.deployment_file import keepers_of
from dao_backend.core.model import NATIVE, Address, Committee, Keeper
from dao_backend.core.sections import Section
from dao_backend.errors import InputError, LowOrderKey

MAX_ENDPOINT = 200
"""Characters; the chain keeps them, and 32 keepers change in one transaction."""


def parse_keepers(content: object) -> tuple[Keeper, ...]:
    """A list like `committee.keepers` of a deployment file; InputError names the wrong place."""
    return keepers_of(Section.of("", {"keepers": content}, "keepers"))


def require_change(wanted: Sequence[Keeper], earlier: Sequence[Committee]) -> None:
    """InputError unless `wanted` may follow `earlier`: every committee so far, the newest last."""
    last = earlier[-1]
    if len(wanted) != len(last.keepers):
        raise InputError(
            f"the committee has {len(last.keepers)} keepers and the file {len(wanted)}: shares "
            "were dealt to so many, so their number cannot change"
        )
    if tuple(wanted) == last.keepers:
        raise InputError("these are the keepers already: nothing would change")
    for keeper in wanted:
        _require_seat(keeper)
    _require_own_seats([keeper for each in earlier for keeper in each.keepers], wanted)


def changes(wanted: Sequence[Keeper], last: Committee) -> Iterator[str]:
    """What is new at each seat, a phrase each."""
    for old, new in zip(last.keepers, wanted, strict=True):
        if new.operator != old.operator:
            yield f"keeper {new.index} becomes {new.operator} in the place of {old.operator}"
        elif new.sealing_key != old.sealing_key:
            yield f"keeper {new.index} takes a new sealing key"
        elif new.endpoint != old.endpoint:
            yield f"keeper {new.index} moves to {new.endpoint}"


def _require_seat(keeper: Keeper) -> None:
    index = keeper.index
    if keeper.operator == NATIVE:
        raise InputError(f"keeper {index} has no operator account: name one")
    if not 0 < len(keeper.endpoint.encode()) <= MAX_ENDPOINT:
        raise InputError(f"the endpoint of keeper {index} has 1 to {MAX_ENDPOINT} characters")
    try:
        check_public_key(keeper.sealing_key)
    except LowOrderKey as error:
        raise InputError(f"anybody can open what is sealed for keeper {index}: {error}") from error


def _require_own_seats(before: Sequence[Keeper], wanted: Sequence[Keeper]) -> None:
    operators: dict[Address, int] = {}
    keys: dict[bytes, int] = {}
    for keeper in (*before, *wanted):
        index = keeper.index
        if operators.setdefault(keeper.operator, index) != index:
            raise InputError(
                f"{keeper.operator} is or was keeper {operators[keeper.operator]} and cannot be "
                f"keeper {index}: it would hold two shares of one key"
            )
        seat = keys.setdefault(_coordinate(keeper.sealing_key), index)
        if seat != index:
            raise InputError(
                f"the sealing key of keeper {index} is or was that of keeper {seat}: whoever has "
                "its secret would hold two shares of one key"
            )


def _coordinate(key: bytes) -> bytes:
    """Without the bit that X25519 ignores (RFC 7748, section 5)."""
    return key[:-1] + bytes([key[-1] & 0x7F])
