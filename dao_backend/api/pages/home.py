"""The front page: what this DAO is, its figures, and who holds power over it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands, powers, trust, words
from dao_backend.api.pages.parts import Code, Command, Fact, Link, Number, Text
from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.facts import Facts
from dao_backend.core.model import Address
from dao_backend.core.safeguards import VotingMode
from dao_backend.ports.index import Totals
from dao_backend.service.safeguards import Bounds


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with power: who it is, what it can do alone, and what it cannot."""

    name: str
    accounts: tuple[Code, ...]
    can: str
    cannot: str
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The front page."""

    title: str
    heading: str
    paragraph: str
    brake: str | None
    """Why nothing is granted now, where something is in the way."""
    figures: tuple[Fact, ...]
    holders: tuple[Holder, ...]
    rules: tuple[Fact, ...]
    rules_known: bool
    contracts: tuple[Fact, ...]
    commands: tuple[Command, ...]


def home(
    facts: Facts,
    totals: Totals,
    parameters: DeploymentParameters | None,
    relayer: Address,
    cuts: tuple[int, int],
    bounds: Bounds,
    brake: str | None,
) -> Home:
    """`cuts` are the reserve's and the keepers', in basis points."""
    return Home(
        title="What this is",
        heading=facts.name,
        paragraph=_paragraph(facts),
        brake=brake,
        figures=_figures(facts, totals, bounds),
        holders=_holders(facts, relayer, bounds),
        rules=(*_standing_rules(bounds), *_rules(parameters, cuts)),
        rules_known=parameters is not None,
        contracts=_contracts(facts),
        commands=(commands.browse(), commands.contribute(0), commands.doctor()),
    )


def _paragraph(facts: Facts) -> str:
    kinds = words.counted(len(facts.collections), "collection")
    return (
        f"{facts.name} is a pool of data in {kinds}, owned by the people who put it in. "
        "Everything is encrypted before it is stored, and each contribution earns units by amount "
        "and quality. A buyer asks for access with the price in escrow, and the members vote. Only "
        "when the vote has passed, is carried out and final on chain do the key keepers release "
        "the keys, sealed to that buyer alone; the money goes to exactly those whose data was sold."
    )


def _figures(facts: Facts, totals: Totals, bounds: Bounds) -> tuple[Fact, ...]:
    active = totals.contributions - totals.withdrawn
    units = sum(totals.units)
    return (
        Fact("Members", Link(f"{totals.members:,}", "/members")),
        Fact("Contributions", Link(f"{active:,}", "/contributions"), _withdrawn(totals)),
        Fact("Units", words.number(units), f"{_worth(bounds)}; {facts.symbol}"),
        Fact("Encrypted bytes", Text(words.size(totals.bytes_stored))),
        Fact("Editions", Link(f"{totals.editions:,}", "/editions")),
        Fact("Licences", Link(f"{totals.licences:,}", "/licences")),
    )


def _withdrawn(totals: Totals) -> str | None:
    return f"and {totals.withdrawn:,} withdrawn" if totals.withdrawn else None


def _worth(bounds: Bounds) -> str:
    by_unit = bounds.mode is VotingMode.PER_UNIT
    return "votes, and shares of income" if by_unit else "shares of income"


def _holders(facts: Facts, relayer: Address, bounds: Bounds) -> tuple[Holder, ...]:
    committee = facts.committee
    group = trust.keepers_together(committee)
    appraiser = powers.appraiser(bounds)
    operators = tuple(words.account(keeper.operator) for keeper in committee.keepers)
    return (
        Holder(
            f"The keepers: {committee.threshold} of {len(committee.keepers)}",
            operators,
            f"{group.party}: {group.can}",
            group.cannot,
            Link("the committee", "/keepers"),
        ),
        Holder(
            appraiser.party,
            (words.account(facts.appraiser.address),),
            appraiser.can,
            appraiser.cannot,
        ),
        Holder(
            trust.RELAYER.party,
            (words.account(relayer),),
            trust.RELAYER.can,
            trust.RELAYER.cannot,
        ),
        Holder(
            trust.MAJORITY.party,
            (words.account(facts.addresses.timelock),),
            f"{trust.MAJORITY.can}. It acts through the timelock, which obeys nobody else",
            trust.MAJORITY.cannot,
            Link("the proposals", "/proposals"),
        ),
        *_bounded(bounds),
    )


def _bounded(bounds: Bounds) -> tuple[Holder, ...]:
    """Those whose power ends by itself."""
    strikers, council = powers.strikers(bounds), powers.council(bounds)
    guardian = (words.account(bounds.council.guardian),) if bounds.council.in_office else ()
    more = Link("the strike", "/strike")
    others = (powers.attestor(bounds), powers.ARBITER)
    return (
        Holder(strikers.party, (), strikers.can, strikers.cannot, more),
        Holder(
            council.party,
            guardian,
            f"{council.can}. {bounds.council.sentence}",
            council.cannot,
        ),
        *(Holder(each.party, (), each.can, each.cannot) for each in others),
    )


def _standing_rules(bounds: Bounds) -> tuple[Fact, ...]:
    """Rules that the chain itself tells."""
    begun = "in force" if bounds.begun else "from the day the DAO has its members and units"
    return (
        Fact("Votes of a member", Text(powers.voting(bounds.mode)), "money follows units"),
        Fact("Newly minted units", Text(f"at most {powers.caps(bounds.caps)}"), begun),
    )


def _rules(parameters: DeploymentParameters | None, cuts: tuple[int, int]) -> tuple[Fact, ...]:
    reserve, keepers = cuts
    rest = words.basis_points(10_000 - reserve - keepers)
    money = Fact(
        "Of each payment",
        Text(f"{rest} to the members of the edition"),
        f"{words.basis_points(reserve)} to the reserve, {words.basis_points(keepers)} to keepers",
    )
    if parameters is None:
        return (money,)
    vote, requests = parameters.voting, parameters.requests
    return (
        Fact("Before a vote opens", Text(words.duration(vote.delay)), "what is held then counts"),
        Fact("A vote is open for", Text(words.duration(vote.period))),
        Fact(
            "Longer when it is close",
            Text(f"at least {words.duration(vote.extension)}"),
            "after each late ballot that turns it to passing",
        ),
        Fact("Quorum", Text(f"{vote.quorum_percent} % of all votes"), "for and abstaining"),
        Fact("Own proposals need", Text(words.counted(vote.proposal_threshold, "vote"))),
        Fact(
            "Timelock",
            Text(words.duration(parameters.timelock_delay)),
            "between a passed vote and its execution",
        ),
        Fact("Editions of a collection", Text(f"{words.duration(parameters.seal_interval)} apart")),
        Fact("A request is granted within", Text(words.duration(requests.execution_period))),
        Fact(
            "Keys are delivered within",
            Text(words.duration(requests.delivery_period)),
            "after that, or the buyer is refunded",
        ),
        money,
    )


def _contracts(facts: Facts) -> tuple[Fact, ...]:
    where = facts.addresses
    named = {
        "Register of data": where.registry,
        "Units": where.token,
        "Governor": where.governor,
        "Timelock": where.timelock,
        "Access desk": where.desk,
        "Licences": where.licence,
        "Vault": where.vault,
        "Keepers": where.keepers,
        "Offers": where.offers,
        "Disputes": where.disputes,
        "Meters": where.meter,
        "Strike": where.strike,
        "Council": where.council,
    }
    chain = Fact("Chain", Number(str(where.chain_id)), f"since block {where.first_block:,}")
    return (chain, *(Fact(name, words.account(place)) for name, place in named.items()))
