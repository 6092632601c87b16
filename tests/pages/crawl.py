"""Follows every link of the pages, and takes HTML apart far enough to check its shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urldefrag

import httpx

VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "rect", "line"})
"""Elements without an end tag; the SVG ones close themselves."""


@dataclass
class Element:
    """One element: its name, attributes, text inside and elements inside, all the way down."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def all(self, *names: str) -> list[Element]:
        """Elements of these names inside, in document order."""
        return [found for found in self.everything if found.name in names]

    @property
    def everything(self) -> list[Element]:
        """All elements inside, in document order."""
        return [found for child in self.inside for found in (child, *child.everything)]

    @property
    def words(self) -> str:
        """Its text with single spaces."""
        return " ".join(self.text.split())


class Parser(HTMLParser):
    """Builds elements; refuses tags that do not nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self._open[-1].name == tag, f"</{tag}> ends a <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def close(self) -> None:
        """Check that nothing is left open."""
        super().close()
        assert self._open == [self.root], f"<{self._open[-1].name}> is not closed"


def parsed(html: str) -> Element:
    """The document; AssertionError where tags do not nest."""
    parser = Parser()
    parser.feed(html)
    parser.close()
    return parser.root


@dataclass(frozen=True)
class Answer:
    """One fetched address."""

    path: str
    response: httpx.Response

    @cached_property
    def document(self) -> Element:
        """The page taken apart."""
        return parsed(self.response.text)

    @property
    def links(self) -> list[str]:
        """Addresses of this service that the page leads to."""
        found = [each.attributes["href"] for each in self.document.all("a", "link")]
        found += [each.attributes["src"] for each in self.document.all("img")]
        return [urldefrag(each).url for each in found if not each.startswith("#")]


@dataclass(frozen=True)
class Crawl:
    """Every address that links lead to, with its answer."""

    answers: dict[str, Answer]

    @property
    def pages(self) -> list[Answer]:
        """Those that are HTML."""
        return [
            answer
            for answer in self.answers.values()
            if answer.response.headers["content-type"].startswith("text/html")
        ]


def crawl(client: httpx.Client, start: str = "/") -> Crawl:
    """Fetch everything that can be reached from `start`."""
    answers: dict[str, Answer] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in answers:
            continue
        assert path.startswith("/"), f"{path} leads out of the service"
        answer = Answer(path, client.get(path))
        answers[path] = answer
        if answer.response.headers.get("content-type", "").startswith("text/html"):
            waiting += answer.links
    return Crawl(answers)
