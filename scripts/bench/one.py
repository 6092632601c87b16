"""Takes one measure in a process of its own: `python -m scripts.bench.one MEASURE SIZE`.

Prints the figures as one line of JSON. The collection must be there: `prepare` is a measure too.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.bench import measures
from scripts.bench.files import SHARED_MEMORY
from scripts.bench.stage import KEPT, Stage


def taken(measure: str, size: int) -> measures.Figures:
    """The figures of a measure."""
    if measure == "prepare":
        Stage(size).prepare()
        return {}
    on_disk = not measure.endswith("_vs_copy")
    KEPT.mkdir(parents=True, exist_ok=True)
    place = KEPT if on_disk or not SHARED_MEMORY.is_dir() else SHARED_MEMORY
    work = Path(tempfile.mkdtemp(prefix="work-", dir=place))
    try:
        figures: measures.Figures = getattr(measures, measure)(size, work)
    finally:
        shutil.rmtree(work)
    return figures


if __name__ == "__main__":
    print(json.dumps(dict(taken(sys.argv[1], int(sys.argv[2])))))
