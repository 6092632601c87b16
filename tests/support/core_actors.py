"""People and things for tests of the core: accounts, committees, records, dealings.

Everything is derived from small numbers, so that a failing test shows the same bytes again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.identity import contribution_id, key_id
from dao_backend.core.model import (
    NATIVE,
    Address,
    Committee,
    Domain,
    Keeper,
    Purpose,
    Record,
    Terms,
    address,
)
from dao_backend.core.shares import Dealing, deal

CHAIN = 31337


def seed(label: str, number: int = 0) -> bytes:
    """32 bytes that depend on nothing else."""
    return hashlib.sha256(f"{label} {number}".encode()).digest()


def account(number: int) -> LocalAccount:
    """A wallet."""
    return Account.from_key(seed("account", number))


def wallet(number: int) -> Address:
    """The address of a wallet."""
    return address(account(number).address)


REGISTRY = wallet(1001)
KEEPER_REGISTRY = wallet(1002)
DESK = wallet(1003)
REGISTRY_DOMAIN = Domain("DataRegistry", CHAIN, REGISTRY)


def sealing_secret(epoch: int, index: int) -> SecretKey:
    """A keeper's X25519 key pair for one epoch."""
    return SecretKey(seed(f"sealing {epoch}", index))


def committee(threshold: int, size: int, epoch: int = 1) -> Committee:
    """Keepers 1…size with a threshold."""
    keepers = tuple(
        Keeper(index, wallet(100 + index), sealing_secret(epoch, index).public, "")
        for index in range(1, size + 1)
    )
    return Committee(CHAIN, KEEPER_REGISTRY, epoch, threshold, keepers)


@dataclass(frozen=True, slots=True)
class Dealt:
    """A contribution together with what only its contributor knows."""

    record: Record
    content_key: ContentKey
    dealing: Dealing
    committee: Committee


def dealt(number: int, to: Committee, collection: int = 0) -> Dealt:
    """Contribution `number`, dealt to a committee."""
    contributor = wallet(number % 7)
    identity = contribution_id(CHAIN, REGISTRY, contributor, seed("nonce", number))
    content_key = ContentKey(seed("content key", number))
    dealing = deal(content_key, identity, to)
    record = Record(
        contribution_id=identity,
        contributor=contributor,
        collection=collection,
        cid_digest=seed("cid", number),
        length=1000 + number,
        envelope_commitment=seed("envelope", number),
        key_id=key_id(identity, content_key.raw),
        share_root=dealing.share_root,
        epoch=to.epoch,
    )
    return Dealt(record, content_key, dealing, to)


TERMS = Terms(
    collection=0,
    purposes=Purpose.EVALUATE,
    asset=NATIVE,
    price=1,
    duration=1,
    royalty_bps=0,
    terms_hash=seed("terms"),
    release_key=seed("release key"),
    min_edition=0,
    min_units=1,
)
"""What a buyer asks for where nothing in it matters."""
