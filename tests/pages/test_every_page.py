"""What holds of every page: it can be reached, runs nothing, and has the shape of a document."""

from __future__ import annotations

import re
from itertools import pairwise

import httpx

from dao_backend.api.models.dao import EMBEDDED
from dao_backend.api.pages.mount import PAGES
from tests.pages.crawl import Crawl

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'"
SOMETHING = re.compile(r"\{[a-z]+\}")


def test_follow__every_link_of_every_page__is_answered(everything: Crawl) -> None:
    """No page leads to an address that nobody serves."""
    broken = {
        path: answer.response.status_code
        for path, answer in everything.answers.items()
        if answer.response.status_code != 200
    }
    assert broken == {}


def test_follow__from_the_first_page__reaches_every_kind_of_page(everything: Crawl) -> None:
    """Whatever can be shown can be found without knowing its address."""
    kinds = {SOMETHING.sub("[^/?]+", path) for path in (*PAGES, "/problems/{name}")}
    unreached = [
        kind for kind in kinds if not any(re.fullmatch(kind, path) for path in everything.answers)
    ]
    assert unreached == []


def test_read__any_page__can_run_nothing(everything: Crawl) -> None:
    """The browser is told to run nothing, and there is nothing to run or to send."""
    for answer in everything.pages:
        assert answer.response.headers["content-security-policy"].startswith(POLICY), answer.path
        assert answer.response.headers["x-content-type-options"] == "nosniff"
        assert answer.document.all("script", "form", "iframe", "object", "style", "base") == []
        for element in answer.document.everything:
            own = element.attributes
            assert not [name for name in own if name.startswith("on") or name == "style"]
            assert not own.get("href", "").lower().startswith(("javascript:", "data:"))


def test_read__any_page__says_who_runs_everything(everything: Crawl) -> None:
    """The embedded default's warning stands on every page."""
    for answer in everything.pages:
        assert EMBEDDED in answer.document.words, answer.path


def test_read__any_page__has_one_heading_and_a_title(everything: Crawl) -> None:
    """A page has a title of its own, one h1, and never skips a level of heading."""
    for answer in everything.pages:
        title = answer.document.all("title")[0].words
        assert " · Local Data DAO" in title
        assert title.partition(" · ")[0].strip(), answer.path
        levels = [int(each.name[1]) for each in answer.document.all("h1", "h2", "h3", "h4")]
        assert levels[0] == 1, answer.path
        assert levels.count(1) == 1, answer.path
        assert all(after - before <= 1 for before, after in pairwise(levels)), answer.path


def test_read__two_pages__have_different_titles(everything: Crawl) -> None:
    """A title tells its page apart; pages of one list share one."""
    titles = [
        answer.document.all("title")[0].words
        for path, answer in everything.answers.items()
        if answer in everything.pages and "?" not in path and not path.startswith("/v1")
    ]
    assert len(titles) == len(set(titles))


def test_read__any_page__has_landmarks_and_a_skip_link(everything: Crawl) -> None:
    """Header, navigation, content and footer can be jumped to, the content first of all."""
    for answer in everything.pages:
        body = answer.document.all("body")[0]
        assert [len(body.all(name)) for name in ("header", "main", "footer")] == [1, 1, 1]
        first = body.all("a")[0]
        assert first.attributes["href"] == "#" + body.all("main")[0].attributes["id"]
        named = [each.attributes["aria-label"] for each in body.all("nav")]
        assert len(named) == len(set(named)), answer.path
        assert answer.document.all("html")[0].attributes["lang"] == "en"


def test_read__any_page__has_unique_ids_that_labels_name(everything: Crawl) -> None:
    """An id names one element, and every label names an id that is there."""
    for answer in everything.pages:
        elements = answer.document.everything
        ids = [each.attributes["id"] for each in elements if "id" in each.attributes]
        assert len(ids) == len(set(ids)), answer.path
        labels = {each.attributes.get("aria-labelledby") for each in elements} - {None}
        assert labels <= set(ids), answer.path


def test_read__any_table__has_a_caption_and_scopes(everything: Crawl) -> None:
    """Every table says what it is, and every head what it heads."""
    tables = [
        (answer.path, each) for answer in everything.pages for each in answer.document.all("table")
    ]
    assert len(tables) > 20
    for path, table in tables:
        assert table.all("caption")[0].words, path
        assert {each.attributes.get("scope") for each in table.all("th")} <= {"col", "row"}, path
        width = len(table.all("thead")[0].all("th"))
        for row in table.all("tbody")[0].all("tr"):
            cells = row.all("th", "td")
            assert len(cells) == width, path
            assert all(each.attributes["data-label"] for each in cells), path


def test_read__any_time__is_there_for_programs_too(everything: Crawl) -> None:
    """Words like "in 5 minutes" stand beside the exact time."""
    times = [each for answer in everything.pages for each in answer.document.all("time")]
    assert len(times) > 50
    for each in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each.attributes["datetime"])
        assert each.attributes["title"].endswith(" UTC")
        assert re.fullmatch(r"now|in .+|.+ ago", each.words)


def test_read__any_short_hash__is_there_in_full(everything: Crawl) -> None:
    """What is shown short can be copied whole."""
    codes = [
        each
        for answer in everything.pages
        for each in answer.document.all("code")
        if each.attributes.get("class") == "code"
    ]
    assert len(codes) > 50
    assert all(each.attributes["title"] == each.words for each in codes)


def test_read__style_sheet__is_the_only_thing_beside_the_mark(everything: Crawl) -> None:
    """Pages load one style sheet and one picture, both of this service."""
    loaded = {path for path in everything.answers if path.startswith("/static/")}
    assert loaded == {"/static/pages.css", "/static/mark.svg"}
    sheet = everything.answers["/static/pages.css"].response
    assert sheet.headers["content-type"].startswith("text/css")
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


def test_ask__only_the_head_of_a_page__gets_no_body(reader: httpx.Client) -> None:
    """HEAD answers as GET does, without the page."""
    answer = reader.head("/")
    assert (answer.status_code, answer.text) == (200, "")
