"""One licence, one bundle: whoever works at it, and however often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from dao_backend.core.access import Allowed
from dao_backend.core.packing import keccak256
from tests.keeper.releases import others_work, receipts
from tests.support.running_dao import RELEASE_SECRET, Meddled, RunningDao
from tests.support.running_fixtures import SOLD


def test_release__everything_final__hands_over_what_the_receipt_states(sold: RunningDao) -> None:
    """Each keeper's bundle has the CID, length, count and root of its receipt on chain."""
    sold.deliver(SOLD)
    edition = sold.system.chain.edition(1)
    for keeper in sold.system.keepers:
        built = keeper.bundle_facts(SOLD)
        content = b"".join(keeper.bundle(SOLD))
        (posted,) = receipts(sold, keeper.index)
        assert len(content) == built.length == posted.bundle_length
        assert posted.bundle_digest == built.receipt.bundle_digest
        assert (built.receipt.count, built.receipt.edition_root) == (3, edition.root)
        assert built.receipt.release_key_hash == keccak256(RELEASE_SECRET.public)
        assert b"".join(keeper.bundle(SOLD, 100, 50)) == content[100:150]


def test_work__again_and_again__does_nothing_more(sold: RunningDao) -> None:
    """Work that is done is not done twice."""
    sold.deliver(SOLD)
    before = [keeper.bundle_facts(SOLD) for keeper in sold.system.keepers]
    height = sold.chain.height()
    sold.work()
    sold.work()
    assert sold.chain.height() == height
    assert [keeper.bundle_facts(SOLD) for keeper in sold.system.keepers] == before


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Do everything at the same moment; what was raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # told to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_work__two_threads_of_one_keeper__build_one_bundle(sold: RunningDao) -> None:
    """Work that is asked for twice at once leads to one bundle and one receipt."""
    sold.settle_down()
    built: list[bytes] = []

    def put(real: Any, pieces: Any) -> Any:
        blob = real.put(pieces)
        built.append(blob.digest)
        return blob

    with sold.keeper(1, bundles=lambda real: Meddled(real, put=put)) as keeper:
        assert at_once(*[keeper.work] * 4) == []
        others_work(sold)
        sold.settle_down()
        assert isinstance(keeper.release(SOLD), Allowed)
    assert [receipt.bundle_digest for receipt in receipts(sold)] == built


def test_work__two_processes_of_one_keeper__hand_out_one_bundle(sold: RunningDao) -> None:
    """Where two build at once, the first that is logged counts and the other is thrown away."""
    sold.settle_down()
    barrier, built = threading.Barrier(2), []

    def put(real: Any, pieces: Any) -> Any:
        blob = real.put(pieces)
        built.append(blob.cid)
        barrier.wait()
        return blob

    def slow(real: Any) -> Any:
        return Meddled(real, put=put)

    with sold.keeper(1, bundles=slow) as one, sold.keeper(1, bundles=slow) as two:
        assert at_once(one.work, two.work) == []
        others_work(sold)
        sold.settle_down()
        assert len(set(built)) == 2
        facts = one.bundle_facts(SOLD)
        assert two.bundle_facts(SOLD) == facts
        assert b"".join(one.bundle(SOLD)) == b"".join(two.bundle(SOLD))
    assert [receipt.bundle_digest for receipt in receipts(sold)] == [facts.receipt.bundle_digest]
    kept = {path.name for path in (sold.data / "keeper-1" / "bundles" / "blobs").iterdir()}
    assert kept == {facts.cid}
