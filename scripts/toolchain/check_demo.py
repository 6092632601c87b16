"""Hold what `make demo` wrote: every step passes, and a committee has the faults it can bear.

With `--keepers 5 --threshold 3`: five keepers were processes of their own, the one that lied was
named by the buyer, and the one that was stopped gave no receipt.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

STEPS = 12
RESULT = Path(__file__).resolve().parents[2] / "build" / "demo.json"
RELEASE, DECRYPT = 9, 10
"""Places of the two steps that tell of keepers."""


def faults(found: dict[str, Any], keepers: int, threshold: int) -> list[str]:
    """What is not as it should be; nothing where all is."""
    steps = found["steps"]
    failed = [step["name"] for step in steps if not step["ok"]]
    if (found["passed"], found["total"], len(failed)) != (STEPS, STEPS, 0):
        passed, total = found["passed"], found["total"]
        return [f"{passed} of {total} steps passed, {STEPS} wanted; failed: {failed}"]
    lying = [2] if keepers > 1 and keepers - threshold >= 1 else []
    stopped = [keepers] if keepers - threshold >= 2 else []
    signing = [index for index in range(1, keepers + 1) if index not in stopped]
    release, decrypt = steps[RELEASE]["figures"], steps[DECRYPT]["figures"]
    wanted = {
        "keepers": (found["committee"]["keepers"], keepers),
        "threshold": (found["committee"]["threshold"], threshold),
        "processes": (found["committee"]["processes"], keepers > 1),
        "lying": (found["committee"]["lying"], lying),
        "stopped": (found["committee"]["stopped"], stopped),
        "receipts of": (release["receipts_of"], signing),
        "no receipt of": (release["none_of"], stopped),
        "bad shares of": (decrypt["bad_shares_of"], lying),
    }
    return [
        f"{name}: {seen}, {meant} wanted" for name, (seen, meant) in wanted.items() if seen != meant
    ]


def main(arguments: list[str]) -> int:
    """Compare the figures with what was asked for; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", nargs="?", type=Path, default=RESULT)
    parser.add_argument("--keepers", type=int, default=1)
    parser.add_argument("--threshold", type=int, default=1)
    asked = parser.parse_args(arguments)
    if not asked.result.is_file():
        print(f"demo: {asked.result} is missing. Run: make demo", file=sys.stderr)
        return 1
    found = json.loads(asked.result.read_text(encoding="utf-8"))
    wrong = faults(found, asked.keepers, asked.threshold)
    for each in wrong:
        print(f"demo: {each}")
    if not wrong:
        print(f"demo: {asked.result.name} holds {STEPS} of {STEPS} steps")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
