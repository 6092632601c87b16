"""Editions, bundles and money over HTTP: what is paid for is what is released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from dao_backend.core.model import NATIVE
from dao_backend.core.packing import hex_of
from tests.support.core_actors import sealing_secret, wallet
from tests.support.local_dao import BUYER, PRICE
from tests.support.stand import Stand, problem_of

MODULES = {1: "argparse", 2: "textwrap"}
NET = PRICE * 9300 // 10_000
"""The price less five percent for the reserve and two for the keepers."""


@dataclass(frozen=True)
class Sale:
    """A stand with one edition of two members and a request for it."""

    stand: Stand
    edition: int
    request: Any

    @property
    def bundles(self) -> str:
        """Where the bundles of the licence are."""
        return f"/v1/licences/{self.request.request_id}/bundles"

    def reasons(self, **query: str) -> list[str | None]:
        """Why each keeper does not hand over."""
        return [row["reason"] for row in self.stand.get(self.bundles, **query)["rows"]]

    def granted(self) -> Sale:
        """Voted, queued and executed, not yet final."""
        self.stand.dao.grant(self.request, *MODULES)
        return self

    def delivered(self) -> Sale:
        """All receipts final, everything indexed."""
        self.granted().stand.follow()
        return self


@pytest.fixture
def sale(stand: Stand) -> Sale:
    """Filed, not yet voted on."""
    for member, module in MODULES.items():
        stand.registered(member, module)
    edition = stand.edition()
    return Sale(stand, edition, stand.dao.file())


def test_attest__edition_not_final__names_every_keeper(stand: Stand) -> None:
    """A keeper signs what is final; until then each says why it does not."""
    stand.registered(1)
    edition = stand.dao.seal()
    stand.indexer.sync_once()
    path = f"/v1/editions/{edition}"
    detail = problem_of(stand.client.post(f"{path}/attestation"), 409, "Refused")["detail"]
    assert all(f"keeper {index}" in detail for index in (1, 2, 3))
    problem_of(stand.client.get(f"{path}/manifest"), 409, "Refused")


def test_seal__interval_not_over__is_refused(sale: Sale) -> None:
    """Sealing again at once is refused with the contract's reason."""
    answer = sale.stand.client.post("/v1/collections/0/editions")
    problem_of(answer, 409, "ContractRefused")


def test_edition__attested__has_a_root_and_a_manifest(sale: Sale) -> None:
    """The published file lists every contribution with its commitments."""
    found = sale.stand.get(f"/v1/editions/{sale.edition}")
    assert found["root"]
    assert found["contributions"] == len(MODULES)
    lines = sale.stand.client.get(f"/v1/editions/{sale.edition}/manifest").text.splitlines()
    assert len(lines) == 1 + len(MODULES)
    again = sale.stand.post(f"/v1/editions/{sale.edition}/attestation")
    assert again["transaction"] is None
    rows = sale.stand.get("/v1/contributions", edition=sale.edition)["rows"]
    identities = [row["record"]["contributionId"] for row in rows]
    assert identities == sorted(identities)
    assert len(identities) == len(MODULES)


def test_bundle__before_anything__is_not_released(stand: Stand) -> None:
    """An unknown licence has no bundle, and the reason says so."""
    stand.follow()
    document = problem_of(stand.client.get("/v1/licences/9/bundles/1"), 403, "NotReleased")
    assert document["reason"] == "unknown-licence"
    problem_of(stand.client.get("/v1/licences/9/bundles/9"), 404, "NotFound")


def test_bundle__vote_not_passed__is_not_released(sale: Sale) -> None:
    """A filed request releases nothing."""
    sale.stand.follow()
    assert sale.reasons() == ["vote-not-passed"] * 3


def test_bundle__grant_not_final__is_not_released(sale: Sale) -> None:
    """An executed proposal releases nothing before finality."""
    assert sale.granted().reasons() == ["grant-not-final"] * 3
    document = problem_of(sale.stand.client.get(f"{sale.bundles}/1"), 403, "NotReleased")
    assert document["reason"] == "grant-not-final"


