"""What one account can do to a DAO, and how it is told what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dao_backend.chain.contracts import erc20
from dao_backend.chain.writer import Writer
from dao_backend.core.events import Contributed, Deposited, VoteCast
from dao_backend.core.model import NATIVE, Purpose, Vote
from dao_backend.core.typed import Ballot, Withdrawal, digest
from dao_backend.errors import ContractRefused, InsufficientFunds
from dao_backend.ports.chain import Registration, Sent
from tests.support.core_actors import account, seed, wallet
from tests.support.local_dao import BUYER, FAR, KEEPERS, RELAY, LocalDao

ROOT = seed("root")
EVERYBODY = 99


def _register(writer: Writer, one: Registration) -> Sent:
    return writer.contribute_for(
        one.record, one.nonce, one.appraisal, one.appraiser_signature, one.contributor_signature
    )


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda writer: writer.withdraw(seed("none")), "ContributionNotActive"),
        (lambda writer: writer.seal(2), "CollectionUnknown"),
        (lambda writer: writer.cancel(5), "RequestUnknown"),
        (lambda writer: writer.refund(5), "RequestUnknown"),
        (lambda writer: writer.settle(5), "RequestUnknown"),
        (lambda writer: writer.queue(5), "RequestUnknown"),
        (lambda writer: writer.execute(5), "RequestUnknown"),
        (lambda writer: writer.vote(5, Vote.FOR), "GovernorNonexistentProposal"),
        (lambda writer: writer.attest(5, ROOT, (1,), (bytes(65),)), "EditionUnknown"),
        (lambda writer: writer.claim(5, NATIVE), "NothingDue"),
        (lambda writer: writer.deposit(5, NATIVE, 1, ROOT), "EditionUnknown"),
    ],
)
def test_write__against_the_rules__is_refused_by_name(
    dao: LocalDao, act: Callable[[Writer], Sent], name: str
) -> None:
    """Each refusal carries the contract's own error and costs nothing."""
    writer = dao.writer(EVERYBODY)
    before = dao.chain.node.balance(writer.account)
    with pytest.raises(ContractRefused) as refused:
        act(writer)
    assert refused.value.name == name
    assert dao.chain.node.balance(writer.account) == before


def test_contribute_for__signature_of_another__is_refused(dao: LocalDao) -> None:
    """Nobody is registered without having signed."""
    one = dao.registration(1)
    forged = replace(one, contributor_signature=dao.registration(2).contributor_signature)
    with pytest.raises(ContractRefused) as refused:
        _register(dao.writer(RELAY), forged)
    assert refused.value.name == "ContributorSignatureInvalid"
    assert refused.value.arguments == {"contributor": wallet(1)}


def test_request__purposes_beyond_consent__are_named(dao: LocalDao) -> None:
    """A buyer learns which purposes the contributors did consent to."""
    dao.register(1)
    terms = replace(dao.terms(), collection=1, purposes=Purpose.TRAIN_FOUNDATION)
    with pytest.raises(ContractRefused, match=r"train-foundation .*\(evaluate, research\)"):
        dao.writer(BUYER).request(terms)


def test_request__token_not_held__is_refused_before_approval(dao: LocalDao) -> None:
    """Who lacks the tokens is told so, and nothing is approved."""
    token = dao.addresses.token  # an ERC-20 to read: its balances are units
    with pytest.raises(InsufficientFunds, match="of the token"):
        dao.writer(BUYER).request(dao.terms(asset=token, price=5))
    allowed = dao.chain.node.call(erc20.allowance(token, wallet(BUYER), dao.addresses.desk))
    assert allowed == 0


def test_request__in_a_token__approves_and_escrows_it(dao: LocalDao) -> None:
    """An ERC-20 price is approved where needed, once, and lies with the desk."""
    dao.register(1)
    token = dao.accept_mock_token(wallet(BUYER))
    desk = dao.addresses.desk
    buyer = dao.writer(BUYER)
    for _ in range(2):
        buyer.request(dao.terms(asset=token, price=400_000))
    assert dao.reader.balance(desk, token) == 800_000
    assert dao.reader.balance(wallet(BUYER), token) == 200_000
    assert dao.chain.node.call(erc20.allowance(token, wallet(BUYER), desk)) == 0
    with pytest.raises(InsufficientFunds, match="holds 200000 of the token"):
        buyer.request(dao.terms(asset=token, price=400_000))


