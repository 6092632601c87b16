"""The story of the demo over twenty files, told once for each committee."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dao_backend.client.http import HttpGateway
from dao_backend.demo.inputs import small_items
from dao_backend.demo.story import Story
from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service

COMMITTEES = {"one of one": (1, 1), "two of three": (2, 3), "three of five": (3, 5)}


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
    with Service(settings, with_loops=False, separate=False) as service:
        gateway = HttpGateway(service.url)
        told = Story(
            system=service.system,
            chain=service.chain,
            gateway=gateway,
            data=settings.data,
            work=work,
            progress=lambda _what, _done, _total: None,
            items=small_items(work),
            ordinary=False,
        )
        told.cast(rounds=2)
        told.follow()
        yield told
        gateway.close()
