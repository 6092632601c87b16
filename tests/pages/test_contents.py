"""What each page says after the story: the same facts that index and chain hold, in words."""

from __future__ import annotations

import re

import httpx
import pytest

from dao_backend.core.model import NATIVE
from dao_backend.core.packing import hex_of
from tests.pages.crawl import Element, crawl, parsed
from tests.pages.story import DELIVERED, FILED, GRANTED, OPEN, REFUSED, Told

SUM = re.compile(r"(\d+) × (\d+) ÷ (\d+) = (\d+), rounded down; (\d+) - (\d+) claimed = (\d+)")


def words(reader: httpx.Client, path: str) -> str:
    """A page's text."""
    answer = reader.get(path)
    assert answer.status_code == 200
    return parsed(answer.text).words


def table(reader: httpx.Client, path: str, caption: str) -> list[list[str]]:
    """The rows of a table of a page."""
    for each in parsed(reader.get(path).text).all("table"):
        if each.all("caption")[0].words.startswith(caption):
            rows = each.all("tbody")[0].all("tr")
            return [[cell.words for cell in row.all("th", "td")] for row in rows]
    raise AssertionError(f"{path} has no table {caption!r}")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "Any 2 of the 3 keepers together: read everything without anybody noticing"),
        ("/", "1 minute between a passed vote and its execution"),
        ("/", "20 % of all votes"),
        ("/", "93 % to the members of the edition 5 % to the reserve, 2 % to keepers"),
        ("/", "and 1 withdrawn"),
        ("/collections", "evaluate models and do research"),
        ("/collections/1", "They did not agree to train foundation models"),
        ("/collections/1", "ddao request 1 --purpose evaluate --pay 0.01"),
        ("/editions/1", "A sealed list of the 6 contributions"),
        ("/editions/1", "2 of 3 keepers the committee of epoch 1"),
        ("/editions/2", "A sealed list of the 5 contributions"),
        ("/editions/2", "until then no request can be granted on it"),
        (f"/requests/{DELIVERED}", "delivered and paid"),
        (f"/requests/{DELIVERED}", "fine-tune models and evaluate models"),
        (f"/requests/{DELIVERED}", "for 30 days, and pays 1.25 ether, plus a royalty of 2.5 %"),
        (f"/requests/{DELIVERED}", "granted on edition 1 or a newer one with at least 100 units"),
        (f"/requests/{REFUSED}", "The whole price went back to the buyer."),
        (f"/requests/{GRANTED}", "the price waits in escrow"),
        (f"/requests/{FILED}", "Only the filing fee is kept"),
        (f"/licences/{DELIVERED}", "yes: enough keepers posted their receipts"),
        (f"/licences/{GRANTED}", "No keeper has posted a receipt yet."),
        (f"/requests/{DELIVERED}", "Use is metered: 0.000001 ether for each unit, 0.001 ether for"),
        (f"/requests/{GRANTED}", "Disputes about the delivery are ruled by 0x"),
        (f"/requests/{DELIVERED}", "Each unit of use 0.000001 ether"),
        (f"/requests/{GRANTED}", "until the delivery there is nothing to dispute"),
        (f"/licences/{DELIVERED}", "Use is reported as agreed. Used and paid 0 units"),
        (f"/licences/{DELIVERED}", "No royalty was paid for this licence yet."),
        ("/keepers", "It takes 2 of 3 to open anything."),
        ("/keepers", "All 3 keepers run on one machine: whoever runs it holds all their shares"),
        ("/keepers", "Any 2 of the 3 keepers together read everything without anybody noticing"),
        ("/about/security", "What any 2 of the 3 keepers together can read leaves no trace."),
        ("/problems/NotReleased", "receipt-not-final"),
    ],
)
def test_read__page_after_the_story__says_what_happened(
    reader: httpx.Client, path: str, said: str
) -> None:
    """Pages tell in plain words what the chain knows."""
    assert said in words(reader, path)


def test_read__finished_request__shows_no_deadline(reader: httpx.Client) -> None:
    """A deadline that nobody waits for any more would only mislead."""
    assert "or it is refunded" not in words(reader, f"/requests/{DELIVERED}")
    assert "or it is refunded" in words(reader, f"/requests/{GRANTED}")


def test_read__licence__shows_where_each_keeper_stands(reader: httpx.Client) -> None:
    """Two keepers hand over, the third says what it has not done."""
    rows = table(reader, f"/licences/{DELIVERED}", "Where each keeper stands")
    ready = ["hands over", "Enough receipts are final."]
    assert rows[:2] == [["Keeper 1", *ready], ["Keeper 2", *ready]]
    assert rows[2] == ["Keeper 3", "waits", "The keeper has not posted its receipt yet."]
    assert len(table(reader, f"/licences/{DELIVERED}", "Receipts")) == 2


