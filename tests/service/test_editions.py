"""Sealing editions, and carrying attestations to the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from dao_backend.core.typed import Attestation, digest
from dao_backend.errors import ChainUnavailable, ContractRefused, NotFound, Refused
from dao_backend.service.editions import EditionDesk
from tests.support.core_actors import seed
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import ALICE, Meddled, RunningDao, program


@dataclass
class Signing:
    """Keepers that sign what they are told to."""

    dao: RunningDao

    def keeper(self, index: int, root: bytes, by: int | None = None, stated: int = 0) -> Any:
        """Keeper `index` signs `root` with the account of number `by`, and states an index."""
        signer = self.dao.chain.signer(KEEPERS[index - 1] if by is None else by)
        domain = self.dao.dao.addresses.domain("KeeperRegistry")
        signature = signer.sign_digest(digest(domain, Attestation(1, root)))
        real = self.dao.system.keepers[index - 1]
        told = Meddled(real, attestation=lambda _real, _edition: (root, signature))
        return _Stated(told, stated or index)


class _Stated:
    """A keeper that states an index of its own."""

    def __init__(self, keeper: Any, index: int) -> None:
        self._keeper, self.index = keeper, index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keeper, name)


@pytest.fixture
def sealed(young: RunningDao) -> RunningDao:
    """A final edition that nobody attested."""
    young.contribute(ALICE, program(1))
    young.pass_time(3600)
    young.system.editions.seal(0)
    young.settle_down()
    return young


def desk(dao: RunningDao, *keepers: Any) -> EditionDesk:
    """The desk with other keepers."""
    return EditionDesk(dao.system.chain, dao.system.relay, keepers)


def silent(keeper: Any) -> Any:
    """A keeper that does not answer."""

    def refuse(_real: Any, _edition: int) -> Any:
        raise ChainUnavailable("its node does not answer")

    return Meddled(keeper, attestation=refuse, manifest=refuse)


def test_seal__too_soon_or_nothing_changed__is_refused(sealed: RunningDao) -> None:
    """The contract says when an edition can be sealed again."""
    with pytest.raises(ContractRefused) as refusal:
        sealed.system.editions.seal(0)
    assert refusal.value.name == "SealTooSoon"
    sealed.pass_time(3600)
    with pytest.raises(ContractRefused) as refusal:
        sealed.system.editions.seal(0)
    assert refusal.value.name == "NothingChanged"


def test_attest__unknown_edition__is_not_found(young: RunningDao) -> None:
    """What was never sealed cannot be attested."""
    with pytest.raises(NotFound):
        young.system.editions.attest(1)


def test_attest__not_final__names_every_keepers_reason(young: RunningDao) -> None:
    """Before finality no keeper signs, and each says why."""
    young.contribute(ALICE, program(1))
    young.pass_time(3600)
    young.system.editions.seal(0)
    with pytest.raises(Refused) as refusal:
        young.system.editions.attest(1)
    said = str(refusal.value)
    assert all(f"keeper {index}: edition 1 is not sealed" in said for index in (1, 2, 3))


def test_attest__fewer_than_the_threshold__is_refused(sealed: RunningDao) -> None:
    """One of three signatures attests nothing."""
    first, second, third = sealed.system.keepers
    with pytest.raises(Refused, match="not attested by 2 keepers"):
        desk(sealed, first, silent(second), silent(third)).attest(1)
    assert sealed.system.chain.edition(1).root is None


def test_attest__keepers_of_different_opinion__need_a_threshold_for_one_root(
    sealed: RunningDao,
) -> None:
    """One keeper that signs another root neither spoils nor decides anything."""
    first, _, third = sealed.system.keepers
    rogue = Signing(sealed).keeper(2, seed("another root"))
    with pytest.raises(Refused):
        desk(sealed, first, rogue).attest(1)
    assert desk(sealed, rogue, first, third).attest(1) is not None
    assert sealed.system.chain.edition(1).root == first.attestation(1)[0]


@pytest.mark.parametrize(
    ("by", "stated"), [(ALICE, 0), (None, 3), (None, 4), (None, 255), (None, -1)]
)
def test_attest__not_by_the_operator_of_that_index__does_not_count(
    sealed: RunningDao, by: int | None, stated: int
) -> None:
    """A signature counts for the operator of the index it comes under, and there must be one."""
    first, second, _ = sealed.system.keepers
    root = first.attestation(1)[0]
    stranger = Signing(sealed).keeper(2, root, by, stated)
    with pytest.raises(Refused, match=r"not by operator|has 3 keepers"):
        desk(sealed, first, stranger).attest(1)
    assert desk(sealed, stranger, first, second).attest(1) is not None


def test_attest__two_of_three__fixes_the_root_once(sealed: RunningDao) -> None:
    """With a keeper down the root is fixed by the others; a second time nothing is sent."""
    first, second, third = sealed.system.keepers
    waiting = desk(sealed, silent(first), second, third)
    assert waiting.attest(1) is not None
    assert sealed.system.chain.edition(1).root == third.attestation(1)[0]
    height = sealed.chain.height()
    assert waiting.attest(1) is None
    assert sealed.chain.height() == height


def test_manifest__first_keeper_silent__comes_from_the_next(sold: RunningDao) -> None:
    """Any keeper can publish the file; where none can, all reasons are told."""
    first, second, third = sold.system.keepers
    expected = b"".join(second.manifest(1))
    assert b"".join(desk(sold, silent(first), second).manifest(1)) == expected
    with pytest.raises(Refused, match=r"keeper 1: .*; keeper 3: "):
        desk(sold, silent(first), silent(third)).manifest(1)
