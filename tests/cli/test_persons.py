"""Contributing where votes count persons: refused with a way in, and possible once attested."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service
from tests.support.cli import SOURCE, settle_in, write_module
from tests.support.local_dao import PARAMETERS


def test_contribute__not_attested__says_whom_to_ask_and_then_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal comes before the password, and what it names is what helps."""
    member, attestor = (settle_in(tmp_path / name) for name in ("member", "attestor"))
    stated = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    stated["vote"] |= {"mode": "square-root", "attestors": [attestor.address]}
    own = tmp_path / "persons.yaml"
    own.write_text(yaml.safe_dump(stated), encoding="utf-8")
    monkeypatch.setattr("dao_backend.wiring.local.PARAMETERS", own)
    settings = Settings(data=tmp_path / "service", port=0)
    with Service(settings, with_loops=False) as service:
        for each in (member, attestor):
            each.does("init", "--service", service.url)
        path = write_module(tmp_path / "module.py", 30)
        refused = member.run("contribute", path, "--collection", SOURCE)
        assert refused.code == 3
        way = ("attest-uniqueness", member.address, "--person")
        assert f"`ddao {' '.join(way)} HASH`" in refused.err
        attestor.signs(*way, "0x" + "cd" * 32)
        told = member.signs("contribute", path, "--collection", SOURCE)
        assert told["registered"] == 1
