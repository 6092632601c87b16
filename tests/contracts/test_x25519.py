"""X25519 keys: every encoding of a low-order point is found, and no other key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from nacl import bindings
from nacl.exceptions import CryptoError

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

PRIME = 2**255 - 19
ORDER_EIGHT = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
LOW_ORDER = (0, 1, PRIME - 1, PRIME, PRIME + 1, *ORDER_EIGHT)
NEIGHBOURS = (2, 9, PRIME - 2, PRIME + 2, 2**255 - 1, ORDER_EIGHT[0] + 1, ORDER_EIGHT[1] - 1)
TOP_BIT = 2**255


@pytest.fixture(scope="module")
def harness(deployer: AccountAPI, project: ProjectManager) -> ContractInstance:
    """The library behind a contract."""
    return deployer.deploy(project.X25519Harness)


def encodings(coordinate: int) -> list[bytes]:
    """With the ignored top bit clear and set."""
    return [value.to_bytes(32, "little") for value in (coordinate, coordinate | TOP_BIT)]


def refused_by_libsodium(key: bytes) -> bool:
    """Whether libsodium refuses to share a secret with `key`."""
    try:
        bindings.crypto_scalarmult(bytes(range(32)), key)
    except CryptoError:
        return True
    return False


@pytest.mark.parametrize("coordinate", LOW_ORDER)
def test_key__of_low_order_in_either_encoding__is_found(
    harness: ContractInstance, coordinate: int
) -> None:
    """All seven coordinates are found, canonical or not, whatever their top bit."""
    for key in encodings(coordinate):
        assert refused_by_libsodium(key)
        assert harness.isLowOrder(key)


@pytest.mark.parametrize("coordinate", NEIGHBOURS)
def test_key__beside_a_low_order_one__is_accepted(
    harness: ContractInstance, coordinate: int
) -> None:
    """Coordinates next to the refused ones, and other non-canonical ones, are fit for use."""
    for key in encodings(coordinate):
        assert not refused_by_libsodium(key)
        assert not harness.isLowOrder(key)


def test_keys__every_non_canonical_coordinate__are_judged_as_by_libsodium(
    harness: ContractInstance,
) -> None:
    """Of the nineteen coordinates from the prime up, libsodium and the library refuse the same."""
    for coordinate in range(PRIME, 2**255):
        key = coordinate.to_bytes(32, "little")
        assert harness.isLowOrder(key) == refused_by_libsodium(key)
