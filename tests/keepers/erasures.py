"""What has to be so of a share that is erased, whatever came in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dao_backend.core.typed import recover_signer
from dao_backend.core.typed_keepers import Cause
from dao_backend.errors import NotFound
from dao_backend.ports.keepers import Tombstone
from tests.support.committee import Committee
from tests.support.keeper_machine import Machine


def tombstones(keeper: Machine, named: Iterable[bytes]) -> list[Tombstone]:
    """The statements that the keeper gives of these contributions."""
    found = []
    with keeper.remote() as port:
        for each in named:
            try:
                found.append(port.tombstone(each))
            except NotFound:
                continue
    return found


def sealed_shares(keeper: Machine, named: Iterable[bytes]) -> dict[bytes, bytes]:
    """What it holds of these, as it stands on its disk."""
    with keeper.custody() as custody:
        return {each: kept.sealed_share for each, kept in custody.get_all(list(named)).items()}


def require_erased(
    committee: Committee, keeper: Machine, was: Mapping[bytes, bytes], cause: Cause
) -> None:
    """Each has one good statement, and its bytes stand in none of the keeper's files."""
    domain = committee.dao.addresses.domain("KeeperRegistry")
    stones = tombstones(keeper, was)
    assert {stone.erasure.contribution_id for stone in stones} == set(was)
    for stone in stones:
        assert stone.erasure.cause is cause
        assert recover_signer(domain, stone.erasure, stone.signature) == keeper.operator.address
    assert sealed_shares(keeper, was) == {}
    for path in keeper.data.glob("custody.sqlite*"):
        content = path.read_bytes()
        assert not any(sealed in content for sealed in was.values()), path.name
