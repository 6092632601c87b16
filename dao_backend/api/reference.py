"""The API as a page for people: every operation of the OpenAPI document, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from dao_backend.api.backend import backend_of
from dao_backend.api.pages.html import page
from dao_backend.api.pages.parts import Command
from dao_backend.api.pages.readers import Shown

PATH = "/docs"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a call takes; `place` is path, query or header."""

    name: str
    place: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that a call is answered with."""

    status: str
    description: str
    shape: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Operations about one kind of resource."""

    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The page."""

    title: str
    lead: tuple[str, ...]
    groups: tuple[Group, ...]
    commands: tuple[Command, ...] = ()


def reference(document: dict[str, Any]) -> Reference:
    """From the OpenAPI document."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            groups.setdefault(found["tags"][0], []).append(_operation(method, path, found))
    return Reference(
        title="The API",
        lead=tuple(document["info"]["description"].strip().split("\n\n")),
        groups=tuple(Group(name, tuple(found)) for name, found in groups.items()),
    )


def install(app: FastAPI) -> None:
    """Serve the page."""

    def shown(request: Request) -> Response:
        view = reference(app.openapi())
        return page(backend_of(request), PATH, Shown("reference.html", view))

    app.router.routes.append(Route(PATH, shown, methods=["GET"]))


def _operation(method: str, path: str, found: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=found["summary"],
        description=found["description"],
        parameters=tuple(
            Parameter(each["name"], each["in"], each["required"], each.get("description", ""))
            for each in found.get("parameters", ())
        ),
        body=" or ".join(_shapes(found.get("requestBody", {}))),
        answers=tuple(
            Answer(status, each["description"], " or ".join(_shapes(each)))
            for status, each in found["responses"].items()
        ),
    )


def _shapes(holder: dict[str, Any]) -> Iterator[str]:
    """The media types of a body, each with the name of its schema where it has one."""
    for media, content in holder.get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        yield f"{media}: {name}" if name else media
