"""What a deployment to a live chain is refused for, and what its people should know before it.

`refusals` are mistakes where there is real money; on a test chain they are what one wants, and are
shown as warnings. `warnings` are choices that somebody may make knowingly. Both are sentences.
"""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.core.bounds import HOUR, MINUTE
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.model import NATIVE, Address
from dao_backend.core.safeguards import VotingMode
from dao_backend.core.well_known import well_known

LEAST_DELAY = 5 * MINUTE
"""From filing to snapshot on a live chain: members get their delegations right before it."""
LEAST_PERIOD = HOUR
"""Shorter votes are over before anybody hears of them."""
LEAST_TIMELOCK = HOUR
"""What passed can be left or cancelled for at least so long."""
LEAST_QUORUM = 4
"""Percent; below it a handful decides."""
MOST_AHEAD = HOUR
"""A clock that is wrong by more is no clock; tests alone travel further."""
_THIS_MACHINE = ("//127.", "//localhost", "//[::1]", "//0.0.0.0")


def refusals(parameters: DeploymentParameters, deployer: Address) -> tuple[str, ...]:
    """Why a live chain must not get this deployment; empty where it may."""
    known = well_known(parameters, deployer)
    risk = parameters.capture_risk()
    return (
        *([f"everybody has the keys of {', '.join(known)}: use others"] if known else []),
        *([risk] if risk else []),
        *_too_small(parameters),
        *_double_offices(parameters, deployer),
    )


def warnings(parameters: DeploymentParameters) -> tuple[str, ...]:
    """What the parameters imply and their authors may not have meant."""
    return (*_about_keepers(parameters), *_about_votes(parameters), *_about_places(parameters))


def _too_small(parameters: DeploymentParameters) -> Iterator[str]:
    voting = parameters.voting
    for name, value, least, unit in (
        ("vote.delay", voting.delay, LEAST_DELAY, "s"),
        ("vote.period", voting.period, LEAST_PERIOD, "s"),
        ("timelock_delay", parameters.timelock_delay, LEAST_TIMELOCK, "s"),
        ("vote.quorum_percent", voting.quorum_percent, LEAST_QUORUM, "%"),
    ):
        if value < least:
            yield f"{name} is {value} {unit}: a live chain needs at least {least}"


def _double_offices(parameters: DeploymentParameters, deployer: Address) -> Iterator[str]:
    """Offices that check one another must not be one account."""
    appraisers = {each.account for each in parameters.appraisers}
    operators = {each.operator for each in parameters.keepers}
    attestors, guardian = set(parameters.voting.attestors), parameters.council.guardian
    if guardian in appraisers:
        yield f"the guardian {guardian} is an appraiser: it could cancel every vote to remove it"
    if guardian in operators:
        yield f"the guardian {guardian} is a keeper's operator: who holds keys must not brake too"
    if guardian in attestors:
        yield f"the guardian {guardian} is an attestor: it could cancel every vote to remove it"
    if parameters.voting.mode is not VotingMode.PER_UNIT:
        for account in sorted(appraisers & attestors):
            yield f"{account} is appraiser and attestor: it could make members and votes at will"
    if deployer in appraisers | operators | attestors | {guardian}:
        yield f"the deployer {deployer} has an office: deploy from an account that has none"


def _about_keepers(parameters: DeploymentParameters) -> Iterator[str]:
    number, threshold = len(parameters.keepers), parameters.threshold
    if threshold == 1:
        yield "committee.threshold is 1: each keeper alone can read everything"
    if threshold == number > 1:
        yield f"committee.threshold is {number} of {number}: one lost keeper closes everything"
    operators = {each.operator for each in parameters.keepers}
    for appraiser in parameters.appraisers:
        if appraiser.account in operators:
            yield f"{appraiser.account} is appraiser and keeper: it reads both ways"


def _about_votes(parameters: DeploymentParameters) -> Iterator[str]:
    voting = parameters.voting
    if voting.mode is not VotingMode.PER_UNIT:
        yield (
            f"vote.mode is {voting.mode.word}: caps bound units and not votes; how many votes "
            "somebody can make is in the hands of the attestors"
        )
    if voting.extension == 0:
        yield "vote.extension is 0: the last second can decide a vote, and nobody can answer"
    if parameters.genesis.members == 1:
        yield "genesis.members is 1: what the first member gets is not capped and votes alone"
    if parameters.council.guardian == NATIVE:
        yield "council.guardian is none: nobody can pause or cancel what is queued"


def _about_places(parameters: DeploymentParameters) -> Iterator[str]:
    endpoints = {
        *(appraiser.endpoint for appraiser in parameters.appraisers),
        *(keeper.endpoint for keeper in parameters.keepers),
    }
    for endpoint in sorted(endpoints):
        if any(place in endpoint for place in _THIS_MACHINE):
            yield f"the endpoint {endpoint} can be reached from its own machine only"
    ahead = parameters.finality.header_max_ahead
    if ahead > MOST_AHEAD:
        yield f"finality.header_max_ahead is {ahead} s: wide enough for tests that travel in time"
