"""What `make bench` measures, and how good each figure should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it is of, and its goal, if it has one."""

    name: str
    measure: str
    """The function in `measures` that gives it; some give several."""
    about: str
    goal: float | None = None
    at_most: bool = False
    """Whether the goal is a ceiling instead of a floor."""
    per_key: bool = False
    """Whether it is a number of contributions each second, which says how long a million take."""

    def met(self, figure: float) -> bool | None:
        """Whether `figure` is as good as it should be; None without a goal."""
        if self.goal is None:
            return None
        return figure <= self.goal if self.at_most else figure >= self.goal


ROWS = (
    Row("release_keys_per_s_per_core", "release", "open, check, bundle on one core", 18_000,
        per_key=True),
    Row("release_keys_per_s", "release_all", "the same on all cores", per_key=True),
    Row("release_rss_mib", "release_all", "peak memory of the parent meanwhile, with the manifest",
        128, at_most=True),
    Row("release_growth", "release_growth", "time of a key at 10 times the data", 1.3,
        at_most=True),
    Row("manifest_entries_per_s_per_core", "manifest", "rebuild from the book, root", 15_000,
        per_key=True),
    Row("manifest_growth", "manifest_growth", "time of an entry at 10 times the data", 1.3,
        at_most=True),
    Row("combine_keys_per_s", "combine", "buyer: combine 3 shares of each key", 500_000,
        per_key=True),
    Row("recover_keys_per_s", "recover", "buyer: check 3 shares, combine, check the key",
        per_key=True),
    Row("combine_growth", "combine_growth", "time of a key at 10 times the data", 1.3,
        at_most=True),
    Row("intake_per_s", "intake", "check, store, sign; each on disk before its receipt"),
    Row("handover_keys_per_s", "handover", "leaver: open, check, seal anew", per_key=True),
    Row("erase_per_s", "erase", "overwrite, sign a tombstone", per_key=True),
    Row("encrypt_vs_copy", "encrypt_vs_copy", "file to file, as a share of a copy's speed", 0.6),
    Row("decrypt_vs_copy", "decrypt_vs_copy", "the same way back", 0.6),
)  # fmt: skip
"""In the order in which they are shown."""


def named(name: str) -> Row:
    """The row of a name; KeyError."""
    return {row.name: row for row in ROWS}[name]
