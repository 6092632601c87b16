"""Write what the service needs of each contract to dao_backend/chain/artifacts/NAME.json.

The installed service neither imports Ape nor compiles: it reads ABI and creation bytecode from
these files, which are committed. `--check` writes nothing and fails where they are out of date.
Compiles through the project's own compiler (build/solc) with the settings of ape-config.yaml.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = ROOT / "dao_backend" / "chain" / "artifacts"
NAMES = (
    "TimelockController",
    "ContributionToken",
    "DataRegistry",
    "DataGovernor",
    "AccessDesk",
    "Licence",
    "RevenueVault",
    "KeeperRegistry",
    "OfferDesk",
    "DisputeDesk",
    "UsageMeter",
    "DataStrike",
    "Council",
)
CODE_LIMIT = 24_576  # bytes of deployed code, EIP-170


class ExportError(Exception):
    """The artifacts cannot be made or are out of date; the text says what to do."""


@dataclass(frozen=True)
class Artifact:
    """One contract's public surface: name, ABI and creation bytecode (0x-prefixed hex)."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: str

    @property
    def path(self) -> Path:
        """Give the committed file of this contract."""
        return ARTIFACTS / f"{self.name}.json"

    def text(self) -> str:
        """Give the file's whole content, the same on every machine."""
        value = {"contractName": self.name, "abi": self.abi, "bytecode": self.bytecode}
        return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def read_settings() -> tuple[Path, dict[str, Any]]:
    """Give the compiler and the standard-JSON settings that ape-config.yaml asks for."""
    config = yaml.safe_load((ROOT / "ape-config.yaml").read_text(encoding="utf-8"))["solidity"]
    settings = {
        "remappings": config["import_remapping"],
        "optimizer": {"enabled": config["optimize"], "runs": config["optimization_runs"]},
        "evmVersion": config["evm_version"],
        # Without the hash of the sources, a changed comment leaves the committed bytecode alone.
        "metadata": {"bytecodeHash": "none", "appendCBOR": False},
        "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode"]}},
    }
    return ROOT / "build" / "solc" / f"solc-v{config['version']}", settings


def source_of(name: str) -> str:
    """Give the source unit of a contract, relative to the project."""
    return f"contracts/{name}.sol"


def compile_sources(names: Iterable[str]) -> dict[str, Any]:
    """Compile the named contracts and give solc's `contracts` section.

    Raises ExportError when the compiler or a source is missing or a source does not compile.
    """
    compiler, settings = read_settings()
    sources = {}
    for name in names:
        path = ROOT / source_of(name)
        if not path.is_file():
            raise ExportError(f"{source_of(name)} is missing. Run: git checkout {source_of(name)}")
        sources[source_of(name)] = {"content": path.read_text(encoding="utf-8")}
    request = {"language": "Solidity", "sources": sources, "settings": settings}
    try:
        done = subprocess.run(
            [compiler, "--standard-json", "--base-path", str(ROOT)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=True,
        )
    except OSError as error:
        raise ExportError("The Solidity compiler is missing. Run: make setup") from error
    except subprocess.CalledProcessError as error:
        raise ExportError(f"The Solidity compiler failed: {error.stderr.strip()}") from error
    answer = json.loads(done.stdout)
    errors = [e["formattedMessage"] for e in answer.get("errors", ()) if e["severity"] == "error"]
    if errors:
        raise ExportError("\n".join(errors))
    contracts: dict[str, Any] = answer["contracts"]
    return contracts


def artifact_of(name: str, contracts: dict[str, Any]) -> Artifact:
    """Pick one contract from the compiler's answer.

    Raises ExportError when its code exceeds EIP-170's limit or still wants a library.
    """
    compiled = contracts[source_of(name)][name]
    code = compiled["evm"]["bytecode"]["object"]
    size = len(compiled["evm"]["deployedBytecode"]["object"]) // 2
    if size > CODE_LIMIT:
        raise ExportError(f"{name} has {size} bytes of code; the limit is {CODE_LIMIT} (EIP-170).")
    if "__$" in code:
        raise ExportError(
            f"{name} links an external library; make the library's functions internal."
        )
    return Artifact(name=name, abi=tuple(compiled["abi"]), bytecode=f"0x{code}")


def is_current(artifact: Artifact) -> bool:
    """Tell whether the committed file holds exactly this artifact."""
    path = artifact.path
    return path.is_file() and path.read_text(encoding="utf-8") == artifact.text()


def export(names: tuple[str, ...], *, check: bool) -> None:
    """Write the artifacts of these contracts, or only compare them.

    Raises ExportError when they cannot be made, or when `check` finds a difference.
    """
    contracts = compile_sources(names)
    changed = [a for a in (artifact_of(name, contracts) for name in names) if not is_current(a)]
    if check and changed:
        stale = ", ".join(artifact.name for artifact in changed)
        raise ExportError(f"Artifacts differ from the sources: {stale}. Run: make artifacts")
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for artifact in changed:
        artifact.path.write_text(artifact.text(), encoding="utf-8")
    print(f"artifacts: {len(names)} contracts, {len(changed)} written")


def main() -> int:
    """Read the command line, export or check; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these contracts")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"unknown contract: {', '.join(unknown)}; known: {', '.join(NAMES)}")
    try:
        export(tuple(options.names) or NAMES, check=options.check)
    except ExportError as error:
        print(f"artifacts: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
