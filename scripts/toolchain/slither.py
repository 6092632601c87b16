"""Read the contracts with Slither; fail on a high or medium finding that has no reason beside it.

Reasons stand in slither.yaml, by detector and function. A reason that answers no finding fails too,
so that the list never says more than there is. No detector is switched off.

Slither has an environment of its own under build/slither: Ape holds back packages that it shares.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.toolchain.setup import BIN, BUILD, ROOT, SetupError, digest, is_stamped, run

LOCK = ROOT / "requirements-slither.lock"
REASONS = Path(__file__).with_suffix(".yaml")
FOLDER = BUILD / "slither"
VENV = FOLDER / "venv"
STAMP = VENV / ".stamp"
REPORT = FOLDER / "report.json"
UNREAD = re.compile(r"Impossible to generate IR for (\S+) \((contracts/[^)]*)\)")


@dataclass(frozen=True, order=True)
class Finding:
    """One detector's doubt about one function, variable or contract."""

    detector: str
    place: str
    """Contract and function, such as `Escrow._take`."""


def make_environment() -> None:
    """Install exactly what requirements-slither.lock lists, checked by hash; builds nothing."""
    value = digest(LOCK, str(VENV))
    if is_stamped(STAMP, value):
        return
    mend = "Check the network connection to the Python package index, then: make slither"
    create = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    run("Slither's environment", create, mend)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    pip += ["--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(LOCK)]
    run("Python packages from requirements-slither.lock", pip, mend)
    STAMP.write_text(value, encoding="utf-8")


def analyse() -> tuple[dict[str, Any], list[str]]:
    """Run Slither; give its report, and which of our functions it could not read.

    Raises SetupError where it ends without a report.
    """
    REPORT.unlink(missing_ok=True)  # Slither writes over no report
    places = {"OUT": "out", "CACHE_PATH": "cache", "BUILD_INFO_PATH": "info"}
    environment = {f"FOUNDRY_{name}": str(FOLDER / place) for name, place in places.items()}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
    command = [str(VENV / "bin" / "slither"), ".", "--fail-none", "--json", str(REPORT)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not REPORT.is_file():
        tail = "\n    ".join(done.stderr.strip().splitlines()[-15:])
        raise SetupError(f"Slither ended without a report:\n    {tail}\n  Try: make compile")
    unread = [f"{name} ({where})" for name, where in UNREAD.findall(done.stderr)]
    return json.loads(REPORT.read_text(encoding="utf-8")), unread


def findings(report: Mapping[str, Any]) -> list[tuple[Finding, str]]:
    """What the report says, each finding with its description."""
    return [
        (Finding(each["check"], _place(each["elements"][0])), each["description"].strip())
        for each in report["results"].get("detectors", ())
    ]


def _place(element: Mapping[str, Any]) -> str:
    parent = element.get("type_specific_fields", {}).get("parent", {})
    if element["type"] == "node":  # a statement: its function stands for it
        return _place(parent)
    names = [parent["name"]] if parent.get("type") == "contract" else []
    return ".".join([*names, element["name"]])


def reasons() -> frozenset[Finding]:
    """What slither.yaml answers."""
    listed = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    return frozenset(
        Finding(detector, place) for detector, places in listed.items() for place in places
    )


def complaints(found: Iterable[tuple[Finding, str]], answered: frozenset[Finding]) -> list[str]:
    """A sentence for each finding without a reason and for each reason without a finding."""
    known = list(found)
    new = [f"{each.detector}: {text}" for each, text in known if each not in answered]
    idle = sorted(answered - {each for each, _ in known})
    return new + [f"{each.detector}: nothing is found in {each.place} any more" for each in idle]


def main() -> int:
    """Analyse and compare; give the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        make_environment()
        report, unread = analyse()
    except SetupError as error:
        print(f"slither: {error}", file=sys.stderr)
        return 1
    found = findings(report)
    wrong = complaints(found, reasons()) + [f"Slither could not read {name}" for name in unread]
    for each in wrong:
        print(f"slither: {each}", file=sys.stderr)
    if wrong:
        print(f"slither: mend the contract, or say why not in {REASONS.name}", file=sys.stderr)
        return 1
    print(f"slither: {len(found)} findings, each with its reason; nothing else")
    return 0


if __name__ == "__main__":
    sys.exit(main())
