"""Add the platform packages that npm left out of package-lock.json.

`npm install --package-lock-only` silently drops an optional package its registry does not serve,
and `npm ci` then refuses the lock file on every machine.
The Foundry wrappers list one optional package per platform, so each missing one is written here
with its name, version and platform but without a hash: npm installs it only on that platform.
Run it after every change of package.json (CONTRIBUTING.md has the commands).
"""

import json
import re
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[2] / "package-lock.json"
PLATFORM = re.compile(r"-(?P<os>darwin|linux|win32)-(?P<cpu>amd64|arm64)$")
NODE_CPU = {"amd64": "x64", "arm64": "arm64"}


def platform_entry(name: str, version: str) -> dict[str, Any]:
    """Describe one platform package the way npm would, without the hash that is not known."""
    match = PLATFORM.search(name)
    if match is None:
        raise SystemExit(f"{name} is missing from {LOCK.name} and names no platform")
    return {
        "version": version,
        "cpu": [NODE_CPU[match["cpu"]]],
        "dev": True,
        "optional": True,
        "os": [match["os"]],
    }


def main() -> None:
    """Rewrite the lock file with every optional platform package present."""
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    packages: dict[str, dict[str, Any]] = lock["packages"]
    wanted = {
        name: version
        for path, package in packages.items()
        if path.startswith("node_modules/@foundry-rs/")
        for name, version in package.get("optionalDependencies", {}).items()
    }
    missing = [name for name in sorted(wanted) if f"node_modules/{name}" not in packages]
    for name in missing:
        packages[f"node_modules/{name}"] = platform_entry(name, wanted[name])
    lock["packages"] = dict(sorted(packages.items()))
    LOCK.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    print(f"{LOCK.name}: {len(missing)} platform packages added")


if __name__ == "__main__":
    main()
