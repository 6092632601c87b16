"""Logs become facts: every kind is caused on a real chain and compared with what caused it."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from eth_abi import encode

from dao_backend.chain.abi import Event, Parameter, parse
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.decode import Decoder
from dao_backend.chain.wire import RawLog
from dao_backend.core import events as e
from dao_backend.core.events.earning import Earning
from dao_backend.core.events.keeping import Keeping
from dao_backend.core.model import NATIVE, Address, Purpose, Vote
from dao_backend.errors import ChainUnavailable
from tests.chain.lives import change_committee
from tests.support.core_actors import sealing_secret, seed, wallet
from tests.support.local_dao import APPRAISER, BUYER, KEEPERS, PRICE, RELAY, LocalDao

ROOT = seed("root")
KEPT = tuple(kind for kind in get_args(Keeping) if kind is not e.HandoverConfirmed)
PLAIN: tuple[type[e.Fact], ...] = (
    e.CollectionCreated, e.AppraiserAdded, e.AppraiserRemoved, e.Contributed, e.Withdrawn,
    e.EditionSealed, e.GenesisReached, e.CapsChanged, e.MemberAdded, *KEPT,
    e.AssetChanged, e.Requested, e.Granted, e.Settled, e.Refunded, e.Cancelled, e.LicenceIssued,
    e.LicenceSuspended, e.LicenceReinstated, e.LicenceRevoked, *get_args(Earning),
    e.ProposalCreated, e.VoteCast, e.ProposalExtended, e.ProposalQueued, e.ProposalExecuted,
    e.ProposalCanceled,
)  # fmt: skip
"""What plain sales bring about; test_decode_bargains.py causes the rest."""


def _log(emitter: Address, topics: tuple[bytes, ...], data: bytes = b"") -> RawLog:
    return RawLog(emitter, topics, data, 1, bytes(32), bytes(32), 0, 0)


def _only(dao: LocalDao, kind: type[e.Fact]) -> e.Fact:
    (found,) = (fact for fact in dao.facts() if isinstance(fact, kind))
    return found


def test_fact__log_of_another_contract__is_passed_over(dao: LocalDao) -> None:
    """An event of ours that somebody else's contract emits is no fact of this DAO."""
    decoder = Decoder(dao.addresses)
    topic = abi_of(ContractName.LICENCE).events["LicenceRevoked"].topic
    number = (7).to_bytes(32, "big")
    assert decoder.fact(_log(wallet(1), (topic, number))) is None
    assert decoder.fact(_log(dao.addresses.desk, (topic, number))) is None
    assert decoder.fact(_log(dao.addresses.licence, (topic, number))) == e.LicenceRevoked(7)


def test_fact__anonymous_log__is_passed_over(dao: LocalDao) -> None:
    """A log without topics is nobody's fact."""
    assert Decoder(dao.addresses).fact(_log(dao.addresses.desk, ())) is None


@pytest.mark.parametrize(
    ("topics", "data"),
    [((), bytes(32)), ((bytes(32),), b"short"), ((bytes(32), bytes(32)), bytes(32))],
)
def test_fact__malformed_log__is_refused(
    dao: LocalDao, topics: tuple[bytes, ...], data: bytes
) -> None:
    """A node that sends a log which does not fit its event is not believed."""
    topic = abi_of(ContractName.KEEPERS).events["EditionAttested"].topic
    with pytest.raises(ChainUnavailable):
        Decoder(dao.addresses).fact(_log(dao.addresses.keepers, (topic, *topics), data))


def test_event__structs_and_arrays_of_addresses__are_checksummed() -> None:
    """Addresses come out in their EIP-55 form wherever they stand."""
    members = [{"name": "who", "type": "address[]"}, {"name": "many", "type": "uint8"}]
    entry = {
        "type": "event",
        "name": "Odd",
        "inputs": [{"name": "all", "type": "tuple[2]", "components": members}],
    }
    event = parse([entry]).events["Odd"]
    fields = tuple(Parameter(e["name"], e["type"], False, e["type"], ()) for e in members)
    assert event.inputs == (Parameter("all", "(address[],uint8)[2]", False, "tuple[2]", fields),)
    raw = [([wallet(1).lower(), wallet(2).lower()], 5), ([], 6)]
    decoded = _decoded(event, encode(["(address[],uint8)[2]"], [raw]))
    assert decoded == {"all": (((wallet(1), wallet(2)), 5), ((), 6))}


def _decoded(event: Event, data: bytes) -> dict[str, object]:
    return event.decode((event.topic,), data)


def test_logs__creation__tells_how_the_dao_was_made(dao: LocalDao) -> None:
    """Collections, appraisers, assets and the committee can be read from the log alone."""
    found = dao.facts()
    everything = Purpose(31)
    assert [one for one in found if isinstance(one, e.CollectionCreated)] == [
        e.CollectionCreated(0, "source-code", everything),
        e.CollectionCreated(1, "labelled-data", Purpose.EVALUATE | Purpose.RESEARCH),
    ]
    key = sealing_secret(9, 1).public
    assert e.AppraiserAdded(wallet(APPRAISER), key, "http://appraiser") in found
    assert e.AssetChanged(NATIVE, 10**16) in found
    operator, sealing = wallet(KEEPERS[1]), sealing_secret(1, 2).public
    assert e.KeeperJoined(1, 2, operator, sealing, "http://keeper-2") in found
    formed = _only(dao, e.CommitteeFormed)
    assert isinstance(formed, e.CommitteeFormed)
    assert (formed.epoch, formed.threshold) == (1, 2)
    assert e.EpochServing(1) in found


