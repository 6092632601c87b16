"""Tokens that turn on their holders: refused on the way in, or harmless to everybody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import AMOUNT, NATIVE, PURPOSE, increasing
from tests.contracts.desk_stand import REENTRANCY, decide
from tests.contracts.hostile_stand import HEIR, Fault, Stage, Step
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

    from tests.contracts.dao import Dao

UNITS = (600, 300, 100)
FAILURES = [Fault.RETURNS_FALSE, Fault.FAILS, Fault.PAUSES]


@pytest.fixture(scope="module")
def allowing(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> Sequence[AccountAPI]:
    """Members with an edition, of whom the first decides alone."""
    members = (alice, bob, carol)
    for member, units in zip(members, UNITS, strict=True):
        dao.contribute(member, units)
    dao.publish()
    return members


@pytest.fixture(scope="module")
def token(dao: Dao, project: ProjectManager, allowing: Sequence[AccountAPI]) -> ContractInstance:
    """A token that members allowed before it turned."""
    token = allowing[0].deploy(project.HostileToken, 18)
    decide(dao, allowing[0], dao.desk, "setAsset", token, 1)
    return token


@pytest.fixture(scope="module")
def bystanders(
    dao: Dao, token: ContractInstance, allowing: Sequence[AccountAPI], buyer: AccountAPI
) -> Stage:
    """Everything there is, in coin."""
    return Stage(dao, NATIVE, buyer, allowing[:2])


@pytest.fixture(scope="module")
def stage(dao: Dao, token: ContractInstance, bystanders: Stage) -> Stage:
    """Everything there is once more, in the token."""
    stage = Stage(dao, token, bystanders.buyer, bystanders.members)
    bystanders.file()
    return stage


def each(stage: Stage, steps: list[Step]) -> Iterator[Step]:
    """Each step as the first one, its time having come."""
    for step in steps:
        with stage.dao.chain.isolate():
            stage.dao.wait(step.wait)
            yield step


def turn(stage: Stage, fault: Fault, victim: str) -> None:
    """Give the token a fault, of which `victim` is the account it blocks."""
    stage.dao.dollar.block_(victim, sender=stage.buyer)
    stage.dao.dollar.setFault(fault, sender=stage.buyer)


def failure(stage: Stage, fault: Fault, victim: str) -> tuple[str, dict[str, object]]:
    """What a call to the token is refused with."""
    match fault:
        case Fault.RETURNS_FALSE:
            return "SafeERC20FailedOperation", {"token": stage.asset}
        case Fault.PAUSES:
            return "TokenPaused", {}
        case Fault.BLOCKS:
            return "Blocked", {"account": victim}
        case _:
            return "TokenFailed", {}


# --- refused on the way in ---


def test_pay_in__token_that_takes_a_fee__is_refused_everywhere(stage: Stage) -> None:
    """What is owed back in full is measured when it arrives: STA drained Balancer of the rest."""
    for step in each(stage, stage.ways_in()):
        stage.hand(_spender(stage, step), step.amount)
        turn(stage, Fault.TAKES_FEE, HEIR)
        arrived = step.amount - step.amount // 100
        with refused("AmountMismatch", received=arrived, expected=step.amount):
            step.run()


@pytest.mark.parametrize("fault", [*FAILURES, Fault.BLOCKS])
def test_pay_in__token_that_fails__is_refused_everywhere(stage: Stage, fault: Fault) -> None:
    """Nothing is granted, opened or credited for money that did not come."""
    for step in each(stage, stage.ways_in()):
        stage.hand(_spender(stage, step), step.amount)
        turn(stage, fault, step.to)
        name, arguments = failure(stage, fault, step.to)
        with refused(name, **arguments):
            step.run()


# --- harmless on the way out ---


@pytest.mark.parametrize("fault", [*FAILURES, Fault.BLOCKS])
def test_pay_out__token_that_fails__is_refused_and_paid_later(stage: Stage, fault: Fault) -> None:
    """A payment that fails leaves everything as it was, and comes as soon as the token allows."""
    for step in each(stage, stage.ways_out()):
        turn(stage, fault, step.to)
        name, arguments = step.refusal or failure(stage, fault, step.to)
        with refused(name, **arguments):
            step.run()
        stage.dao.dollar.setFault(Fault.NONE, sender=stage.buyer)
        before = stage.balance(step.source), stage.balance(step.to)
        step.run()
        after = stage.balance(step.source), stage.balance(step.to)
        assert after == (before[0] - step.amount, before[1] + step.amount), step.method


@pytest.mark.parametrize("fault", [Fault.RETURNS_FALSE, Fault.PAUSES, Fault.TAKES_FEE])
def test_pay_out__in_coin_beside_a_token_that_fails__goes_on(
    stage: Stage, bystanders: Stage, fault: Fault
) -> None:
    """Whoever deals in another asset does not notice."""
    turn(stage, fault, HEIR)
    held = stage.balance(stage.dao.desk.address), stage.balance(stage.dao.vault.address)
    for step in each(bystanders, bystanders.ways_out()):
        before = bystanders.balance(step.source)
        step.run()
        assert bystanders.balance(step.source) == before - step.amount, step.method
    for step in each(bystanders, bystanders.ways_in()):
        step.run()
    assert (stage.balance(stage.dao.desk.address), stage.balance(stage.dao.vault.address)) == held


def test_pay_out__token_that_comes_to_take_a_fee__keeps_nobody_waiting(stage: Stage) -> None:
    """Who holds such a token gets what arrives; the vault shares out what it has, no more."""
    turn(stage, Fault.TAKES_FEE, HEIR)
    for step in each(stage, stage.ways_out()):
        before = stage.balance(step.source), stage.balance(step.to)
        received = stage.dao.vault.receivedOf(stage.edition, stage.asset)
        step.run()
        arrived = step.amount - step.amount // 100
        after = stage.balance(step.source), stage.balance(step.to)
        assert after == (before[0] - step.amount, before[1] + arrived), step.method
        credited = stage.dao.vault.receivedOf(stage.edition, stage.asset) - received
        cuts = arrived * 500 // 10_000 + arrived * 200 // 10_000
        assert credited == (arrived - cuts if step.to == stage.dao.vault.address else 0)


def test_deposit__token_that_takes_a_fee__counts_what_arrives(stage: Stage) -> None:
    """Nobody is owed what the token kept."""
    vault, arguments = stage.dao.vault, (stage.edition, stage.asset, AMOUNT, PURPOSE)
    before = vault.receivedOf(stage.edition, stage.asset)
    stage.hand(vault, AMOUNT)
    turn(stage, Fault.TAKES_FEE, HEIR)
    vault.deposit(*arguments, sender=stage.buyer)
    arrived = AMOUNT - AMOUNT // 100
    credited = arrived - arrived * 500 // 10_000 - arrived * 200 // 10_000
    assert vault.receivedOf(stage.edition, stage.asset) == before + credited


@pytest.mark.parametrize("fault", [*FAILURES, Fault.BLOCKS])
def test_claim_many__token_that_fails__parks_each_payment_until_it_works(
    stage: Stage, fault: Fault
) -> None:
    """A blocklisted payee stops no other, and its member collects elsewhere."""
    dao, (alice, bob) = stage.dao, stage.members
    members = increasing(alice, bob)
    due = {each: dao.vault.dueOf(stage.edition, stage.asset, each) for each in members}
    turn(stage, fault, HEIR)
    dao.vault.claimMany(stage.edition, stage.asset, members, sender=dao.stranger)
    parked = {each: dao.vault.parkedOf(each, stage.asset) for each in members}
    others = 0 if fault is Fault.BLOCKS else due[bob.address]
    assert parked == {alice.address: due[alice.address], bob.address: others}
    if fault is not Fault.BLOCKS:
        wrong = {"payee": bob, "asset": stage.asset, "amount": due[alice.address]}
        with refused(dao.vault.PaymentFailed, **wrong):
            dao.vault.collect(stage.asset, bob, sender=alice)
        dao.dollar.setFault(Fault.NONE, sender=stage.buyer)
    before = stage.balance(bob.address)
    dao.vault.collect(stage.asset, bob, sender=alice)
    assert stage.balance(bob.address) == before + due[alice.address]


# --- tokens that call out ---


def test_pay__token_that_reenters__meets_the_guard_of_who_pays(stage: Stage) -> None:
    """Grim Finance paid five times for one deposit: here the second call is kept out everywhere."""
    for step in each(stage, [*stage.ways_in(), *stage.ways_out()]):
        takes = step.source == stage.buyer.address
        if takes:
            stage.hand(_spender(stage, step), step.amount)
        repeated = [way.call for way in stage.ways_out() if way.contract == step.contract]
        stage.dao.dollar.setCalls([step.call, *repeated], sender=stage.buyer)
        turn(stage, Fault.REENTERS, HEIR)
        before = stage.balance(step.source), stage.balance(step.to)
        step.run()
        answers = {decoded(bytes(each))[0] for each in stage.dao.dollar.answers()}
        assert answers == {REENTRANCY[0]}, step.method
        after = stage.balance(step.source), stage.balance(step.to)
        assert after == (before[0] - step.amount, before[1] + step.amount), step.method


# --- tokens that are only odd ---


def test_pay__token_that_answers_nothing__is_a_token(stage: Stage) -> None:
    """USDT answers neither transfer nor approve, and lets no allowance take another's place."""
    turn(stage, Fault.RETURNS_NOTHING, HEIR)
    for step in each(stage, [*stage.ways_in(), *stage.ways_out()]):
        if step.source == stage.buyer.address:
            stage.hand(_spender(stage, step), step.amount)
        before = stage.balance(step.source), stage.balance(step.to)
        step.run()
        after = stage.balance(step.source), stage.balance(step.to)
        assert after == (before[0] - step.amount, before[1] + step.amount), step.method


