"""Carrying what keepers signed to the chain: checked first, and nobody waits for a silent one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.model import Receipt
from dao_backend.core.typed import digest
from dao_backend.core.typed_keepers import Handover
from dao_backend.errors import ContractRefused, InvalidSignature, ServiceUnavailable
from dao_backend.ports.keepers import Bundle, HandoverProgress
from dao_backend.service.posting import Carried, ReceiptDesk
from tests.service.desks import asked
from tests.support.core_actors import sealing_secret, seed
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import Meddled, RunningDao
from tests.support.running_fixtures import SOLD


def desk(dao: RunningDao, *keepers: Any) -> ReceiptDesk:
    """The service's, with other keepers in index order."""
    system = dao.system
    return ReceiptDesk(system.chain, system.relay, system.index, asked(*keepers))


def silent(keeper: Any) -> Any:
    """A keeper that does not answer."""

    def refuse(*_asked: Any) -> Any:
        raise ServiceUnavailable("it does not answer")

    return Meddled(keeper, bundle_facts=refuse, status=refuse)


@pytest.fixture
def signed(sold: RunningDao) -> Iterator[tuple[RunningDao, tuple[Any, ...]]]:
    """A sale whose three keepers have built their bundles and can pay for nothing."""
    sold.settle_down()
    with ExitStack() as stack:
        keepers = tuple(
            stack.enter_context(sold.keeper(index, relay=lambda _real: None)) for index in (1, 2, 3)
        )
        for keeper in keepers:
            keeper.work()
        yield sold, keepers


def posted(dao: RunningDao) -> frozenset[int]:
    """Keepers with a receipt on chain."""
    delivery = dao.system.chain.delivery(SOLD)
    assert delivery is not None
    return delivery.posted


def resigned(dao: RunningDao, number: int, **changes: Any) -> Any:
    """Answers with another receipt than the real one, signed by the account of that number."""

    def facts(real: Any, licence_id: int) -> Bundle:
        found = real.bundle_facts(licence_id)
        receipt: Receipt = replace(found.receipt, **changes)
        domain = dao.dao.addresses.domain("KeeperRegistry")
        signature = dao.chain.signer(number).sign_digest(digest(domain, receipt))
        return replace(found, receipt=receipt, signature=signature)

    return facts


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (KEEPERS[0], {}),
        (999, {}),
        (KEEPERS[1], {"licence_id": 7}),
        (KEEPERS[1], {"index": 1}),
        (KEEPERS[1], {"count": 2}),
        (KEEPERS[1], {"edition_root": seed("another root")}),
    ],
)
def test_post__not_the_keepers_own_or_of_another_delivery__is_named(
    signed: tuple[RunningDao, tuple[Any, ...]], number: int, changes: dict[str, Any]
) -> None:
    """What is wrong costs no transaction, and the other keepers' receipts are posted."""
    dao, (first, second, third) = signed
    wrong = Meddled(second, bundle_facts=resigned(dao, number, **changes))
    carried = desk(dao, first, wrong, third).post(SOLD)
    assert carried.posted == (1, 3)
    assert {index: type(fault) for index, fault in carried.faults.items()} == {2: InvalidSignature}
    assert posted(dao) == {1, 3}


def test_post__for_another_release_key__is_refused_by_the_contract(
    signed: tuple[RunningDao, tuple[Any, ...]],
) -> None:
    """The contract holds the key's hash against the licence, before anything is sent."""
    dao, (first, second, third) = signed
    wrong = resigned(dao, KEEPERS[1], release_key_hash=seed("another key"))
    carried = desk(dao, first, Meddled(second, bundle_facts=wrong), third).post(SOLD)
    fault = carried.faults[2]
    assert isinstance(fault, ContractRefused)
    assert fault.name == "ReleaseKeyMismatch"
    assert carried.posted == (1, 3)


def test_post__a_keeper_is_silent__the_others_deliver(
    signed: tuple[RunningDao, tuple[Any, ...]],
) -> None:
    """Two of three receipts suffice; the third is posted once its keeper is back."""
    dao, (first, second, third) = signed
    carried = desk(dao, silent(first), second, third).post(SOLD)
    assert carried.posted == (2, 3)
    assert list(carried.faults) == [1]
    dao.settle_down()
    assert dao.system.index.licence(SOLD).delivered
    assert desk(dao, first, silent(second), silent(third)).post(SOLD) == Carried((1,), {})
    height = dao.chain.height()
    assert desk(dao, first, second, third).post(SOLD) == Carried((), {})
    assert dao.chain.height() == height


