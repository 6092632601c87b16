"""What pages say of strikes, the council, attestors, arbiters and the caps of appraisers."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from dao_backend.api.pages import powers
from dao_backend.core.council import CouncilStanding
from dao_backend.core.model import NATIVE
from dao_backend.core.safeguards import MintingCaps, StrikeSettings, VotingMode
from dao_backend.service.safeguards import Bounds
from tests.pages.crawl import parsed
from tests.support.core_actors import wallet

HOUR = 3_600
BOUNDS = Bounds(
    caps=MintingCaps(HOUR, 150, 500),
    begun=True,
    mode=VotingMode.PER_UNIT,
    council=CouncilStanding(NATIVE, 0, 0, 0, 1_000),
    strike=StrikeSettings(2_500, HOUR, 7 * 24 * HOUR),
)


def words(reader: httpx.Client, path: str) -> str:
    """A page's text."""
    answer = reader.get(path)
    assert answer.status_code == 200
    return parsed(answer.text).words


def test_say__appraiser_under_caps__names_this_daos_figures() -> None:
    """A reader sees how much may be minted, by whom, in which time."""
    said = powers.appraiser(BOUNDS).can
    assert "caps allow 1.5 % of all units by one appraiser, 5 % by all, in 1 hour" in said
    assert "votes and shares" in said


def test_say__appraiser_under_loose_caps__calls_them_loose() -> None:
    """A cap above everything is no protection, and is not shown as one."""
    loose = replace(BOUNDS, caps=MintingCaps(HOUR, 10_000, 4_000_000_000))
    assert "bounds next to nothing" in powers.appraiser(loose).can
    assert "nothing caps it before" in powers.appraiser(replace(BOUNDS, begun=False)).can


@pytest.mark.parametrize("mode", VotingMode)
def test_say__attestor__matters_where_persons_vote(mode: VotingMode) -> None:
    """Where units vote, an attestation counts for nothing."""
    said = powers.attestor(replace(BOUNDS, mode=mode)).can
    assert said.startswith("nothing that counts") == (mode is VotingMode.PER_UNIT)


def test_say__council__only_in_office_can_it_do_something() -> None:
    """A guardian is named with what it can; without one the row says so."""
    assert powers.council(BOUNDS).can.startswith("nothing now")
    office = CouncilStanding(wallet(1), 2_000, 0, 0, 1_000)
    assert "for at most 7 days in 37" in powers.council(replace(BOUNDS, council=office)).can


@pytest.mark.parametrize("path", ["/", "/about/security"])
@pytest.mark.parametrize(
    "said",
    [
        "40,000,000 % of all units by one appraiser",
        "An attestor",
        "Members with 25 % of all units together",
        "refuse every new licence for 1 hour",
        "The council",
        "An arbiter, where a buyer's terms name one",
    ],
)
def test_read__who_holds_power__names_everybody(reader: httpx.Client, path: str, said: str) -> None:
    """Front page and security page tell the same of the same people."""
    assert said in words(reader, path)


def test_read__front_page__says_how_votes_are_counted(reader: httpx.Client) -> None:
    """The voting mode is a rule that nobody can change."""
    assert "Votes of a member one for each unit" in words(reader, "/")


def test_read__strike__before_any_call__says_what_it_takes(reader: httpx.Client) -> None:
    """A page without a history still explains itself."""
    said = words(reader, "/strike")
    assert "Nobody is on strike; any member can call one." in said
    assert "It takes 25 % of all units" in said
    assert "Nobody has ever called to strike." in said
