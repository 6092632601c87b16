"""What can happen to a DAO beside plain sales, caused on a real chain."""

from __future__ import annotations

from dataclasses import replace

from eth_abi import encode

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.contracts.desk import AccessDesk
from dao_backend.chain.structs import counter_struct, offer_struct
from dao_backend.core import events as e
from dao_backend.core.bargains import Acceptance, CounterOffer, Offer
from dao_backend.core.metering import UNMETERED, Metering
from dao_backend.core.model import NATIVE, Keeper, Purpose, Terms, Vote
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Ballot, Voucher, digest, domain_separator
from dao_backend.core.typed_keepers import Handover
from tests.support.core_actors import account, sealing_secret, seed, wallet
from tests.support.local_dao import BUYER, FAR, KEEPERS, PRICE, RELAY, LocalDao

ROOT = seed("root")
ARBITER, GUARDIAN, ATTESTOR, NOMINEE, SUCCESSOR = 904, 905, 906, 907, 908
DAY = 24 * 3600
NEW_KEY = sealing_secret(8, 1).public
METERING = Metering(unit_price=10, minimum=100, bond=1000, period=3600)
OFFER = Offer(
    0, Purpose.EVALUATE, NATIVE, 10**14, 30 * DAY, 0, seed("offer"), NATIVE, UNMETERED, FAR, 3
)
COUNTER = CounterOffer(
    Purpose.EVALUATE, PRICE // 2, 30 * DAY, 0, seed("other"), NATIVE, UNMETERED, 600
)


def signed(number: int, message: bytes) -> bytes:
    """A digest signed by the account of that number."""
    return bytes(account(number).unsafe_sign_hash(message).signature)


def gather(dao: LocalDao) -> None:
    """Members by batch, one of whom is refused; an attested edition."""
    good, bad = dao.registration(2), dao.registration(3)
    forged = replace(bad, contributor_signature=good.contributor_signature)
    batch = sorted((good, forged), key=lambda one: one.record.contribution_id)
    dao.register(1)
    dao.register(5, units=10)
    dao.writer(RELAY).contribute_batch(batch)
    dao.attest(dao.seal(), ROOT)


def count_ballots(dao: LocalDao) -> None:
    """A batch of ballots, one of which is forged."""
    request = dao.file()
    dao.chain.time.advance(61)
    ballots = []
    for number in sorted((1, 2), key=lambda each: int(wallet(each), 16)):
        ballot = Ballot(request.proposal_id, Vote.AGAINST, wallet(number))
        message = digest(dao.addresses.domain("DataGovernor"), ballot)
        ballots.append((wallet(number), int(Vote.AGAINST), signed(1, message)))
    dao.writer(RELAY).vote_for_all(request.proposal_id, ballots)


def bargain(dao: LocalDao) -> None:
    """A counter-offer accepted, an offer accepted and withdrawn."""
    number = dao.file().request_id
    named = dao.chain.node.call(AccessDesk(dao.addresses.desk).digest_of(number))
    dao.by_vote(ContractName.DESK, "counter", number, named, counter_struct(COUNTER))
    dao.writer(BUYER).accept_counter(number)
    dao.by_vote(ContractName.OFFERS, "publish", offer_struct(OFFER))
    dao.writer(BUYER).accept_offer(1, Acceptance(NEW_KEY, 2**100, 0, 0))
    dao.by_vote(ContractName.OFFERS, "withdraw", 1)


def sell(dao: LocalDao, terms: Terms, *, upheld: bool) -> e.Requested:
    """A sale whose key is rotated before the receipts, and that is disputed and ruled."""
    request, buyer = dao.file(terms), dao.writer(BUYER)
    number = request.request_id
    dao.grant(request, 1)
    buyer.announce_release_key(number, NEW_KEY)
    dao.chain.time.advance(601)
    buyer.apply_release_key(number)
    dao.post_receipts(replace(request, terms=replace(terms, release_key=NEW_KEY)), ROOT)
    buyer.open_dispute(number, seed("claim"))
    dao.writer(ARBITER).rule(number, upheld=upheld, reason_hash=seed("reason"))
    return request


