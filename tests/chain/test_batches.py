"""Batches of signed messages: a bad one is left out and named, and a hundred fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dao_backend.core.events import Contributed, VoteCast
from dao_backend.core.model import Vote
from dao_backend.core.typed import Ballot, digest
from dao_backend.ports.batches import MOST, Registration, SignedBallot
from tests.support.core_actors import account, seed, wallet
from tests.support.local_dao import FAR, RELAY, LocalDao

ROOT = seed("root")
EVERYBODY = range(1, MOST + 1)


def ballots(dao: LocalDao, proposal_id: int, numbers: Iterable[int]) -> list[SignedBallot]:
    """Ballots for a proposal by the accounts of these numbers."""
    domain = dao.addresses.domain("DataGovernor")
    made = []
    for number in numbers:
        message = digest(domain, Ballot(proposal_id, Vote.FOR, wallet(number)))
        signature = bytes(account(number).unsafe_sign_hash(message).signature)
        made.append(SignedBallot(wallet(number), Vote.FOR, signature))
    return made


def forged(dao: LocalDao, number: int) -> Registration:
    """A contribution under somebody else's signature."""
    other = dao.registration(number + 1).contributor_signature
    return replace(dao.registration(number), contributor_signature=other)


def test_register_all__every_one_refused__sends_nothing(dao: LocalDao) -> None:
    """A stranger cannot make the relayer pay for nothing."""
    writer = dao.writer(RELAY)
    before = dao.chain.node.balance(writer.account)
    found = writer.register_all([forged(dao, 1), forged(dao, 3)])
    assert found.sent is None
    assert {each.name for each in found.skipped.values()} == {"ContributorSignatureInvalid"}
    assert len(found.skipped) == 2
    assert dao.chain.node.balance(writer.account) == before


def test_register_all__one_of_three_refused__registers_two(dao: LocalDao) -> None:
    """The bad one is named with its reason, and the others count in one transaction."""
    late = dao.registration(2, deadline=1)
    found = dao.writer(RELAY).register_all([dao.registration(3), late, dao.registration(1)])
    assert found.sent is not None
    counted = {e.fact.record for e in found.sent.events if isinstance(e.fact, Contributed)}
    assert counted == {dao.registration(1).record, dao.registration(3).record}
    ((skipped, reason),) = found.skipped.items()
    assert (skipped, reason.name) == (late.record.contribution_id, "AppraisalExpired")
    assert reason.arguments["deadline"] == 1


def test_count_all__one_of_three_refused__counts_two(dao: LocalDao) -> None:
    """Who holds nothing is skipped; a second batch has nothing left to count."""
    for number in (1, 2):
        dao.register(number)
    dao.attest(dao.seal(), ROOT)
    request = dao.file()
    dao.chain.time.advance(61)
    signed = ballots(dao, request.proposal_id, (1, 2, 77))
    found = dao.writer(RELAY).count_all(request.proposal_id, signed)
    assert found.sent is not None
    voters = {e.fact.voter for e in found.sent.events if isinstance(e.fact, VoteCast)}
    assert voters == {wallet(1), wallet(2)}
    assert {voter: why.name for voter, why in found.skipped.items()} == {wallet(77): "NotAMember"}
    again = dao.writer(RELAY).count_all(request.proposal_id, signed)
    assert again.sent is None
    assert {why.name for why in again.skipped.values()} == {"AlreadyVoted", "NotAMember"}


def test_register_all__a_hundred_members_twice__gas_suffices(dao: LocalDao) -> None:
    """The estimate leaves the last one what it may use, also where all take new storage."""
    for each in (0, 1):
        made = [
            dao.registration(1000 * each + number, deadline=FAR, member=number)
            for number in EVERYBODY
        ]
        found = dao.writer(RELAY).register_all(made)
        assert found.sent is not None
        assert found.skipped == {}
    assert dao.reader.history()[1] == 2 * MOST


def test_count_all__a_hundred_voters__gas_suffices(dao: LocalDao) -> None:
    """So it does for ballots."""
    dao.writer(RELAY).register_all([dao.registration(number) for number in EVERYBODY])
    dao.attest(dao.seal(), ROOT)
    request = dao.file()
    dao.chain.time.advance(61)
    found = dao.writer(RELAY).count_all(
        request.proposal_id, ballots(dao, request.proposal_id, EVERYBODY)
    )
    assert found.sent is not None
    assert found.skipped == {}
    assert dao.reader.has_voted(request.proposal_id, wallet(MOST))
