"""An attestor says once that a wallet is a person, and no person is two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eth_account import Account

from tests.contracts.actors import FOREVER, second_form
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused
from tests.contracts.token_stand import Mode, TokenStand, deploy_token, person_of

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

PERSON = b"p" * 32


@pytest.fixture(scope="module")
def stand(project: ProjectManager, chain: ChainManager, accounts: AccountManager) -> TokenStand:
    """A token where every member has one vote."""
    return deploy_token(project, chain, accounts, Mode.PER_MEMBER)


def attest(
    stand: TokenStand, member: AccountAPI, signature: bytes, person: bytes = PERSON
) -> ReceiptAPI:
    """Bring an attestation that holds for ever; the member does."""
    return stand.token.attestUniqueness(member, person, FOREVER, signature, sender=member)


# --- refusals ---


def test_attest__after_the_deadline__is_refused(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI
) -> None:
    """An attestation can be brought up to its deadline."""
    deadline = chain.blocks.head.timestamp + 100
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON, deadline)
    chain.pending_timestamp = deadline + 1
    with refused("AttestationExpired", deadline=deadline, timestamp=deadline + 1):
        stand.token.attestUniqueness(alice, PERSON, deadline, signature, sender=alice)


def test_attest__of_nobody__is_refused(stand: TokenStand, alice: AccountAPI) -> None:
    """A person always has a hash."""
    signature = stand.sign_uniqueness(stand.attestor, alice.address, bytes(32))
    with refused("PersonEmpty"):
        attest(stand, alice, signature, bytes(32))


def test_attest__of_a_member_a_second_time__is_refused(
    stand: TokenStand, alice: AccountAPI
) -> None:
    """A wallet is one person, for ever: the same again or another are refused."""
    attest(stand, alice, stand.sign_uniqueness(stand.attestor, alice.address, PERSON))
    for person in (PERSON, b"q" * 32):
        signature = stand.sign_uniqueness(stand.attestor, alice.address, person)
        with refused("MemberAttested", member=alice):
            attest(stand, alice, signature, person)


def test_attest__of_a_known_person__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A person has one wallet, for ever."""
    attest(stand, alice, stand.sign_uniqueness(stand.attestor, alice.address, PERSON))
    with refused("PersonKnown", person=PERSON):
        attest(stand, bob, stand.sign_uniqueness(stand.attestor, bob.address, PERSON))


def test_attest__by_somebody_else__is_refused(
    stand: TokenStand, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """Neither a stranger nor the member nor the timelock can attest."""
    for signer in (stranger, alice, stand.timelock):
        signature = stand.sign_uniqueness(signer, alice.address, PERSON)
        with refused("AttestorUnknown", signer=signer):
            attest(stand, alice, signature)
    assert not stand.token.isAttested(alice)


def test_attest__by_a_removed_attestor__is_refused(stand: TokenStand, alice: AccountAPI) -> None:
    """A removed attestor's unused statements are worth nothing."""
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON)
    stand.token.removeAttestor(stand.attestor, sender=stand.timelock)
    with refused("AttestorUnknown", signer=stand.attestor):
        attest(stand, alice, signature)


@pytest.mark.parametrize("field", ["member", "person", "deadline"])
def test_attest__with_a_changed_field__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, field: str
) -> None:
    """Who was attested, as whom and until when are all signed: nobody takes another's."""
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON)
    said = {"member": alice.address, "person": PERSON, "deadline": FOREVER}
    said |= {field: {"member": bob.address, "person": b"q" * 32, "deadline": FOREVER + 1}[field]}
    signer = Account.recover_message(stand.uniqueness(**said), signature=signature)
    with refused("AttestorUnknown", signer=signer):
        stand.token.attestUniqueness(*said.values(), signature, sender=bob)


@pytest.mark.parametrize(
    "domain", [{"chainId": 5}, {"verifyingContract": NOBODY}, {"name": "DataRegistry"}]
)
def test_attest__made_for_elsewhere__is_refused(
    stand: TokenStand, alice: AccountAPI, domain: dict[str, object]
) -> None:
    """A statement for another chain, DAO or contract is somebody else's here."""
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON, FOREVER, **domain)
    here = stand.uniqueness(alice.address, PERSON, FOREVER)
    with refused("AttestorUnknown", signer=Account.recover_message(here, signature=signature)):
        attest(stand, alice, signature)


