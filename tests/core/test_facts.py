"""What a client knows of a DAO: written and read back the same, or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.facts import Addresses, AppraiserFacts, Facts, facts_from_json, facts_json
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Collection, Purpose
from dao_backend.errors import InputError
from tests.support.core_actors import (
    CHAIN,
    DESK,
    KEEPER_REGISTRY,
    REGISTRY,
    committee,
    sealing_secret,
    seed,
    wallet,
)

FACTS = Facts(
    name="A Data DAO",
    symbol="DATA",
    addresses=Addresses(
        chain_id=CHAIN,
        first_block=7,
        timelock=wallet(1),
        token=wallet(2),
        registry=REGISTRY,
        governor=wallet(3),
        desk=DESK,
        licence=wallet(4),
        vault=wallet(5),
        keepers=KEEPER_REGISTRY,
        offers=wallet(7),
        disputes=wallet(8),
        meter=wallet(9),
        strike=wallet(10),
        council=wallet(11),
    ),
    rpc_url=None,
    confirmations=None,
    collections=(
        Collection(0, "code", Purpose.FINE_TUNE | Purpose.EVALUATE),
        Collection(1, "tables", Purpose.RESEARCH),
    ),
    committee=committee(3, 5),
    appraiser=AppraiserFacts(wallet(6), sealing_secret(9, 1).public),
    policy=seed("policy"),
    max_bytes=8 * 2**30,
)
JSON = facts_json(FACTS)


def test_facts__through_json__are_the_same() -> None:
    """A client knows exactly what the service knows."""
    more = replace(FACTS, rpc_url="http://127.0.0.1:8545", confirmations=12)
    for facts in (FACTS, more):
        again = facts_from_json(json.loads(json.dumps(facts_json(facts))))
        assert again == facts
        assert committee_hash(again.committee) == committee_hash(facts.committee)


def test_facts__more_than_known__is_ignored() -> None:
    """A later service may say more."""
    assert facts_from_json({**JSON, "motto": "all for all"}) == FACTS


@pytest.mark.parametrize("name", JSON)
def test_read__fact_missing__is_refused(name: str) -> None:
    """A client does not guess what a service left out."""
    with pytest.raises(InputError):
        facts_from_json({key: value for key, value in JSON.items() if key != name})


@pytest.mark.parametrize("name", JSON["contracts"])
def test_read__contract_missing_or_misspelt__is_refused(name: str) -> None:
    """Every contract's address is there and has its checksum."""
    contracts: dict[str, Any] = JSON["contracts"]
    less = {key: value for key, value in contracts.items() if key != name}
    for wrong in (less, {**contracts, name: contracts[name].lower()}, {**contracts, name: 7}):
        with pytest.raises(InputError):
            facts_from_json({**JSON, "contracts": wrong})


@pytest.mark.parametrize(
    "changed",
    [
        {"threshold": 0},
        {"threshold": 6},
        {"keepers": []},
        {"keepers": JSON["committee"]["keepers"][1:]},
        {"keepers": JSON["committee"]["keepers"][::-1]},
        {"keepers": None},
        {"epoch": "first"},
    ],
    ids=["zero", "too high", "nobody", "first missing", "reversed", "null", "words"],
)
def test_read__no_committee__is_refused(changed: dict[str, Any]) -> None:
    """A committee that cannot hold a key is not sealed to."""
    with pytest.raises(InputError):
        facts_from_json({**JSON, "committee": {**JSON["committee"], **changed}})


@pytest.mark.parametrize("found", [None, [], "facts", 7, {}])
def test_read__something_else__is_refused(found: Any) -> None:
    """An answer that is no facts at all is told as such."""
    with pytest.raises(InputError, match="no facts"):
        facts_from_json(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chainId", float("inf")),
        ("maxBytes", float("inf")),
        ("collections", [{"number": 0, "name": "x", "purposes": ["sell"]}]),
        ("collections", 7),
        ("appraiser", {"address": wallet(6), "sealingKey": "key"}),
        ("policy", "0x1"),
    ],
)
def test_read__fact_of_another_kind__is_refused(name: str, value: object) -> None:
    """Numbers are numbers, purposes are known ones, keys are bytes."""
    with pytest.raises(InputError):
        facts_from_json({**JSON, name: value})


def test_domain__of_each_contract__is_its_own() -> None:
    """Signatures for one contract are none for another."""
    names = ("DataRegistry", "DataGovernor", "KeeperRegistry")
    contracts = [FACTS.addresses.domain(name).contract for name in names]
    assert contracts == [REGISTRY, wallet(3), KEEPER_REGISTRY]
