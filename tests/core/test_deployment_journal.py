"""A deployment that was interrupted: what is kept, what goes on, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_claims import claims
from dao_backend.core.deployment_file import parse
from dao_backend.core.deployment_journal import (
    Journal,
    Seen,
    code_hash,
    next_step,
    parameters_hash,
)
from dao_backend.core.deployment_plan import CONTRACTS, predict_addresses, steps
from dao_backend.errors import DeploymentMismatch, InputError
from tests.support.core_actors import wallet

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"
DEPLOYER = wallet(700)
FIRST = 5
NUMBER = len(CONTRACTS)


def parameters() -> DeploymentParameters:
    """Those of local.yaml."""
    return parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8")))


PLAN = steps(parameters(), DEPLOYER, FIRST)


def journal() -> Journal:
    """One of a deployment that has sent two transactions for its first contract."""
    begun = Journal(
        31337, DEPLOYER, FIRST, parameters_hash(parameters()), code_hash([b"code"]), sent={}
    )
    return begun.noted("timelock", b"\1" * 32).noted("timelock", b"\2" * 32)


def seen(present: int, mined: int, pending: int | None = None) -> Seen:
    """A chain with the first `present` contracts."""
    there = tuple(place < present for place in range(NUMBER))
    return Seen(there, mined, mined if pending is None else pending)


# --- refusals ---


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"chain_id": 1}, "the chain has changed"),
        ({"deployer": wallet(701)}, "the deployer has changed"),
        ({"parameters": bytes(32)}, "a parameter has changed"),
        ({"codes": bytes(32)}, "the contracts' code has changed"),
    ],
)
def test_resume__another_deployment__is_refused(change: dict[str, object], told: str) -> None:
    """Half of one DAO and half of another is neither."""
    now = replace(journal(), first_nonce=FIRST + 3, sent={}, **change)  # type: ignore[arg-type]
    with pytest.raises(DeploymentMismatch, match=rf"{told}.*start again with another --name"):
        journal().require_same(now)


def test_resume__a_transaction_waits__is_refused() -> None:
    """Whether the next contract is on its way is not known before it is mined."""
    with pytest.raises(DeploymentMismatch, match="wait until it is mined, and run again"):
        next_step(PLAN, seen(2, FIRST + 2, FIRST + 3))


def test_resume__foreign_transaction_took_a_number__is_refused() -> None:
    """The address of the next contract can no longer be reached; what to do is said."""
    with pytest.raises(DeploymentMismatch) as caught:
        next_step(PLAN, seen(2, FIRST + 3))
    told = str(caught.value)
    assert f"transaction {FIRST + 2} of the deployer did not create DataRegistry" in told
    assert "left behind have no members and no money" in told


def test_resume__node_behind_or_chain_anew__is_refused() -> None:
    """A node that knows fewer transactions than were sent is not believed."""
    with pytest.raises(DeploymentMismatch, match="the node is behind, or serves a chain that"):
        next_step(PLAN, seen(0, FIRST - 1))


def test_resume__hole_between_contracts__is_refused() -> None:
    """A creation that failed leaves a hole that nothing fills."""
    there = (True, False, *[True] * (NUMBER - 2))
    with pytest.raises(DeploymentMismatch, match="contracts are missing before others"):
        next_step(PLAN, Seen(there, FIRST + NUMBER, FIRST + NUMBER))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "{}",
        lambda text: "[]",
        lambda text: text[:-9],
        lambda text: text.replace('"timelock"', '"clock"'),
        lambda text: text.replace('"deployer": "0x', '"deployer": "0y'),
    ],
)
def test_journal__damaged_file__is_refused(spoil: Callable[[str], str]) -> None:
    """A file that is no journal is not half read."""
    with pytest.raises(InputError, match="no deployment journal"):
        Journal.from_json(spoil(journal().to_json()))


# --- success ---


def test_journal__written_and_read__is_the_same() -> None:
    """Every transaction that was noted is there again, in order."""
    assert Journal.from_json(journal().to_json()) == journal()
    assert journal().sent["timelock"] == (b"\1" * 32, b"\2" * 32)


def test_resume__the_same_deployment_later__is_accepted() -> None:
    """How far it has come makes no other deployment of it."""
    journal().require_same(replace(journal(), first_nonce=FIRST + 9, sent={}))


def test_parameters_hash__any_other_value__is_another() -> None:
    """One second more in one period is another deployment."""
    other = replace(parameters(), timelock_delay=61)
    assert parameters_hash(other) != parameters_hash(parameters())
    assert code_hash([b"ab", b"c"]) != code_hash([b"a", b"bc"])


# --- properties ---


@given(done=st.integers(0, NUMBER), extra=st.integers(0, 3))
def test_next_step__any_number_done__is_the_first_that_is_not(done: int, extra: int) -> None:
    """It goes on exactly where it stopped; once all are there, later transactions do not matter."""
    mined = FIRST + done + (extra if done == NUMBER else 0)
    assert next_step(PLAN, seen(done, mined)) == done


@given(st.data())
def test_claims__any_answer_but_the_expected__is_a_problem(data: st.DataObject) -> None:
    """Every claim accepts one answer alone, and says what it is about."""
    peers = predict_addresses(DEPLOYER, FIRST)
    claim = data.draw(st.sampled_from(claims(parameters(), peers, DEPLOYER)))
    answer = data.draw(st.binary(max_size=200))
    assert (claim.problem(answer) or "").startswith(claim.what)
