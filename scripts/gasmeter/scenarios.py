"""Short stories around each measured transaction; every story begins from a freshly created DAO.

What a story does before a measured transaction is what makes the figure typical: slots that a DAO
writes once in its life are written, those that each member, edition or request writes are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.contracts.meter import UsageMeter
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.core.metering import Metering
from dao_backend.core.model import NATIVE, Address, Vote
from dao_backend.core.typed import Ballot, Voucher
from dao_backend.ports.chain import Sent
from scripts.gasmeter.stage import Stage
from tests.support.core_actors import wallet
from tests.support.local_dao import BUYER, KEEPERS, LocalDao

Measured = Iterator[tuple[str, int]]
NEW_BUYER = 904
PLAIN = "PlainToken"
"""An ERC-20 token as OpenZeppelin writes it."""
CHECKPOINTS = 3000
MEMBERS = 100
ROOT = b"\x01" * 32
PURPOSE = b"\x07" * 32
WEIGHTY = 100_000
"""Units of a member whose ballot alone reaches the quorum."""


def measure(dao: LocalDao, stories: tuple[Callable[[Stage], Measured], ...]) -> dict[str, int]:
    """Gas by operation; the DAO is afterwards as it was before."""
    gas: dict[str, int] = {}
    for story in stories:
        snapshot = dao.chain.snapshot()
        gas.update(story(Stage(dao)))
        dao.chain.revert(snapshot)
    return gas


def contributing(stage: Stage) -> Measured:
    """A member comes, contributes again and withdraws that again."""
    stage.people(2)
    yield "contribute_new", stage.gas(partial(stage.contribute, 10, 10))
    yield "contribute_existing", stage.gas(partial(stage.contribute, 10, 11))
    again = stage.dao.registration(11, member=10).record.contribution_id
    yield "withdraw", stage.gas(lambda: stage.dao.writer(10).withdraw(again))


def contributing_together(stage: Stage) -> Measured:
    """A hundred new members are registered by one transaction."""
    stage.people(2)
    batch = [stage.dao.registration(number) for number in range(10, 10 + MEMBERS)]
    batch.sort(key=lambda one: one.record.contribution_id)
    registry = DataRegistry(stage.dao.addresses.registry)
    whole = stage.send(registry.contribute_batch(batch))
    assert all(stage.dao.reader.units(wallet(10 + place), 0) for place in range(MEMBERS))
    yield f"contribute_batch_{MEMBERS}_new_each", -(-whole // MEMBERS)


def buying(stage: Stage) -> Measured:
    """The second buyer of a DAO files a request, is granted it and gets two receipts."""
    dao = stage.dao
    members = stage.people(3)
    dao.attest(dao.seal(), ROOT)
    asset = dao.accept_mock_token(wallet(BUYER), wallet(NEW_BUYER), kind=PLAIN)
    stage.request(BUYER, asset)
    stage.chain.time.advance(60)
    sent, filed = stage.request(NEW_BUYER, asset)
    yield "request", sent.gas_used
    approve = abi_of(ContractName.DESK).functions["approve"].selector
    executed = dao.grant(filed, *members)
    yield "grant", stage.frame_gas(executed, dao.addresses.desk, approve)
    own, relayed = (dao.receipt(filed, index, ROOT) for index in (1, 2))
    keeper = dao.writer(KEEPERS[0])
    yield "release_receipt", stage.gas(lambda: keeper.post_receipt(own))
    yield "release_receipt_signed", stage.gas(lambda: stage.post_signed(relayed))


def voting(stage: Stage) -> Measured:
    """Members vote, the third of them reaches the quorum."""
    stage.people(4)
    stage.contribute(10, 10, WEIGHTY)
    vote = _open_vote(stage)
    vote(1)
    before = stage.gas(lambda: vote(2))
    vote(10)
    after = stage.gas(lambda: vote(3))
    yield "vote_next", max(before, after)


def voting_together(stage: Stage) -> Measured:
    """A hundred members' signed ballots are relayed by one transaction."""
    numbers = stage.people(MEMBERS)
    filed = stage.dao.file()
    stage.chain.time.advance(61)
    numbers.sort(key=lambda number: int(wallet(number), 16))
    ballots = [
        (
            wallet(number),
            Vote.FOR,
            stage.sign(number, "DataGovernor", Ballot(filed.proposal_id, Vote.FOR, wallet(number))),
        )
        for number in numbers
    ]
    governor = DataGovernor(stage.dao.addresses.governor)
    whole = stage.send(governor.vote_for_all(filed.proposal_id, ballots))
    assert all(stage.dao.reader.has_voted(filed.proposal_id, voter) for voter, _, _ in ballots)
    yield "vote_by_signature_in_batch_each", -(-whole // MEMBERS)


def voting_after_long(stage: Stage) -> Measured:
    """A member votes who contributed thousands of times, lastly while the vote was open."""
    stage.people(2)
    stage.contribute(10, 10, WEIGHTY)
    stage.lengthen(2, CHECKPOINTS)
    vote = _open_vote(stage)
    stage.lengthen(2, 1)
    vote(1)
    yield "vote_next_3000_checkpoints", stage.gas(lambda: vote(2))


def using(stage: Stage) -> Measured:
    """A licence that is metered in an ERC-20 is used, reported and settled twice."""
    dao = stage.dao
    members = stage.people(3)
    dao.attest(dao.seal(), ROOT)
    asset = dao.accept_mock_token(wallet(BUYER), kind=PLAIN)
    metering = Metering(unit_price=2, minimum=10, bond=100_000, period=30 * 86_400)
    filed = dao.file(replace(dao.terms(asset, 1000), metering=metering))
    dao.grant(filed, *members)
    dao.post_receipts(filed, ROOT)
    dao.writer(BUYER).settle(filed.request_id)
    meter = UsageMeter(dao.addresses.meter)
    for units in (1_000, 9_000):
        voucher = Voucher(filed.request_id, units, dao.reader.head().timestamp)
        signature = stage.sign(BUYER, "UsageMeter", voucher)
        gas = stage.send(meter.settle(voucher, signature))
    yield "usage_settle", gas


def earning(stage: Stage) -> Measured:
    """Two editions of a hundred members are paid for, in each asset; one member claims twice."""
    dao, payer = stage.dao, stage.dao.writer(BUYER)
    stage.people(MEMBERS)
    first = dao.seal()
    stage.contribute(1, MEMBERS + 1)
    second = dao.seal()
    asset = dao.accept_mock_token(payer.account, kind=PLAIN)
    for name, what in (("erc20", asset), ("native", NATIVE)):
        deposit, claim = _money(stage, what)
        deposit(first)
        yield f"deposit_{name}", stage.gas(partial(deposit, second))
        claim(second)
        deposit(second)
        yield f"claim_{name}", stage.gas(partial(claim, second))


def claiming_for_many(stage: Stage) -> Measured:
    """A hundred members, who never held the asset, are claimed for after each of two deposits."""
    dao, payer = stage.dao, stage.dao.writer(BUYER)
    people = [wallet(number) for number in stage.people(MEMBERS)]
    members = sorted(people, key=lambda account: int(account, 16))
    edition = dao.seal()
    asset = dao.accept_mock_token(payer.account, kind=PLAIN)
    for time in ("first", "repeat"):
        payer.deposit(edition, asset, 100_000, PURPOSE)
        whole = stage.gas(lambda: payer.claim_many(edition, asset, members))
        yield f"claim_many_{MEMBERS}_{time}_each", -(-whole // MEMBERS)


def _open_vote(stage: Stage) -> Callable[[int], Sent]:
    """File a request, go to where its vote is open, and give a verb for voting in favour."""
    filed = stage.dao.file()
    stage.chain.time.advance(61)
    return lambda number: stage.dao.writer(number).vote(filed.proposal_id, Vote.FOR)


def _money(stage: Stage, asset: Address) -> tuple[Callable[[int], Sent], Callable[[int], Sent]]:
    """Verbs for one asset: the buyer deposits for an edition, the first member claims from it."""
    payer, member = stage.dao.writer(BUYER), stage.dao.writer(1)
    return (
        lambda edition: payer.deposit(edition, asset, 100_000, PURPOSE),
        lambda edition: member.claim(edition, asset),
    )


STORIES = (
    contributing,
    contributing_together,
    buying,
    voting,
    voting_together,
    voting_after_long,
    using,
    earning,
    claiming_for_many,
)
