"""Who may keep next, found out before anybody votes on it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.committee_change import MAX_ENDPOINT, changes, parse_keepers, require_change
from dao_backend.core.model import NATIVE, Committee, Keeper
from dao_backend.core.packing import hex_of
from dao_backend.errors import InputError, InvalidAddress
from tests.support.core_actors import CHAIN, KEEPER_REGISTRY, sealing_secret, wallet


def keeper(index: int, who: int, **other: object) -> Keeper:
    """Account `who` at a seat, with a key of its own."""
    key = sealing_secret(who, 1).public
    return replace(Keeper(index, wallet(who), key, f"http://keeper-{who}"), **other)


def committee(epoch: int, *who: int) -> Committee:
    """These accounts in their order, two of whom release."""
    keepers = tuple(keeper(index, each) for index, each in enumerate(who, 1))
    return Committee(CHAIN, KEEPER_REGISTRY, epoch, 2, keepers)


FIRST = committee(1, 11, 12, 13)
STAYING = (keeper(1, 11), keeper(3, 13))
TWIN = FIRST.keepers[0].sealing_key
TWIN = TWIN[:-1] + bytes([TWIN[-1] ^ 0x80])


def listed(*keepers: Keeper) -> list[dict[str, str]]:
    """The keepers as a file holds them."""
    return [
        {
            "operator": each.operator,
            "sealing_key": hex_of(each.sealing_key),
            "endpoint": each.endpoint,
        }
        for each in keepers
    ]


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, InputError, "keepers is None: write a list"),
        ({"keepers": []}, InputError, r"keepers is {'keepers': \[\]}: write a list"),
        (["0x00"], InputError, r"keepers\[0\] must be a mapping with operator, sealing_key"),
        ([{"operator": wallet(1), "endpoint": ""}], InputError, r"keepers\[0\].sealing_key is mis"),
        (
            [{"operator": "0x1", "sealing_key": "0x" + "22" * 32, "endpoint": "x"}],
            InvalidAddress,
            r"keepers\[0\].operator: ",
        ),
        (
            [{"operator": wallet(1), "sealing_key": "0x22", "endpoint": "x"}],
            InputError,
            r"keepers\[0\].sealing_key has 1 bytes: an X25519 key has 32",
        ),
    ],
)
def test_parse__what_is_no_list_of_keepers__names_the_place(
    content: object, error: type[InputError], words: str
) -> None:
    """Whoever wrote the file finds the line."""
    with pytest.raises(error, match=words):
        parse_keepers(content)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (STAYING, "the committee has 3 keepers and the file 2"),
        (FIRST.keepers, "these are the keepers already"),
        (
            (STAYING[0], keeper(2, 14, operator=NATIVE), STAYING[1]),
            "keeper 2 has no operator account",
        ),
        (
            (STAYING[0], keeper(2, 14, endpoint=""), STAYING[1]),
            f"the endpoint of keeper 2 has 1 to {MAX_ENDPOINT} characters",
        ),
        (
            (STAYING[0], keeper(2, 14, endpoint="x" * (MAX_ENDPOINT + 1)), STAYING[1]),
            f"the endpoint of keeper 2 has 1 to {MAX_ENDPOINT} characters",
        ),
        (
            (STAYING[0], keeper(2, 14, sealing_key=bytes([1]) + bytes(31)), STAYING[1]),
            "anybody can open what is sealed for keeper 2",
        ),
        (
            (STAYING[0], keeper(2, 14), keeper(3, 14)),
            f"{wallet(14)} is or was keeper 2 and cannot be keeper 3",
        ),
        (
            (keeper(1, 14), keeper(2, 11), STAYING[1]),
            f"{wallet(11)} is or was keeper 1 and cannot be keeper 2",
        ),
        (
            (STAYING[0], keeper(2, 14, sealing_key=STAYING[1].sealing_key), STAYING[1]),
            "the sealing key of keeper 2 is or was that of keeper 3",
        ),
        (
            (STAYING[0], keeper(2, 14, sealing_key=TWIN), STAYING[1]),
            "the sealing key of keeper 2 is or was that of keeper 1",
        ),
    ],
)
def test_require_change__what_the_contract_would_refuse__is_refused(
    wanted: tuple[Keeper, ...], words: str
) -> None:
    """No vote is wasted on a committee that could never be formed."""
    with pytest.raises(InputError, match=words):
        require_change(wanted, [FIRST])


def test_require_change__to_a_seat_that_another_left__is_refused() -> None:
    """Who kept in any earlier epoch, even one that never served, has its seat for ever."""
    earlier = [FIRST, committee(2, 11, 14, 13), committee(3, 11, 12, 13)]
    for who, seat in ((14, 2), (13, 3)):
        with pytest.raises(InputError, match=f"is or was keeper {seat} and cannot be keeper 1"):
            require_change((keeper(1, who), keeper(2, 15), keeper(3, 16)), earlier)


# --- what may follow ------------------------------------------------------------------------


def test_parse__list_of_keepers__numbers_them_in_order() -> None:
    """The position in the file is the index."""
    assert parse_keepers(listed(*FIRST.keepers)) == FIRST.keepers


def test_changes__of_account_key_and_endpoint__are_told_seat_by_seat() -> None:
    """Whoever votes reads who goes, who comes, and what stays unsaid stays as it is."""
    rekeyed = keeper(2, 12, sealing_key=sealing_secret(14, 1).public)
    wanted = (keeper(1, 14), rekeyed, keeper(3, 13, endpoint="http://elsewhere"))
    require_change((keeper(1, 15), *wanted[1:]), [FIRST])
    assert list(changes(wanted, FIRST)) == [
        f"keeper 1 becomes {wallet(14)} in the place of {wallet(11)}",
        "keeper 2 takes a new sealing key",
        "keeper 3 moves to http://elsewhere",
    ]
    assert list(changes(FIRST.keepers, FIRST)) == []


def test_require_change__back_to_the_old_seat__is_allowed() -> None:
    """Who left may come back where it was, with its old key."""
    require_change(FIRST.keepers, [FIRST, committee(2, 14, 12, 13)])
