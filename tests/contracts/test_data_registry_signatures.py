"""Nothing enters on an appraisal or a consent that was not given for exactly this record, here."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Address, Appraisal, Record
from dao_backend.core.typed import record_hash, recover_signer
from tests.contracts.actors import HOUR, changed, deploy_core, elsewhere, register, second_form
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.dao import Dao, sign
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


def signer_of(dao: Dao, record: Record, statement: tuple[int, int, bytes]) -> str:
    """Who the registry must believe to have signed this statement on this record."""
    units, deadline, signature = statement
    message = Appraisal(record_hash(record), units, deadline)
    return recover_signer(dao.domain(dao.registry), message, signature)


# --- refusals: the appraisal ---


def test_contribute__without_units__is_refused(core: Dao, alice: AccountAPI) -> None:
    """What is worth nothing is not registered."""
    record, nonce = core.record(alice.address)
    with refused("NoUnits"):
        register(core, record, nonce, core.appraisal(record, 0), sender=alice)


def test_contribute__after_the_appraisal_ended__is_refused(core: Dao, alice: AccountAPI) -> None:
    """An appraisal is good until its deadline, and not a second longer."""
    record, nonce = core.record(alice.address)
    units, deadline, signature = core.appraisal(record, 100)
    core.go_to(deadline)
    late = core.chain.pending_timestamp
    with refused("AppraisalExpired", deadline=deadline, timestamp=late):
        register(core, record, nonce, (units, deadline, signature), sender=alice)


def test_contribute__appraised_by_anybody__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Only the DAO's appraisers mint; a contributor's own word is not enough."""
    record, nonce = core.record(alice.address)
    message = Appraisal(record_hash(record), 100, core.now + HOUR)
    own = (100, message.deadline, sign(alice, core.domain(core.registry), message))
    with refused("AppraiserUnknown", signer=alice):
        register(core, record, nonce, own, sender=alice)


def test_contribute__appraised_by_one_who_was_removed__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """Removal ends what is not registered yet, the signed appraisals included."""
    record, nonce = core.record(alice.address)
    statement = core.appraisal(record, 100)
    core.registry.removeAppraiser(core.appraiser, sender=core.timelock)
    with refused("AppraiserUnknown", signer=core.appraiser):
        register(core, record, nonce, statement, sender=alice)


def test_contribute__other_bytes_than_were_appraised__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """Every field of the record is under the appraiser's signature."""
    record, nonce = core.record(alice.address)
    statement = core.appraisal(record, 100)
    for forged in changed(record):
        with refused("AppraiserUnknown", signer=signer_of(core, forged, statement)):
            register(core, forged, nonce, statement, sender=alice)


def test_contribute__with_anothers_appraisal__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """An appraisal names the contributor, so that copying a record pays nobody."""
    record, _ = core.record(alice.address)
    statement = core.appraisal(record, 100)
    own, nonce = core.record(bob.address)
    copy = dataclasses.replace(
        record, contributor=Address(bob.address), contribution_id=own.contribution_id
    )
    with refused("AppraiserUnknown", signer=signer_of(core, copy, statement)):
        register(core, copy, nonce, statement, sender=bob)


def test_contribute__with_another_count_or_deadline__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """Units and deadline are the appraiser's, not the contributor's."""
    record, nonce = core.record(alice.address)
    units, deadline, signature = core.appraisal(record, 100)
    for forged in ((units + 1, deadline, signature), (units, deadline + 1, signature)):
        with refused("AppraiserUnknown", signer=signer_of(core, record, forged)):
            register(core, record, nonce, forged, sender=alice)


def test_contribute__appraised_for_elsewhere__is_refused(core: Dao, alice: AccountAPI) -> None:
    """An appraisal for another chain or contract is worth nothing here."""
    record, nonce = core.record(alice.address)
    message = Appraisal(record_hash(record), 100, core.now + HOUR)
    for domain in elsewhere(core.domain(core.registry)):
        forged = (100, message.deadline, sign(core.appraiser, domain, message))
        with refused("AppraiserUnknown", signer=signer_of(core, record, forged)):
            register(core, record, nonce, forged, sender=alice)


def test_contribute__with_a_malformed_appraisal__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A signature has 65 bytes and one form."""
    record, nonce = core.record(alice.address)
    units, deadline, signature = core.appraisal(record, 100)
    other = second_form(signature)
    with refused("ECDSAInvalidSignatureS", s=other[32:64]):
        register(core, record, nonce, (units, deadline, other), sender=alice)
    with refused("ECDSAInvalidSignatureLength", length=64):
        register(core, record, nonce, (units, deadline, signature[:64]), sender=alice)
    with refused("ECDSAInvalidSignature"):
        register(core, record, nonce, (units, deadline, bytes(65)), sender=alice)


# --- refusals: consent ---


def test_relayed_contribution__without_the_contributors_consent__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Only the contributor's own signature over this record on this contract consents."""
    record, nonce = core.record(alice.address)
    domain = core.domain(core.registry)
    consent = sign(alice, domain, record)
    worthless = [sign(bob, domain, record), second_form(consent), consent[:64], b""]
    worthless += [sign(alice, domain, other) for other in changed(record)]
    worthless += [sign(alice, other, record) for other in elsewhere(domain)]
    for signature in worthless:
        with refused("ContributorSignatureInvalid", contributor=alice):
            register(core, record, nonce, consent=signature)


def test_relayed_contribution__in_nobodys_name__is_refused(core: Dao) -> None:
    """A broken signature does not make account zero a contributor."""
    record, nonce = core.record(NOBODY)
    with refused("ContributorSignatureInvalid", contributor=NOBODY):
        register(core, record, nonce, consent=bytes(65))