def test_deposit__in_a_token__is_for_the_members(dao: LocalDao) -> None:
    """Royalties may be paid in a token too."""
    token = dao.accept_mock_token(wallet(BUYER))
    dao.register(1)
    edition = dao.seal()
    dao.writer(BUYER).deposit(edition, token, 10_000, seed("report"))
    assert dao.reader.due(edition, token, wallet(1)) == 9_300
    dao.writer(1).claim(edition, token)
    assert dao.reader.balance(wallet(1), token) == 9_300


def test_pay__plain_transfer__arrives(dao: LocalDao) -> None:
    """Coin can be sent on, without any event."""
    sent = dao.writer(EVERYBODY).pay(wallet(2), 77)
    assert sent.events == ()
    assert dao.reader.balance(wallet(2), NATIVE) == 77


def test_contribute__own_record__registers(dao: LocalDao) -> None:
    """A contributor needs nobody else's transaction."""
    one = dao.registration(1)
    sent = dao.writer(1).contribute(one.record, one.nonce, one.appraisal, one.appraiser_signature)
    assert any(isinstance(event.fact, Contributed) for event in sent.events)
    assert dao.reader.units(wallet(1), 0) == 1000


def test_withdraw_for__signed_by_the_contributor__withdraws(dao: LocalDao) -> None:
    """Leaving takes a signature, not a transaction fee."""
    dao.register(1)
    identity = dao.registration(1).record.contribution_id
    message = digest(dao.addresses.domain("DataRegistry"), Withdrawal(identity, FAR))
    signature = bytes(account(1).unsafe_sign_hash(message).signature)
    dao.writer(RELAY).withdraw_for(identity, FAR, signature)
    assert dao.reader.units(wallet(1), 0) == 0


def test_vote_for__signed_ballot__counts_for_its_voter(dao: LocalDao) -> None:
    """A relayed ballot is the member's own vote."""
    dao.register(1)
    dao.attest(dao.seal(), ROOT)
    request = dao.file()
    dao.chain.time.advance(61)
    ballot = Ballot(request.proposal_id, Vote.ABSTAIN, wallet(1))
    message = digest(dao.addresses.domain("DataGovernor"), ballot)
    signature = bytes(account(1).unsafe_sign_hash(message).signature)
    sent = dao.writer(RELAY).vote_for(request.proposal_id, Vote.ABSTAIN, wallet(1), signature)
    (cast,) = (event.fact for event in sent.events)
    assert cast == VoteCast(request.proposal_id, wallet(1), Vote.ABSTAIN, 1000, "")


def test_post_receipt_for__signed_by_the_operator__counts(dao: LocalDao) -> None:
    """A keeper's receipt can be relayed too."""
    dao.register(1)
    dao.attest(dao.seal(), ROOT)
    request = dao.file()
    dao.grant(request, 1)
    receipt = dao.receipt(request, 3, ROOT)
    message = digest(dao.addresses.domain("KeeperRegistry"), receipt)
    signature = bytes(account(KEEPERS[2]).unsafe_sign_hash(message).signature)
    dao.writer(RELAY).post_receipt_for(receipt, signature)
    delivery = dao.reader.delivery(request.request_id)
    assert delivery is not None
    assert delivery.posted == {3}


def test_deposit__royalty__is_for_the_members(dao: LocalDao) -> None:
    """Anybody may pay an edition's members at any time."""
    dao.register(1)
    edition = dao.seal()
    sent = dao.writer(BUYER).deposit(edition, NATIVE, 10_000, seed("report"))
    assert [event.fact for event in sent.events] == [
        Deposited(edition, NATIVE, wallet(BUYER), 10_000, 500, 200, seed("report"))
    ]
    assert dao.reader.due(edition, NATIVE, wallet(1)) == 9_300


def test_contribute_for_all__many__registers_each_in_order(dao: LocalDao) -> None:
    """A long series of registrations is under way at once, and every one of them counts."""
    wanted = [dao.registration(number) for number in range(1, 61)]
    results = list(dao.writer(RELAY).contribute_for_all(wanted))
    found = [
        event.fact.record
        for sent in results
        for event in sent.events
        if isinstance(event.fact, Contributed)
    ]
    assert found == [one.record for one in wanted]
    assert dao.reader.history()[1] == 60


def test_contribute_for__many_threads_one_key__registers_all(dao: LocalDao) -> None:
    """Requests that arrive together share the relay's key without losing one."""
    writer = dao.writer(RELAY)
    wanted = [dao.registration(number) for number in range(1, 25)]
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda one: _register(writer, one), wanted))
    assert len({sent.hash for sent in results}) == 24
    assert dao.reader.history()[1] == 24
