"""What one account can do: every function that changes state, tried with plausible arguments.

A parameter is looked up as `contract.function.parameter`, then by its name alone; one that is in
neither table fails, so that a new function is either tried or noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.exceptions import ContractLogicError

from dao_backend.core.deployment_plan import CONTRACTS
from tests.contracts.dao import DAY, FEE, NATIVE, PRICE, RELEASE_KEY, Dao, words
from tests.contracts.desk_stand import acceptance, answer, motion, offer, publish
from tests.contracts.refusals import error_of

if TYPE_CHECKING:
    from ape.api import AccountAPI

CALLER = "the caller"
WORD = b"\x01" * 32
SIGNATURE = bytes(65)
VALUES = {"desk.request": FEE + PRICE, "offers.accept": PRICE, "vault.deposit": 1}
"""What a function is paid, in the native coin."""
Outcome = tuple[str, object]


def functions(dao: Dao) -> list[tuple[str, Any]]:
    """(peer, ABI) of every function that is neither view nor pure."""
    return [
        (peer, each)
        for peer in CONTRACTS
        for each in getattr(dao, peer).contract_type.mutable_methods
    ]


class Powers:
    """A DAO in which there is something to do for everything that can be done."""

    def __init__(self, dao: Dao, member: AccountAPI, buyer: AccountAPI) -> None:
        self.dao = dao
        publish(dao, member)
        dao.request(buyer).pass_by(member).execute()
        self.contribution = dao.contribute(member, 50)
        self.queued = motion(dao, member, dao.desk, "setFilingFee", 7).pass_by(member)
        self.active = dao.request(buyer).open()
        self.table = self._names() | self._places(member)

    def attempt(self, caller: AccountAPI, peer: str, function: Any) -> Outcome:
        """What comes of one call, without making it; the caller's address stands for itself."""
        place = f"{peer}.{function.name}"
        arguments = [self._value(place, each.name or each.type, caller) for each in function.inputs]
        handler = getattr(self.dao, peer)._mutable_methods_[function.name]
        try:
            result = handler.call(*arguments, sender=caller, value=VALUES.get(place, 0))
        except ContractLogicError as error:
            return _reason(error, caller)
        return "done", CALLER if result == caller.address else str(result)

    def _value(self, place: str, name: str, caller: AccountAPI) -> object:
        specific = f"{place}.{name}"
        found = self.table[specific if specific in self.table else name]
        if found is CALLER:
            return caller.address
        return [caller.address] if found == [CALLER] else found

    def _names(self) -> dict[str, object]:
        targets, values, calldatas, described = self.queued._arguments()
        addresses = (
            "account callerConfirmation attestor member delegatee nominee appraiser to payee voter "
            "buyer newGuardian address"
        )
        numbers = "units tenure collection delay newDelay until fee minimumPrice v nonce value"
        small = "epoch index requestId licenceId offerId editionId support duration uint256"
        hashes = (
            "predecessor salt person sealingKey reportHash reasonHash claimHash releaseKeyHash "
            "termsHash purpose root r s id role releaseKey"
        )
        return {
            **dict.fromkeys(addresses.split(), CALLER),
            **dict.fromkeys(numbers.split(), 0),
            **dict.fromkeys(small.split(), 1),
            **dict.fromkeys(hashes.split(), WORD),
            **dict.fromkeys("signature contributorSignature memberSignature".split(), SIGNATURE),
            **dict.fromkeys("deadline deliverBy expiry newVotingPeriod".split(), 2**31),
            **dict.fromkeys("endpoint description reason".split(), "words"),
            **dict.fromkeys("payload data params bytes".split(), b""),
            **{
                key: []
                for key in ("batch", "ballots", "indexes", "signatures", "keepers", "uint256[]")
            },
            "targets": targets,
            "values": values,
            "calldatas": calldatas,
            "payloads": calldatas,
            "asset": NATIVE,
            "amount": 1,
            "upheld": True,
            "members": [CALLER],
            "descriptionHash": described,
            "contributionId": self.contribution,
            "proposalId": self.active.proposal_id,
            "target": self.dao.council.address,
        }

    def _places(self, member: AccountAPI) -> dict[str, object]:
        dao = self.dao
        record, nonce = dao.record(member.address)
        settings = (
            "setLateQuorumVoteExtension.newVoteExtension setVotingDelay.newVotingDelay "
            "setProposalThreshold.newProposalThreshold updateQuorumNumerator.newQuorumNumerator"
        )
        registering = ("contribute", "contributeFor")
        receipt = (1, 1, WORD, 1, 1, WORD, WORD)
        grant = (member.address, 2**31, 1, 1, 0, 1, 1, 0, False)
        terms = tuple(dao.terms().values())
        offered = tuple(offer(dao).values())
        return {
            **{f"governor.{each}": 5 for each in settings.split()},
            **{f"keepers.{each}.receipt": receipt for each in ("postReceipt", "postReceiptFor")},
            **{f"registry.{each}.record": words(record) for each in registering},
            **{f"registry.{each}.nonce": nonce for each in registering},
            **{f"offers.{each}.offer": offered for each in ("amend", "publish")},
            **{f"desk.{each}.terms": terms for each in ("request", "grantOffer")},
            "appraisal": dao.appraisal(record, 100),
            "caps_": (3600, 1, 1),
            "licence.issue.grant": grant,
            "licence.announceReleaseKey.releaseKey": RELEASE_KEY,
            "desk.counter.answered": WORD,
            "desk.counter.terms": answer(),
            "offers.accept.acceptance": acceptance(),
            "meter.open.metering": (1, 1, 1, DAY),
            "meter.settle.voucher": (1, 1, 1),
            "council.appoint.until": dao.now + DAY,
            "council.pause.duration": DAY,
            "registry.pause.until": 2**31,
        }


def _reason(error: ContractLogicError, caller: AccountAPI) -> Outcome:
    try:
        name, arguments = error_of(error)
    except AssertionError:
        return "refused without a reason", str(error.revert_message)
    return name, {
        key: CALLER if value == caller.address else value for key, value in arguments.items()
    }
