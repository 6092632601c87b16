"""The facts of bargains and safeguards, as the real contracts log them."""

from __future__ import annotations

from typing import get_args

from dao_backend.core import events as e
from dao_backend.core.bargains import Verdict
from dao_backend.core.model import NATIVE
from tests.chain.lives import (
    ARBITER,
    COUNTER,
    METERING,
    NEW_KEY,
    NOMINEE,
    OFFER,
    attest,
    bargain,
    change_committee,
    count_ballots,
    dispute_with_success,
    gather,
    move_seams,
    refuse,
    use,
)
from tests.chain.test_decode import PLAIN
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER, PRICE, LocalDao


def test_logs__a_counter_offer_and_an_offer__are_what_caused_them(dao: LocalDao) -> None:
    """Structs inside structs come out as they went in, and the chain answers the same."""
    gather(dao)
    bargain(dao)
    found = dao.facts()
    (countered,) = (fact for fact in found if isinstance(fact, e.CounterOffered))
    assert countered.terms == COUNTER
    answer = dao.reader.counter_offer(1)
    assert answer is not None
    assert (answer.terms, answer.accept_by) == (COUNTER, countered.accept_by)
    assert e.OfferPublished(1, 0, OFFER) in found
    standing = dao.reader.offer(1)
    assert (standing.offer, standing.accepted, standing.open) == (OFFER, 1, False)
    price = 2010 * OFFER.unit_price
    assert e.OfferAccepted(1, 2, wallet(BUYER), price) in found
    assert (dao.reader.escrow(1), dao.reader.escrow(2)) == (PRICE // 2, price)
    assert dao.reader.request(2).proposal_id == 0
    skipped = [fact for fact in found if isinstance(fact, e.ContributionSkipped)]
    assert [one.contribution_id for one in skipped] == [dao.registration(3).record.contribution_id]


def test_logs__metered_use__are_what_caused_them(dao: LocalDao) -> None:
    """From the rotated key to the bond's end, log and contract say the same."""
    gather(dao)
    number = use(dao)
    found = dao.facts()
    assert e.ReleaseKeyRotated(number, NEW_KEY) in found
    opened = e.MeterOpened(
        number, NATIVE, METERING.unit_price, METERING.minimum, METERING.bond, METERING.period
    )
    assert opened in found
    (settled,) = (fact for fact in found if isinstance(fact, e.UsageSettled))
    assert (settled.used, settled.amount) == (7, 70)
    account = dao.reader.meter(number)
    assert account is not None
    assert (account.metering, account.used, account.emptied) == (METERING, 7, True)
    dispute = dao.reader.dispute(number)
    assert dispute is not None
    assert (dispute.verdict, dispute.bond, dispute.bond_paid) == (
        Verdict.REJECTED,
        PRICE // 10,
        True,
    )
    (disputed,) = (fact for fact in found if isinstance(fact, e.DisputeOpened))
    assert (disputed.arbiter, disputed.claim_hash) == (wallet(ARBITER), seed("claim"))


def test_logs__everything_beside_plain_sales__covers_every_kind_of_fact(dao: LocalDao) -> None:
    """No kind of fact is without a rule that works on the real contracts."""
    gather(dao)
    for happening in (count_ballots, bargain, use, dispute_with_success, refuse, attest):
        happening(dao)
    change_committee(dao)
    move_seams(dao)
    found = dao.facts()
    assert set(get_args(e.Fact)) - set(PLAIN) <= {type(fact) for fact in found}
    motions = [fact for fact in found if isinstance(fact, e.ProposalCreated)]
    assert {(one.targets, one.values) for one in motions} == {((dao.addresses.desk,), (0,))}
    assert found[-2:] == [e.MinterChanged(wallet(NOMINEE)), e.IssuerChanged(wallet(NOMINEE))]
    strike = dao.reader.strike(1)
    assert strike.pledged >= strike.needed
    assert strike.begun_at is not None
    assert e.Left(wallet(5), 0, (10, 0, 0)) in found
    assert dao.reader.tenure(wallet(5)) == 1
