"""A service that lies between contributors, keepers, appraiser and buyer, all of which are real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from dao_backend.core.access import Denied, Reason
from dao_backend.core.crypto import SecretKey
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.submission import Submission
from dao_backend.core.typed import IntakeReceipt, digest, record_hash
from dao_backend.errors import (
    DaoError,
    IntegrityError,
    InvalidSignature,
    NotEnoughShares,
    RecordMismatch,
    ServiceUnavailable,
    ShareError,
)
from dao_backend.ports.keepers import Bundle
from dao_backend.service.buying import Buyer
from dao_backend.service.fetching import Pace
from dao_backend.service.keepers import Keepers
from tests.service.appraisals import appraiser
from tests.service.desks import desk, registrations
from tests.support.committee import Committee, intake_of
from tests.support.core_actors import sealing_secret, wallet
from tests.support.keeper_program import eventually
from tests.support.local_dao import BUYER, RELAY
from tests.support.questions import gives_nothing
from tests.support.running_dao import ALICE, BOB, RELEASE_SECRET, Meddled, RunningDao, program
from tests.support.service_beside import service_beside

ALL = (1, 2, 3)
HASTY = Pace(patience=0.5, silence=2.0)
EVERYTHING = {"a.py": program(1), "b.py": program(2)}
THIEF = sealing_secret(66, 1)


@pytest.fixture(scope="module")
def service(committee: Committee) -> Iterator[RunningDao]:
    """A service that reaches the three keepers over HTTP."""
    with service_beside(committee) as made:
        made.follow()
        yield made


@pytest.fixture(scope="module")
def older(committee: Committee) -> int:
    """A licence that is delivered already."""
    licence = committee.sell().request_id
    committee.deliver(licence)
    return licence


@pytest.fixture(scope="module")
def bought(committee: Committee, older: int) -> int:
    """The licence that the buyer asks for."""
    licence = committee.sell().request_id
    committee.deliver(licence)
    return licence


# --- at intake --------------------------------------------------------------------------------


def held(committee: Committee, made: Submission) -> set[int]:
    """Which keepers hold a share of it."""
    found = set()
    for index in ALL:
        with committee.keepers[index].custody() as custody:
            if custody.commitments([made.record.contribution_id]):
                found.add(index)
    return found


def forged_receipt(service: RunningDao, made: Submission, index: int) -> bytes:
    """An intake receipt that the service signs in a keeper's place."""
    domain = service.dao.addresses.domain("DataRegistry")
    message = digest(domain, IntakeReceipt(record_hash(made.record), index))
    return service.chain.signer(RELAY).sign_digest(message)


def test_submit__one_keepers_share_dropped__is_not_appraised(
    committee: Committee, service: RunningDao
) -> None:
    """A keeper that was left out has signed nothing, and nobody can sign for it."""
    made = service.submission(ALICE, program(11))
    given = tuple(committee.hand_in(made, index) for index in (1, 2))
    assert held(committee, made) == {1, 2}
    with pytest.raises(InvalidSignature, match="2 keepers gave an intake receipt, 3 have to"):
        appraiser(service).appraise(made, (*given, None))
    with pytest.raises(InvalidSignature, match="keeper 3 did not sign"):
        appraiser(service).appraise(made, (*given, forged_receipt(service, made, 3)))
    with pytest.raises(InvalidSignature, match="keeper 3 did not sign"):
        appraiser(service).appraise(made, (*given, given[0]))


def test_submit__relay_drops_a_share_and_forges_the_receipt__registers_nothing(
    committee: Committee, service: RunningDao
) -> None:
    """An honest desk behind a lying relay refuses by itself, and says for which keeper."""
    made = service.submission(ALICE, program(12))

    def dropping(_real: Any, _intake: Any) -> bytes:
        return forged_receipt(service, made, 3)

    def reach(seat: Seat) -> Any:
        real = committee.reach(seat)
        return Meddled(real, take_in=dropping) if seat.index == 3 else real

    before, keepers = registrations(service), Keepers(reach)
    with pytest.raises(ServiceUnavailable, match="keeper 3: its receipt is not signed by"):
        desk(service, keepers=keepers).submit(made)
    keepers.close()
    assert registrations(service) == before
    outcome = service.system.submissions.submit(made)
    assert outcome.units > 0
    assert held(committee, made) == set(ALL)


def test_take_in__share_of_another_keeper__is_refused(
    committee: Committee, service: RunningDao
) -> None:
    """A share moved to another index opens to nothing, under either number."""
    made = service.submission(ALICE, program(13))
    moved = replace(intake_of(made, 1), sealed_share=made.sealed_shares[1])
    with committee.remote(1) as keeper:
        with pytest.raises(IntegrityError):
            keeper.take_in(moved)
        with pytest.raises(RecordMismatch, match="this is keeper 1, the share is for 2"):
            keeper.take_in(intake_of(made, 2))
    assert held(committee, made) == set()


def test_take_in__record_changed_on_the_way__is_refused(
    committee: Committee, service: RunningDao
) -> None:
    """The service cannot show a keeper a record that its contributor did not sign."""
    made = service.submission(ALICE, program(14))
    changed = replace(made.record, length=made.record.length + 1)
    with committee.remote(1) as keeper, pytest.raises(InvalidSignature):
        keeper.take_in(replace(intake_of(made, 1), record=changed))
    assert held(committee, made) == set()