def test_attest__in_another_form__is_refused(stand: TokenStand, alice: AccountAPI) -> None:
    """A signature has 65 bytes and one form only (EIP-2)."""
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON)
    other = second_form(signature)
    with refused("ECDSAInvalidSignatureS", s=other[32:64]):
        attest(stand, alice, other)
    with refused("ECDSAInvalidSignatureLength", length=64):
        attest(stand, alice, signature[:64])
    with refused("ECDSAInvalidSignature"):
        attest(stand, alice, signature[:64] + b"\x05")


@pytest.mark.parametrize("method", ["addAttestor", "removeAttestor"])
def test_add_or_remove_attestor__by_anybody_but_the_timelock__is_refused(
    stand: TokenStand, stranger: AccountAPI, method: str
) -> None:
    """Attestors are voted in and out."""
    for caller in (stranger, stand.attestor, stand.registry):
        with refused("UnexpectedCaller", caller=caller, expected=stand.timelock):
            getattr(stand.token, method)(stand.attestor, sender=caller)


def test_remove_attestor__who_is_none__is_refused(stand: TokenStand, stranger: AccountAPI) -> None:
    """Only who attests can be removed."""
    with refused("AttestorUnknown", signer=stranger):
        stand.token.removeAttestor(stranger, sender=stand.timelock)


# --- success ---


def test_deploy__with_attestors__names_each_of_them(stand: TokenStand) -> None:
    """The first attestors are public from the first block."""
    receipt = stand.token.creation_metadata.receipt
    assert list(stand.token.AttestorAdded.from_receipt(receipt)) == [
        stand.token.AttestorAdded(stand.attestor)
    ]
    assert stand.token.isAttestor(stand.attestor)


def test_attest__brought_by_anybody__makes_a_member_possible(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """Who brings a statement does not matter; nothing but the hash of the person is on chain."""
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON)
    assert not stand.token.isAttested(alice)
    statement = (alice, PERSON, FOREVER, signature)
    receipt = stand.token.attestUniqueness(*statement, sender=stranger)
    assert list(receipt.events) == [stand.token.UniquenessAttested(alice, PERSON, stand.attestor)]
    assert [stand.token.isAttested(who) for who in (alice, bob, stranger)] == [True, False, False]
    stand.mint(alice, 5)
    assert stand.votes(alice) == [1]


def test_attest__in_the_last_second__counts(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI
) -> None:
    """The deadline itself is in time."""
    deadline = chain.blocks.head.timestamp + 100
    signature = stand.sign_uniqueness(stand.attestor, alice.address, PERSON, deadline)
    chain.pending_timestamp = deadline
    stand.token.attestUniqueness(alice, PERSON, deadline, signature, sender=alice)
    assert stand.token.isAttested(alice)


def test_add_attestor__by_the_timelock__lets_it_attest(
    stand: TokenStand, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """An attestor that was voted in attests; adding it twice changes nothing."""
    for _ in range(2):
        receipt = stand.token.addAttestor(stranger, sender=stand.timelock)
        assert list(receipt.events) == [stand.token.AttestorAdded(stranger)]
    attest(stand, alice, stand.sign_uniqueness(stranger, alice.address, PERSON))
    assert stand.token.isAttested(alice)
    assert stand.token.isAttestor(stranger)
    assert stand.token.isAttestor(stand.attestor)


def test_remove_attestor__by_the_timelock__voids_nothing_of_the_past(
    stand: TokenStand, alice: AccountAPI
) -> None:
    """Whom a removed attestor attested stays a member with its vote."""
    stand.attest(alice)
    stand.mint(alice, 5)
    receipt = stand.token.removeAttestor(stand.attestor, sender=stand.timelock)
    assert list(receipt.events) == [stand.token.AttestorRemoved(stand.attestor)]
    assert not stand.token.isAttestor(stand.attestor)
    assert stand.token.isAttested(alice)
    stand.mint(alice, 5)
    assert stand.votes(alice) == [1]
    with refused("MemberAttested", member=alice):
        attest(stand, alice, bytes(65), person_of(alice.address))
