"""EIP-712: hashes against eth_account's own encoder, signatures that are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import typed
from dao_backend.core.model import Appraisal, Domain, Receipt, Vote
from dao_backend.core.typed_members import Pledge, Uniqueness
from dao_backend.errors import InputError, InvalidSignature
from tests.support.core_actors import (
    KEEPER_REGISTRY,
    REGISTRY_DOMAIN,
    account,
    committee,
    dealt,
    seed,
    wallet,
)

RECORD = dealt(1, committee(2, 3)).record
RECEIPT = Receipt(7, 2, seed("bundle"), 12_345, 99, seed("root"), seed("release key"))
MESSAGES: list[typed.Message] = [
    RECORD,
    Appraisal(seed("record"), 2**56 - 1, 1_900_000_000),
    typed.Withdrawal(seed("contribution"), 1_900_000_000),
    typed.Departure(wallet(3), 63, 1_900_000_000),
    typed.IntakeReceipt(seed("record"), 3),
    typed.Ballot(2**255 + 1, Vote.ABSTAIN, wallet(4)),
    typed.Attestation(12, seed("root")),
    RECEIPT,
    typed.Voucher(7, 2**128 - 1, 1_900_000_000),
    Pledge(2**32 - 1, wallet(5)),
    Uniqueness(wallet(6), seed("person"), 1_900_000_000),
]
EACH = pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signed(message: typed.Message, domain: Domain = REGISTRY_DOMAIN, by: int = 1) -> bytes:
    """A wallet's signature."""
    return bytes(account(by).sign_message(typed.signable(domain, message)).signature)


def with_high_s(signature: bytes) -> bytes:
    """The second form of the same signature."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: b"",
        lambda good: good[:64],
        lambda good: good + b"\x00",
        lambda good: good[:64] + b"\x00",
        lambda good: good[:64] + b"\x1d",
        lambda good: bytes(32) + good[32:],
        lambda good: ORDER.to_bytes(32, "big") + good[32:],
        lambda good: good[:32] + bytes(32) + good[64:],
        lambda good: good[:32] + b"\xff" * 32 + good[64:],
        lambda good: (5).to_bytes(32, "big") + good[32:],
        with_high_s,
    ],
    ids=[
        "empty", "short", "long", "v-0", "v-29", "r-0", "r-order", "s-0", "s-too-large",
        "r-off-the-curve", "high-s",
    ],
)  # fmt: skip
def test_recover_signer__malformed_signature__is_refused(spoil: Callable[[bytes], bytes]) -> None:
    """Nothing but 65 bytes with v 27 or 28, r on the curve and a low s is a signature."""
    with pytest.raises(InvalidSignature):
        typed.recover_signer(REGISTRY_DOMAIN, RECORD, spoil(signed(RECORD)))


@pytest.mark.parametrize(
    "domain",
    [
        replace(REGISTRY_DOMAIN, chain_id=1),
        replace(REGISTRY_DOMAIN, contract=KEEPER_REGISTRY),
        replace(REGISTRY_DOMAIN, name="DataGovernor"),
        replace(REGISTRY_DOMAIN, version="2"),
    ],
    ids=["chain", "contract", "name", "version"],
)
def test_recover_signer__signed_for_another_domain__is_not_the_signer(domain: Domain) -> None:
    """A signature for another chain or contract recovers to somebody else."""
    signature = signed(RECORD, domain)
    assert typed.recover_signer(REGISTRY_DOMAIN, RECORD, signature) != account(1).address


def test_struct_hash__value_too_wide__is_refused() -> None:
    """A value that Solidity would cut is not hashed."""
    with pytest.raises(InputError):
        typed.struct_hash(Appraisal(seed("record"), 1, 2**48))
    with pytest.raises(InputError):
        typed.struct_hash(typed.IntakeReceipt(seed("record"), -1))


def test_struct_hash__short_bytes__is_refused() -> None:
    """A bytes32 has 32 bytes."""
    with pytest.raises(InputError):
        typed.struct_hash(typed.Attestation(1, bytes(31)))


@EACH
def test_digest__any_message__is_that_of_eth_account(message: typed.Message) -> None:
    """The wallet's JSON, hashed by eth_account's encoder, gives our domain and struct hash."""
    shown = json.loads(json.dumps(typed.wallet_json(REGISTRY_DOMAIN, message)))
    independent = encode_typed_data(full_message=shown)
    assert independent.header == typed.domain_separator(REGISTRY_DOMAIN)
    assert independent.body == typed.struct_hash(message)
    assert typed.digest(REGISTRY_DOMAIN, message) == keccak(
        b"\x19\x01" + independent.header + independent.body
    )


@EACH
def test_recover_signer__its_own_signature__is_the_signer(message: typed.Message) -> None:
    """Who signed is who is recovered."""
    found = typed.recover_signer(REGISTRY_DOMAIN, message, signed(message, by=5))
    assert found == account(5).address


@EACH
def test_wallet_json__any_message__names_every_field_of_the_dataclass(
    message: typed.Message,
) -> None:
    """Solidity's names are the Python names in camel case, in the same order."""
    camel = [re.sub("_(.)", lambda m: m[1].upper(), field.name) for field in fields(message)]
    assert list(typed.message_json(message)) == camel


