"""The `ddao` command that does in a terminal what a page shows. Pure."""

from __future__ import annotations

from dao_backend.api.pages.parts import Command
from dao_backend.api.pages.words import COIN
from dao_backend.core.model import Address, Purpose


def browse(collection: int | None = None) -> Command:
    """Everything on offer, or one collection."""
    if collection is None:
        return Command("ddao browse", "lists collections, purposes and lowest prices")
    return Command(f"ddao browse {collection}", "shows this collection with its editions")


def contribute(collection: int) -> Command:
    """Put something in."""
    return Command(
        f"ddao contribute PATH --collection {collection}",
        "encrypts a file or folder on your machine, then has it appraised and registered",
    )


def request(collection: int, allowed: Purpose, minimum: int | None) -> Command:
    """Ask for a collection, at its minimum price where that is known."""
    purpose = Purpose.names_of(allowed)[0]
    pay = "AMOUNT" if minimum is None else plain_ether(minimum)
    return Command(
        f"ddao request {collection} --purpose {purpose} --pay {pay}",
        "puts the price in escrow and files the request for the vote",
    )


def status(request_id: int) -> Command:
    """Where a request stands."""
    return Command(f"ddao status request {request_id}", "shows where this request stands")


def proposals() -> Command:
    """All votes."""
    return Command("ddao proposals", "lists the proposals with their tallies")


def proposal(number: int) -> Command:
    """One vote, by the number of its request or its own."""
    return Command(f"ddao proposals show {number}", "shows this proposal with its ballots")


def vote(number: int) -> Command:
    """Cast a ballot, by the number of the request or of the proposal."""
    return Command(
        f"ddao vote {number} for", "signs your ballot (for, against or abstain); it costs nothing"
    )


def pull(licence_id: int) -> Command:
    """Fetch and open what a licence covers."""
    return Command(
        f"ddao pull {licence_id}",
        "fetches the keys and the envelopes, verifies and decrypts them on the buyer's machine",
    )


def offers() -> Command:
    """Terms that anybody may accept."""
    return Command("ddao offers", "lists the offers with their prices")


def accept(offer_id: int) -> Command:
    """Take a licence at once."""
    return Command(
        f"ddao accept {offer_id} --max PRICE",
        "pays and takes the licence at once, unless it costs more than you say",
    )


def propose_offer() -> Command:
    """Put terms to the vote."""
    return Command(
        "ddao propose offer COLLECTION --purpose PURPOSE --unit-price AMOUNT",
        "puts an offer to the vote",
    )


def accept_counter(request_id: int) -> Command:
    """Take the members' terms."""
    return Command(f"ddao accept-counter {request_id}", "accepts the members' terms, and pays")


def decline(request_id: int) -> Command:
    """Refuse them."""
    return Command(f"ddao decline {request_id}", "refuses them; the price comes back")


def strike() -> Command:
    """Whether members are on strike."""
    return Command("ddao strike show", "shows the strike and earlier calls")


def call_strike() -> Command:
    """Call to strike."""
    return Command("ddao strike call REASON", "calls to strike, and pledges your units")


def pledge() -> Command:
    """Pledge to the newest call."""
    return Command("ddao strike pledge", "signs a pledge to the newest call; it costs nothing")


def leave() -> Command:
    """Leave with everything."""
    return Command("ddao leave", "withdraws every contribution of your wallet at once")


def usage(licence_id: int) -> Command:
    """The meter of a licence."""
    return Command(f"ddao usage show {licence_id}", "shows what is used, reported and owed")


def royalty(licence_id: int) -> Command:
    """Pay the members whose data a licence uses."""
    return Command(
        f"ddao royalty {licence_id} AMOUNT --report FILE",
        "pays the members of its edition; the hash of the report is on chain",
    )


def verify(edition_id: int) -> Command:
    """Recompute an edition's root."""
    return Command(
        f"ddao edition verify {edition_id}",
        "rebuilds the list from the chain's own log and compares its root with the attested one",
    )


def editions() -> Command:
    """All editions."""
    return Command("ddao edition list", "lists the sealed editions")


def withdraw(contribution_id: str) -> Command:
    """Take a contribution back."""
    return Command(
        f"ddao withdraw {contribution_id}",
        "takes it out of every later edition; only its contributor can",
    )


def verify_contribution(contribution_id: str) -> Command:
    """Check the stored bytes."""
    return Command(
        f"ddao verify contribution {contribution_id}",
        "checks that the stored envelope is the one that was registered",
    )


def earnings(member: Address | None = None) -> Command:
    """The statement of a member."""
    line = "ddao earnings" if member is None else f"ddao earnings {member}"
    return Command(line, "shows the same statement, line by line")


def keepers() -> Command:
    """Who holds the key shares."""
    return Command("ddao keepers", "asks every keeper itself, without this service")


def verify_erasure(contribution_id: str) -> Command:
    """Whether the shares of a withdrawn contribution are gone."""
    return Command(
        f"ddao verify erasure {contribution_id}",
        "asks every keeper that held a share for its signed statement that it is erased",
    )


def doctor() -> Command:
    """Whether everything can be reached."""
    return Command("ddao doctor", "checks network, service and keepers, and says what to mend")


def plain_ether(wei: int) -> str:
    """An exact amount of ether, as the command line takes it: `0.01`."""
    whole, rest = divmod(wei, COIN)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".")
