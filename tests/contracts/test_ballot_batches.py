"""DataGovernor, batches of ballots: a bad ballot is skipped and named, the others count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from ape.exceptions import ContractLogicError

from dao_backend.core.model import Address, Vote
from dao_backend.core.typed import Ballot
from tests.contracts.crowd import Crowd, Signed, ballot, signers
from tests.contracts.dao import Dao, increasing, sign
from tests.contracts.refusals import decoded, error_of, refused
from tests.contracts.votes import State, VoteHelper, only

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

MOST = 250
BALLOT_GAS = 200_000
NEEDED = BALLOT_GAS * 64 // 63 + 20_000
BURNS_GAS = 2
TRANSACTION_GAS = 2**24
"""The most that one transaction may use (EIP-7825)."""


@pytest.fixture
def crowd(dao: Dao) -> Crowd:
    """Twenty-five members."""
    return Crowd(dao, signers(25)).join()


@pytest.fixture
def vote(dao: Dao, crowd: Crowd, buyer: AccountAPI) -> VoteHelper:
    """An open vote; a quorum is a fifth of the crowd."""
    return dao.request(buyer).open()


def cast_all(vote: VoteHelper, ballots: list[Signed], **options: object) -> ReceiptAPI:
    """A stranger sends a batch."""
    dao = vote.dao
    return dao.governor.castVotesBySig(vote.proposal_id, ballots, sender=dao.stranger, **options)


def skipped(dao: Dao, receipt: ReceiptAPI) -> dict[str, tuple[str, dict[str, Any]]]:
    """Why each voter that was skipped was."""
    logs = dao.governor.BallotSkipped.from_receipt(receipt)
    return {log.voter: decoded(bytes(log.reason)) for log in logs}


def tally(vote: VoteHelper) -> tuple[int, ...]:
    """Votes against, for, abstaining."""
    return tuple(vote.dao.governor.proposalVotes(vote.proposal_id))


# --- refusals ---


def test_cast_votes__more_than_the_maximum__is_refused(dao: Dao, vote: VoteHelper) -> None:
    """A batch that might not fit one transaction is not begun."""
    ballots = [(str(member.address), 1, b"") for member in signers(MOST + 1)]
    with refused(dao.governor.TooManyBallots, count=MOST + 1, maximum=MOST):
        cast_all(vote, ballots)


@pytest.mark.parametrize("places", [(0, 0), (1, 0)], ids=["twice", "backwards"])
def test_cast_votes__voters_not_increasing__is_refused_whole(
    dao: Dao, vote: VoteHelper, crowd: Crowd, places: tuple[int, int]
) -> None:
    """Nobody is in a batch twice, and the order proves it."""
    ballots = crowd.ballots(vote.proposal_id)
    first, second = (ballots[place] for place in places)
    with refused(dao.governor.VotersNotIncreasing, previous=first[0], voter=second[0]):
        cast_all(vote, [first, second])
    assert tally(vote) == (0, 0, 0)


def test_cast_votes__for_the_zero_address__is_refused(dao: Dao, vote: VoteHelper) -> None:
    """The first voter too must be above what comes before it."""
    nobody = "0x" + "00" * 20
    with refused(dao.governor.VotersNotIncreasing, previous=nobody, voter=nobody):
        cast_all(vote, [(nobody, 1, b"")])


@pytest.mark.parametrize("gas", [240_000, 480_000], ids=["at the first", "at a later one"])
def test_cast_votes__with_little_gas__is_refused_whole(
    dao: Dao, vote: VoteHelper, crowd: Crowd, gas: int
) -> None:
    """A relayer cannot make a good ballot fail by sending less gas than it may use."""
    ballots = crowd.ballots(vote.proposal_id)[:20]
    with pytest.raises(ContractLogicError) as caught:
        cast_all(vote, ballots, gas_limit=gas)
    name, arguments = error_of(caught.value)
    assert (name, arguments["needed"]) == ("BallotGasTooLow", NEEDED)
    assert NEEDED // 2 < arguments["available"] < NEEDED
    assert tally(vote) == (0, 0, 0)


# --- success ---


def test_cast_votes__nobodys__counts_nothing(dao: Dao, vote: VoteHelper) -> None:
    """An empty batch is no error."""
    assert dao.governor.castVotesBySig.call(vote.proposal_id, []) == 0
    assert skipped(dao, cast_all(vote, [])) == {}


def test_cast_votes__each_side__is_counted_and_logged(
    dao: Dao, vote: VoteHelper, crowd: Crowd
) -> None:
    """Every ballot of a good batch counts its units and has its event."""
    sides = [Vote(place % 3) for place in range(7)]
    pairs = zip(crowd.members, sides, strict=False)
    ballots = [ballot(dao, member, vote.proposal_id, side) for member, side in pairs]
    assert dao.governor.castVotesBySig.call(vote.proposal_id, ballots) == 7
    receipt = cast_all(vote, ballots)
    logged = [
        (log.voter, log.support, log.weight) for log in dao.governor.VoteCast.from_receipt(receipt)
    ]
    assert logged == [(voter, support, 100) for voter, support, _ in ballots]
    assert tally(vote) == (300, 200, 200)
    assert all(dao.governor.hasVoted(vote.proposal_id, voter) for voter, _, _ in ballots)
    assert dao.governor.proposalQuorum(vote.proposal_id) == len(crowd.members) * 100 // 5


def test_cast_votes__some_bad__skips_each_with_its_reason(
    dao: Dao, vote: VoteHelper, crowd: Crowd, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """Forged, voted, unsupported, late and unknown voters are named; the rest is counted."""
    dao.contribute(alice, 1_000_000)
    forged, voted, odd, *good = crowd.members[:10]
    cast_all(vote, [ballot(dao, voted, vote.proposal_id)])
    identity = vote.proposal_id
    latecomer, unknown = (
        (who.address, 1, sign(who, dao.domain(dao.governor), Ballot(identity, Vote.FOR, where)))
        for who, where in ((who, Address(who.address)) for who in (alice, stranger))
    )
    ballots = [
        (forged.address, 1, ballot(dao, good[0], identity)[2]),
        ballot(dao, voted, identity, Vote.AGAINST),
        ballot(dao, odd, identity, cast(Vote, 3)),
        latecomer,
        unknown,
        *(ballot(dao, member, identity) for member in good),
    ]
    ballots.sort(key=lambda one: int(one[0], 16))
    assert dao.governor.castVotesBySig.call(identity, ballots) == len(good)
    assert skipped(dao, cast_all(vote, ballots)) == {
        forged.address: ("GovernorInvalidSignature", {"voter": forged.address}),
        voted.address: ("AlreadyVoted", {"proposalId": identity, "voter": voted.address}),
        odd.address: ("GovernorInvalidVoteType", {}),
        alice.address: ("NoVotesAtSnapshot", {"proposalId": identity, "voter": alice.address}),
        stranger.address: ("NotAMember", {"voter": stranger.address}),
    }
    assert tally(vote) == (0, 100 * (len(good) + 1), 0)


@pytest.mark.parametrize("early", [True, False])
def test_cast_votes__outside_the_votes_time__skips_all(
    dao: Dao, crowd: Crowd, buyer: AccountAPI, early: bool
) -> None:
    """Before the snapshot has passed and after the deadline each ballot is refused."""
    vote = dao.request(buyer)
    if not early:
        vote.close()
    state = State.PENDING if early else State.DEFEATED
    ballots = crowd.ballots(vote.proposal_id)[:2]
    arguments = {
        "proposalId": vote.proposal_id,
        "current": state,
        "expectedStates": only(State.ACTIVE),
    }
    reasons = skipped(dao, cast_all(vote, ballots))
    assert list(reasons.values()) == [("GovernorUnexpectedProposalState", arguments)] * 2


def test_cast_votes__on_no_proposal__skips_all(dao: Dao, vote: VoteHelper, crowd: Crowd) -> None:
    """Ballots on what was never proposed are skipped too."""
    receipt = dao.governor.castVotesBySig(7, crowd.ballots(7)[:1], sender=dao.stranger)
    expected = ("GovernorNonexistentProposal", {"proposalId": 7})
    assert list(skipped(dao, receipt).values()) == [expected]


def test_cast_votes__passing_late__extends_the_vote(
    dao: Dao, vote: VoteHelper, crowd: Crowd
) -> None:
    """A batch that makes a proposal pass in the last second gives everybody two minutes more."""
    planned = vote.deadline
    dao.chain.pending_timestamp = planned
    receipt = cast_all(vote, crowd.ballots(vote.proposal_id)[:10])
    extended = dao.governor.ProposalExtended.from_receipt(receipt)
    assert [log.extendedDeadline for log in extended] == [planned + 120] == [vote.deadline]
    cast_all(vote, crowd.ballots(vote.proposal_id, Vote.AGAINST)[10:])
    assert (vote.deadline, vote.close().state) == (planned + 120, State.DEFEATED)


def test_cast_votes__a_wallet_that_burns_its_gas__costs_no_other_its_ballot(
    dao: Dao, crowd: Crowd, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What a wallet can waste of a batch is the gas of one ballot."""
    dao.contribute_by_wallet(wallet, alice)
    wallet.setManner(BURNS_GAS, sender=alice)
    calm, vote = dao.request(buyer).open(), dao.request(buyer).open()
    without = cast_all(calm, crowd.ballots(calm.proposal_id)[:20])
    good = crowd.ballots(vote.proposal_id)[:20]
    ballots = sorted([*good, (wallet.address, 1, b"")], key=lambda one: int(one[0], 16))
    receipt = cast_all(vote, ballots)
    reason = ("GovernorInvalidSignature", {"voter": wallet.address})
    assert skipped(dao, receipt) == {wallet.address: reason}
    assert tally(vote) == tally(calm) == (0, 2_000, 0)
    assert BALLOT_GAS * 0.97 < receipt.gas_used - without.gas_used < BALLOT_GAS + 20_000


