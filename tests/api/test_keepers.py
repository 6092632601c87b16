"""Keepers over HTTP: what the chain says of them, what they say, what they state of erasure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core.discretion import Discretion
from dao_backend.core.packing import hex_of
from dao_backend.core.typed import Withdrawal, digest
from tests.support.core_actors import wallet
from tests.support.local_dao import KEEPERS
from tests.support.stand import Stand

FAR = 2**47


def heard(stand: Stand) -> Any:
    """Everything public of the keepers."""
    stand.follow()
    return stand.get("/v1/keepers")


def withdraw(stand: Stand, member: int, contribution_id: bytes) -> None:
    """The member takes a contribution back."""
    domain = stand.dao.addresses.domain("DataRegistry")
    signer = stand.dao.chain.signer(member)
    signature = signer.sign_digest(digest(domain, Withdrawal(contribution_id, FAR)))
    body = {"deadline": FAR, "signature": hex_of(signature)}
    stand.post(f"/v1/contributions/{hex_of(contribution_id)}/withdrawal", body)
    stand.dao.chain.time.advance(2)  # what this second's editions hold is known only after it
    stand.follow()


def test_keepers__nothing_delivered__are_those_on_chain(stand: Stand) -> None:
    """Committee, power and state of the three keepers, none of whom owes anything."""
    told = heard(stand)
    assert (told["servingEpoch"], told["newestEpoch"], told["embedded"]) == (1, 1, True)
    assert told["together"].startswith("Any 2 of the 3 keepers together can read and release")
    (committee,) = told["committees"]
    assert [each["operator"] for each in committee["keepers"]] == [wallet(n) for n in KEEPERS]
    assert [each["receipts"] for each in committee["keepers"]] == [0, 0, 0]
    assert (committee["threshold"], committee["deliveries"]) == (2, 0)


def test_keepers__all_answer__tell_their_own_state(stand: Stand) -> None:
    """What each says of itself stands beside what was asked of it."""
    stand.registered(1)
    told = heard(stand)
    assert [each["index"] for each in told["keepers"]] == [1, 2, 3]
    assert {each["problem"] for each in told["keepers"]} == {None}
    assert {each["status"]["shares"] for each in told["keepers"]} == {1}
    assert {each["status"]["missing"] for each in told["keepers"]} == {0}
    assert {each["uptime"]["answered"] for each in told["keepers"]} == {1}


def test_keepers__one_in_trouble__tells_what_without_its_paths(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it goes on without and which licences are delayed; where its files lie is left out."""
    said = replace(
        stand.keepers[0].status(),
        forgone=(bytes(32), b"\1" * 32, b"\2" * 32),
        delayed=(7, 9),
        alarm=f"the database {tmp_path}/custody.sqlite cannot be used",
    )
    monkeypatch.setattr(stand.keepers[0], "status", lambda: said)
    board = stand.backend.keepers
    monkeypatch.setattr(board, "_discretion", Discretion(tmp_path))
    first = heard(stand)["keepers"][0]
    assert (first["status"]["forgone"], first["status"]["delayed"]) == (3, [7, 9])
    problem = "the database custody.sqlite cannot be used"
    assert (first["problem"], first["status"]["alarm"]) == (problem, problem)


def test_keepers__deliveries__counts_receipts_of_each(stand: Stand) -> None:
    """A receipt is counted for the keeper that posted it, of the deliveries of its epoch."""
    for member, module in {1: "argparse", 2: "textwrap"}.items():
        stand.registered(member, module)
    stand.edition()
    stand.dao.grant(stand.dao.file(), 1, 2)
    stand.dao.chain.time.finalize()
    stand.keepers[2].work()
    stand.indexer.sync_once()
    (committee,) = stand.get("/v1/keepers")["committees"]
    assert committee["deliveries"] == 1
    assert [each["receipts"] for each in committee["keepers"]] == [0, 0, 1]


def test_contribution__not_withdrawn__says_nothing_of_erasure(stand: Stand) -> None:
    """Where shares are needed there is nothing to state."""
    identity = stand.registered(1)
    assert stand.get(f"/v1/contributions/{hex_of(identity)}")["erasure"] is None


def test_contribution__withdrawn_and_in_no_edition__is_erased_by_all(stand: Stand) -> None:
    """Nothing can be sold with it any more: every keeper signs that its share is gone."""
    identity = stand.registered(1, "argparse")
    stand.registered(2, "textwrap")
    withdraw(stand, 1, identity)
    stand.edition()
    stand.follow()
    told = stand.get(f"/v1/contributions/{hex_of(identity)}")
    assert told["status"] == "withdrawn"
    erasure = told["erasure"]
    assert [each["index"] for each in erasure["erased"]] == [1, 2, 3]
    assert {each["cause"] for each in erasure["erased"]} == {"withdrawn"}
    assert (erasure["keptForEdition"], erasure["keptForLicence"]) == (None, None)


def test_contribution__withdrawn_and_in_the_newest_edition__says_why_it_is_kept(
    stand: Stand,
) -> None:
    """The newest edition can still be sold: until the next one nobody erases."""
    identity = stand.registered(1, "argparse")
    stand.registered(2, "textwrap")
    edition = stand.edition()
    withdraw(stand, 1, identity)
    erasure = stand.get(f"/v1/contributions/{hex_of(identity)}")["erasure"]
    assert erasure["erased"] == []
    assert (erasure["keptForEdition"], erasure["keptForLicence"]) == (edition, None)
    (listed, _) = sorted(
        stand.get("/v1/contributions")["rows"], key=lambda row: row["status"], reverse=True
    )
    assert (listed["status"], listed["erasure"]) == ("withdrawn", None)
