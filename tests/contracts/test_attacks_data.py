"""Attacks on what is counted, units, editions and batches, each named after a loss elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError

from dao_backend.core.identity import contribution_id
from dao_backend.core.model import Address, Receipt, Vote
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Attestation, Ballot, Departure, Withdrawal
from tests.contracts.dao import DAY, NATIVE, RELEASE_KEY, Dao, sign, words
from tests.contracts.refusals import error_of, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI


# --- units that are counted twice ---


def test_leave_and_come_back__with_what_was_signed_before__doubles_and_repeats_nothing(
    dao: Dao, edition: int, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """A statement without a nonce is good once more, as with replayed permits: tenures end it."""
    identity, deadline = dao.contribute(bob, 50), dao.now + DAY
    domain = dao.domain(dao.registry)
    goodbye = sign(bob, domain, Departure(Address(bob.address), 0, deadline))
    single = sign(bob, domain, Withdrawal(identity, deadline))
    dao.registry.leaveAllFor(bob, deadline, goodbye, sender=stranger)
    dao.contribute(bob, 300)
    with refused(dao.registry.ContributorSignatureInvalid, contributor=bob):
        dao.registry.leaveAllFor(bob, deadline, goodbye, sender=stranger)
    with refused(dao.token.TenureOver, member=bob, tenure=0, current=1):
        dao.registry.withdrawFor(identity, deadline, single, sender=stranger)
    assert (dao.token.balanceOf(bob), dao.token.totalSupply()) == (300, 600 + 100 + 300)


def test_withdraw_and_contribute_again__under_the_same_appraisal__earns_no_second_units(
    dao: Dao, edition: int, bob: AccountAPI
) -> None:
    """Data is paid for once: neither the same id nor the same bytes under a new one count again."""
    record, nonce = dao.record(bob.address)
    appraisal = dao.appraisal(record, 500)
    dao.registry.contribute(words(record), nonce, appraisal, sender=bob)
    dao.withdraw(bob, record.contribution_id)
    with refused(dao.registry.ContributionIdUsed, contributionId=record.contribution_id):
        dao.registry.contribute(words(record), nonce, appraisal, sender=bob)
    nonce = keccak256(b"another")
    place = (dao.chain.chain_id, Address(dao.registry.address), Address(bob.address))
    again = replace(record, contribution_id=contribution_id(*place, nonce))
    with pytest.raises(ContractLogicError) as caught:
        dao.registry.contribute(words(again), nonce, appraisal, sender=bob)
    name, arguments = error_of(caught.value)
    assert (name, arguments["signer"] == dao.appraiser.address) == ("AppraiserUnknown", False)
    assert dao.token.balanceOf(bob) == 300


def test_batch__with_the_same_item_twice__is_refused_everywhere(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A signer that counted twice opened other bridges and multisigs: order keeps it out here."""
    record, nonce = dao.record(alice.address)
    consent = sign(alice, dao.domain(dao.registry), record)
    item = (words(record), nonce, dao.appraisal(record, 1), consent)
    identity = record.contribution_id
    with refused(dao.registry.IdsNotIncreasing, previous=identity, contributionId=identity):
        dao.registry.contributeBatch([item, item], sender=stranger)

    vote = dao.request(buyer).open()
    statement = Ballot(vote.proposal_id, Vote.FOR, Address(alice.address))
    ballot = (alice, int(Vote.FOR), sign(alice, dao.domain(dao.governor), statement))
    with refused(dao.governor.VotersNotIncreasing, previous=alice, voter=alice):
        dao.governor.castVotesBySig(vote.proposal_id, [ballot, ballot], sender=stranger)

    dao.pay(buyer, edition)
    with refused(dao.vault.MembersNotIncreasing, previous=alice, member=alice):
        dao.vault.claimMany(edition, NATIVE, [alice, alice], sender=stranger)

    dao.contribute(alice, 1)
    newest, root = dao.seal(), keccak256(b"root")
    signed = sign(dao.operators[0], dao.domain(dao.keepers), Attestation(newest, root))
    with refused(dao.keepers.IndexesNotIncreasing, previous=1, index=1):
        dao.keepers.attest(newest, root, [1, 1], [signed, signed], sender=stranger)


# --- editions that nobody attested ---


def test_sell__on_a_root_that_t_keepers_did_not_sign__is_refused(
    dao: Dao, members: list[AccountAPI], buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Nomad took the root zero for proven (August 2022): none, zero and another are refused."""
    edition, domain = dao.seal(), dao.domain(dao.keepers)
    vote = dao.request(buyer).pass_by(members[0])
    for root in (bytes(32), keccak256(b"false")):
        signed = [sign(each, domain, Attestation(edition, root)) for each in dao.operators[:2]]
        expected = {"given": 1, "threshold": 2}
        error = ("TooFewAttestations", expected) if any(root) else ("RootEmpty", {})
        with refused(error[0], **error[1]):
            dao.keepers.attest(edition, root, [1], signed[:1], sender=stranger)
    with refused(dao.keepers.EditionNotAttested, editionId=edition):
        vote.execute()

    root, false = dao.attest(edition), keccak256(b"false")
    signed = [sign(each, domain, Attestation(edition, false)) for each in dao.operators[:2]]
    with refused(dao.keepers.AlreadyAttested, editionId=edition, root=root):
        dao.keepers.attest(edition, false, [1, 2], signed, sender=stranger)
    vote.execute()
    receipt = Receipt(1, 1, bytes(32), 1000, 1, false, keccak256(RELEASE_KEY))
    with refused(dao.keepers.EditionRootMismatch, given=false, attested=root):
        dao.keepers.postReceipt(words(receipt), sender=dao.operators[0])
