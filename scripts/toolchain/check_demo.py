"""Hold the number of the demo's steps that pass: build/demo.json must count every one of them."""

import json
import sys
from pathlib import Path

STEPS = 12
RESULT = Path(__file__).resolve().parents[2] / "build" / "demo.json"


def main() -> int:
    """Compare build/demo.json with the number of steps; give the exit code."""
    if not RESULT.is_file():
        print("demo: build/demo.json is missing. Run: make demo", file=sys.stderr)
        return 1
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    failed = [step["name"] for step in found["steps"] if not step["ok"]]
    if (found["passed"], found["total"], len(failed)) != (STEPS, STEPS, 0):
        passed, total = found["passed"], found["total"]
        print(f"demo: {passed} of {total} steps passed, {STEPS} wanted; failed: {failed}")
        return 1
    print(f"demo: build/demo.json holds {STEPS} of {STEPS} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