# --- properties ---


def test_cast_votes__in_one_batch_or_one_by_one__counts_the_same(
    dao: Dao, crowd: Crowd, buyer: AccountAPI
) -> None:
    """A batch is nothing but its ballots."""
    together, apart = dao.request(buyer).open(), dao.request(buyer).open()
    members = crowd.members[::2]
    for vote in (together, apart):
        ballots = [
            ballot(dao, member, vote.proposal_id, Vote(place * place % 3))
            for place, member in enumerate(members)
        ]
        if vote is together:
            cast_all(vote, ballots)
            continue
        for voter, support, signature in ballots:
            arguments = (vote.proposal_id, support, voter, signature)
            dao.governor.castVoteBySig(*arguments, sender=dao.stranger)
    assert tally(together) == tally(apart)
    assert sum(tally(together)) == 100 * len(members)


def test_cast_votes__as_many_as_there_may_be__fits_one_transaction(
    dao: Dao, buyer: AccountAPI
) -> None:
    """A ballot in a batch of 100 costs at most 28,000 gas; 250 stay well below the limit."""
    crowd = Crowd(dao, signers(MOST)).join()
    first, second = dao.request(buyer).open(), dao.request(buyer).open()
    hundred = cast_all(first, crowd.ballots(first.proposal_id)[:100])
    everybody = cast_all(second, crowd.ballots(second.proposal_id))
    assert (tally(first), tally(second)) == ((0, 10_000, 0), (0, MOST * 100, 0))
    assert hundred.gas_used <= 100 * 28_000
    assert everybody.gas_used <= TRANSACTION_GAS // 2


def test_cast_votes__of_wallets_alone__would_fit_one_transaction_too(
    dao: Dao, crowd: Crowd, project: ProjectManager, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What a contract wallet's ballot costs, 250 times over, is below the limit."""
    wallets = {each.address: each for each in _wallets(dao, project, alice, 6)}
    vote = dao.request(buyer).open()
    ordered = increasing(*wallets.values())
    domain = dao.domain(dao.governor)
    ballots = [
        (where, 1, sign(alice, domain, Ballot(vote.proposal_id, Vote.FOR, Address(where))))
        for where in ordered
    ]
    first = cast_all(vote, ballots[:1])
    rest = cast_all(vote, ballots[1:])
    assert tally(vote) == (0, 600, 0)
    assert first.gas_used + (MOST - 1) * rest.gas_used // 5 < TRANSACTION_GAS


def _wallets(
    dao: Dao, project: ProjectManager, owner: AccountAPI, count: int
) -> list[ContractInstance]:
    """Contract wallets that are members."""
    wallets = [owner.deploy(project.ContractWallet, owner) for _ in range(count)]
    for each in wallets:
        dao.contribute_by_wallet(each, owner)
    return wallets
