"""What Slither says is answered finding by finding; nothing is answered that it does not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from scripts.toolchain.slither import REASONS, Finding, complaints, findings, reasons

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = {"type": "contract", "name": "Escrow"}
FUNCTION = {
    "type": "function",
    "name": "_take",
    "type_specific_fields": {"parent": CONTRACT, "signature": "_take(address)"},
}
STATEMENT = {"type": "node", "name": "x = y", "type_specific_fields": {"parent": FUNCTION}}
DOUBT = Finding("incorrect-equality", "Escrow._take")


def report(*elements: dict[str, Any]) -> dict[str, Any]:
    """A report with one finding about each element."""
    named = [
        {"check": DOUBT.detector, "elements": [each], "description": "Escrow._take is odd\n"}
        for each in elements
    ]
    return {"results": {"detectors": named}}


def test_complain__finding_without_a_reason__names_it() -> None:
    """A new doubt fails the run with what Slither said about it."""
    found = findings(report(FUNCTION))
    assert complaints(found, frozenset()) == ["incorrect-equality: Escrow._take is odd"]


def test_complain__reason_for_another_detector__is_none() -> None:
    """Whoever answers one doubt about a function has not answered the next."""
    other = frozenset({Finding("reentrancy-eth", DOUBT.place)})
    assert len(complaints(findings(report(FUNCTION)), other)) == 2


def test_complain__reason_without_a_finding__is_idle() -> None:
    """An answer to nothing is taken out, so that it cannot hide the next fault there."""
    expected = ["incorrect-equality: nothing is found in Escrow._take any more"]
    assert complaints(findings({"results": {}}), frozenset({DOUBT})) == expected


def test_find__statement_or_function_or_contract__is_named_by_contract_and_function() -> None:
    """A finding is known by where it is, whichever part of it Slither points at first."""
    found = [each for each, _ in findings(report(STATEMENT, FUNCTION, CONTRACT))]
    assert found == [DOUBT, DOUBT, Finding(DOUBT.detector, "Escrow")]
    assert complaints(findings(report(STATEMENT)), frozenset({DOUBT})) == []


def test_read_reasons__each_of_them__is_a_sentence_about_a_contract_of_ours() -> None:
    """No finding is waved through without a word, and none that could not be."""
    sources = {path.stem for path in (ROOT / "contracts").rglob("*.sol")}
    assert {each.place.partition(".")[0] for each in reasons()} <= sources
    listed = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    for said in (reason for places in listed.values() for reason in places.values()):
        assert said.endswith(".")
        assert len(said.split()) > 3


def test_read_ci__its_steps__run_slither_with_no_detector_switched_off() -> None:
    """Every change is read, by all detectors of high and medium impact."""
    assert "\nmake slither\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    settings = yaml.safe_load((ROOT / "slither.config.json").read_text(encoding="utf-8"))
    assert sorted(settings) == [
        "exclude_informational",
        "exclude_low",
        "exclude_optimization",
        "filter_paths",
    ]
