"""Sealing editions, and carrying attestations to the chain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from dao_backend.core.typed import Attestation, digest
from dao_backend.errors import ChainUnavailable, ContractRefused, NotFound, Refused
from dao_backend.service.editions import EditionDesk
from dao_backend.service.keepers import Keepers
from dao_backend.service.manifests import LONGEST
from tests.keeper.committees import NEXT, confirm, follower, replaced
from tests.service.desks import asked
from tests.support.core_actors import seed
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


@dataclass
class Signing:
    """Keepers that sign what they are told to."""

    dao: RunningDao

    def keeper(self, index: int, root: bytes, by: int | None = None) -> Any:
        """Keeper `index` signs `root`, with the account of number `by` where one is given."""
        signer = self.dao.chain.signer(KEEPERS[index - 1] if by is None else by)
        domain = self.dao.dao.addresses.domain("KeeperRegistry")
        signature = signer.sign_digest(digest(domain, Attestation(1, root)))
        real = self.dao.system.keepers[index - 1]
        return Meddled(real, attestation=lambda _real, _edition: (root, signature))


@pytest.fixture
def sealed(young: RunningDao) -> RunningDao:
    """A final edition that nobody attested."""
    young.contribute(ALICE, program(1))
    young.pass_time(3600)
    young.system.editions.seal(0)
    young.settle_down()
    return young


def desk(dao: RunningDao, *keepers: Any) -> EditionDesk:
    """The desk with other keepers, in index order."""
    return EditionDesk(dao.system.chain, dao.system.relay, asked(*keepers))


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
    """One keeper that signs another root neither spoils nor decides anything, and is named."""
    first, second, third = sealed.system.keepers
    other = seed("another root")
    rogue = Signing(sealed).keeper(2, other)
    named = f"keeper 2: it attests another root, 0x{other.hex()}"
    with pytest.raises(Refused, match=named):
        desk(sealed, first, rogue, silent(third)).attest(1)
    with pytest.raises(Refused, match=named):
        desk(sealed, first, rogue, Signing(sealed).keeper(3, seed("a third root"))).attest(1)
    assert desk(sealed, first, rogue, third).attest(1) is not None
    assert sealed.system.chain.edition(1).root == second.attestation(1)[0]


@pytest.mark.parametrize("by", [ALICE, KEEPERS[2]])
def test_attest__not_by_the_operator_of_that_index__does_not_count(
    sealed: RunningDao, by: int
) -> None:
    """A signature counts for the operator of the seat that was asked, not even for another's."""
    first, _, third = sealed.system.keepers
    root = first.attestation(1)[0]
    stranger = Signing(sealed).keeper(2, root, by)
    with pytest.raises(Refused, match="keeper 2: the attestation is not by operator"):
        desk(sealed, first, stranger, silent(third)).attest(1)
    assert desk(sealed, first, stranger, third).attest(1) is not None


def test_attest__one_keeper_hangs__waits_for_the_others_only(sealed: RunningDao) -> None:
    """Two of three suffice at once; a keeper that never answers holds nobody up."""
    first, second, third = sealed.system.keepers
    go_on = threading.Event()

    def hang(real: Any, edition: int) -> Any:
        assert go_on.wait(60)
        return real.attestation(edition)

    begun = time.monotonic()
    try:
        done = desk(sealed, Meddled(first, attestation=hang), second, third).attest(1)
    finally:
        go_on.set()
    assert done is not None
    assert time.monotonic() - begun < 10


def test_attest__two_of_three__fixes_the_root_once(sealed: RunningDao) -> None:
    """With a keeper down the root is fixed by the others; a second time nothing is sent."""
    first, second, third = sealed.system.keepers
    waiting = desk(sealed, silent(first), second, third)
    assert waiting.attest(1) is not None
    assert sealed.system.chain.edition(1).root == third.attestation(1)[0]
    height = sealed.chain.height()
    assert waiting.attest(1) is None
    assert sealed.chain.height() == height


