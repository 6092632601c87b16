"""A plan in sentences, whole, for a person to check before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.core.bounds import DAY, HOUR, MINUTE
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_plan import Step
from dao_backend.core.model import NATIVE, Address, Purpose
from dao_backend.core.packing import hex_of
from dao_backend.core.safeguards import VotingMode

_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))
_MODES = {
    VotingMode.PER_UNIT: "every unit is a vote",
    VotingMode.PER_MEMBER: "every member has one vote",
    VotingMode.SQUARE_ROOT: "a member has the square root of its units in votes",
}


def duration(seconds: int) -> str:
    """`90061` as `1 day 1 hour 1 minute 1 second`."""
    parts, left = [], seconds
    for size, name in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {name}{'s' if number > 1 else ''}")
    return " ".join(parts) or "no time"


def share(basis_points: int) -> str:
    """`250` as `2.5 %`."""
    return f"{basis_points // 100}{f'.{basis_points % 100:02}'.rstrip('0').rstrip('.')} %"


def coin(wei: int) -> str:
    """Wei with the same amount in whole coins."""
    whole, rest = divmod(wei, 10**18)
    fraction = f".{rest:018}".rstrip("0").rstrip(".")
    return f"{whole}{fraction} of the native coin ({wei} wei)"


def describe(parameters: DeploymentParameters) -> tuple[str, ...]:
    """Every parameter, a line each or several; no two different plans read the same."""
    return (
        *_identity(parameters),
        *_people(parameters),
        *_vote(parameters),
        *_requests(parameters),
        *_safeguards(parameters),
        *_finality(parameters),
    )


def describe_steps(plan: tuple[Step, ...]) -> tuple[str, ...]:
    """Where each contract will live."""
    return tuple(f"{step.address}  {step.contract} (transaction {step.nonce})" for step in plan)


def _identity(parameters: DeploymentParameters) -> Iterator[str]:
    yield f"{parameters.name}, token {parameters.symbol}"
    for each in parameters.collections:
        purposes = ", ".join(Purpose.names_of(each.purposes))
        yield f"collection {each.number}: {each.name}, for {purposes}"


def _people(parameters: DeploymentParameters) -> Iterator[str]:
    for number, appraiser in enumerate(parameters.appraisers, 1):
        yield f"appraiser {number}: {_person(appraiser.account, appraiser)}"
    number = len(parameters.keepers)
    yield f"committee: {parameters.threshold} of {number} keepers release a key together"
    for keeper in parameters.keepers:
        yield f"keeper {keeper.index}: {_person(keeper.operator, keeper)}"
    for attestor in parameters.voting.attestors:
        yield f"attestor of persons: {attestor}"
    council = parameters.council
    if council.guardian == NATIVE:
        yield "guardian: nobody"
    else:
        yield f"guardian: {council.guardian}, for {duration(council.mandate)}"


def _person(account: Address, who: object) -> str:
    key, endpoint = getattr(who, "sealing_key"), getattr(who, "endpoint")  # noqa: B009
    return f"{account}, sealing key {hex_of(key)}, at {endpoint or 'no address'}"


def _vote(parameters: DeploymentParameters) -> Iterator[str]:
    voting = parameters.voting
    yield f"votes: {_MODES[voting.mode]} ({voting.mode.word})"
    yield f"votes count as they are {duration(voting.delay)} after the filing"
    yield (
        f"a vote is open for {duration(voting.period)}, and for {duration(voting.extension)} "
        "at least after each ballot that turns it to passing"
    )
    yield f"quorum: {voting.quorum_percent} % of all votes, for or abstaining"
    yield f"to propose takes {voting.proposal_threshold} votes"
    yield f"what passed waits {duration(parameters.timelock_delay)} before it is done"
    yield f"an edition of a collection at most every {duration(parameters.seal_interval)}"
    yield f"from filing to grant at most {duration(parameters.longest_vote)}"


def _requests(parameters: DeploymentParameters) -> Iterator[str]:
    requests, cuts = parameters.requests, parameters.cuts
    yield f"a request can be granted for {duration(requests.execution_period)} from its filing"
    yield f"and delivered for {duration(requests.delivery_period)} after that"
    yield f"filing costs {coin(requests.filing_fee)}"
    for asset in requests.assets:
        if asset.asset == NATIVE:
            yield f"paid in the native coin: at least {coin(asset.minimum_price)}"
        else:
            yield f"paid in the token {asset.asset}: at least {asset.minimum_price} of its units"
    yield f"of each payment the reserve takes {share(cuts.reserve_bps)}"
    yield f"and the keepers {share(cuts.keeper_bps)}; the members get the rest"


def _safeguards(parameters: DeploymentParameters) -> Iterator[str]:
    genesis, caps = parameters.genesis, parameters.caps
    disputes, strike = parameters.disputes, parameters.strike
    yield f"nothing is sold before {genesis.members} members and {genesis.units} units"
    yield f"in {duration(caps.window)} one appraiser mints at most {share(caps.appraiser_bps)}"
    yield f"and all of them together {share(caps.total_bps)} of the units at its begin"
    yield (
        f"a delivery can be disputed for {duration(disputes.window)} and is ruled within "
        f"{duration(disputes.ruling_period)}, for a bond of {share(disputes.bond_bps)} of the price"
    )
    yield (
        f"{share(strike.threshold_bps)} of all units, pledged within "
        f"{duration(strike.pledge_period)}, strike for {duration(strike.duration)}"
    )


def _finality(parameters: DeploymentParameters) -> Iterator[str]:
    finality = parameters.finality
    number = finality.confirmations
    rule = "the node says so" if number is None else f"{number} blocks are on top of it"
    yield f"a block is final when {rule}"
    yield (
        f"a head may be {duration(finality.header_max_age)} old and "
        f"{duration(finality.header_max_ahead)} ahead of the clock"
    )
