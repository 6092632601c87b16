"""What a buyer reads at the end of a pull: what was written, what was not, and why."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dao_backend.cli.pulling import pull
from dao_backend.cli.screen import Screen
from dao_backend.cli.session import Session
from dao_backend.errors import IntegrityError, NotFound, ServiceUnavailable
from tests.service.desks import asked
from tests.service.gappy import Gappy, gappy
from tests.support.running_dao import RELEASE_SECRET, Meddled
from tests.support.running_fixtures import Stage


def not_indexed(_real: Any, path: str, _query: dict[str, str]) -> Any:
    """An index that has not come to this licence yet."""
    raise NotFound(path)


@dataclass
class Pulling:
    """A buyer before its terminal, whose wallet is open; service and keepers are real."""

    sale: Gappy
    folder: Path

    def run(self, *, as_json: bool = False, **service: Any) -> tuple[str, str, Exception | None]:
        """Stdout, stderr, and what was raised, with a service that does `service`."""
        out, err = io.StringIO(), io.StringIO()
        dao = self.sale.dao
        licence = dao.system.chain.licence(self.sale.licence)
        assert licence is not None
        client = SimpleNamespace(
            chain=dao.system.chain,
            gateway=Meddled(dao.gateway, read=not_indexed, **service),
            keeper=self.sale.reach,
            questions=asked(*dao.system.local),
        )
        session = SimpleNamespace(
            client=client,
            wallet=SimpleNamespace(name="bob", address=licence.holder),
            wallets=SimpleNamespace(release_secret=lambda *_asked: RELEASE_SECRET),
            password=lambda _prompt: "",
            screen=Screen(as_json=as_json, out=out, err=err),
            page=lambda path: path,
        )
        raised = None
        try:
            pull(cast("Session", session), self.sale.licence, self.folder)
        except Exception as error:  # noqa: BLE001  # what it is stands in each test
            raised = error
        return out.getvalue(), err.getvalue(), raised


@pytest.fixture(scope="module")
def sale(young_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gappy]:
    """Six contributions, of which four can be had."""
    with gappy(young_stage, tmp_path_factory.mktemp("gappy")) as found:
        yield found


@pytest.fixture
def pulling(sale: Gappy, tmp_path: Path) -> Pulling:
    """The buyer, with an empty folder."""
    return Pulling(sale, tmp_path / "out")


def test_pull__two_cannot_be_had__says_how_many_are_written_and_why_not_all(
    pulling: Pulling,
) -> None:
    """Gaps and missing keys are told before, the number of files after, the reasons at the end."""
    out, err, raised = pulling.run()
    names = [f"0x{named.hex()}" for named in pulling.sale.ids]
    assert out.splitlines()[-1] == (
        f"4 of 6 contributions of edition 1 are in {pulling.folder}, each verified; "
        "no key was found for 2."
    )
    assert "Noticed: keeper 1 goes on without 3 contributions\n" in err
    assert f"Noticed: only 1 of the 2 shares needed of {names[4]} came" in err
    assert isinstance(raised, IntegrityError)
    assert str(raised).startswith("2 contributions cannot be opened: 0x")
    assert f"{names[5]}: nobody gave the share commitments of {names[5]}" in str(raised)
    assert sorted(path.name for path in pulling.folder.glob("*/*")) == [
        "0.py", "1.py", "2.py", "3.py",
    ]  # fmt: skip


def test_pull__service_falls_silent__says_how_far_it_came(pulling: Pulling) -> None:
    """Where it broke off is told with what to run again, not with blame for any contribution."""

    def envelope(_real: Any, _cid: str) -> Iterator[bytes]:
        raise ServiceUnavailable("no answer")

    out, _, raised = pulling.run(envelope=envelope)
    assert isinstance(raised, ServiceUnavailable)
    assert f"0 of 6 contributions of edition 1 are in {pulling.folder}" in out


def test_pull__for_programs__stdout_is_left_to_the_error(pulling: Pulling) -> None:
    """With `--json` the one document is that of the error; nothing else reaches stdout."""
    out, err, raised = pulling.run(as_json=True)
    assert out == ""
    assert isinstance(raised, IntegrityError)
    assert err.count("Noticed: ") == 5