def test_appraise__keepers_hold_different_records_of_one_id__is_refused(
    committee: Committee, service: RunningDao
) -> None:
    """Where its contributor signed two records, no appraisal counts for either."""
    first = service.submission(BOB, program(15))
    other = replace(first.record, collection=1)
    domain = service.dao.addresses.domain("DataRegistry")
    consent = service.chain.signer(BOB).sign_digest(digest(domain, other))
    second = replace(first, record=other, contributor_signature=consent)
    mixed = [committee.hand_in(first, 1)]
    with pytest.raises(RecordMismatch, match="another record was taken in"):
        committee.hand_in(second, 1)
    for index in (2, 3):  # its shares are bound to the first record
        with pytest.raises(ShareError):
            committee.hand_in(second, index)
        mixed.append(forged_receipt(service, second, index))
    for made in (first, second):
        with pytest.raises(InvalidSignature):
            appraiser(service).appraise(made, mixed)


# --- at the release ---------------------------------------------------------------------------


def test_release__another_key_or_wallet_asked_for__is_denied(
    committee: Committee, bought: int
) -> None:
    """Keepers read the release key off the chain: whoever asks can only lose by naming one."""
    for index in ALL:
        with committee.remote(index) as keeper:
            swapped = keeper.release(bought, asked_key=THIEF.public)
            stranger = keeper.release(bought, asker=wallet(RELAY))
        assert isinstance(swapped, Denied)
        assert swapped.reason is Reason.OTHER_KEY
        assert isinstance(stranger, Denied)
        assert stranger.reason is Reason.OTHER_WALLET


def test_purchase__bundles_opened_by_the_service__give_nothing(
    committee: Committee, service: RunningDao, bought: int
) -> None:
    """Every bundle passes through its hands, and none opens to another key than the buyer's."""
    with pytest.raises(NotEnoughShares):
        buyer(service.gateway, committee, THIEF).purchase(bought)


def test_bundle__with_a_stolen_session_or_none__is_the_same_ciphertext(
    committee: Committee, bought: int
) -> None:
    """Nobody signs in to a keeper: there is no session to steal, and no sign-in to replay."""
    url = f"{committee.keepers[1].url}/licences/{bought}/bundle"
    stolen = {"Authorization": "Bearer of-the-buyer", "Cookie": "session=of-the-buyer"}
    answers = [httpx.get(url, headers=each, trust_env=False) for each in ({}, stolen)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.content for answer in answers} == {committee.bundle(bought, 1)}
    assert all("set-cookie" not in answer.headers for answer in answers)


def replaying(licence: int) -> Any:
    """A service that gives the bundle of that licence, whichever is asked for."""

    def bundle(real: Any, _licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        yield from real.bundle(licence, index, offset)

    return bundle


def of_the_next(real: Any, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
    """A service that gives the next keeper's bundle."""
    yield from real.bundle(licence_id, index % 3 + 1, offset)


def buyer(
    gateway: Any,
    committee: Committee,
    secret: SecretKey = RELEASE_SECRET,
    reach: Any = None,
) -> Buyer:
    """The buyer's program behind a service; without `reach` it asks no keeper itself."""
    return Buyer(gateway, committee.dao.reader, secret, reach, HASTY)


@pytest.mark.parametrize("which", ["an older licence", "the next keeper"])
def test_purchase__service_gives_other_bundles__keepers_give_the_right_ones(
    committee: Committee,
    service: RunningDao,
    older: int,
    bought: int,
    tmp_path: Path,
    which: str,
) -> None:
    """What was stated on chain is what is looked for; the service can only withhold."""
    lie = replaying(older) if which == "an older licence" else of_the_next
    gateway = Meddled(service.gateway, bundle=lie)
    with pytest.raises(NotEnoughShares) as refused:
        buyer(gateway, committee).purchase(bought)
    assert str(refused.value).count("not the bundle that its receipt states") == 3
    asking = buyer(gateway, committee, reach=committee.reach)
    got = asking.deliver(asking.purchase(bought), tmp_path)
    assert {each.path.name: each.path.read_bytes() for each in got} == EVERYTHING


def signed_by(committee: Committee, index: int, licence: int) -> Bundle:
    """What a keeper has built, with its signed receipt, once it has."""
    with committee.remote(index) as keeper:
        found = eventually(partial(keeper.bundle_facts, licence))
    assert found is not None
    return found


def test_release__receipts_withheld__keeper_with_coin_and_buyer_post_them(
    committee: Committee, service: RunningDao, tmp_path: Path
) -> None:
    """Nobody needs the service for a receipt: it is signed, and anybody may pay for it."""
    committee.fund(3)
    licence = committee.sell().request_id
    committee.settle_down()
    eventually(lambda: 3 in committee.posted(licence))
    assert committee.posted(licence) == {3}
    gives_nothing(committee, 3, licence)
    signed = signed_by(committee, 1, licence)
    committee.dao.writer(BUYER).post_receipt_for(signed.receipt, signed.signature)
    assert committee.posted(licence) == {1, 3}
    committee.settle_down()
    for index in (1, 3):
        eventually(partial(committee.hands_over, licence, index))
    assert committee.pull(licence, tmp_path) == EVERYTHING


def test_release__receipt_changed_on_its_way__is_refused_by_the_contract(
    committee: Committee, service: RunningDao
) -> None:
    """Nor can anybody post another one in a keeper's name."""
    licence = committee.sell().request_id
    committee.settle_down()
    signed = signed_by(committee, 2, licence)
    changed = replace(signed.receipt, bundle_digest=bytes(32))
    relay = committee.dao.writer(RELAY)
    for receipt, signature in ((changed, signed.signature), (signed.receipt, bytes(65))):
        with pytest.raises(DaoError):
            relay.post_receipt_for(receipt, signature)
    assert 2 not in committee.posted(licence)
    relay.post_receipt_for(signed.receipt, signed.signature)
    assert 2 in committee.posted(licence)
