"""A keeper in this process: attestations, manifests, and a loop that nothing ends."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.access import Allowed, Denied, Reason
from dao_backend.core.manifest_file import decode
from dao_backend.core.typed import Attestation, recover_signer
from dao_backend.errors import ChainUnavailable, NodesDisagree, NotFound, Refused, StorageFull
from dao_backend.keeper.attesting import LONG
from tests.keeper.releases import others_work
from tests.support.running_dao import ALICE, Meddled, RunningDao, program
from tests.support.running_fixtures import PROGRAMS, SOLD


def test_attestation__edition_not_final__is_refused(young: RunningDao) -> None:
    """A root is signed only for what no reorganisation can change any more."""
    young.contribute(ALICE, program(1))
    young.pass_time(3600)
    young.system.editions.seal(0)
    for keeper in young.system.keepers:
        with pytest.raises(Refused, match="not sealed in a final block"):
            keeper.attestation(1)
        with pytest.raises(Refused, match="not sealed in a final block"):
            keeper.manifest(1)


def test_attestation__edition_without_contributions__is_refused(young: RunningDao) -> None:
    """An edition from which everything was withdrawn has no root to sign."""
    outcome = young.contribute(ALICE, program(1))
    young.edition()
    young.dao.writer(ALICE).withdraw(outcome.contribution_id)
    young.pass_time(3600)
    young.system.editions.seal(0)
    young.settle_down()
    with pytest.raises(Refused, match="not attested"):
        young.system.keepers[0].attestation(2)


def test_attestation__final_edition__is_the_operators_signature(sold: RunningDao) -> None:
    """All keepers come to the same root by themselves, and each signs it."""
    domain = sold.dao.addresses.domain("KeeperRegistry")
    attested = sold.system.chain.edition(1).root
    for keeper, stated in zip(
        sold.system.keepers, sold.system.facts.committee.keepers, strict=True
    ):
        root, signature = keeper.attestation(1)
        assert root == attested
        assert recover_signer(domain, Attestation(1, root), signature) == stated.operator


class Alarming(Meddled):
    """A chain whose nodes disagree from when its alarm is set."""

    alarm: str | None = None

    def finalized(self) -> Any:
        """The newest final block, if there is one that they agree on."""
        if self.alarm is not None:
            raise NodesDisagree(self.alarm)
        return self._real.finalized()


def test_attestation__asked_again_at_once__asks_neither_chain_nor_custody(
    sold: RunningDao,
) -> None:
    """Strangers who ask often cost nothing; what is attested is looked at every ten minutes."""
    sold.settle_down()
    clock, asked = [1_800_000_000], []

    def edition(real: Any, *args: Any) -> Any:
        asked.append("chain")
        return real.edition(*args)

    def sealed_to(real: Any, *args: Any) -> Any:
        asked.append("custody")
        return real.sealed_to(*args)

    parts = {
        "clock": lambda _: lambda: clock[0],
        "chain": lambda real: Meddled(real, edition=edition),
        "custody": lambda real: Meddled(real, sealed_to=sealed_to),
    }
    with sold.keeper(1, **parts) as keeper:
        first = keeper.attestation(1)
        assert asked == ["chain", "custody"]
        clock[0] += LONG - 1
        assert keeper.attestation(1) == first
        assert asked == ["chain", "custody"]
        for step in (1, -1):
            asked.clear()
            clock[0] += step
            assert keeper.attestation(1) == first
            assert asked == ["chain", "custody"]


def test_attestation__nodes_disagree_meanwhile__is_not_given_again(sold: RunningDao) -> None:
    """What is remembered is no way around an alarm."""
    sold.settle_down()
    chain = Alarming(sold.agreement)
    with sold.keeper(1, chain=lambda _: chain) as keeper:
        assert keeper.attestation(1)
        chain.alarm = "two hashes of one block"
        with pytest.raises(NodesDisagree):
            keeper.attestation(1)


def test_status__clock_was_set_back__has_not_run_for_less_than_nothing(young: RunningDao) -> None:
    """A machine whose clock is corrected does not confuse those who ask."""
    clock = [1_800_000_000]
    with young.keeper(1, clock=lambda _: lambda: clock[0]) as keeper:
        clock[0] += 5
        assert keeper.status().running_for == 5
        clock[0] -= 3600
        assert keeper.status().running_for == 0


def test_manifest__of_any_keeper__is_the_same_file(sold: RunningDao) -> None:
    """The published file follows from the chain and the keepers' records alone."""
    files = {b"".join(keeper.manifest(1)) for keeper in sold.system.keepers}
    (content,) = files
    where, edition = sold.dao.addresses, sold.system.chain.edition(1)
    lines = content.splitlines(keepends=True)
    published = decode(lines, where.chain_id, where.registry, edition)
    assert len(published.manifest.entries) == len(PROGRAMS)


