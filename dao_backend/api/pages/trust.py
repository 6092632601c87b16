"""Who can do what alone: the trust table in words, with the figures of this DAO. Pure."""

from __future__ import annotations

from dao_backend.api.pages import powers, words
from dao_backend.api.pages.powers import Power
from dao_backend.core.model import Committee
from dao_backend.service.safeguards import Bounds


def together(committee: Committee) -> str:
    """`any 2 of the 3 keepers together`."""
    size = len(committee.keepers)
    if size == 1:
        return "the one keeper"
    if committee.threshold == size:
        return f"all {size} keepers together"
    if committee.threshold == 1:
        return f"any one of the {size} keepers"
    return f"any {committee.threshold} of the {size} keepers together"


def keepers_together(committee: Committee) -> Power:
    """What enough keepers can do."""
    return Power(
        together(committee).capitalize(),
        "read everything without anybody noticing; post receipts without delivering; withhold",
        "take money beyond the keepers' cut; mint units; grant access",
    )


def too_few(committee: Committee) -> Power | None:
    """What fewer keepers than the threshold can do; None where one is enough."""
    if committee.threshold == 1:
        return None
    blocking = len(committee.keepers) - committee.threshold + 1
    who = words.counted(blocking, "refusing keeper")
    return Power(
        f"Fewer than {committee.threshold} keepers",
        f"refuse: {who} hold up every delivery, and the buyers are refunded"
        if blocking < committee.threshold
        else f"nothing by themselves; it takes {who} to hold up a delivery",
        "read or release any content; attest an edition; settle a price",
    )


OPERATOR = Power(
    "The service's operator",
    "refuse service, or delay; see what is uploaded to be encrypted by the service",
    "release keys; take money; change votes; register without its contributor's signature",
)
WHOLE_OPERATOR = Power(
    "The one operator of this service",
    "everything that operator, appraiser and keepers can: read, release, and mint units",
    "take money; cast somebody else's vote",
)
RELAYER = Power(
    "The relayer",
    "refuse to send a signed registration or ballot; anybody can send it instead",
    "change what was signed; vote; take money",
)
MAJORITY = Power(
    "The members' vote",
    "grant or refuse a request; publish offers; name and remove appraisers, attestors and the "
    "guardian; change minting caps, lowest prices, fees and voting rules; suspend and revoke "
    "licences; spend the reserve; move the right to mint or to issue, 30 days later",
    "reach a buyer's escrow or the members' part of the income; change cuts, collections or "
    "purposes; act before the timelock has run out",
)
BUYER = Power(
    "A buyer",
    "use what it decrypted, and leak it: a release cannot be undone",
    "get a key before the grant is final or outside its licence; get both keys and a refund",
)
NODE = Power(
    "The chain's node",
    "delay; show a whole invented chain, as each keeper asks only one node yet",
    "leave an event out of the true chain: the log must give the history that the contract states",
)


def table(committee: Committee, bounds: Bounds, *, embedded: bool) -> tuple[Power, ...]:
    """Every row for this DAO."""
    few = too_few(committee)
    return (
        WHOLE_OPERATOR if embedded else OPERATOR,
        *(() if few is None else (few,)),
        keepers_together(committee),
        powers.appraiser(bounds),
        powers.attestor(bounds),
        RELAYER,
        MAJORITY,
        powers.strikers(bounds),
        powers.council(bounds),
        powers.ARBITER,
        BUYER,
        NODE,
    )
