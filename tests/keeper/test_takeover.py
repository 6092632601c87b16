"""A successor takes over what it lacks from whoever kept it, and confirms when it has it all."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.typed import recover_signer
from dao_backend.core.typed_keepers import Handover
from dao_backend.errors import StorageUnavailable
from dao_backend.keeper.office import Keyring
from tests.keeper.committees import (
    NEXT,
    confirm,
    contribute_to,
    follower,
    form,
    key_of,
    listed,
    replaced,
    seat_of,
)
from tests.support.core_actors import sealing_secret
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import BOB, Meddled, RunningDao, program


def unheld(keeper: Any) -> set[bytes]:
    """What the keeper says that it misses."""
    return set(keeper.status().missing)


def test_take_over__one_of_three_replaced__serves_after_two_confirmations(
    sold: RunningDao,
) -> None:
    """The successor confirms what it took over, the others what they hold anyway."""
    epoch = replaced(sold)
    with capture_logs() as logs, follower(sold) as keeper:
        confirm(sold, keeper)
        assert sold.system.chain.serving_epoch() == 1
        confirm(sold, sold.system.local[1])
        assert sold.system.chain.serving_epoch() == epoch == 2
        keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held, told.confirmation) == (3, 3, None)
    (taken,) = (each for each in logs if each["event"] == "handover.taken")
    assert (taken["asked"], taken["taken"], taken["epoch"]) == (3, 3, 2)


def test_take_over__all_replaced__deliver_what_is_sold_next(sold: RunningDao) -> None:
    """A wholly new committee delivers editions that were dealt to the one before."""
    sold.deliver(1)
    replaced(sold, 1, 2, 3)
    with (
        follower(sold, 1, NEXT) as first,
        follower(sold, 2, NEXT + 1) as second,
        follower(sold, 3, NEXT + 2) as third,
    ):
        confirm(sold, first, second, third)
        assert sold.system.chain.serving_epoch() == 2
        licence = sold.sell().request_id
        sold.settle_down()
        for keeper in (first, second, third):
            keeper.work()
        sold.settle_down()
        for keeper in (first, second, third):
            keeper.work()
            assert b"".join(keeper.bundle(licence))


def test_take_over__sealing_key_rotated__reseals_its_own_shares(sold: RunningDao) -> None:
    """A keeper with a new key asks nobody, and loses nothing."""
    sold.settle_down()
    form(sold, {1: (KEEPERS[0], key_of(77))})
    keys = Keyring([sealing_secret(1, 1), key_of(77)])
    with sold.keeper(1, keys=lambda _: keys, reach=lambda _: lambda _seat: 1 / 0) as keeper:
        confirm(sold, keeper)
        held = keeper._office.custody.get_all(listed(sold, keeper))
        assert {each.sealed_to for each in held.values()} == {key_of(77).public}
    with sold.keeper(1, keys=lambda _: Keyring([key_of(77)])) as without_the_old_key:
        without_the_old_key.work()
        assert without_the_old_key.bundle_facts(1) is not None


def test_take_over__a_share_is_damaged__is_not_confirmed(sold: RunningDao) -> None:
    """What does not open any more is not held, whatever stands in the file."""
    sold.settle_down()
    form(sold, {1: (KEEPERS[0], key_of(77))})
    keys = Keyring([sealing_secret(1, 1), key_of(77)])
    with capture_logs() as logs, sold.keeper(1, keys=lambda _: keys) as keeper:
        (named, *_rest) = ids = listed(sold, keeper)
        kept = keeper._office.custody.get(named)
        keeper._office.custody.reseal([replace(kept, sealed_share=b"rotten")])
        keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held, told.confirmation) == (len(ids), len(ids) - 1, None)
        assert unheld(keeper) | {named} == {named}
    assert {each["contribution"] for each in logs if each["event"] == "share.damaged"} == {
        named.hex()
    }


@pytest.mark.parametrize("stops", [0, 1])
def test_take_over__ended_while_storing__goes_on_after_a_restart(
    sold: RunningDao, stops: int
) -> None:
    """What was stored stays stored; what was not is asked for again."""
    replaced(sold)

    class Killed(BaseException):
        pass

    def add_all(real: Any, shares: Any) -> None:
        real.add_all(shares[:stops])
        raise Killed

    killed = {"custody": lambda real: Meddled(real, add_all=add_all)}
    with follower(sold, **killed) as keeper, pytest.raises(Killed):
        keeper.work()
    with follower(sold) as keeper:
        assert keeper.status().shares == stops
        confirm(sold, keeper)
        assert keeper.status().shares == 3


def test_take_over__disk_full__says_so_and_goes_on_later(sold: RunningDao) -> None:
    """A successor without room confirms nothing, and takes the rest when it has room."""
    replaced(sold)
    full = [True]

    def add_all(real: Any, shares: Any) -> None:
        if full:
            raise StorageUnavailable("no space left on the device")
        real.add_all(shares)

    with follower(sold, custody=lambda real: Meddled(real, add_all=add_all)) as keeper:
        with pytest.raises(StorageUnavailable, match="no space left"):
            keeper.work()
        full.clear()
        confirm(sold, keeper)


def test_take_over__two_committees_in_a_row__comes_from_whoever_has_it(sold: RunningDao) -> None:
    """What was dealt between two changes is with the second keeper, the rest with the first."""
    replaced(sold)
    with follower(sold) as second:
        between = contribute_to(sold, [second, *sold.system.local[1:]], 8)
        replaced(sold, by=NEXT + 10)
        by_operator = {
            sold.chain.signer(KEEPERS[0]).address: sold.system.local[0],
            sold.chain.signer(NEXT).address: second,
        }
        parts = {"reach": lambda _: lambda seat: by_operator[seat.operator]}
        with follower(sold, number=NEXT + 10, **parts) as third:
            third.work()
            assert unheld(third) == {between}
            second._office.custody.approve_handover(3, seat_of(sold, 3))
        with follower(sold, number=NEXT + 10, **parts) as third:
            confirm(sold, third, *sold.system.local[1:])
            assert third.status().shares == 4
    assert sold.system.chain.serving_epoch() == 3


def test_take_over__withdrawn_meanwhile__is_not_needed(sold: RunningDao) -> None:
    """A contribution that nobody can buy any more is not handed over."""
    gone = sold.contribute(BOB, program(8)).contribution_id
    replaced(sold)
    sold.dao.writer(BOB).withdraw(gone)
    sold.pass_time(60)
    sold.settle_down()
    with follower(sold) as keeper:
        confirm(sold, keeper)
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held) == (3, 3)
        assert keeper._office.custody.sealed_to([gone]) == {}


def test_confirmation__signed__is_the_operators(sold: RunningDao) -> None:
    """Anybody may post it, and it says who holds what."""
    replaced(sold)
    with follower(sold) as keeper:
        keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert told.confirmation is not None
        domain = sold.dao.addresses.domain("KeeperRegistry")
        signer = recover_signer(domain, Handover(2, 1), told.confirmation)
        assert signer == sold.chain.signer(NEXT).address


def test_take_over__two_workers_over_the_same_files__hold_everything_once(
    sold: RunningDao,
) -> None:
    """A keeper that was started twice by mistake does no harm."""
    replaced(sold)
    with follower(sold) as one, follower(sold) as other:
        loops = [threading.Thread(target=each.work) for each in (one, other)]
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join(60)
            assert not loop.is_alive()
        for each in (one, other):
            told = each.status()
            assert told.shares == 3
            assert told.handover is not None
            assert told.handover.confirmation is not None
