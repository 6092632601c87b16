"""A vote can let another contract issue licences, of which the desk has no request."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.access import Reason
from dao_backend.core.model import LicenceStatus
from tests.keeper.releases import why
from tests.support.core_actors import seed, wallet
from tests.support.running_dao import BOB, RunningDao, program
from tests.support.running_fixtures import SOLD

ISSUER = wallet(800)
OTHERS = 800
"""Number of the licence that the desk knows nothing of."""
DELAY = 30 * 24 * 3600


def issued(dao: RunningDao) -> None:
    """Have the nominee issue a licence on the first edition, to be delivered soon; final."""

    def call(function: str, *arguments: Any) -> None:
        data = abi_of(ContractName.LICENCE).functions[function].encode(arguments)
        dao.chain.act_as(ISSUER, dao.dao.addresses.licence, data)

    call("takeIssuer")
    now = dao.system.chain.head().timestamp
    grant = (wallet(801), now + DELAY, 1, int(LicenceStatus.ACTIVE), 0, 1, now, 0, False)
    call("issue", OTHERS, grant, seed("terms"), seed("release key"), now + DELAY)
    dao.settle_down()


def test_work__licence_of_another_issuer__does_not_hold_up_the_desks(sold: RunningDao) -> None:
    """What a keeper has no payment for is not released, and everything else goes on."""
    sold.deliver(SOLD)
    gone = sold.contribute(BOB, program(8)).contribution_id
    sold.dao.by_vote(ContractName.LICENCE, "nominateIssuer", ISSUER)
    sold.pass_time(DELAY)
    sold.dao.writer(BOB).withdraw(gone)
    later = sold.sell().request_id
    issued(sold)
    with sold.keeper(1) as keeper:
        keeper.work()
        assert why(keeper, OTHERS) is Reason.UNKNOWN_LICENCE
        assert keeper.bundle_facts(later) is not None
        assert keeper.tombstone(gone).erasure.contribution_id == gone
