"""Sentences for the errors of what protects a DAO: caps, genesis, batches, strikes, the council.

See chain/sentences.py.
"""

from __future__ import annotations

from typing import Final

SAFEGUARDS: Final[dict[str, str]] = {
    # --- genesis and caps
    "BeforeGenesis": "Nothing is sold before the DAO has {members} members and {units} units: "
    "contribute, and try again once there are as many.",
    "GenesisOutOfBounds": "A genesis of {members} members and {units} units is not possible: state "
    "at least one of each.",
    "MintingCapReached": "{available} of the {units} units can be minted before {ends} (the cap "
    "of appraiser {appraiser}; the zero address stands for all together): register again then, or "
    "ask another appraiser.",
    "CapsOutOfBounds": "Caps of {appraiserBps} basis points for one appraiser and {totalBps} for "
    "all in {window} seconds are not allowed: the first is at most the second, and a window lasts "
    "an hour to 30 days.",
    "RegistrationPaused": "The council has paused registration until {until}: try again then; a "
    "contribution that is already encrypted and stored stays valid.",
    # --- batches and departures
    "TooManyContributions": "{count} contributions are too many for one batch: give at most "
    "{maximum}.",
    "IdsNotIncreasing": "Contribution {contributionId} stands after {previous}: list each once, in "
    "increasing order of id.",
    "BatchGasTooLow": "{available} gas is left where {needed} are needed for one more "
    "contribution: send a smaller batch, or give the transaction more gas.",
    "TooManyBallots": "{count} ballots are too many for one batch: give at most {maximum}.",
    "VotersNotIncreasing": "{voter} stands after {previous}: list each voter once, in increasing "
    "order of address.",
    "BallotGasTooLow": "{available} gas is left where {needed} are needed for one more ballot: "
    "send a smaller batch, or give the transaction more gas.",
    "TenureOver": "{member} has left since then (tenure {tenure}, now {current}): these units are "
    "already burnt, nothing is left to withdraw.",
    "NothingHeld": "{member} holds no units: there is nothing to leave with.",
    "TooManyDepartures": "{member} has left and come back as often as is possible: withdraw its "
    "contributions one after the other.",
    # --- one person, one member
    "UniquenessMissing": "Votes are counted by person here, and nobody has attested that {member} "
    "is one: ask an attestor first.",
    "AttestorUnknown": "The attestation was signed by {signer}, who is no attestor of this DAO: "
    "ask one that is.",
    "AttestationExpired": "The attestation ended at {deadline}, it is {timestamp} on chain: ask "
    "for a new one.",
    "PersonEmpty": "The attestation names nobody: the attestor must state a person's hash.",
    "PersonKnown": "The person {person} is already attested under another wallet: use that one.",
    "MemberAttested": "{member} is already attested: nothing more is to be done.",
    # --- seams
    "MinterNotNominated": "No such right to mint was nominated: it takes a passed proposal.",
    "MinterTooEarly": "The right to mint can be taken from {earliest} on, it is {timestamp} on "
    "chain: wait for it.",
    # --- strikes
    "StrikeIsOn": "The members are on strike until {until} and grant no licences: try again after "
    "that; requests can be filed and voted on meanwhile.",
    "StrikeUnderWay": "The call to strike {strikeId} is not over: pledge to that one.",
    "StrikeTooSoon": "The next call to strike is possible from {earliest} on: wait for it.",
    "SettingsOutOfBounds": "Strikes with a threshold of {thresholdBps} basis points, "
    "{pledgePeriod} seconds to pledge and {duration} seconds of strike are not allowed: the "
    "threshold is at least 2500, the strike at most 60 days.",
    "NoUnitsAtTimepoint": "{member} held no units at {timepoint}, when the strike was called: "
    "units received later count in later calls.",
    "NotPledging": "Nobody can pledge to strike {strikeId} now: its deadline has passed, or it "
    "has begun; call another one.",
    "AlreadyPledged": "{member} has already pledged to strike {strikeId}: nothing more is to be "
    "done.",
    "NotPledged": "{member} has not pledged to strike {strikeId}: there is nothing to take back.",
    "PledgeTakenBack": "{member} took its pledge to strike {strikeId} back: it counts again only "
    "by a transaction of its own wallet.",
    "PledgeSignatureInvalid": "The pledge was not signed by {member}: sign it again with that "
    "wallet.",
    # --- the council
    "ProposedBeforeGenesis": "Members propose once the DAO has the members and units that it was "
    "founded for: contribute, and wait for others.",
    "GrantingPaused": "The council has paused granting until {until}: try again then; the time in "
    "which a request can be granted is extended by the pause.",
    "NotGuardian": "Only the guardian {guardian} may do this, not {caller}.",
    "MandateOver": "The guardian's mandate ended at {mandateUntil}, it is {timestamp} on chain: a "
    "vote can appoint one anew.",
    "MandateOutOfBounds": "A mandate until {mandateUntil} is not allowed: choose an end within the "
    "next two years, or none for nobody.",
    "PauseOutOfBounds": "A pause of {duration} seconds is not allowed: choose at most 7 days.",
    "PauseTooSoon": "The next pause is possible from {earliest} on: wait for it.",
    "NotPaused": "Nothing is paused now: there is no pause to end.",
    "CouncilNotAlone": "A proposal about the council may contain nothing else, and this one calls "
    "{target} too: propose that apart.",
    "CouncilProtected": "Proposal {proposalId} is about the council itself, which cannot cancel "
    "it.",
    "ProposalNotQueued": "Proposal {proposalId} is {state}, not queued: only what is queued can be "
    "cancelled.",
}