def use(dao: LocalDao) -> int:
    """A metered licence from its settlement to its closing; its number."""
    buyer, anybody = dao.writer(BUYER), dao.writer(RELAY)
    terms = replace(dao.terms(), arbiter=wallet(ARBITER), metering=METERING)
    number = sell(dao, terms, upheld=False).request_id
    anybody.forfeit_dispute_bond(number)
    anybody.settle(number)
    voucher = Voucher(number, 7, dao.reader.head().timestamp)
    message = digest(dao.addresses.domain("UsageMeter"), voucher)
    anybody.settle_usage(voucher, signed(BUYER, message))
    dao.chain.time.advance(2 * 3600)
    anybody.take_minimum(number)
    anybody.fund_bond(number, 1000)
    buyer.close_meter(number)
    dao.chain.time.advance(3600)
    buyer.take_meter_bond(number, wallet(BUYER))
    anybody.pay_royalty(number, NATIVE, 12345, seed("report"))
    return number


def dispute_with_success(dao: LocalDao) -> None:
    """A delivery that the arbiter finds wanting."""
    terms = replace(dao.terms(), arbiter=wallet(ARBITER))
    number = sell(dao, terms, upheld=True).request_id
    dao.writer(BUYER).take_dispute_bond(number, wallet(BUYER))
    dao.writer(RELAY).refund(number)


def refuse(dao: LocalDao) -> None:
    """A pause that is ended, a strike that begins, and a member that leaves."""
    until = dao.reader.head().timestamp + 300 * DAY
    dao.by_vote(ContractName.COUNCIL, "appoint", wallet(GUARDIAN), until)
    dao.writer(GUARDIAN).pause(3600)
    dao.writer(GUARDIAN).unpause()
    dao.writer(5).call_strike("prices")
    dao.writer(5).unpledge()
    dao.writer(1).pledge()
    dao.writer(5).leave_all()


def change_committee(dao: LocalDao) -> Keeper:
    """Another second keeper by vote, and it confirms with the first; the new keeper."""
    new = Keeper(2, wallet(SUCCESSOR), sealing_secret(2, 2).public, "http://successor")
    first, _, third = dao.reader.committee(1).keepers
    seats = tuple((each.operator, each.sealing_key, each.endpoint) for each in (first, new, third))
    dao.by_vote(ContractName.KEEPERS, "changeCommittee", seats)
    for index, number in ((2, SUCCESSOR), (1, KEEPERS[0])):
        assert (dao.reader.serving_epoch(), dao.reader.is_holding(2, index)) == (1, False)
        message = digest(dao.addresses.domain("KeeperRegistry"), Handover(2, index))
        dao.writer(RELAY).confirm_handover(2, index, signed(number, message))
        assert dao.reader.is_holding(2, index)
    return new


def attest(dao: LocalDao) -> None:
    """An attestor comes, attests and goes."""
    dao.by_vote(ContractName.TOKEN, "addAttestor", wallet(ATTESTOR))
    name = b"Uniqueness(address member,bytes32 person,uint48 deadline)"
    kinds = ["bytes32", "address", "bytes32", "uint48"]
    stated = keccak256(encode(kinds, [keccak256(name), wallet(1), seed("person"), FAR]))
    domain = domain_separator(dao.addresses.domain("ContributionToken"))
    signature = signed(ATTESTOR, keccak256(b"\x19\x01" + domain + stated))
    dao.writer(RELAY).attest_uniqueness(wallet(1), seed("person"), FAR, signature)
    dao.by_vote(ContractName.TOKEN, "removeAttestor", wallet(ATTESTOR))


def move_seams(dao: LocalDao) -> None:
    """Somebody else takes the rights to mint and to issue."""
    dao.by_vote(ContractName.TOKEN, "nominateMinter", wallet(NOMINEE))
    dao.by_vote(ContractName.LICENCE, "nominateIssuer", wallet(NOMINEE))
    dao.chain.time.advance(30 * DAY)
    nominee = dao.chain.sender(NOMINEE)
    minting = abi_of(ContractName.TOKEN).functions["takeMinter"].encode([])
    issuing = abi_of(ContractName.LICENCE).functions["takeIssuer"].encode([])
    nominee.send(Action(dao.addresses.token, minting))
    nominee.send(Action(dao.addresses.licence, issuing))