def test_read__keepers__say_how_they_are_and_what_they_did(reader: httpx.Client) -> None:
    """All answer; two of them posted a receipt for one of the two deliveries, the third none."""
    said = table(reader, "/keepers", "What each keeper says of itself")
    assert [row[:2] for row in said] == [[f"Keeper {each}", "answers"] for each in (1, 2, 3)]
    assert {row[3] for row in said} == {"7"}
    assert {row[5] for row in said} == {"0"}
    assert {row[7] for row in said} == {"nothing to take over"}
    assert all(row[6].startswith("100 % of ") for row in said)
    seats = table(reader, "/keepers", "Seats and receipts")
    assert [row[5] for row in seats] == ["1 of 2", "1 of 2", "0 of 2"]
    (epoch,) = table(reader, "/keepers", "Epochs, newest first")
    assert (epoch[0], *epoch[2:]) == ("1", "serves", "2 of 3", "the first committee")


def test_read__withdrawn_contribution__says_why_shares_are_kept(
    reader: httpx.Client, story: Told
) -> None:
    """One keeper owes a licence its bundle, and so no share of what it covers is erased yet."""
    said = words(reader, f"/contributions/0x{story.withdrawn.hex()}")
    assert f"not erased yet, because licence {DELIVERED} still awaits a bundle" in said
    assert f"ddao verify erasure 0x{story.withdrawn.hex()}" in said


def test_read__proposals__show_tally_clock_and_state(reader: httpx.Client, story: Told) -> None:
    """Every proposal stands there with its votes, its clock and where it is, newest first."""
    rows = table(reader, "/proposals", "Proposals")
    names = [row[0] for row in rows]
    assert names[0] == f"Grant request {FILED}"
    assert names[-3:] == [f"Grant request {each}" for each in (GRANTED, REFUSED, DELIVERED)]
    states = {row[0]: row[5] for row in rows}
    assert states[f"Grant request {FILED}"] == "not open yet"
    assert states[f"Grant request {OPEN}"] == "open"
    assert states[f"Grant request {REFUSED}"] == "defeated"
    assert states[f"Grant request {DELIVERED}"] == "carried out"
    assert rows[0][4].startswith("opens in ")
    assert rows[1][4].startswith("closes in ")


def test_read__open_proposal__draws_what_the_chain_counts(
    reader: httpx.Client, story: Told
) -> None:
    """The bar's words, the figures and the index agree on the votes and the quorum."""
    index, chain = story.backend.index, story.backend.chain
    proposal = index.request(OPEN).proposal_id
    row, quorum = index.proposal(proposal), chain.proposal_quorum(proposal)
    document = parsed(reader.get(f"/proposals/{proposal}").text)
    bar = document.all("svg")[0]
    assert bar.attributes["role"] == "img"
    assert f"{row.votes_for:,} for, 0 abstain and 0 against" in bar.attributes["aria-label"]
    assert f"{quorum:,} votes" in bar.attributes["aria-label"]
    drawn = [each.attributes["class"] for each in document.all("rect")]
    assert drawn == ["rail", "for"]
    assert "another" in document.words
    assert f"ddao vote {OPEN} for" in document.words


def test_read__ballots__name_every_voter(reader: httpx.Client, story: Told) -> None:
    """Votes are public: who, which way, with how many units."""
    proposal = story.backend.index.request(REFUSED).proposal_id
    rows = table(reader, f"/proposals/{proposal}", "Ballots")
    assert {row[0] for row in rows} == {member.address for member in story.members}
    assert {row[1] for row in rows} == {"against"}
    weights = {row[0]: int(row[2].replace(",", "")) for row in rows}
    snapshot = story.backend.index.proposal(proposal).vote_start
    for member in story.members:
        assert weights[member.address] == story.backend.chain.votes_at(member.address, snapshot)


def test_read__payouts__show_the_price_split_to_the_wei(reader: httpx.Client, story: Told) -> None:
    """What came in is what members, reserve and keepers get, with the exact amounts beside."""
    document = parsed(reader.get("/payouts").text)
    cells = document.all("tbody")[0].all("td")
    figures = [each for each in document.all("tbody")[0].all("span") if each.words[-5:] == "ether"]
    amounts = [int(each.attributes["title"].removesuffix(" wei")) for each in figures]
    assert sum(amounts) == 1_250_000_000_000_000_000
    assert [cell.words for cell in cells][1:4] == ["1.1625 ether", "0.0625 ether", "0.025 ether"]
    claims = table(reader, "/payouts", "Money taken out")
    paid = {member.address for member in story.members[:2]}
    assert {row[0] for row in claims} == paid


