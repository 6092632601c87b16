"""Real keepers over HTTP: what crosses the wire is what they say in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest

from dao_backend.client.keeper import RemoteKeeper
from dao_backend.core.access import Allowed, Denied, Reason
from dao_backend.core.packing import keccak256
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.errors import DaoError, NotFound, NotReleased, Refused
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.server import create_app
from dao_backend.ports.keepers import Keeper
from tests.keeper.intakes import intake_of
from tests.support.core_actors import seed
from tests.support.running_dao import ALICE, RunningDao, program
from tests.support.running_fixtures import (
    SOLD,
    delivered,
    delivered_stage,
    sold,
    sold_stage,
    young,
    young_stage,
)
from tests.support.shelf_keeper import SIGNATURE, served

__all__ = ["delivered", "delivered_stage", "sold", "sold_stage", "young", "young_stage"]

EDITION = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A keeper, and the same one at the other end of a wire."""

    local: LocalKeeper
    remote: RemoteKeeper

    def same(self, call: Callable[[Keeper], object]) -> object:
        """What both answer."""
        found = call(self.remote)
        assert found == call(self.local)
        return found

    def same_refusal(self, call: Callable[[Keeper], object], kind: type[DaoError]) -> None:
        """Both refuse with the same sentence."""
        with pytest.raises(kind) as there:
            call(self.remote)
        with pytest.raises(kind) as here:
            call(self.local)
        assert str(there.value) == str(here.value)


@pytest.fixture
def paired() -> Iterator[Callable[[RunningDao], list[Pair]]]:
    """Put every keeper of a DAO behind a server of its own."""
    with ExitStack() as stack:

        def connect(keeper: LocalKeeper) -> Pair:
            url = stack.enter_context(served(create_app(keeper)))
            remote = stack.enter_context(closing(RemoteKeeper(keeper.index, url)))
            return Pair(keeper, remote)

        yield lambda dao: [connect(keeper) for keeper in dao.system.keepers]


def test_calls__nothing_there_yet__are_refused_as_in_process(
    young: RunningDao, paired: Callable[[RunningDao], list[Pair]]
) -> None:
    """What a keeper does not know or may not do, it refuses in the same words over the wire."""
    keeper = paired(young)[0]
    keeper.same_refusal(lambda each: each.commitments(seed("nothing")), NotFound)
    keeper.same_refusal(lambda each: each.tombstone(seed("nothing")), NotFound)
    keeper.same_refusal(lambda each: each.attestation(EDITION), Refused)
    keeper.same_refusal(lambda each: list(each.manifest(EDITION)), Refused)
    found = keeper.same(lambda each: each.release(SOLD))
    assert isinstance(found, Denied)
    assert found.reason is Reason.UNKNOWN_LICENCE


def test_hand_over__nobody_follows__is_refused_as_in_process(
    sold: RunningDao, paired: Callable[[RunningDao], list[Pair]]
) -> None:
    """No signature that the final chain does not name gets a share."""
    keeper = paired(sold)[0]
    ids = (seed("id"),)
    now = keeper.local.status().final_time
    for epoch in (1, 2):
        ask = HandoverAsk(epoch, 1, keccak256(b"".join(ids)), now)
        with pytest.raises(DaoError) as there:
            keeper.remote.hand_over(ask, ids, SIGNATURE)
        with pytest.raises(type(there.value)):
            keeper.local.hand_over(ask, ids, SIGNATURE)


def test_bundle__grant_not_final__is_refused_with_the_reason(
    sold: RunningDao, paired: Callable[[RunningDao], list[Pair]]
) -> None:
    """Over the wire as in process, nothing leaves before the grant is final."""
    for keeper in paired(sold):
        keeper.same_refusal(lambda each: list(each.bundle(SOLD)), NotReleased)
        found = keeper.same(lambda each: each.release(SOLD))
        assert isinstance(found, Denied)
        assert found.reason is Reason.GRANT_NOT_FINAL
        assert keeper.same(lambda each: each.bundle_facts(SOLD)) is None


def test_take_in__twice__gives_the_receipt_again(
    young: RunningDao, paired: Callable[[RunningDao], list[Pair]]
) -> None:
    """A receipt over the wire is the one that the keeper gives in process."""
    keeper = paired(young)[0]
    intake = intake_of(young, young.sealed(ALICE, program(1)))
    receipt = keeper.remote.take_in(intake)
    assert receipt == keeper.local.take_in(intake)
    found = keeper.same(lambda each: each.commitments(intake.record.contribution_id))
    assert found == intake.commitments


def test_delivered__every_keeper__says_and_sends_the_same(
    delivered: RunningDao, paired: Callable[[RunningDao], list[Pair]]
) -> None:
    """Attestation, manifest, decision, receipt and bundle are the same to the last byte."""
    for keeper in paired(delivered):
        keeper.same(lambda each: each.attestation(EDITION))
        manifest = keeper.same(lambda each: b"".join(each.manifest(EDITION)))
        assert manifest
        assert isinstance(keeper.same(lambda each: each.release(SOLD)), Allowed)
        facts = keeper.remote.bundle_facts(SOLD)
        assert facts == keeper.local.bundle_facts(SOLD)
        assert facts is not None
        whole = keeper.same(lambda each: b"".join(each.bundle(SOLD)))
        assert isinstance(whole, bytes)
        assert len(whole) == facts.length
        part = keeper.same(lambda each: b"".join(each.bundle(SOLD, 10, 100)))
        assert part == whole[10:110]
        status = keeper.remote.status()
        assert (status.index, status.bundles, status.shares) == (keeper.local.index, 1, 3)
        assert status.operator == keeper.local.status().operator