def test_manifest__share_not_held__is_not_found(sold: RunningDao) -> None:
    """A keeper that lost a record says so instead of publishing less."""
    outcome = sold.contribute(ALICE, program(8))
    sold.edition()

    def lost(real: Any, ids: Any) -> Any:
        return {each: held for each, held in real.commitments(ids).items() if each != gone}

    gone = outcome.contribution_id
    with (
        sold.keeper(1, custody=lambda real: Meddled(real, commitments=lost)) as keeper,
        pytest.raises(NotFound, match=gone.hex()),
    ):
        list(keeper.manifest(2))


def test_work__one_licence_in_trouble__does_not_hold_up_the_others(sold: RunningDao) -> None:
    """What goes wrong with one licence is logged, and the next one is delivered."""
    other = sold.sell().request_id
    sold.settle_down()

    def post(real: Any, receipt: Any, signature: bytes) -> Any:
        if receipt.licence_id == SOLD:
            raise ChainUnavailable("the node does not take this one")
        return real.post_receipt_for(receipt, signature)

    with (
        capture_logs() as logs,
        sold.keeper(1, relay=lambda real: Meddled(real, post_receipt_for=post)) as keeper,
    ):
        keeper.work()
        others_work(sold)
        sold.settle_down()
        assert isinstance(keeper.release(other), Allowed)
        assert not isinstance(keeper.release(SOLD), Allowed)
        assert keeper.status().delayed == (SOLD,)
    told = [entry for entry in logs if entry["event"] == "keeper.delayed"]
    assert [entry["licence"] for entry in told] == [SOLD]


def test_status__licence_in_trouble__is_delayed_until_a_round_goes_well(sold: RunningDao) -> None:
    """What failed at the last try is named; what goes on, or is denied, is not."""
    sold.settle_down()
    full = [StorageFull("no space left for the blob")]

    def put(real: Any, *args: Any) -> Any:
        if full:
            raise full[0]
        return real.put(*args)

    with sold.keeper(1, bundles=lambda real: Meddled(real, put=put)) as keeper:
        assert keeper.status().delayed == ()
        for _ in range(2):
            keeper.work()
            assert keeper.status().delayed == (SOLD,)
        full.clear()
        keeper.work()
        assert keeper.status().delayed == ()
        assert keeper.bundle_facts(SOLD) is not None


def test_status__licence_denied__is_not_delayed(sold: RunningDao) -> None:
    """A keeper that may not build, as proofs contradict its nodes, waits and says so elsewhere."""
    sold.settle_down()

    def contradictions(_real: Any, *_args: Any) -> tuple[str, ...]:
        return ("the price is stated otherwise",)

    with sold.keeper(1, chain=lambda real: Meddled(real, contradictions=contradictions)) as keeper:
        keeper.work()
        assert keeper.status().delayed == ()
        decision = keeper.release(SOLD)
        assert isinstance(decision, Denied)
        assert decision.reason is Reason.PROOF_MISMATCH
        assert keeper.bundle_facts(SOLD) is None


@pytest.mark.parametrize(
    ("error", "event"),
    [(ChainUnavailable("no answer"), "keeper.paused"), (KeyError("a defect"), "keeper.failed")],
)
def test_run__something_fails__goes_on(sold: RunningDao, error: Exception, event: str) -> None:
    """Neither a silent node nor a defect ends the keeper's loop."""
    sold.settle_down()
    stop, failures = threading.Event(), [error]

    def finalized(real: Any) -> Any:
        if failures:
            raise failures.pop()
        return real.finalized()

    def post(real: Any, *args: Any) -> Any:
        sent = real.post_receipt_for(*args)
        stop.set()
        return sent

    parts = {
        "chain": lambda real: Meddled(real, finalized=finalized),
        "relay": lambda real: Meddled(real, post_receipt_for=post),
    }
    with capture_logs() as logs, sold.keeper(1, **parts) as keeper:
        loop = threading.Thread(target=keeper.run, args=(stop, 0.001))
        loop.start()
        loop.join(20)
        assert not loop.is_alive()
        assert keeper.bundle_facts(SOLD) is not None
    assert event in {entry["event"] for entry in logs}
