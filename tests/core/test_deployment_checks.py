"""What a live chain refuses, and what everybody is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dao_backend.core.deployment import DeploymentParameters, GenesisAppraiser, VotingSettings
from dao_backend.core.deployment_checks import refusals, warnings
from dao_backend.core.deployment_file import parse
from dao_backend.core.model import Keeper
from dao_backend.core.safeguards import CouncilSettings, Genesis, MintingCaps, VotingMode
from tests.support.core_actors import sealing_secret, wallet

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"
HOUR = 3600
DAY = 24 * HOUR
DEPLOYER, APPRAISER, KEEPER, GUARDIAN, ATTESTOR = map(wallet, range(700, 705))


@pytest.fixture
def sound() -> DeploymentParameters:
    """A DAO that a live chain may get, and that nobody is warned about."""
    local = parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8")))
    keepers = tuple(
        Keeper(index, wallet(709 + index), sealing_secret(3, index).public, "https://keeper")
        for index in (1, 2, 3)
    )
    appraiser = GenesisAppraiser(APPRAISER, sealing_secret(4, 1).public, "https://appraiser")
    voting = VotingSettings(DAY, 3 * DAY, DAY, 10, 100, VotingMode.PER_UNIT, (ATTESTOR,))
    return replace(
        local,
        appraisers=(appraiser,),
        keepers=(replace(keepers[0], operator=KEEPER), *keepers[1:]),
        threshold=2,
        voting=voting,
        timelock_delay=2 * DAY,
        requests=replace(local.requests, execution_period=30 * DAY),
        genesis=Genesis(10, 1000),
        caps=MintingCaps(7 * DAY, 200, 500),
        council=CouncilSettings(GUARDIAN, 365 * DAY),
        finality=replace(local.finality, header_max_ahead=60),
    )


# --- refusals ---


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"delay": 299}, "vote.delay is 299 s: a live chain needs at least 300"),
        ({"period": 3599, "extension": 60}, "vote.period is 3599 s: a live chain needs at least"),
        ({"quorum_percent": 3}, "vote.quorum_percent is 3 %: a live chain needs at least 4"),
    ],
)
def test_refusals__vote_that_nobody_hears_of__is_one(
    sound: DeploymentParameters, change: dict[str, int], told: str
) -> None:
    """Votes of minutes and quorums of a handful are for test chains."""
    hasty = replace(sound, voting=replace(sound.voting, **change), caps=MintingCaps(7 * DAY, 1, 1))
    assert [each[: len(told)] for each in refusals(hasty, DEPLOYER)] == [told]


def test_refusals__timelock_of_a_minute__is_one(sound: DeploymentParameters) -> None:
    """What passed must leave time to leave."""
    hasty = replace(sound, timelock_delay=60)
    assert refusals(hasty, DEPLOYER) == (
        "timelock_delay is 60 s: a live chain needs at least 3600",
    )


def test_refusals__caps_above_the_quorum__are_one(sound: DeploymentParameters) -> None:
    """Appraisers that could mint a quorum before they are removed own the DAO."""
    open_to_all = replace(sound, caps=MintingCaps(HOUR, 500, 500))
    (told,) = refusals(open_to_all, DEPLOYER)
    assert told == open_to_all.capture_risk()


def test_refusals__local_file__names_keys_caps_and_times(sound: DeploymentParameters) -> None:
    """deployments/local.yaml cannot reach a live chain by mistake."""
    local = parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8")))
    told = " | ".join(refusals(local, DEPLOYER))
    for part in ("everybody has the keys of 0x7099", "caps.total_bps", "vote.delay", "vote.period"):
        assert part in told


@pytest.mark.parametrize(
    ("guardian", "told"),
    [
        (APPRAISER, "is an appraiser: it could cancel every vote to remove it"),
        (KEEPER, "is a keeper's operator"),
        (ATTESTOR, "is an attestor: it could cancel every vote to remove it"),
    ],
)
def test_refusals__guardian_with_another_office__is_one(
    sound: DeploymentParameters, guardian: str, told: str
) -> None:
    """Who can cancel a removal must not be who is removed."""
    council = CouncilSettings(guardian, DAY)  # type: ignore[arg-type]
    (found,) = refusals(replace(sound, council=council), DEPLOYER)
    assert found.startswith(f"the guardian {guardian} {told}")


@pytest.mark.parametrize("deployer", [APPRAISER, KEEPER, ATTESTOR, GUARDIAN])
def test_refusals__deployer_with_an_office__is_one(
    sound: DeploymentParameters, deployer: str
) -> None:
    """Who pays for the deployment holds nothing afterwards."""
    (found,) = refusals(sound, deployer)  # type: ignore[arg-type]
    assert found == f"the deployer {deployer} has an office: deploy from an account that has none"


def test_refusals__appraiser_that_attests_persons__is_one_where_persons_vote(
    sound: DeploymentParameters,
) -> None:
    """One account could make members and give each of them a unit."""
    voting = replace(sound.voting, attestors=(APPRAISER,))
    assert refusals(replace(sound, voting=voting), DEPLOYER) == ()
    persons = replace(voting, mode=VotingMode.PER_MEMBER)
    (found,) = refusals(replace(sound, voting=persons), DEPLOYER)
    assert found.startswith(f"{APPRAISER} is appraiser and attestor")


# --- success ---


def test_checks__sound_parameters__find_nothing(sound: DeploymentParameters) -> None:
    """A DAO with separate offices, days to vote and tight caps passes in silence."""
    assert refusals(sound, DEPLOYER) == ()
    assert warnings(sound) == ()


def test_warnings__choices_that_may_not_be_meant__are_named(sound: DeploymentParameters) -> None:
    """Each of them is allowed, and none goes unsaid."""
    keepers = tuple(replace(each, endpoint="http://localhost:1") for each in sound.keepers[:1])
    shared = replace(sound.appraisers[0], account=KEEPER)
    persons = replace(sound.voting, mode=VotingMode.SQUARE_ROOT, extension=0)
    risky = replace(
        sound,
        keepers=keepers,
        threshold=1,
        appraisers=(shared,),
        voting=persons,
        genesis=Genesis(1, 1),
        council=parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8"))).council,
        finality=replace(sound.finality, header_max_ahead=2 * HOUR),
    )
    told = warnings(risky)
    for part in (
        "each keeper alone can read everything",
        f"{KEEPER} is appraiser and keeper",
        "vote.mode is square-root",
        "vote.extension is 0",
        "genesis.members is 1",
        "council.guardian is none",
        "the endpoint http://localhost:1",
        "finality.header_max_ahead is 7200 s",
    ):
        assert [part in each for each in told].count(True) == 1


def test_warnings__every_keeper_is_needed__is_told(sound: DeploymentParameters) -> None:
    """Three of three: one lost key loses everything."""
    (told,) = warnings(replace(sound, threshold=3))
    assert told == "committee.threshold is 3 of 3: one lost keeper closes everything"
