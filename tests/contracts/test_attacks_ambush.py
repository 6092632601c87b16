"""Ambushes that use a protection up before they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Vote as Support
from tests.contracts.dao import Dao
from tests.contracts.votes import State, VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager

EXTENSION = 120


UNITS = {"alice": 350, "bob": 300, "carol": 100, "dave": 100, "erin": 150}


@pytest.fixture
def voters(dao: Dao, accounts: AccountManager) -> dict[str, AccountAPI]:
    """Five members of 1,000 units, none with a majority."""
    named = {name: accounts[number] for number, name in enumerate(UNITS, 10)}
    for name, units in UNITS.items():
        dao.contribute(named[name], units)
    return named


@pytest.fixture
def vote(dao: Dao, voters: dict[str, AccountAPI], buyer: AccountAPI) -> VoteHelper:
    """The vote of a request, which 300 for and 350 against have brought to a defeat."""
    vote = dao.request(buyer).open()
    planned = vote.deadline
    vote.cast(voters["bob"])
    vote.cast(voters["alice"], Support.AGAINST)
    assert vote.deadline == planned
    return vote


def test_ambush__after_an_early_majority_was_answered__is_still_extended(
    dao: Dao, vote: VoteHelper, voters: dict[str, AccountAPI]
) -> None:
    """A majority of the first second does not use up the extension of the last one."""
    planned = vote.deadline
    dao.chain.pending_timestamp = planned
    receipt = vote.cast(voters["carol"])
    extended = dao.governor.ProposalExtended.from_receipt(receipt)[0]
    assert extended.extendedDeadline == vote.deadline == planned + EXTENSION
    vote.cast(voters["dave"], Support.AGAINST)
    assert vote.close().state == State.DEFEATED


def test_ambush__in_the_last_second_of_an_extension__is_extended_again(
    dao: Dao, vote: VoteHelper, voters: dict[str, AccountAPI]
) -> None:
    """Who was answered in time and decides once more can be answered once more."""
    dao.chain.pending_timestamp = planned = vote.deadline
    vote.cast(voters["carol"])
    vote.cast(voters["dave"], Support.AGAINST)
    dao.chain.pending_timestamp = planned + EXTENSION
    vote.cast(voters["erin"])
    assert vote.deadline == planned + 2 * EXTENSION
    assert vote.close().state == State.SUCCEEDED