@pytest.mark.parametrize(("decimals", "price"), [(2, 1_234), (27, 10**33 + 1)])
def test_pay__token_of_odd_decimals__is_shared_to_the_last_unit(
    dao: Dao,
    project: ProjectManager,
    allowing: Sequence[AccountAPI],
    buyer: AccountAPI,
    decimals: int,
    price: int,
) -> None:
    """GUSD has two decimals, rad 27 and more: nothing here reckons with a scale, or overflows."""
    odd, first = buyer.deploy(project.HostileToken, decimals), allowing[0]
    decide(dao, first, dao.desk, "setAsset", odd, 1)
    dao = replace(dao, dollar=odd)
    vote = dao.request(buyer, asset=odd.address, price=price).pass_by(first)
    vote.execute()
    dao.deliver(vote.request_id)
    dao.desk.settle(vote.request_id, sender=dao.stranger)
    for member in allowing:
        dao.vault.setPayee(NATIVE, sender=member)
    edition = dao.registry.newestEdition(0)
    dao.vault.claimMany(edition, odd, increasing(*allowing), sender=dao.stranger)
    net = price - price * 500 // 10_000 - price * 200 // 10_000
    claimed = [odd.balanceOf(each) for each in allowing]
    assert claimed == [net * units // 1_000 for units in UNITS]
    assert 0 <= net - sum(claimed) < len(allowing)


def _spender(stage: Stage, step: Step) -> ContractInstance:
    """Who takes the buyer's tokens in a step."""
    dao = stage.dao
    return next(each for each in (dao.desk, dao.disputes, dao.meter) if each.address == step.to)
