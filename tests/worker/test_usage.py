"""The worker and metered use: silence costs the minimum, once for each period."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.metering import Metering
from dao_backend.core.model import LicenceStatus
from dao_backend.core.typed import Voucher, digest
from dao_backend.ports.bargains import MeterAccount
from tests.support.local_dao import BUYER
from tests.support.running_dao import ALICE, BOB, RunningDao

PERIOD = 3600
METERING = Metering(unit_price=10, minimum=1000, bond=2500, period=PERIOD)


@pytest.fixture
def metered(sold: RunningDao) -> int:
    """A settled licence with a meter."""
    request = sold.dao.file(replace(sold.dao.terms(), metering=METERING))
    sold.dao.grant(request, ALICE, BOB)
    sold.deliver(request.request_id)
    sold.system.worker.run_once()
    sold.settle_down()
    return request.request_id


def account(dao: RunningDao, licence_id: int) -> MeterAccount:
    """A meter as the chain has it."""
    found = dao.system.chain.meter(licence_id)
    assert found is not None
    return found


def silent(dao: RunningDao, seconds: int = PERIOD) -> int:
    """Let time pass, and the worker work twice; the blocks that this took."""
    dao.pass_time(seconds)
    height = dao.chain.height()
    for _ in range(2):
        dao.system.worker.run_once()
        dao.follow()
    return dao.chain.height() - height


def test_run_once__use_is_reported__takes_nothing(sold: RunningDao, metered: int) -> None:
    """A report in time keeps the worker quiet."""
    sold.pass_time(PERIOD - 10)
    now = sold.system.chain.head().timestamp
    voucher = Voucher(metered, 5, now)
    domain = sold.dao.addresses.domain("UsageMeter")
    signature = sold.chain.signer(BUYER).sign_digest(digest(domain, voucher))
    sold.system.relay.settle_usage(voucher, signature)
    assert silent(sold, PERIOD - 10) == 0
    assert (account(sold, metered).balance, account(sold, metered).lapsed) == (2450, False)


def test_run_once__period_without_report__takes_its_minimum_once(
    sold: RunningDao, metered: int
) -> None:
    """One transaction for one period; the licence lapses and stays granted."""
    assert silent(sold) == 1
    found = account(sold, metered)
    assert (found.balance, found.lapsed) == (1500, True)
    licence = sold.system.chain.licence(metered)
    assert licence is not None
    assert (licence.status, licence.lapsed) == (LicenceStatus.ACTIVE, True)


def test_run_once__bond_used_up__goes_on_no_more(sold: RunningDao, metered: int) -> None:
    """What is empty costs the service no transaction."""
    assert silent(sold, 3 * PERIOD) == 1
    assert account(sold, metered).balance == 0
    assert silent(sold, 3 * PERIOD) == 0