def test_logs__change_of_the_committee__tell_who_holds_and_who_serves(dao: LocalDao) -> None:
    """From the vote to the first confirmations, each fact is where the chain has it."""
    dao.register(1)
    new = change_committee(dao)
    found = dao.facts()
    assert e.KeeperJoined(2, 2, new.operator, new.sealing_key, new.endpoint) in found
    assert found[-3:] == [
        e.HandoverConfirmed(2, 2),
        e.HandoverConfirmed(2, 1),
        e.EpochServing(2),
    ]
    assert (dao.reader.serving_epoch(), dao.reader.current_epoch()) == (2, 2)


def test_logs__a_whole_sale__are_what_caused_them(dao: LocalDao) -> None:
    """From registration to claim, each fact carries the values that were sent."""
    one = dao.registration(1)
    dao.register(1)
    edition = dao.seal()
    dao.attest(edition, ROOT)
    request = dao.file()
    dao.grant(request, 1)
    dao.post_receipts(request, ROOT)
    dao.writer(RELAY).settle(request.request_id)
    dao.writer(RELAY).claim_many(edition, NATIVE, [wallet(1)])
    found = dao.facts()
    number, proposal = request.request_id, request.proposal_id
    assert e.Contributed(one.record, 1000, wallet(APPRAISER)) in found
    assert e.MemberAdded(wallet(1), 1) in found
    assert e.EditionAttested(edition, ROOT) in found
    assert replace(request, execute_by=0, deliver_by=0) == e.Requested(
        number, wallet(BUYER), proposal, dao.terms(), 0, 0
    )
    assert e.VoteCast(proposal, wallet(1), Vote.FOR, 1000, "") in found
    assert {e.ProposalExecuted(proposal), e.Granted(number, edition)} < set(found)
    assert e.DeliveryOpened(number, edition, request.deliver_by, 1) in found
    assert e.ReceiptPosted(number, 2, seed("bundle", 2), 4096, 1) in found
    assert e.Settled(number, edition, NATIVE, PRICE) in found
    assert e.Claimed(edition, NATIVE, wallet(1), wallet(1), PRICE * 93 // 100) in found
    (sealed,) = (fact for fact in found if isinstance(fact, e.EditionSealed))
    assert (sealed.total_units, sealed.history_count, sealed.epoch) == (1000, 1, 1)
    (issued,) = (fact for fact in found if isinstance(fact, e.LicenceIssued))
    assert (issued.holder, issued.edition_id) == (wallet(BUYER), edition)
    (paid,) = (fact for fact in found if isinstance(fact, e.Deposited))
    assert (paid.sender, paid.amount) == (dao.addresses.desk, PRICE)


def test_logs__everything_about_plain_sales__covers_its_kinds_of_facts(dao: LocalDao) -> None:
    """No kind of fact is without a rule that works on the real contracts."""
    dao.register(1)
    dao.register(2)
    dao.writer(2).withdraw(dao.registration(2).record.contribution_id)
    dao.attest(dao.seal(), ROOT)
    dao.writer(BUYER).cancel(dao.file().request_id)
    refused = dao.file()
    dao.chain.time.advance(61 + 250)
    dao.writer(1).vote(refused.proposal_id, Vote.AGAINST)
    dao.chain.time.advance(600)
    dao.writer(RELAY).refund(refused.request_id)
    late = dao.file()
    dao.chain.time.advance(61 + 250)
    dao.writer(1).vote(late.proposal_id, Vote.FOR)
    dao.chain.time.advance(600)
    dao.writer(RELAY).queue(late.request_id)
    dao.chain.time.advance(61)
    dao.writer(RELAY).execute(late.request_id)
    dao.post_receipts(late, ROOT)
    dao.writer(RELAY).settle(late.request_id)
    dao.writer(1).claim(1, NATIVE)
    dao.chain.time.advance(27 * 3600)
    for function in ("suspend", "reinstate", "revoke"):
        dao.by_vote(ContractName.LICENCE, function, late.request_id)
    dao.by_vote(ContractName.REGISTRY, "removeAppraiser", wallet(APPRAISER))
    found = dao.facts()
    assert set(PLAIN) <= {type(fact) for fact in found}
    assert found[-4:] == [
        e.LicenceSuspended(late.request_id),
        e.LicenceReinstated(late.request_id),
        e.LicenceRevoked(late.request_id),
        e.AppraiserRemoved(wallet(APPRAISER)),
    ]
    assert e.Withdrawn(dao.registration(2).record.contribution_id, wallet(2), 0, 1000) in found
    assert e.Refunded(refused.request_id, wallet(BUYER), NATIVE, PRICE) in found
    assert any(isinstance(f, e.Cancelled) and f.amount == PRICE for f in found)


def test_logs__of_one_transaction__stand_at_their_place(dao: LocalDao) -> None:
    """What a writer returns is what the log holds: block, index, hash, time and transaction."""
    sent = dao.register(1)
    logged = dao.reader.logs(sent.block, sent.block)
    block = dao.reader.block(sent.block)
    assert list(sent.events) == logged
    assert [event.position for event in logged] == sorted(event.position for event in logged)
    for event in logged:
        assert (event.block_hash, event.timestamp) == (block.hash, block.timestamp)
        assert (event.position.block, event.transaction) == (sent.block, sent.hash)
