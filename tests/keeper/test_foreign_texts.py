"""Members put texts on chain, which may hold any bytes: Solidity's strings are not checked."""

from __future__ import annotations

from eth_abi.abi import encode

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.events import StrikeCalled
from tests.support.running_dao import ALICE, RunningDao
from tests.support.running_fixtures import SOLD


def test_work__member_logs_a_text_that_is_no_utf_8__goes_on(sold: RunningDao) -> None:
    """One transaction of one member must not stop every keeper, nor the index, for ever."""
    selector = abi_of(ContractName.STRIKE).functions["call"].selector
    reason = selector + encode(["bytes"], [b"\xff\xfe dear \x00 members"])
    sold.chain.act_as(sold.chain.signer(ALICE).address, sold.dao.addresses.strike, reason)
    sold.settle_down()
    sold.work()
    sold.settle_down()
    assert b"".join(sold.system.keepers[0].bundle(SOLD))
    (called,) = (fact for fact in sold.dao.facts() if isinstance(fact, StrikeCalled))
    assert called.reason == "\ufffd\ufffd dear \x00 members"
