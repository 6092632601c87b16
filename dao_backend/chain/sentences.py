"""What each custom error of the contracts means, and what its reader can do: one sentence each.

Names in braces are the error's arguments. A test checks that every error in the ABIs stands here
and that its sentence uses only arguments the error has. `refusals` fills the sentences in.
Those of bargains and of safeguards stand in files of their own.
"""

from __future__ import annotations

from typing import Final

from dao_backend.chain.sentences_safeguards import SAFEGUARDS
from dao_backend.chain.sentences_sales import SALES

_EVERYDAY: Final[dict[str, str]] = {
    # --- who may call
    "UnexpectedCaller": "Only {expected} may do this, not {caller}: it takes a passed proposal.",
    "NotContributor": "Only {contributor} may do this, not {caller}: use the contributor's wallet.",
    "NotBuyer": "Only the buyer {buyer} may do this, not {caller}: use the buyer's wallet.",
    "NotOperator": "{account} is not this keeper's operator {operator}: use the operator's wallet.",
    # --- contributions
    "ContributionIdMismatch": "The id {contributionId} does not belong to this contributor and "
    "nonce (that would be {expected}): start the contribution again.",
    "ContributionIdUsed": "The contribution {contributionId} is already registered: nothing more "
    "is to be done; to contribute the data again, start a new contribution.",
    "ContributionNotActive": "The contribution {contributionId} is unknown or already withdrawn: "
    "check the id with `ddao status`.",
    "CollectionUnknown": "There is no collection {collection}: `ddao browse` lists them.",
    "UnknownCollection": "There is no collection {collection}: `ddao browse` lists them.",
    "EmptyEnvelope": "The record states an envelope without bytes: seal the content again.",
    "NoUnits": "The appraisal gives no units: ask the appraiser for another one.",
    "AppraisalExpired": "The appraisal ended at {deadline}, it is {timestamp} on chain: ask for a "
    "new appraisal and register at once.",
    "AppraiserUnknown": "The appraisal was signed by {signer}, who is no appraiser of this DAO, or "
    "for another record: ask for a new appraisal.",
    "AppraiserKeyLowOrder": "The appraiser's sealing key {sealingKey} would give everybody the "
    "same secret: make a new one.",
    "ContributorSignatureInvalid": "The contributor's signature is not by {contributor}: sign this "
    "record again with that wallet.",
    "SignatureExpired": "The signature ended at {deadline}, it is {timestamp} on chain: sign again "
    "with a later deadline.",
    "WrongEpoch": "The key shares were dealt to the keepers of epoch {epoch}, now epoch {current} "
    "serves: start the contribution again.",
    "NotTransferable": "Units cannot be transferred or approved: they stay with who contributed.",
    "UnitsOutOfBounds": "{units} units do not fit the {held} that are held: check the appraisal.",
    "FutureLookup": "The timepoint {timepoint} is not over yet (it is {clock}): ask again later.",
    # --- editions
    "SealTooSoon": "Collection {collection} can be sealed again from {earliest} on: wait for it.",
    "NothingChanged": "Nothing changed in collection {collection} since its last edition: that one "
    "is up to date, use it.",
    "EditionUnknown": "There is no edition {editionId}: `ddao browse` lists the sealed ones.",
    "IntervalOutOfBounds": "A sealing interval of {interval} seconds is not between an hour and a "
    "day: choose one that is.",
    "CollectionCountOutOfBounds": "A DAO has one to three collections, not {count}.",
    # --- requests
    "PurposesNotOffered": "The purposes {purposes} go beyond those the contributors consented to "
    "({offered}): ask only for those.",
    "AssetNotAllowed": "Payments in {asset} are not accepted: use an asset `ddao browse` lists.",
    "PriceTooLow": "The price {price} is below the minimum {minimum}: offer at least that.",
    "DurationOutOfBounds": "A duration of {duration} seconds is not allowed: choose between one "
    "day and ten years.",
    "RoyaltyOutOfBounds": "A royalty of {royaltyBps} basis points is too high: at most 5000.",
    "ReleaseKeyLowOrder": "The release key {releaseKey} would give everybody the same secret: make "
    "a new one.",
    "ValueMismatch": "The transaction carries {value} wei where {expected} are due (price, "
    "bond and fee): send exactly that.",
    "AmountMismatch": "{received} arrived where {expected} were due: this token takes a fee on "
    "transfers and cannot be used here.",
    "RequestUnknown": "There is no request {requestId}: `ddao status` lists yours.",
    "RequestNotPending": "Request {requestId} is {status}, no longer pending: see `ddao status`.",
    "RequestNotGranted": "Request {requestId} is {status}, not granted: see `ddao status`.",
    "VoteHasBegun": "The vote on request {requestId} has begun, it cannot be cancelled any more: "
    "wait for its end; a defeated request is refunded.",
    "TooLateToExecute": "Request {requestId} had to be executed by {executeBy}, it is {timestamp} "
    "on chain: take the refund and file a new request.",
    "NotRefundable": "Request {requestId} ({status}) cannot be refunded now: its vote or delivery "
    "may still succeed; see its deadlines in `ddao status`.",
    "EditionMissing": "Collection {collection} has no sealed edition yet: seal one first.",
    "EditionTooOld": "The newest edition is {editionId}, the terms want {minEdition} or a later "
    "one: seal a new edition first.",
    "EditionTooSmall": "Edition {editionId} holds {totalUnits} units, the terms want at least "
    "{minUnits}: wait until more is contributed.",
    "EditionNotAttested": "Edition {editionId} is not attested by its keepers yet: wait for them.",
    "ProposalNotPassed": "Proposal {proposalId} of request {requestId} has not passed: a request "
    "is granted by its own vote alone.",
    "NotDelivered": "Too few keepers have posted receipts for request {requestId}: wait for them, "
    "or for the refund after its deadline.",
    "PeriodOutOfBounds": "A period of {period} seconds is not allowed here: choose a longer or "
    "shorter one.",
    "NoFees": "No filing fees were collected since the last time: there is nothing to send.",
    "TransferFailed": "{amount} could not be sent to {to}: that account refuses payments; name "
    "another one.",
    # --- votes
    "AlreadyVoted": "{voter} has already voted on this proposal: a vote cannot be changed.",
    "NotAMember": "{voter} holds no units: contribute first to vote on later proposals.",
    "NoVotesAtSnapshot": "{voter} held no votes when this vote was opened: units received later "
    "count in later proposals.",
    "TimelockFixed": "The timelock {timelock} is fixed for the life of the DAO.",
    "GovernorAlreadyCastVote": "{voter} has already voted on this proposal: a vote cannot be "
    "changed.",
    "GovernorAlreadyQueuedProposal": "Proposal {proposalId} is already queued: execute it once its "
    "delay is over.",
    "GovernorDisabledDeposit": "The governor takes no deposits: send them to the timelock.",
    "GovernorInsufficientProposerVotes": "{proposer} has {votes} votes, a proposal takes "
    "{threshold}: gather delegations or contribute more.",
    "GovernorInvalidProposalLength": "The proposal has {targets} targets, {calldatas} calls and "
    "{values} values: give as many of each, at least one.",
    "GovernorInvalidQuorumFraction": "A quorum of {quorumNumerator} of {quorumDenominator} is not "
    "possible: choose a smaller one.",
    "GovernorInvalidSignature": "The ballot was not signed by {voter}: sign it again with that "
    "wallet.",
    "GovernorInvalidVoteParams": "Ballots take no further parameters here: vote without them.",
    "GovernorInvalidVoteType": "A vote is 0 (against), 1 (for) or 2 (abstain).",
    "GovernorInvalidVotingPeriod": "A voting period of {votingPeriod} seconds is not possible.",
    "GovernorNonexistentProposal": "There is no proposal {proposalId}: `ddao proposals` lists "
    "them.",
    "GovernorOnlyExecutor": "{account} is not the timelock: this takes a passed proposal.",
    "GovernorPreventLateQuorumVoteExtensionTooLarge": "A late extension of {newVoteExtension} "
    "seconds is above the allowed {maxVoteExtension}: choose a shorter one.",
    "GovernorProposalQueueingFailed": "The timelock did not take proposal {proposalId}: check the "
    "governor's role in the timelock.",
    "GovernorProposalQueueingNotRequired": "Proposal {proposalId} needs no queueing: execute it.",
    "GovernorRestrictedProposer": "The description reserves this proposal for another proposer "
    "than {proposer}.",
    "GovernorUnableToCancel": "{account} cannot cancel proposal {proposalId}: only its proposer "
    "can, before the vote opens.",
    "GovernorUnexpectedProposalState": "Proposal {proposalId} is {current}; this is possible only "
    "while it is {expectedStates}.",
    # --- timelock
    "AccessControlBadConfirmation": "A role is given up by its own holder only.",
    "AccessControlUnauthorizedAccount": "{account} lacks the role {neededRole} for this: it takes "
    "a passed proposal.",
    "TimelockInsufficientDelay": "A delay of {delay} seconds is below the timelock's {minDelay}.",
    "TimelockInvalidOperationLength": "The operation has {targets} targets, {payloads} calls and "
    "{values} values: give as many of each.",
    "TimelockUnauthorizedCaller": "{caller} may not change the timelock: it takes a passed "
    "proposal.",
    "TimelockUnexecutedPredecessor": "The operation {predecessorId} has to be executed before "
    "this one.",
    "TimelockUnexpectedOperationState": "The timelock does not hold this operation in the needed "
    "state: wait until its delay is over, and check that it was not executed already.",
    # --- licences
    "LicenceUnknown": "There is no licence {licenceId}: its request may not be granted yet.",
    "LicenceExists": "Licence {licenceId} was already issued.",
    "LicenceNotActive": "Licence {licenceId} is {status}, not active.",
    "LicenceNotSuspended": "Licence {licenceId} is {status}, not suspended.",
    "LicenceAlreadyRevoked": "Licence {licenceId} was already revoked, for ever.",
    # --- keepers
    "CommitteeSizeOutOfBounds": "A committee of {size} keepers is not possible.",
    "ThresholdOutOfBounds": "A threshold of {threshold} does not fit {size} keepers.",
    "SealingKeyInvalid": "The sealing key of keeper {index} is not usable: make a new one.",
    "OperatorMissing": "Keeper {index} has no operator account: name one.",
    "OperatorSeated": "{operator} is or was keeper {index}, and can be no other: each keeper needs "
    "an account of its own.",
    "SealingKeySeated": "The sealing key {sealingKey} is or was that of keeper {index}, and can be "
    "no other's: make a new one.",
    "CommitteeSizeFixed": "{size} keepers cannot follow {expected}: shares were dealt to so many; "
    "name as many.",
    "EpochNotCurrent": "Epoch {epoch} is not the newest, {current} is: only its keepers can still "
    "take over.",
    "HandoverRepeated": "Keeper {index} of epoch {epoch} has already confirmed its handover.",
    "HandoverPending": "The committee of epoch {epoch} does not hold its shares yet, {serving} "
    "still serves: seal once enough of its keepers have confirmed.",
    "EpochUnknown": "There is no committee of epoch {epoch}.",
    "KeeperUnknown": "The committee of epoch {epoch} has no keeper {index}.",
    "IndexesNotIncreasing": "Keeper {index} stands after keeper {previous}: list each keeper once, "
    "in increasing order.",
    "SignatureCountMismatch": "{signatures} signatures were given for {indexes} keepers: give one "
    "for each.",
    "TooFewAttestations": "{given} keepers signed, {threshold} are needed: wait for more of them.",
    "AlreadyAttested": "Edition {editionId} is already attested with root {root}: nothing more is "
    "to be done.",
    "RootEmpty": "The manifest's root is empty: build the manifest again.",
    "DeliveryUnknown": "No delivery is expected for licence {licenceId}: its request may not be "
    "granted yet.",
    "DeliveryExists": "The delivery of licence {licenceId} was already opened.",
    "DeliveryOver": "Receipts were due by {deliverBy}, it is {timestamp} on chain: the buyer can "
    "take the refund.",
    "DeliveryHalted": "Licence {licenceId} is suspended or revoked: no receipt counts unless the "
    "DAO reinstates it.",
    "HandOverUnderWay": "Licence {licenceId} was delivered, and its buyer must be able to fetch "
    "what it paid for: it can be suspended or revoked after {until}.",
    "ReceiptRepeated": "Keeper {index} has already posted its receipt for licence {licenceId}.",
    "EditionRootMismatch": "The receipt states the root {given}, the edition has {attested}: build "
    "the bundle again from the attested edition.",
    "ReleaseKeyMismatch": "The receipt is for the release key hash {given}, which is not that of "
    "licence {licenceId}: seal the bundle to the licence's key.",
    # --- money
    "CutOutOfBounds": "A cut of {bps} basis points is above the allowed {maximum}.",
    "NothingDeposited": "Nothing arrived: deposit an amount above zero.",
    "NativeAmountMismatch": "The transaction carries {value} wei for an amount of {amount}: send "
    "exactly the amount.",
    "EditionWithoutUnits": "Edition {editionId} holds no units, so nobody could claim: pay to "
    "another edition.",
    "NothingDue": "Nothing is due to {member} from edition {editionId}: `ddao earnings` shows what "
    "is.",
    "MembersNotIncreasing": "{member} stands after {previous}: list each member once, in "
    "increasing order of address.",
    "TooManyMembers": "{count} members are too many for one batch: give at most {maximum}.",
    "PaymentFailed": "{amount} could not be sent: the account refuses payments; name another one.",
    "NothingParked": "Nothing is parked for {member}.",
    "NothingReserved": "The reserve holds nothing of {asset}.",
    "NothingDueToKeeper": "Nothing of {asset} is due to keeper {index} of epoch {epoch}.",
    "GasTooLow": "{available} gas is left where {needed} are needed: give the transaction more.",
    "SafeERC20FailedOperation": "The token {token} refused the transfer: check balance and "
    "approval.",
    "ERC20InsufficientBalance": "{sender} holds {balance} of the token, {needed} are needed.",
    "ERC20InsufficientAllowance": "{spender} may take {allowance} of the token, {needed} are "
    "needed: approve that amount first.",
    # --- what a user should never meet: each names the value that was out of place
    "CheckpointUnorderedInsertion": "The chain's clock went backwards: use another node.",
    "ERC6372InconsistentClock": "Token and governor disagree about the time: use another node.",
    "ECDSAInvalidSignature": "The signature is malformed: sign again.",
    "ECDSAInvalidSignatureLength": "The signature has {length} bytes, not 65: sign again.",
    "ECDSAInvalidSignatureS": "The signature has a second form (s = {s}): sign again with a "
    "current wallet.",
    "FailedCall": "A call inside the transaction failed without a reason: check the proposal's "
    "targets.",
    "InsufficientBalance": "The contract holds {balance}, {needed} are needed: fund it first.",
    "InvalidAccountNonce": "The signature of {account} used another nonce than {currentNonce}: "
    "sign again.",
    "InvalidShortString": "A name is damaged in the contract: report this deployment.",
    "StringTooLong": "The name {str} is too long: choose a shorter one.",
    "ReentrancyGuardReentrantCall": "A contract called back while it was being paid: use a plain "
    "account.",
    "SafeCastOverflowedUintDowncast": "{value} does not fit {bits} bits: choose a smaller value.",
    "VotesExpiredSignature": "The delegation's signature ended at {expiry}: sign again.",
}

SENTENCES: Final[dict[str, str]] = {**_EVERYDAY, **SALES, **SAFEGUARDS}