def test_wallet_json__wide_integers__are_text() -> None:
    """JavaScript rounds integers past 53 bits, so that wider types are decimal strings."""
    shown = typed.message_json(typed.Ballot(2**255 + 1, Vote.FOR, wallet(1)))
    assert shown == {"proposalId": str(2**255 + 1), "support": 1, "voter": wallet(1)}
    shown = typed.message_json(typed.Voucher(7, 2**100, 1_900_000_000))
    assert shown == {"licenceId": "7", "units": str(2**100), "until": 1_900_000_000}


def test_record_hash__any__is_that_of_the_type_in_the_specification() -> None:
    """The record's type string is the one that the registry's contract hashes."""
    type_hash = keccak(
        text="Contribution(bytes32 contributionId,address contributor,uint8 collection,"
        "bytes32 cidDigest,uint64 length,bytes32 envelopeCommitment,bytes32 keyId,"
        "bytes32 shareRoot,uint32 epoch)"
    )
    number = [value.to_bytes(32, "big") for value in (RECORD.collection, RECORD.length)]
    words = (
        RECORD.contribution_id
        + bytes(12)
        + bytes.fromhex(RECORD.contributor[2:])
        + number[0]
        + RECORD.cid_digest
        + number[1]
        + RECORD.envelope_commitment
        + RECORD.key_id
        + RECORD.share_root
        + RECORD.epoch.to_bytes(32, "big")
    )
    assert typed.record_hash(RECORD) == keccak(type_hash + words)


def test_struct_hash__a_pledge__is_that_of_the_type_in_the_specification() -> None:
    """The pledge's type string is the one that the strike's contract hashes."""
    type_hash = keccak(text="Pledge(uint32 strikeId,address member)")
    words = (7).to_bytes(32, "big") + bytes(12) + bytes.fromhex(wallet(3)[2:])
    assert typed.struct_hash(Pledge(7, wallet(3))) == keccak(type_hash + words)
    with pytest.raises(InputError):
        typed.struct_hash(Pledge(2**32, wallet(3)))


@given(
    licence=st.integers(0, 2**64 - 1),
    index=st.integers(0, 255),
    length=st.integers(0, 2**64 - 1),
    digest=st.binary(min_size=32, max_size=32),
)
def test_digest__any_receipt__is_that_of_eth_account(
    licence: int, index: int, length: int, digest: bytes
) -> None:
    """The two encoders agree over the whole range of values."""
    receipt = replace(
        RECEIPT, licence_id=licence, index=index, bundle_length=length, bundle_digest=digest
    )
    shown = typed.wallet_json(REGISTRY_DOMAIN, receipt)
    assert encode_typed_data(full_message=shown).body == typed.struct_hash(receipt)
