"""Parameters and plan of a deployment: what is refused, what is read, where contracts will live."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.deployment_file import mapping_of, parse
from dao_backend.core.deployment_plan import (
    CONTRACTS,
    create_address,
    predict_addresses,
    steps,
)
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import NATIVE, Address
from dao_backend.core.well_known import ACCOUNTS, well_known
from dao_backend.errors import InputError

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"
DEPLOYER = Address("0x6AC7EA33F8831EA9dcC53393aAA88B25A785DBF0")
KEY = "0x" + "09" + "00" * 31
Content = dict[str, Any]


@pytest.fixture
def content() -> Content:
    """deployments/local.yaml as YAML gives it."""
    value: Content = yaml.safe_load(LOCAL.read_text(encoding="utf-8"))
    return value


def put(content: Content, place: str, value: object) -> None:
    """Set the value at a place like `vote.period` or `committee.keepers.0.operator`."""
    *path, last = place.split(".")
    spot: Any = content
    for key in path:
        spot = spot[int(key)] if key.isdigit() else spot[key]
    spot[int(last) if last.isdigit() else last] = value


# --- refusals ---


@pytest.mark.parametrize(
    ("place", "value", "advice"),
    [
        ("name", "", "the length of name is 0: choose a value from 1 to 64"),
        ("symbol", "TOOLONGSYMBOL", "the length of symbol is 13: choose a value from 1 to 11"),
        ("symbol", 7, "symbol is 7: write a text"),
        ("collections", [], "the number of collections is 0: choose a value from 1 to 3"),
        ("collections.1.name", "source-code", "collection 'source-code' is listed twice"),
        ("collections.0.purposes", [], "collection 'source-code' allows no purpose: list one"),
        ("collections.0.purposes", ["resell"], "unknown purpose 'resell'"),
        ("appraisers", [], "appraisers is empty: nobody could register; list at least one"),
        ("appraisers.0.sealing_key", "0x" + "00" * 32, "is unsafe: make a new one"),
        ("appraisers.0.sealing_key", "0x09", "an X25519 key has 32"),
        ("appraisers.0.account", "0xabc", "appraisers[0].account: '0xabc' is not a checksummed"),
        ("committee.threshold", 2, "committee.threshold is 2: choose a value from 1 to 1"),
        ("committee.threshold", 0, "committee.threshold is 0: choose a value from 1 to 1"),
        ("committee.keepers", [], "the number of keepers is 0: choose a value from 1 to 32"),
        ("committee.keepers.0.sealing_key", "0x01" + "00" * 31, "the sealing key of keeper 1"),
        ("committee.keepers.0.operator", "0x" + "00" * 20, "keeper 1 has no operator"),
        ("vote.delay", 0, "vote.delay is 0: choose a value from 1 to 2592000"),
        ("vote.period", "59 seconds", "vote.period is 59: choose a value from 60"),
        ("vote.period", "soon", "vote.period is 'soon': write for example `5 minutes`"),
        ("vote.extension", "6 minutes", "vote.extension is 360: choose a value from 0 to 300"),
        ("vote.quorum_percent", 0, "vote.quorum_percent is 0: choose a value from 1 to 100"),
        ("vote.quorum_percent", 101, "vote.quorum_percent is 101: choose a value from 1 to 100"),
        ("vote.quorum_percent", "20", "vote.quorum_percent is '20': write a whole number"),
        ("vote.proposal_threshold", 0, "vote.proposal_threshold is 0: choose a value from 1"),
        ("timelock_delay", 0, "timelock_delay is 0: choose a value from 1"),
        ("seal_interval", "59 minutes", "seal_interval is 3540: choose a value from 3600"),
        ("seal_interval", "25 hours", "seal_interval is 90000: choose a value from 3600 to 86400"),
        ("requests.execution_period", "1 hour", "raise it to at least 4140 s (vote.delay"),
        ("requests.delivery_period", 59, "requests.delivery_period is 59: choose a value from 60"),
        ("requests.filing_fee", -1, "requests.filing_fee is -1: choose a value from 0"),
        ("requests.filing_fee", 2**96, f"choose a value from 0 to {2**96 - 1}"),
        ("requests.assets", [], "requests.assets is empty: list at least one"),
        ("requests.assets", "native", "requests.assets is 'native': write a list"),
        ("requests.assets.0.minimum_price", 0, "choose a value from 1"),
        ("cuts.reserve_bps", 2001, "cuts.reserve_bps is 2001: choose a value from 0 to 2000"),
        ("cuts.keeper_bps", 1001, "cuts.keeper_bps is 1001: choose a value from 0 to 1000"),
        ("finality.rule", "latest", "finality.rule is 'latest': write a whole number"),
        ("finality.rule", 0, "finality.confirmations is 0: choose a value from 1"),
        ("finality.header_max_age", 0, "finality.header_max_age is 0: choose a value from 1"),
        (
            "vote.quorum",
            5,
            "vote.quorum is unknown: remove it, or use mode, attestors, delay, period",
        ),
        ("vote", None, "vote must be a mapping with mode, attestors, delay"),
    ],
)
def test_parse__value_out_of_bounds__says_what_to_change(
    content: Content, place: str, value: object, advice: str
) -> None:
    """Every bad value is named by its place, with what would be good."""
    put(content, place, value)
    with pytest.raises(InputError) as caught:
        parse(content)
    assert advice in str(caught.value)


@pytest.mark.parametrize("place", ["symbol", "vote.period", "requests.assets.0.asset"])
def test_parse__value_missing__names_it(content: Content, place: str) -> None:
    """A value that was left out is named."""
    spot: Any = content
    *path, last = place.split(".")
    for key in path:
        spot = spot[int(key)] if key.isdigit() else spot[key]
    del spot[last]
    with pytest.raises(InputError, match=rf"{last} is missing: add it"):
        parse(content)


def test_parse__the_same_keeper_or_asset_twice__is_refused(content: Content) -> None:
    """One account and one key keep one share, and one asset has one price."""
    twice = copy.deepcopy(content)
    twice["committee"]["keepers"] += copy.deepcopy(twice["committee"]["keepers"])
    with pytest.raises(InputError, match=r"keeper '0x3C44.*' is listed twice"):
        parse(twice)
    twice["committee"]["keepers"][1] |= {"operator": DEPLOYER}
    with pytest.raises(InputError, match=r"sealing key '0xbac6.*' is listed twice"):
        parse(twice)
    content["requests"]["assets"] *= 2
    with pytest.raises(InputError, match=r"asset '0x0000.*' is listed twice"):
        parse(content)


@pytest.mark.parametrize("spoil", [lambda t: "{}", lambda t: "no JSON", lambda t: t[:-9]])
def test_record__damaged_file__is_refused(content: Content, spoil: Callable[[str], str]) -> None:
    """A file that is no record is not half read."""
    with pytest.raises(InputError, match="no deployment record"):
        DeploymentRecord.from_json(spoil(record(content).to_json()))


# --- success ---


def record(content: Content) -> DeploymentRecord:
    """A record of the local parameters."""
    peers = predict_addresses(DEPLOYER, 1)
    hashes = {peer: bytes([place]) * 32 for place, peer in enumerate(CONTRACTS)}
    return DeploymentRecord(31337, 12, DEPLOYER, peers, hashes, parse(content))


def test_parse__local_file__gives_every_value(content: Content) -> None:
    """Words and numbers of local.yaml arrive as seconds, wei, bytes and checked addresses."""
    parameters = parse(content)
    assert (parameters.voting.delay, parameters.voting.period) == (60, 300)
    assert parameters.longest_vote == 60 + 300 + 120 + 60 + 3600
    assert (parameters.seal_interval, parameters.requests.execution_period) == (3600, 7200)
    assert parameters.finality.confirmations is None
    assert [collection.number for collection in parameters.collections] == [0, 1]
    assert len(parameters.keepers[0].sealing_key) == 32


@pytest.mark.parametrize("rule", ["finalized", 64])
def test_parameters__written_and_read__are_the_same(content: Content, rule: object) -> None:
    """What a record writes down is what it reads back."""
    content["finality"]["rule"] = rule
    parameters = parse(content)
    assert parse(mapping_of(parameters)) == parameters
    written = record(content)
    assert DeploymentRecord.from_json(written.to_json()) == written


def test_addresses__of_known_creations__are_those_of_the_chain() -> None:
    """The example that go-ethereum and ethereumjs test with."""
    assert [create_address(DEPLOYER, nonce) for nonce in range(3)] == [
        "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d",
        "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8",
        "0xf778B86FA74E846c4f0a1fBd1335FE81c00a0C91",
    ]


def test_steps__of_a_plan__tell_each_contract_all_its_peers(content: Content) -> None:
    """Thirteen contracts in the order of their nonces; twelve take the same wiring."""
    plan = steps(parse(content), DEPLOYER, 5)
    peers = predict_addresses(DEPLOYER, 5)
    assert [step.contract for step in plan] == list(CONTRACTS.values())
    assert [step.address for step in plan] == [where for _, _, where in peers.items()]
    assert [step.peer for step in plan] == list(CONTRACTS)
    assert [step.nonce for step in plan] == list(range(5, 18))
    assert plan[0].arguments == (60, [peers.governor], [NATIVE], NATIVE)
    wirings = {step.arguments[0] for step in plan[1:]}
    assert wirings == {tuple(where for _, _, where in peers.items())}


def test_well_known__local_plan__finds_every_public_key(content: Content) -> None:
    """Test accounts and local.yaml's sealing keys are found in every office, fresh ones not."""
    put(content, "vote.attestors", [sorted(ACCOUNTS)[0]])
    put(content, "council", {"guardian": sorted(ACCOUNTS)[1], "mandate": "1 day"})
    parameters = parse(content)
    assert len(well_known(parameters, DEPLOYER)) == 6
    assert well_known(parameters, Address(sorted(ACCOUNTS)[2]))[0] == sorted(ACCOUNTS)[2]
    for place in ("appraisers.0.sealing_key", "committee.keepers.0.sealing_key"):
        put(content, place, KEY)
    for place in ("appraisers.0.account", "committee.keepers.0.operator", "council.guardian"):
        put(content, place, DEPLOYER)
    put(content, "vote.attestors", [DEPLOYER])
    assert well_known(parse(content), DEPLOYER) == ()


# --- properties ---


@given(nonce=st.integers(min_value=0, max_value=2**64 - 2))
def test_addresses__of_any_nonce__are_all_different(nonce: int) -> None:
    """No two contracts of a plan share an address, and the next plan starts where one ends."""
    places = [where for _, _, where in predict_addresses(DEPLOYER, nonce).items()]
    assert len(set(places)) == 13
    assert create_address(DEPLOYER, nonce + 1) == places[1]
