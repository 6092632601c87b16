"""A DAO whose votes count persons: who joins, who attests, and what each vote weighs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.packing import hex_of
from dao_backend.core.safeguards import VotingMode
from dao_backend.core.submission import submission_json
from tests.api.safeguards import signed
from tests.support.anvil import running_chain
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import FAR, LocalDao, found_dao, local_parameters
from tests.support.stand import Stand, problem_of, standing

ATTESTOR, STRANGER = 906, 77
PERSON = hex_of(seed("person"))


@pytest.fixture(scope="module")
def counted_by_person() -> Iterator[LocalDao]:
    """One DAO for the module: a vote for each member, and an attestor."""
    stated = local_parameters()
    voting = replace(
        stated.voting,
        mode=VotingMode.PER_MEMBER,
        attestors=(wallet(ATTESTOR),),
        proposal_threshold=1,
    )
    with running_chain() as chain:
        yield found_dao(chain, replace(stated, voting=voting))


@pytest.fixture
def persons(counted_by_person: LocalDao, tmp_path: Path) -> Iterator[Stand]:
    """A service over it, put back afterwards."""
    snapshot = counted_by_person.chain.snapshot()
    with standing(counted_by_person, tmp_path) as made:
        yield made
    counted_by_person.chain.revert(snapshot)


def body(stand: Stand, by: int, about: int, person: str = PERSON) -> dict[str, object]:
    """A statement about an account, signed by the account of that number."""
    path = f"/v1/members/{wallet(about)}/uniqueness"
    signature = signed(stand, by, path, person=person, deadline=FAR)
    return {"person": person, "deadline": FAR, "signature": signature}


def attest(stand: Stand, about: int, person: str = PERSON) -> None:
    """Let the attestor state that an account is one person."""
    stand.post(f"/v1/members/{wallet(about)}/uniqueness", body(stand, ATTESTOR, about, person))


def test_attest__by_no_attestor__is_refused(persons: Stand) -> None:
    """Whoever relays it, only an attestor's own signature counts."""
    path = f"/v1/members/{wallet(1)}/uniqueness"
    refused = persons.client.post(path, json=body(persons, STRANGER, 1))
    assert problem_of(refused, 409, "ContractRefused")["error"] == "AttestorUnknown"


def test_attest__one_person_twice__is_refused(persons: Stand) -> None:
    """A person joins with one account."""
    attest(persons, 1)
    path = f"/v1/members/{wallet(2)}/uniqueness"
    refused = persons.client.post(path, json=body(persons, ATTESTOR, 2))
    assert problem_of(refused, 409, "ContractRefused")["error"] == "PersonKnown"


def test_submit__not_attested__says_what_to_do(persons: Stand) -> None:
    """The refusal comes before anybody opens the content, and names the way in."""
    made = persons.sealed(1, b"def f():\n    return 1\n" * 200)
    answer = persons.client.post("/v1/contributions", json=submission_json(made))
    refused = problem_of(answer, 409, "Refused")
    assert f"`ddao attest-uniqueness {wallet(1)} --person HASH`" in refused["detail"]
    found = persons.get(f"/v1/members/{wallet(1)}/uniqueness")
    assert (found["votingMode"], found["needed"], found["attested"]) == ("per-member", True, False)
    assert found["sentence"] == refused["detail"]


def test_contribute__attested__gives_one_vote(persons: Stand) -> None:
    """Votes are counted by person, income by unit; what the pages say is the same."""
    for number, module in ((1, "argparse"), (2, "textwrap")):
        attest(persons, number, hex_of(seed("person", number)))
        persons.registered(number, module)
    persons.registered(1, "calendar")
    assert persons.get("/v1/dao")["votingMode"] == "per-member"
    member = persons.get(f"/v1/members/{wallet(1)}")
    assert (member["attested"], member["tenure"]) == (True, 0)
    assert int(member["units"][0]) > 1
    persons.edition()
    filed = persons.dao.file()
    persons.dao.chain.time.advance(61)
    persons.follow()
    path = f"/v1/proposals/{filed.proposal_id}"
    found = persons.get(f"{path}/eligibility", voter=wallet(1))
    assert (found["votes"], found["eligible"]) == ("1", True)
    assert "with 1 vote " in found["sentence"]
    assert persons.get(path)["quorum"] == "0"
    stranger = persons.get(f"{path}/eligibility", voter=wallet(STRANGER))
    assert stranger["sentence"].startswith("This account had no votes at the snapshot")


def test_uniqueness__votes_counted_by_unit__is_not_needed(stand: Stand) -> None:
    """Where units vote, anybody may contribute."""
    found = stand.get(f"/v1/members/{wallet(1)}/uniqueness")
    assert (found["votingMode"], found["needed"], found["attested"]) == ("per-unit", False, False)
    assert stand.get("/v1/dao")["votingMode"] == "per-unit"
