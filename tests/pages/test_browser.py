"""The pages in a real browser: without JavaScript, on a phone, in the dark, by keyboard.

JavaScript is off in the pages; what the tests ask the browser itself still works.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from dao_backend.core.packing import hex_of
from tests.pages.story import DELIVERED, FILED, OPEN, Told

PHONE, DESK = 360, 1280
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["cat.color"]


@dataclass
class Visitor:
    """Somebody with a browser, and what the browser had to complain about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, path
        return self.page


class Visits:
    """Opens a browser window of a width and colour scheme."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url

    def visitor(self, width: int = DESK, scheme: Any = "light", script: bool = False) -> Visitor:
        """A new window that remembers everything it is told."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            bypass_csp=script,
        )
        visitor = Visitor(context.new_page(), self._url)
        visitor.page.on("console", lambda said: visitor.complaints.append(said.text))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.on("dialog", lambda dialog: visitor.complaints.append(dialog.message))

        def remember(request: Request) -> None:
            visitor.requests.append(request.url)

        visitor.page.on("request", remember)
        return visitor


@pytest.fixture(scope="module")
def visits(chromium: Browser, story: Told) -> Iterator[Visits]:
    """Windows onto the story's pages."""
    yield Visits(chromium, story.url)
    for context in chromium.contexts:
        context.close()


@pytest.fixture(scope="module")
def kinds(story: Told) -> list[str]:
    """One address of each kind of page, and more where their states differ."""
    index = story.backend.index
    votes = [index.request(each).proposal_id for each in (OPEN, FILED)]
    return [
        *("/", "/collections", "/collections/1", "/contributions", "/editions/1", "/editions/2"),
        *("/requests/1", "/requests/5", "/licences/1", "/licences/3", "/payouts", "/members"),
        *(f"/proposals/{each}" for each in (*votes, story.proposal)),
        *("/proposals", "/keepers", "/problems", "/problems/NotReleased", "/about/security"),
        f"/members/{story.members[2].address}",
        f"/contributions/{hex_of(story.withdrawn)}",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_open__every_kind_of_page__fits_and_is_quiet(
    visits: Visits, kinds: list[str], width: int, scheme: str
) -> None:
    """Nothing sticks out to the side, nothing is blocked or fetched from elsewhere."""
    visitor = visits.visitor(width, scheme)
    for path in kinds:
        page = visitor.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").is_visible()
    assert visitor.complaints == []
    assert all(each.startswith(visitor.url) for each in visitor.requests)


def test_open__hostile_proposal_with_scripts_on__runs_nothing(visits: Visits, story: Told) -> None:
    """Even a browser that runs scripts, with the policy off, finds nothing to run."""
    visitor = visits.visitor(script=True)
    page = visitor.open(f"/proposals/{story.proposal}")
    assert visitor.complaints == []
    assert page.locator("script").count() == 0
    assert page.locator("main img").count() == 0
    assert "<script>alert(1)</script>" in page.locator("h1").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_look__in_either_light__uses_the_colours_of_it(visits: Visits, scheme: str) -> None:
    """Pages follow the reader's wish for light or dark."""
    page = visits.visitor(scheme=scheme).open("/")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(", ")))
    assert (brightness > 3 * 128) == (scheme == "light")


def test_look__table_on_a_phone__names_every_figure(visits: Visits) -> None:
    """On a narrow screen the table's head is out of sight, and each cell says what it is."""
    narrow = visits.visitor(PHONE).open("/contributions")
    cell = "getComputedStyle(document.querySelector('td'), '::before').content"
    assert "Collection" in narrow.evaluate(cell)
    assert narrow.locator("tbody th").first.bounding_box()["x"] < PHONE / 4  # type: ignore[index]
    wide = visits.visitor(DESK).open("/contributions")
    assert wide.evaluate(cell) == "none"
    assert wide.locator("thead th").first.is_visible()


def test_click__short_address__selects_the_whole_of_it(visits: Visits, story: Told) -> None:
    """What is shown short is copied whole."""
    page = visits.visitor().open(f"/members/{story.members[0].address}")
    code = page.locator("h1 code")
    assert code.bounding_box()["width"] < 400  # type: ignore[index]
    code.click()
    assert page.evaluate("getSelection().toString()") == story.members[0].address


def test_press__tab_and_enter__skips_to_the_content(visits: Visits) -> None:
    """By keyboard the content is two keys away, and what has the focus is seen."""
    page = visits.visitor().open("/proposals")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_look__tally__is_drawn_to_scale(visits: Visits, story: Told) -> None:
    """The part for a request that all voted for fills the bar, and the quorum's mark lies on it."""
    proposal = story.backend.index.request(DELIVERED).proposal_id
    page = visits.visitor().open(f"/proposals/{proposal}")
    bar, part = (page.locator(each).bounding_box() for each in ("svg.bar", "svg .for"))
    assert bar is not None
    assert part is not None
    assert part["width"] == pytest.approx(bar["width"], rel=0.01)
    mark = page.locator("svg .quorum").bounding_box()
    assert mark is not None
    assert bar["x"] < mark["x"] < bar["x"] + bar["width"] / 2


@pytest.mark.parametrize(
    ("width", "scheme", "tags"),
    [(PHONE, "light", [*RULES, *COLOURS]), (DESK, "dark", COLOURS)],
)
def test_check__every_kind_of_page__breaks_no_rule_of_accessibility(
    visits: Visits, kinds: list[str], width: int, scheme: str, tags: list[str]
) -> None:
    """WCAG 2.2 AA as axe checks it, and the contrast in light and dark even at level AAA."""
    assert AXE.is_file(), "axe-core is missing: run `make setup`"
    rules = AXE.read_text(encoding="utf-8")
    visitor = visits.visitor(width, scheme, script=True)
    found = {}
    for path in kinds:
        if path == "/problems":  # the same template as other lists, and by far the longest
            continue
        page = visitor.open(path)
        page.evaluate(rules)
        result = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags)
        assert result["passes"], path
        broken = [(each["id"], each["nodes"][0]["html"]) for each in result["violations"]]
        if broken:
            found[path] = broken
    assert found == {}


def test_check__page_with_faults__is_noticed(visits: Visits) -> None:
    """The check above sees what is wrong with a page that is."""
    page = visits.visitor(script=True).open("/keepers")
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=\"/static/mark.svg\">'")
    page.evaluate("document.querySelector('p.lead').style.color = '#ccc'")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", RULES)
    broken = {each["id"] for each in result["violations"]}
    assert {"image-alt", "color-contrast", "empty-heading"} <= broken
