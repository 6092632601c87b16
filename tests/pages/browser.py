"""Where the browser is, and how it is kept quiet.

The rule: where there is no browser, the tests that need one are skipped with a reason that names
the command, so that `make test` needs nothing but Python; under CI (`CI` is set) they fail, because
there the pages must have been looked at.
"""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = "no browser to look at the pages with: apt-get install chromium"


def executable() -> str:
    """The browser's path; skips the test, or fails it under CI, where there is none."""
    found = next((place for name in NAMES if (place := shutil.which(name))), None)
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)