@pytest.mark.parametrize("place", [0, 1, 2])
def test_read__statement__can_be_computed_again(
    reader: httpx.Client, story: Told, place: int
) -> None:
    """Each line's sum holds, and its last figure is what the vault says is due."""
    member = story.members[place].address
    rows = table(reader, f"/members/{member}", "Statement")
    assert len(rows) == 1
    found = SUM.fullmatch(rows[0][1])
    assert found is not None
    received, units, total, entitled, again, claimed, due = map(int, found.groups())
    assert received * units // total == entitled == again
    assert entitled - claimed == due
    assert due == story.backend.chain.due(1, NATIVE, member)
    assert (due == 0) == (place < 2)


def test_read__members__hold_what_the_chain_says(reader: httpx.Client, story: Told) -> None:
    """Units of every member in every collection are those of the token contract."""
    rows = table(reader, "/members", "Members")
    assert [row[0] for row in rows] == [member.address for member in story.members]
    for row in rows:
        for collection in (0, 1):
            held = story.backend.chain.units(row[0], collection)
            assert int(row[2 + collection].replace(",", "")) == held


def test_read__withdrawn_contribution__says_what_that_means(
    reader: httpx.Client, story: Told
) -> None:
    """It is in no later edition, and its withdrawal is no longer offered."""
    said = words(reader, f"/contributions/{hex_of(story.withdrawn)}")
    assert "No later edition holds it." in said
    assert "ddao withdraw" not in said
    assert "ddao verify contribution" in said


def test_read__edition__links_its_manifest_once_attested(reader: httpx.Client) -> None:
    """The published list is offered when there is one."""
    attested, sealed = (parsed(reader.get(f"/editions/{each}").text) for each in (1, 2))
    assert "/v1/editions/1/manifest" in _links(attested)
    assert "/v1/editions/2/manifest" not in _links(sealed)
    assert reader.get("/v1/editions/1/manifest").status_code == 200


@pytest.mark.parametrize(
    ("path", "caption"),
    [
        ("/contributions", "Contributions"),
        ("/editions", "Editions"),
        ("/proposals", "Proposals"),
        ("/requests", "Requests"),
        ("/licences", "Licences"),
        ("/members", "Members"),
        ("/editions/1", "Contributions in edition 1"),
        ("/contributions?collection=0", "Contributions"),
    ],
)
def test_turn__pages_of_a_list__show_every_row_once(
    reader: httpx.Client, path: str, caption: str
) -> None:
    """Following "Further rows" from a short page gives the same rows as one long page."""
    whole = [row[0] for row in table(reader, path, caption)]
    joined = "&" if "?" in path else "?"
    place: str | None = f"{path}{joined}limit=1"
    seen: list[str] = []
    while place is not None:
        seen += [row[0] for row in table(reader, place, caption)]
        document = parsed(reader.get(place).text)
        turns = {each.attributes.get("rel"): each.attributes["href"] for each in document.all("a")}
        assert (turns.get("first") is None) == (len(seen) == 1)
        place = turns.get("next")
    assert seen == whole
    assert len(whole) > 1


def test_turn__one_of_two_lists__keeps_the_place_in_the_other(reader: httpx.Client) -> None:
    """Turning the claims leaves the deposits where they are."""
    first = parsed(reader.get("/payouts?limit=1&deposits=999999.0").text)
    following = [each for each in first.all("a") if each.attributes.get("rel") == "next"]
    assert len(following) == 1
    address = following[0].attributes["href"]
    assert "deposits=999999.0" in address
    assert "claims=" in address


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/contributions", "ddao contribute PATH --collection 0"),
        ("/editions", "this service does it by itself"),
        ("/proposals", "ddao browse"),
        ("/requests", "ddao browse"),
        ("/licences", "ddao proposals"),
        ("/payouts", "ddao proposals"),
        ("/members", "ddao contribute PATH --collection 0"),
        ("/collections/0", "none sealed yet"),
        ("/collections", "no edition yet"),
        ("/keepers", "Here there is one keeper: it alone decides."),
        ("/keepers", "It runs inside this service, on one machine"),
        ("/", "The one keeper: read everything"),
    ],
)
def test_read__page_of_a_new_dao__says_what_to_do_next(
    newcomer: httpx.Client, path: str, hint: str
) -> None:
    """Where nothing has happened yet, a page says how it begins."""
    assert hint in words(newcomer, path)


def test_follow__links_of_a_new_dao__are_all_answered(newcomer: httpx.Client) -> None:
    """A DAO without history has no dead links either."""
    found = crawl(newcomer)
    assert {answer.response.status_code for answer in found.answers.values()} == {200}


def _links(document: Element) -> list[str]:
    return [each.attributes["href"] for each in document.all("a")]
