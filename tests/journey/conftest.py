"""The story of the demo over twenty files, told once for each committee."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.client.http import HttpGateway
from dao_backend.demo.inputs import CODE, COPIED, Item, standard_library, tables, worthless
from dao_backend.demo.story import Story
from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service

COMMITTEES = {"one of one": (1, 1), "two of three": (2, 3), "three of five": (3, 5)}
FILES = 17


def twenty_items(work: Path) -> list[Item]:
    """Seventeen modules of three members, and three tables of a fourth."""
    found = [item.path for item in standard_library() if item.path.is_file()]
    copied = next(path for path in found if path.name == COPIED)
    modules = [copied, *(path for path in found if path != copied)][:FILES]
    people = ("ada", "jon", "noor")
    turns = [Item(people[place % 3], CODE, path) for place, path in enumerate(modules)]
    return [*turns, *tables(), *worthless(work)]


@pytest.fixture(scope="module", params=COMMITTEES.values(), ids=COMMITTEES.keys())
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """A service of its own with a cast, before anything has happened."""
    threshold, keepers = request.param
    folder = tmp_path_factory.mktemp("journey")
    work = folder / "cast"
    work.mkdir()
    settings = Settings(data=folder / "service", port=0, keepers=keepers, threshold=threshold)
    with Service(settings, with_loops=False) as service:
        gateway = HttpGateway(service.url)
        told = Story(
            system=service.system,
            chain=service.chain,
            gateway=gateway,
            data=settings.data,
            work=work,
            progress=lambda _what, _done, _total: None,
            items=twenty_items(work),
            ordinary=False,
        )
        told.cast(rounds=2)
        told.follow()
        yield told
        gateway.close()
