"""Sentences for the errors of bargains: counter-offers, offers, disputes, metered use, licences.

See chain/sentences.py.
"""

from __future__ import annotations

from typing import Final

SALES: Final[dict[str, str]] = {
    # --- terms and counter-offers
    "ArbiterIsBuyer": "The buyer {buyer} cannot rule its own dispute: name another arbiter.",
    "MeteringOutOfBounds": "The metering is incomplete: leave it out, or give a unit price, a "
    "minimum, a bond of at least each of these, and a period between an hour and a year.",
    "AnswersOtherTerms": "The answer names other terms than request {requestId} has: read the "
    "request, and propose an answer to it.",
    "AnswerPeriodOutOfBounds": "{answerPeriod} seconds to answer a counter-offer are not allowed: "
    "choose between a minute and 30 days.",
    "NotCountered": "Request {requestId} is {status}, there is no counter-offer to answer: see "
    "`ddao status`.",
    "AnswerTooLate": "The counter-offer to request {requestId} could be accepted until {acceptBy}, "
    "it is {timestamp} on chain: take the refund and file a new request.",
    # --- offers
    "OfferUnknown": "There is no offer {offerId}: `ddao offers` lists them.",
    "OfferClosed": "Offer {offerId} was withdrawn or replaced: `ddao offers` lists the open ones.",
    "OfferExpired": "Offer {offerId} ended at {expiry}, it is {timestamp} on chain: take another "
    "one or file a request.",
    "OfferExhausted": "Offer {offerId} was accepted {maxCount} times, as often as it can be: take "
    "another one or file a request.",
    "OfferEmpty": "An offer needs a unit price, a number of acceptances and an end in the future: "
    "propose it with all three.",
    "OfferedBeforeGenesis": "The DAO has not reached its stated members and units yet: nothing "
    "can be offered before; wait until more is contributed.",
    "PriceAboveMaximum": "The price is {price} now, more than the {maxPrice} that you would pay: "
    "accept with a higher maximum, or wait for a smaller edition.",
    "ValueTooLow": "The transaction carries {value} wei where {needed} are needed (price and "
    "bond): send at least that; the rest comes back.",
    "ChangeNotTaken": "{buyer} does not take its change of {amount} wei back: send exactly the "
    "price and the bond.",
    # --- disputes
    "NoArbiter": "The terms of request {requestId} name no arbiter: its receipts stand.",
    "NotArbiter": "Only the arbiter {arbiter} may rule here, not {caller}: use the arbiter's "
    "wallet.",
    "NotUnderDelivery": "Request {requestId} holds no money that a dispute could stop: see "
    "`ddao status`.",
    "WindowOver": "The delivery of request {requestId} could be disputed until {disputeBy}: now "
    "its receipts stand.",
    "DisputeExists": "Request {requestId} was disputed before: wait for the arbiter's ruling.",
    "DisputeNotOpen": "The dispute about request {requestId} is {verdict}, not open: nothing is "
    "left to rule.",
    "RulingOver": "The dispute about request {requestId} had to be ruled by {ruleBy}: its receipts "
    "stand, and the buyer can take its bond back.",
    "BondNotDue": "No bond of request {requestId} can be paid out this way now: wait for the "
    "ruling, or it was paid already.",
    "BondOutOfBounds": "A bond of {bondBps} basis points of the price is not allowed: choose "
    "between 1 and 10000.",
    "ReceiptsDisputable": "The delivery of request {requestId} can still be disputed, or is, or "
    "the dispute was upheld: wait for the end of the window or the ruling, then settle or refund.",
    # --- metered use
    "NotMetered": "Licence {licenceId} has no meter: its use need not be reported; a royalty can "
    "be paid at any time.",
    "AccountExists": "The meter of licence {licenceId} is already open.",
    "VoucherSignatureInvalid": "The voucher was not signed by the holder {holder}: sign it again "
    "with that wallet.",
    "VoucherBehind": "The voucher states {units} units until {until}, and {settledUnits} until "
    "{reportedUntil} are settled: sign a newer one.",
    "VoucherAhead": "The voucher reaches to {until}, and use counts until {latest} at most: sign "
    "one that ends by then.",
    "NothingSilent": "The use of licence {licenceId} is reported; a minimum can be taken from "
    "{dueAt} on.",
    "AlreadyClosing": "The meter of licence {licenceId} is closing: nothing can be added any more.",
    "NotClosed": "The meter of licence {licenceId} is not closed: close it, and take the bond from "
    "{closesAt} on.",
    "NothingLeft": "The bond of licence {licenceId} was already taken.",
    "NothingPaid": "The amount is zero: pay more than that.",
    # --- licences
    "NotHolder": "Only the holder {holder} may do this, not {caller}: use the holder's wallet.",
    "LicenceNotInForce": "Licence {licenceId} is not in force: it is suspended, revoked, expired, "
    "or has lapsed; see `ddao status`.",
    "ReleaseKeyUnsafe": "The release key {releaseKey} would give everybody the same secret: make "
    "a new one.",
    "NoKeyAnnounced": "No new release key was announced for licence {licenceId}: announce one "
    "first.",
    "KeyTooEarly": "The new release key of licence {licenceId} can be used from {earliest} on, it "
    "is {timestamp} on chain: wait for it.",
    "ReceiptsPosted": "{receipts} keepers have sealed to the release key of licence {licenceId} "
    "already: it cannot be changed any more.",
    "ReleaseKeyUsed": "Licence {licenceId} had this release key before, and keepers may have "
    "signed receipts for it: take a new one.",
    "IssuerNotNominated": "Only the nominated issuer {nominee} may take this right, not {caller}: "
    "it takes a passed proposal.",
    "IssuerTooEarly": "The right to issue can be taken from {earliest} on, it is {timestamp} on "
    "chain: wait for it.",
}
