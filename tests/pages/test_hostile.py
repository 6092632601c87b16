"""Words of strangers stay words: what anybody may write on chain cannot become part of a page."""

from __future__ import annotations

from dataclasses import replace

import httpx
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.api.pages import keepers, proposals, refused, requests
from dao_backend.api.pages.collections import Offer, one, overview
from dao_backend.api.pages.html import templates
from dao_backend.api.pages.parts import Frame
from dao_backend.core.model import NATIVE, Collection, Purpose, Terms
from dao_backend.errors import InputError
from dao_backend.ports.committees import CommitteeRow
from dao_backend.ports.index import Page
from dao_backend.service.keeper_board import KeepersView, Uptime, Word
from tests.pages.crawl import Element, parsed
from tests.pages.story import HOSTILE, Told
from tests.support.core_actors import committee

OURS = {"html", "head", "body", "main", "header", "footer", "nav", "aside", "section", "h1", "h2"}
OURS |= {"h3", "p", "a", "img", "ul", "li", "dl", "div", "dt", "dd", "table", "caption", "thead"}
OURS |= {"tbody", "tr", "th", "td", "code", "span", "bdi", "time", "svg", "rect", "line", "title"}
OURS |= {"meta", "link", "blockquote", "strong"}
"""Every element that the templates write."""
NOBODY: Page[object] = Page((), None)


def drawn(template: str, view: object, dao: str = "Test DAO") -> Element:
    """A page as it would be sent, taken apart; AssertionError where tags do not nest."""
    frame = Frame(dao, (), warning=None, block=None, moment=None, behind=None)
    document = parsed(templates.get_template(template).render(page=view, frame=frame))
    assert {each.name for each in document.everything} <= OURS
    for element in document.everything:
        assert not [name for name in element.attributes if name.startswith("on")]
        assert element.name != "img" or element.attributes["src"] == "/static/mark.svg"
    return document


def test_read__proposal_with_markup__shows_it_as_words(reader: httpx.Client, story: Told) -> None:
    """Title, heading, description and a ballot's reason repeat the markup without obeying it."""
    answer = reader.get(f"/proposals/{story.proposal}")
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    document = parsed(answer.text)
    assert document.all("h1")[0].all("bdi")[0].text == HOSTILE
    assert document.all("blockquote")[0].text == f"{HOSTILE}\nthe second line"
    reasons = [each.text for each in document.all("td") if each.all("bdi")]
    assert reasons == [HOSTILE]
    assert document.all("title")[0].words.startswith("Proposal: <script>")


def test_list__proposal_with_markup__leads_to_its_page(reader: httpx.Client, story: Told) -> None:
    """The list shows the markup inside a link that goes nowhere else."""
    document = parsed(reader.get("/proposals").text)
    link = next(each for each in document.all("a") if each.text == HOSTILE)
    assert link.attributes["href"] == f"/proposals/{story.proposal}"


def test_refuse__address_with_markup__repeats_it_as_words(reader: httpx.Client) -> None:
    """What somebody was lured to open is repeated without being obeyed."""
    answer = reader.get("/problems/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "<script" not in answer.text
    parsed(answer.text)


@given(name=st.text(max_size=80) | st.just(HOSTILE))
def test_draw__collection_of_any_name__keeps_its_shape(name: str) -> None:
    """No name of a collection adds an element or an attribute to a page."""
    offer = Offer(Collection(0, name, Purpose.RESEARCH), 1, None, ((NATIVE, 5),))
    page = drawn("collection.html", one(offer, NOBODY, NOBODY, 0))
    assert page.all("h1")[0].all("bdi")[0].words == " ".join(name.split())
    drawn("list.html", overview((offer,)))


@given(endpoint=st.text(max_size=80) | st.just(HOSTILE))
def test_draw__keeper_of_any_endpoint_and_words__never_links_it(endpoint: str) -> None:
    """A keeper's endpoint and words are somebody's claim: they are shown, and no link."""
    found = committee(1, 1)
    seat = replace(found.keepers[0], endpoint=endpoint)
    row = CommitteeRow(1, 1, (seat,), 0, 0, frozenset(), 0, (0,))
    word = Word(seat, None, f"{endpoint} does not answer", Uptime(0, 1, 0))
    view = KeepersView((row,), 1, (word,), 0)
    stated = replace(found, keepers=(seat,))
    page = drawn("keepers.html", keepers.keepers(view, stated, keepers.Now(0, 0), embedded=False))
    targets = {each.attributes["href"] for each in page.all("a")}
    assert targets <= {"/", "#content", "/about/security", "/problems", "/openapi.json"}


@given(text=st.text(max_size=200) | st.just(HOSTILE))
def test_draw__refusal_of_any_words__keeps_its_shape(text: str) -> None:
    """An error may repeat what was asked, whatever that was."""
    drawn("refused.html", refused.refused(InputError(text)), dao=text)


@given(name=st.text(max_size=80) | st.just(HOSTILE))
def test_say__terms_with_any_name__stay_one_sentence_of_words(name: str) -> None:
    """A sentence holds a collection's name as it is; escaping is the template's work."""
    terms = Terms(0, Purpose.RESEARCH, NATIVE, 1, 86_400, 0, bytes(32), bytes(32), 0, 0)
    assert f"“{name}”" in requests.terms(terms, {0: name})


def test_name__proposal_without_words__is_named_all_the_same() -> None:
    """A description of nothing but white space still gives a link that can be clicked."""
    assert proposals.named(None, " \n\t\n") == "A proposal without a description"
    assert proposals.named(3, "whatever") == "Grant request 3"
    assert proposals.named(None, "\n  a b\nc") == "a b"
