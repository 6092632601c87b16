"""Handing in, registering, looking up and withdrawing over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from dao_backend.core.cid import Cid
from dao_backend.core.packing import hex_of
from dao_backend.core.submission import Submission, submission_json
from dao_backend.core.typed import Withdrawal, digest
from tests.support.core_actors import account, seed, wallet
from tests.support.local_dao import FAR
from tests.support.stand import Stand, problem_of

PROSE = b"def f():\n    return 1\n"
UNKNOWN = hex_of(seed("unknown"))


@pytest.fixture
def submission(stand: Stand) -> Submission:
    """A contribution of member 1, uploaded and not handed in."""
    return stand.sealed(1, PROSE * 200)


def handed_in(client: TestClient, submission: Submission) -> dict[str, object]:
    """The answer to a submission."""
    answer = client.post("/v1/contributions", json=submission_json(submission))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_submit__signed_by_somebody_else__is_refused(
    client: TestClient, stand: Stand, submission: Submission
) -> None:
    """Only the contributor named in the record can hand it in."""
    message = digest(stand.dao.addresses.domain("DataRegistry"), submission.record)
    forged = replace(
        submission, contributor_signature=stand.dao.chain.signer(2).sign_digest(message)
    )
    answer = client.post("/v1/contributions", json=submission_json(forged))
    problem_of(answer, 422, "InvalidSignature")


def test_submit__signed_for_another_contract__is_refused(
    client: TestClient, stand: Stand, submission: Submission
) -> None:
    """A signature for another contract is none for this one."""
    message = digest(stand.dao.addresses.domain("DataGovernor"), submission.record)
    forged = replace(
        submission, contributor_signature=stand.dao.chain.signer(1).sign_digest(message)
    )
    answer = client.post("/v1/contributions", json=submission_json(forged))
    problem_of(answer, 422, "InvalidSignature")


def test_submit__record_changed_after_signing__is_refused(
    client: TestClient, submission: Submission
) -> None:
    """A record that differs from what was signed is refused."""
    other = replace(submission, record=replace(submission.record, collection=1))
    answer = client.post("/v1/contributions", json=submission_json(other))
    problem_of(answer, 422, "InvalidSignature")


def test_submit__foreign_nonce__is_refused(client: TestClient, submission: Submission) -> None:
    """An id that does not follow from contributor and nonce cannot be squatted."""
    other = replace(submission, nonce=bytes(32))
    answer = client.post("/v1/contributions", json=submission_json(other))
    problem_of(answer, 409, "RecordMismatch")


def test_submit__envelope_never_uploaded__says_so(
    client: TestClient, stand: Stand, submission: Submission
) -> None:
    """The envelope comes first."""
    stand.backend.blobs.delete(Cid.of(submission.record.cid_digest, submission.record.length))
    answer = client.post("/v1/contributions", json=submission_json(submission))
    assert "upload it first" in problem_of(answer, 404, "NotFound")["detail"]


def test_submit__shares_swapped__are_refused(client: TestClient, submission: Submission) -> None:
    """A share sealed to one keeper opens at no other."""
    first, second, third = submission.sealed_shares
    other = replace(submission, sealed_shares=(second, first, third))
    answer = client.post("/v1/contributions", json=submission_json(other))
    problem_of(answer, 422, "ShareError")


def test_contribution__never_handed_in__is_not_found(client: TestClient) -> None:
    """An id that nobody used is unknown."""
    problem_of(client.get(f"/v1/contributions/{UNKNOWN}"), 404, "NotFound")


@pytest.mark.parametrize("path", ["registration", "withdrawal"])
def test_relay__unknown_contribution__is_not_accepted(client: TestClient, path: str) -> None:
    """Nothing is sent for what does not exist."""
    body = {"deadline": FAR, "signature": hex_of(bytes(64) + b"\x1b")}
    answer = client.post(f"/v1/contributions/{UNKNOWN}/{path}", json=body)
    assert answer.status_code in (404, 409)
    assert answer.headers["content-type"] == "application/problem+json"


def test_register__scored_nothing__is_refused(client: TestClient, stand: Stand) -> None:
    """What earned nothing is answered with its reasons and cannot be registered."""
    made = stand.sealed(1, b"x")
    outcome = handed_in(client, made)
    assert outcome["appraisal"] is None
    assert outcome["reasons"]
    path = f"/v1/contributions/{hex_of(made.record.contribution_id)}"
    assert stand.get(path)["status"] == "unscored"
    problem_of(client.post(f"{path}/registration"), 409, "Refused")
    assert stand.get("/v1/pending", contributor=wallet(1))["rows"] == []


def test_register__appraisal_ran_out__is_gone(stand: Stand) -> None:
    """An appraisal is good for an hour of chain time."""
    made = stand.submitted(1)
    stand.dao.chain.time.advance(3601)
    path = f"/v1/contributions/{hex_of(made.record.contribution_id)}/registration"
    problem_of(stand.client.post(path), 410, "AppraisalExpired")


def test_submit__again__gives_the_same_answer(client: TestClient, stand: Stand) -> None:
    """A client whose connection broke just sends it again."""
    made = stand.submitted(1)
    assert handed_in(client, made) == handed_in(client, made)


def test_contribution__appraised__is_pending_at_once(stand: Stand) -> None:
    """What was handed in can be seen before any transaction."""
    made = stand.submitted(1)
    found = stand.get(f"/v1/contributions/{hex_of(made.record.contribution_id)}")
    assert (found["status"], found["transaction"]) == ("pending", None)
    (row,) = stand.get("/v1/pending", contributor=wallet(1))["rows"]
    assert row == found


def test_register__appraised__mints_and_shows(stand: Stand) -> None:
    """Registration relays one transaction, the same when asked again; units are minted."""
    made = stand.submitted(1)
    path = f"/v1/contributions/{hex_of(made.record.contribution_id)}"
    first = stand.post(f"{path}/registration")
    assert stand.get(path)["transaction"] == first["transaction"]
    assert stand.post(f"{path}/registration") == first
    stand.follow()
    found = stand.get(path)
    assert found["status"] == "registered"
    assert stand.dao.reader.units(wallet(1), 0) == int(found["units"]) > 0
    assert stand.get("/v1/pending", contributor=wallet(1))["rows"] == []


def test_withdraw__signed_typed_data__burns_the_units(stand: Stand) -> None:
    """What the API gives to sign is what the contract checks."""
    identity = stand.registered(1)
    path = f"/v1/contributions/{hex_of(identity)}"
    typed = stand.get(f"{path}/withdrawal/typed-data", deadline=FAR)
    assert typed["message"] == {"contributionId": hex_of(identity), "deadline": FAR}
    signed = account(1).sign_typed_data(full_message=typed)
    stand.post(f"{path}/withdrawal", {"deadline": FAR, "signature": hex_of(signed.signature)})
    stand.follow()
    assert stand.get(path)["status"] == "withdrawn"
    assert stand.dao.reader.units(wallet(1), 0) == 0


def test_withdraw__replayed_signature__is_refused(stand: Stand) -> None:
    """A withdrawal happens once."""
    identity = stand.registered(1)
    message = digest(stand.dao.addresses.domain("DataRegistry"), Withdrawal(identity, FAR))
    signature = stand.dao.chain.signer(1).sign_digest(message)
    body = {"deadline": FAR, "signature": hex_of(signature)}
    path = f"/v1/contributions/{hex_of(identity)}/withdrawal"
    stand.post(path, body)
    problem_of(stand.client.post(path, json=body), 409, "ContractRefused")


def test_contributions__filtered_and_paged__gives_each_once(stand: Stand) -> None:
    """Pages follow one another without gap or repetition, newest first."""
    for number in (1, 2, 3):
        stand.dao.register(number, collection=number % 2)
    stand.follow()
    seen, after = [], None
    while True:
        query = {"limit": 1} | ({"after": after} if after else {})
        page = stand.get("/v1/contributions", **query)
        seen += [row["record"]["contributor"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [wallet(3), wallet(2), wallet(1)]
    (only,) = stand.get("/v1/contributions", collection=0)["rows"]
    (own,) = stand.get("/v1/contributions", contributor=wallet(2))["rows"]
    assert only == own


def test_contributions__nothing_new__are_not_sent_again(stand: Stand) -> None:
    """The tag is the indexed block: the same block is answered with 304, a later one anew."""
    tag = stand.client.get("/v1/contributions").headers["etag"]
    held = {"if-none-match": tag}
    assert stand.client.get("/v1/contributions", headers=held).status_code == 304
    stand.dao.register(1)
    stand.follow()
    assert stand.client.get("/v1/contributions", headers=held).status_code == 200