def test_bundle__receipt_not_final__is_not_released(sale: Sale) -> None:
    """The receipt is on chain first, and final, before anything leaves."""
    sale.granted()
    sale.stand.dao.chain.time.finalize()
    for keeper in sale.stand.keepers:
        keeper.work()
    assert sale.reasons() == ["receipt-not-final"] * 3
    head = sale.stand.client.head(f"{sale.bundles}/1")
    assert head.status_code == 403


def test_bundle__asked_by_another_wallet_or_key__is_denied(sale: Sale) -> None:
    """What an asker claims can only deny."""
    sale.delivered()
    holder, other = wallet(BUYER), wallet(55)
    own, foreign = (hex_of(sealing_secret(7, number).public) for number in (1, 2))
    assert sale.reasons(asker=other) == ["other-wallet"] * 3
    assert sale.reasons(asker=holder, releaseKey=foreign) == ["other-key"] * 3
    assert sale.reasons(asker=holder, releaseKey=own) == [None] * 3


def test_bundle__receipts_final__is_handed_over_in_ranges(sale: Sale) -> None:
    """Every keeper's bundle is its stated bytes, whole or in parts, without login."""
    sale.delivered()
    (licence,) = sale.stand.get("/v1/licences", holder=wallet(BUYER))["rows"]
    assert licence["delivered"]
    for receipt in licence["receipts"]:
        path = f"{sale.bundles}/{receipt['index']}"
        whole = sale.stand.client.get(path)
        assert len(whole.content) == int(receipt["length"])
        assert whole.headers["etag"] == f'"{receipt["cid"]}"'
        part = sale.stand.client.get(path, headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole.content[10:20])
        assert sale.stand.client.head(path).headers["content-length"] == receipt["length"]


def test_settlement__before_receipts__is_refused(sale: Sale) -> None:
    """The escrow moves on receipts only."""
    path = f"/v1/requests/{sale.granted().request.request_id}/settlement"
    problem_of(sale.stand.client.post(path), 409, "ContractRefused")


def test_claim__by_a_stranger__is_refused(sale: Sale) -> None:
    """An account without units in the edition is owed nothing."""
    sale.delivered()
    body = {"editionId": sale.edition, "asset": NATIVE}
    answer = sale.stand.client.post(f"/v1/members/{wallet(55)}/claims", json=body)
    assert answer.status_code in (200, 409)
    sale.stand.follow()
    assert sale.stand.get("/v1/claims")["rows"] == []
    problem_of(sale.stand.client.get(f"/v1/members/{wallet(55)}/statement"), 404, "NotFound")


def test_settlement__delivered__pays_each_member_its_share(sale: Sale) -> None:
    """Statements, deposits and claims add up to the price, less stated cuts and dust."""
    stand = sale.delivered().stand
    stand.post(f"/v1/requests/{sale.request.request_id}/settlement")
    stand.follow()
    (deposit,) = stand.get("/v1/deposits", edition=sale.edition)["rows"]
    assert int(deposit["amount"]) == NET
    owed = 0
    for member in MODULES:
        path = f"/v1/members/{wallet(member)}"
        (line,) = stand.get(f"{path}/statement")["lines"]
        share = NET * int(line["units"]) // int(line["totalUnits"])
        assert int(line["due"]) == share
        before = stand.dao.reader.balance(wallet(member), NATIVE)
        stand.post(f"{path}/claims", {"editionId": sale.edition, "asset": NATIVE})
        assert stand.dao.reader.balance(wallet(member), NATIVE) - before == share
        owed += share
    stand.follow()
    assert sum(int(row["amount"]) for row in stand.get("/v1/claims")["rows"]) == owed
    assert 0 <= NET - owed < len(MODULES)
    assert stand.get(f"/v1/members/{wallet(1)}/statement")["due"][0]["amount"] == "0"


def test_members__two_contributed__are_listed_with_their_units(sale: Sale) -> None:
    """Members come in the order in which they joined."""
    rows = sale.stand.get("/v1/members")["rows"]
    assert [row["member"] for row in rows] == [wallet(1), wallet(2)]
    assert all(int(row["units"][0]) > 0 for row in rows)
    assert sale.stand.get(f"/v1/members/{wallet(2)}").items() >= rows[1].items()
    figures = sale.stand.get("/v1/dao")["totals"]
    assert (figures["members"], figures["editions"]) == (2, 1)
