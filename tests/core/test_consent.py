"""A contributor's consent: one record, one registry, one signer."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from dao_backend.core.consent import require_consent
from dao_backend.core.model import Domain, Record
from dao_backend.core.typed import digest
from dao_backend.errors import InputError, InvalidSignature, RecordMismatch
from tests.support.core_actors import (
    CHAIN,
    KEEPER_REGISTRY,
    REGISTRY_DOMAIN,
    account,
    committee,
    dealt,
    seed,
    wallet,
)

NUMBER = 3
RECORD = dealt(NUMBER, committee(2, 3)).record
NONCE = seed("nonce", NUMBER)


def signed(record: Record = RECORD, domain: Domain = REGISTRY_DOMAIN, by: int = NUMBER) -> bytes:
    """A signature over a record."""
    return bytes(account(by).unsafe_sign_hash(digest(domain, record)).signature)


def test_require__by_another_account__is_refused() -> None:
    """Both signer and contributor are named, so that a mix-up of wallets is seen at once."""
    with pytest.raises(InvalidSignature) as refusal:
        require_consent(REGISTRY_DOMAIN, RECORD, NONCE, signed(by=4))
    assert wallet(4) in str(refusal.value)
    assert RECORD.contributor in str(refusal.value)


@pytest.mark.parametrize(
    "domain",
    [
        replace(REGISTRY_DOMAIN, chain_id=CHAIN + 1),
        replace(REGISTRY_DOMAIN, contract=KEEPER_REGISTRY),
        replace(REGISTRY_DOMAIN, name="KeeperRegistry"),
        replace(REGISTRY_DOMAIN, version="2"),
    ],
)
def test_require__for_another_domain__is_refused(domain: Domain) -> None:
    """A signature does not wander to another chain, contract, name or version."""
    with pytest.raises(InvalidSignature):
        require_consent(REGISTRY_DOMAIN, RECORD, NONCE, signed(domain=domain))


CHANGES: dict[str, Any] = {
    "collection": 1,
    "cid_digest": seed("x"),
    "length": RECORD.length + 1,
    "envelope_commitment": seed("x"),
    "key_id": seed("x"),
    "share_root": seed("x"),
    "epoch": RECORD.epoch + 1,
}


@pytest.mark.parametrize("name", CHANGES)
def test_require__any_field_changed__is_refused(name: str) -> None:
    """Each field of the record is under the signature."""
    changed = replace(RECORD, **{name: CHANGES[name]})
    with pytest.raises(InvalidSignature):
        require_consent(REGISTRY_DOMAIN, changed, NONCE, signed())


def test_require__every_field__is_changed_by_some_test() -> None:
    """A field that is added later is not forgotten here."""
    assert {field.name for field in fields(Record)} == {*CHANGES, "contribution_id", "contributor"}


@pytest.mark.parametrize(
    ("record", "nonce"),
    [
        (RECORD, seed("other nonce")),
        (replace(RECORD, contribution_id=seed("x")), NONCE),
        (replace(RECORD, contributor=wallet(4)), NONCE),
    ],
    ids=["nonce", "id", "contributor"],
)
def test_require__id_that_does_not_follow__is_refused(record: Record, nonce: bytes) -> None:
    """Nobody takes an id that another's nonce leads to, even with a signature of its own."""
    with pytest.raises(RecordMismatch):
        require_consent(REGISTRY_DOMAIN, record, nonce, signed(record))


@pytest.mark.parametrize("nonce", [b"", bytes(31), bytes(33)])
def test_require__nonce_of_another_length__is_refused(nonce: bytes) -> None:
    """A nonce has 32 bytes."""
    with pytest.raises(InputError):
        require_consent(REGISTRY_DOMAIN, RECORD, nonce, signed())


@pytest.mark.parametrize("signature", [b"", bytes(65), bytes(64), b"\xff" * 65, bytes(200)])
def test_require__no_signature__is_refused(signature: bytes) -> None:
    """Bytes of any kind are either a signature or refused."""
    with pytest.raises(InvalidSignature):
        require_consent(REGISTRY_DOMAIN, RECORD, NONCE, signature)


def test_require__the_contributors_own__passes() -> None:
    """What was signed as it stands is accepted."""
    assert require_consent(REGISTRY_DOMAIN, RECORD, NONCE, signed()) is None
