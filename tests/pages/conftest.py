"""The story of tests/pages/story.py, told once, and the readers who look at its pages."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service
from tests.pages.browser import ARGUMENTS, executable
from tests.pages.crawl import Crawl, crawl
from tests.pages.story import Told, told

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""What browsers send."""


def person(url: str) -> httpx.Client:
    """Somebody with a browser."""
    return httpx.Client(base_url=url, headers={"accept": ACCEPT}, trust_env=False, timeout=30)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A DAO in which something of everything has happened."""
    with told(tmp_path_factory.mktemp("pages")) as made:
        yield made


@pytest.fixture(scope="session")
def reader(story: Told) -> Iterator[httpx.Client]:
    """A person who reads its pages."""
    with person(story.url) as client:
        yield client


@pytest.fixture(scope="session")
def program(story: Told) -> Iterator[httpx.Client]:
    """A program that does not ask for HTML."""
    with httpx.Client(base_url=story.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def everything(reader: httpx.Client) -> Crawl:
    """All pages that links lead to from the first one."""
    return crawl(reader)


@pytest.fixture(scope="session")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A person who reads the pages of a DAO in which nothing has happened, with one keeper."""
    settings = Settings(data=tmp_path_factory.mktemp("empty"), port=0)
    with Service(settings, with_loops=False) as service, person(service.url) as client:
        yield client


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser; see `browser.executable` for what happens where there is none."""
    place = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=ARGUMENTS)
        yield browser
        browser.close()