def test_post__nothing_built_or_nothing_granted__posts_nothing(sold: RunningDao) -> None:
    """A keeper that has no bundle yet is at no fault."""
    assert sold.system.receipts.post(SOLD) == Carried((), {})
    assert sold.system.receipts.post(SOLD + 1) == Carried((), {})


def test_awaited__until_the_time_for_delivery_is_over__is_the_licence(sold: RunningDao) -> None:
    """Later receipts would be refused."""
    sold.follow()
    assert list(sold.system.receipts.awaited()) == [SOLD]
    late = sold.system.chain.request(SOLD).deliver_by - sold.system.chain.head().timestamp
    sold.pass_time(late + 1)
    assert list(sold.system.receipts.awaited()) == []


def test_run_once__keepers_without_coin__delivers(
    signed: tuple[RunningDao, tuple[Any, ...]],
) -> None:
    """The worker's round brings every receipt to the chain."""
    dao, _ = signed
    dao.follow()
    dao.system.worker.run_once()
    assert posted(dao) == {1, 2, 3}


# --- handovers ------------------------------------------------------------------------------


def confirming(dao: RunningDao, index: int, by: int, epoch: int = 2, said: int = 2) -> Any:
    """Keeper `index`, which says that it holds all; signed for `epoch`, stated for `said`."""
    domain = dao.dao.addresses.domain("KeeperRegistry")
    signature = dao.chain.signer(by).sign_digest(digest(domain, Handover(epoch, index)))
    real = dao.system.local[index - 1]
    status = replace(real.status(), handover=HandoverProgress(said, 0, 0, signature))
    return Meddled(real, status=lambda _real: status)


@pytest.fixture
def changed(young: RunningDao) -> RunningDao:
    """A new epoch with the same operators under new sealing keys; nobody holds anything yet."""
    rows = tuple(
        (young.chain.signer(number).address, sealing_secret(2, index).public, "http://next")
        for index, number in enumerate(KEEPERS, 1)
    )
    young.dao.by_vote(ContractName.KEEPERS, "changeCommittee", rows)
    young.settle_down()
    return young


def test_confirm__not_the_operators_word__is_named(changed: RunningDao) -> None:
    """Another account's, and one that was signed for another epoch."""
    first, second = confirming(changed, 1, KEEPERS[1]), confirming(changed, 2, KEEPERS[1], epoch=1)
    carried = desk(changed, first, second, silent(changed.system.local[2])).confirm()
    assert carried.posted == ()
    assert {index: type(fault) for index, fault in carried.faults.items()} == {
        1: InvalidSignature,
        2: InvalidSignature,
        3: ServiceUnavailable,
    }
    assert changed.system.chain.serving_epoch() == 1


def test_confirm__enough_hold_all__the_new_committee_serves(changed: RunningDao) -> None:
    """Confirmations are posted as they come, once each, also after enough did."""
    first, second, third = (confirming(changed, i, n) for i, n in enumerate(KEEPERS, 1))
    away = silent(changed.system.local[0])
    assert desk(changed, away, second, away).confirm().posted == (2,)
    assert changed.system.chain.serving_epoch() == 1
    assert desk(changed, first, second, away).confirm().posted == (1,)
    assert changed.system.chain.serving_epoch() == 2
    assert desk(changed, first, second, third).confirm() == Carried((3,), {})
    assert desk(changed, first, second, third).confirm() == Carried((), {})


def test_confirm__about_another_epoch_or_not_done__waits(changed: RunningDao) -> None:
    """A keeper that has not looked yet, or is not done, has confirmed nothing."""
    unaware = confirming(changed, 1, KEEPERS[0], said=1)
    real = changed.system.local[1]
    undone = replace(real.status(), handover=HandoverProgress(2, 3, 1, None))
    busy = Meddled(real, status=lambda _real: undone)
    none = replace(real.status(), handover=None)
    new = Meddled(changed.system.local[2], status=lambda _real: none)
    assert desk(changed, unaware, busy, new).confirm() == Carried((), {})


def test_confirm__first_epoch__asks_nobody(young: RunningDao) -> None:
    """There is nothing to hand over."""
    assert desk(young, *map(silent, young.system.local)).confirm() == Carried((), {})
