"""Statements: line by line what the vault itself says is due."""

from __future__ import annotations

from random import Random

import pytest

from dao_backend.core.model import NATIVE, Address
from dao_backend.core.revenue import totals_due
from dao_backend.errors import ContractRefused, NotFound
from dao_backend.service.statements import Accounts
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER
from tests.support.running_dao import ALICE, BOB, CAROL, RunningDao

MEMBERS = (ALICE, BOB, CAROL)


@pytest.fixture
def accounts(young: RunningDao) -> Accounts:
    """The service's accounts."""
    return young.system.accounts


@pytest.fixture
def earning(young: RunningDao) -> RunningDao:
    """Two editions of one collection and one of another; Carol joins late, Bob leaves."""
    for member, units in ((ALICE, 333), (BOB, 1)):
        young.dao.register(member, 0, units)
    young.dao.register(CAROL, 1, 7)
    young.dao.seal(0)
    young.dao.attest(1, seed("root"))
    young.dao.seal(1)
    young.dao.attest(2, seed("root"))
    young.dao.register(CAROL + 10, 0, 10**6)
    bobs = young.dao.registration(BOB).record.contribution_id
    young.dao.writer(BOB).withdraw(bobs)
    young.dao.seal(0)
    young.dao.attest(3, seed("root"))
    young.follow()
    return young


def agree(dao: RunningDao, assets: tuple[Address, ...]) -> None:
    """Every line of every statement is what the vault says."""
    dao.follow()
    for number in (*MEMBERS, CAROL + 10):
        member = wallet(number)
        found = dao.system.accounts.statement(member)
        said = {(line.holding.edition_id, line.holding.asset): line.due for line in found.lines}
        for edition in (1, 2, 3):
            for asset in assets:
                due = dao.system.chain.due(edition, asset, member)
                assert said.get((edition, asset), 0) == due
        owed = totals_due(found.lines)
        assert all(owed.get(asset, 0) == sum(
            due for (_, own), due in said.items() if own == asset
        ) for asset in assets)  # fmt: skip
        for line in found.lines:
            assert line.received == dao.system.chain.received(
                line.holding.edition_id, line.holding.asset
            )
            assert str(line.entitled) in line.formula


def test_statement__of_a_stranger__is_not_found(earning: RunningDao) -> None:
    """Who never held units has no statement."""
    with pytest.raises(NotFound):
        earning.system.accounts.statement(wallet(99))


def test_statement__nothing_came_in__has_no_lines(earning: RunningDao) -> None:
    """A member of editions without money is owed nothing."""
    found = earning.system.accounts.statement(wallet(ALICE))
    assert found.lines == ()
    assert found.deposits == ()


@pytest.mark.parametrize("number", range(3))
def test_statement__random_deposits_and_claims__is_what_the_vault_says(
    earning: RunningDao, number: int
) -> None:
    """After any deposits and claims, in coin and in tokens, each line equals the vault's."""
    random = Random(number)
    token = earning.dao.accept_mock_token(wallet(BUYER))
    assets = (NATIVE, token)
    payer = earning.dao.writer(BUYER)
    for _ in range(6):
        edition, asset = random.choice((1, 1, 2, 3)), random.choice(assets)
        payer.deposit(edition, asset, random.choice((1, 7, 10**5 - 1)), seed("report"))
        member = random.choice(MEMBERS)
        try:
            earning.dao.writer(member).claim(edition, asset)
        except ContractRefused:
            assert earning.system.chain.due(edition, asset, wallet(member)) == 0
    agree(earning, assets)


def test_statement__everything_claimed__is_settled_to_the_last_unit(earning: RunningDao) -> None:
    """Deposits, claims and another deposit: the lines tell what came, went and is left."""
    payer, member = earning.dao.writer(BUYER), wallet(ALICE)
    payer.deposit(1, NATIVE, 10**6 + 1, seed("one"))
    earning.dao.writer(ALICE).claim(1, NATIVE)
    earning.follow()
    (line,) = earning.system.accounts.statement(member).lines
    assert line.due == 0
    assert line.holding.claimed == line.entitled > 0
    payer.deposit(1, NATIVE, 10**6, seed("two"))
    earning.follow()
    found = earning.system.accounts.statement(member)
    assert [row.purpose for row in found.deposits] == [seed("one"), seed("two")]
    assert found.lines[0].due == earning.system.chain.due(1, NATIVE, member) > 0


def test_statement__many_deposits_and_claims__counts_every_page(
    earning: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums run over all pages of the index."""
    monkeypatch.setattr("dao_backend.service.statements.PAGE", 2)
    for number in range(5):
        earning.dao.writer(BUYER).deposit(1, NATIVE, 1000 + number, seed("report", number))
        earning.dao.writer(ALICE).claim(1, NATIVE)
        earning.dao.writer(BOB).claim(1, NATIVE)
    agree(earning, (NATIVE,))
    found = earning.system.accounts.statement(wallet(ALICE))
    assert [row.purpose for row in found.deposits] == [seed("report", at) for at in range(5)]
