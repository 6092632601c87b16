"""What the calls that only a vote can make do, in a sentence each; `{name}` stands for a value.

Contracts and functions are named as in contracts/interfaces and OpenZeppelin's Governor.
"""

from __future__ import annotations

SENTENCES = {
    ("AccessDesk", "approve"): "Grants request {requestId} on the newest edition.",
    ("AccessDesk", "counter"): "Answers request {requestId} with the terms below; its buyer may "
    "accept them within {terms.answerPeriod}, or take the money back.",
    ("AccessDesk", "setAsset"): "Lets requests be paid in {asset}, from {minimumPrice} on; a "
    "minimum of nothing refuses it.",
    ("AccessDesk", "setFilingFee"): "Makes filing a request cost {fee}.",
    ("Council", "appoint"): "Makes {newGuardian} the guardian, who may pause the DAO for days and "
    "cancel queued proposals, until {until}.",
    ("ContributionToken", "addAttestor"): "Lets {attestor} state who is one person.",
    ("ContributionToken", "removeAttestor"): "Believes no further statement of {attestor}.",
    ("ContributionToken", "nominateMinter"): "Begins to hand the minting of units to {nominee}. "
    "Whoever mints can outvote everybody: this replaces a part of the DAO itself.",
    ("DataGovernor", "relay"): "Makes the governor itself call {target}.",
    (
        "DataGovernor",
        "setLateQuorumVoteExtension",
    ): "Keeps a vote open for {newVoteExtension} after each late ballot that turns it to passing.",
    ("DataGovernor", "setProposalThreshold"): "Lets members propose from {newProposalThreshold} "
    "votes on.",
    ("DataGovernor", "setVotingDelay"): "Opens votes {newVotingDelay} after they are proposed.",
    ("DataGovernor", "setVotingPeriod"): "Keeps votes open for {newVotingPeriod}.",
    (
        "DataGovernor",
        "updateQuorumNumerator",
    ): "Makes the quorum {newQuorumNumerator} percent of all votes.",
    ("DataGovernor", "updateTimelock"): "Hands all of the DAO's powers to another timelock.",
    ("DataRegistry", "addAppraiser"): "Lets {appraiser} appraise: its signature mints units, "
    "within the caps.",
    ("DataRegistry", "removeAppraiser"): "Accepts no further appraisal of {appraiser}; what it "
    "appraised stays.",
    ("DataRegistry", "setCaps"): "Changes how much may be minted in a window of {caps.window}: by "
    "one appraiser {caps.appraiserBps} of the units there were, by all {caps.totalBps}.",
    (
        "KeeperRegistry",
        "changeCommittee",
    ): "Makes the accounts below the keepers of the next epoch. Shares of new contributions go to "
    "them at once; once enough of them confirm that they hold the earlier ones they attest and "
    "deliver, and until then no edition is sealed. Together they can open everything they hold: "
    "know who they are.",
    ("Licence", "nominateIssuer"): "Begins to hand the issuing of licences to {nominee}. "
    "This replaces a part of the DAO itself.",
    ("Licence", "reinstate"): "Puts licence {licenceId} back in force.",
    ("Licence", "revoke"): "Revokes licence {licenceId} for good.",
    ("Licence", "suspend"): "Suspends licence {licenceId}.",
    ("OfferDesk", "amend"): "Closes offer {offerId} and publishes the terms below in its place, "
    "as a new offer.",
    ("OfferDesk", "publish"): "Publishes a standing offer: any buyer may accept the terms below "
    "at once, without another vote.",
    ("OfferDesk", "withdraw"): "Closes offer {offerId}: nobody can accept it any more. Licences "
    "that came of it stay.",
    ("TimelockController", "updateDelay"): "Makes everything that was voted wait {newDelay}.",
}