def test_attest__sealed_before_a_change_of_committee__is_attested_by_those_who_serve(
    sealed: RunningDao,
) -> None:
    """An edition that its own committee did not attest gets its root from the one after."""
    replaced(sealed, 1, 2)
    first, second, third = sealed.system.local
    with follower(sealed) as new, follower(sealed, 2, NEXT + 1) as other:
        confirm(sealed, new, other, third)
        assert sealed.system.chain.serving_epoch() == 2
        assert sealed.system.chain.edition(1).epoch == 1
        with pytest.raises(Refused, match="keeper 1: the attestation is not by operator"):
            desk(sealed, first, second, third).attest(1)
        attested = desk(sealed, new, other, silent(third)).attest(1)
        assert attested is not None
        assert sealed.system.chain.edition(1).root is not None
        published = b"".join(desk(sealed, silent(new), other, third).manifest(1))
        assert published == b"".join(first.manifest(1))


def test_manifest__those_who_serve_lack_commitments__comes_from_those_before(
    sold: RunningDao,
) -> None:
    """What was erased before a handover is known to nobody who came later."""
    sold.deliver(SOLD)
    (own,) = (row for row in sold.system.index.contributions().rows if is_bobs(sold, row))
    sold.dao.writer(BOB).withdraw(own.contribution.record.contribution_id)
    sold.edition()
    sold.work()
    replaced(sold, 1)
    leaver, *others = sold.system.local
    with follower(sold) as new:
        confirm(sold, new, *others)

        operator = leaver.status().operator

        def reach(seat: Any) -> Any:
            by_index = (new, *map(silent, others))
            return leaver if seat.operator == operator else by_index[seat.index - 1]

        asking = EditionDesk(sold.system.chain, sold.system.relay, Keepers(reach))
        with pytest.raises(NotFound, match="no share"):
            b"".join(new.manifest(1))
        assert b"".join(asking.manifest(1)) == b"".join(leaver.manifest(1))
        assert b"".join(asking.manifest(2)) == b"".join(new.manifest(2))


def is_bobs(dao: RunningDao, row: Any) -> bool:
    """Whether Bob contributed it."""
    return bool(row.contribution.record.contributor == dao.chain.signer(BOB).address)


def test_manifest__first_keeper_silent__comes_from_the_next(sold: RunningDao) -> None:
    """Any keeper can publish the file; where none can, all reasons are told."""
    first, second, third = sold.system.keepers
    expected = b"".join(second.manifest(1))
    assert b"".join(desk(sold, silent(first), second, third).manifest(1)) == expected
    with pytest.raises(Refused, match=r"keeper 1: .*; keeper 2: .*; keeper 3: "):
        desk(sold, silent(first), silent(second), silent(third)).manifest(1)


CHANGED: dict[str, Callable[[bytes], list[bytes]]] = {
    "cut off": lambda whole: [whole[:-2]],
    "another entry": lambda whole: [whole.replace(b'"units":"', b'"units":"1')],
    "nothing": lambda _whole: [],
    "one line without end": lambda _whole: [b"x" * (LONGEST + 1)],
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED.keys())
def test_manifest__a_keeper_gives_another_file__comes_from_the_next(
    sold: RunningDao, change: Callable[[bytes], list[bytes]]
) -> None:
    """What a keeper gives is passed on only where it has the root that was attested."""
    first, second, third = sold.system.keepers
    expected = b"".join(second.manifest(1))
    lying = Meddled(first, manifest=lambda _real, _edition: iter(change(expected)))
    assert b"".join(desk(sold, lying, second, third).manifest(1)) == expected
    with pytest.raises(Refused, match="keeper 1: "):
        desk(sold, lying, silent(second), silent(third)).manifest(1)


def test_manifest__in_pieces_of_any_length__is_the_same(sold: RunningDao) -> None:
    """Over HTTP the file comes in pieces, not in lines."""
    first, second, third = sold.system.keepers
    whole = b"".join(second.manifest(1))
    pieces = [whole[start : start + 7] for start in range(0, len(whole), 7)]
    cut = Meddled(first, manifest=lambda _real, _edition: iter(pieces))
    assert b"".join(desk(sold, cut, silent(second), silent(third)).manifest(1)) == whole
