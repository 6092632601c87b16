"""Scoring real files: the interpreter's own library and a data set that a package ships."""

from __future__ import annotations

import io
import keyword
import os
import random
import tokenize
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.core.scoring import Member, ReasonCode
from tests.support.appraisal import BOB, Appraiser, data_set, file

LIBRARY = Path(os.__file__).parent
MODULES = ["argparse.py", "ast.py", "calendar.py", "difflib.py", "heapq.py", "textwrap.py"]


@pytest.fixture
def appraiser() -> Appraiser:
    """An appraiser with the default policy and an empty pool."""
    return Appraiser()


def renamed(source: str) -> str:
    """The same program with every name that is no keyword replaced, and other spaces."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return tokenize.untokenize(
        (kind, f"n{text[::-1]}" if kind == tokenize.NAME and not keyword.iskeyword(text) else text)
        for kind, text, *_ in tokens
        if kind != tokenize.COMMENT
    )


@pytest.mark.parametrize("name", MODULES)
def test_appraise__renamed_copy_of_a_module__earns_nothing(appraiser: Appraiser, name: str) -> None:
    """New names for everything do not make a program new."""
    source = (LIBRARY / name).read_text()
    appraiser.register(file(name, source), by=BOB)
    disguised = renamed(source)
    assert "def main" not in disguised
    score = appraiser.score(file("mine.py", disguised))
    assert score.units == 0
    assert ReasonCode.RENAMED_COPY in [why.code for why in score.reasons]


def test_appraise__standard_library_modules_in_turn__nearly_all_bytes_are_paid(
    appraiser: Appraiser,
) -> None:
    """Honest, different modules are not taken for copies of one another."""
    paths = [path for path in sorted(LIBRARY.glob("*.py")) if path.stat().st_size < 60_000]
    assert len(paths) > 80
    given = earned = 0
    for path in paths:
        member = file(path.name, path.read_bytes())
        line = appraiser.score(member).members[0]
        appraiser.register(member)
        given += line.normalised_bytes
        earned += line.paid_bytes
        assert ReasonCode.RENAMED_COPY not in [why.code for why in line.reasons], path.name
        assert ReasonCode.PYTHON_INVALID not in [why.code for why in line.reasons], path.name
    assert earned > given * 85 // 100


def test_appraise__package_folder__scores_like_its_files_one_by_one(appraiser: Appraiser) -> None:
    """A folder is one submission; members keep their own lines."""
    members = [
        file(str(path.relative_to(LIBRARY)), path.read_bytes())
        for path in sorted((LIBRARY / "asyncio").glob("*.py"))
    ]
    score = appraiser.score(*members)
    assert [line.name for line in score.members] == [member.name for member in members]
    assert score.units > sum(line.normalised_bytes for line in score.members) // 64 * 7 // 10


@pytest.mark.parametrize(
    ("name", "label", "classes"),
    [("iris.csv", 5, 3), ("wine_data.csv", 14, 3), ("breast_cancer.csv", 31, 2)],
)
def test_appraise__labelled_data_set__is_rectangular_typed_and_labelled(
    appraiser: Appraiser, name: str, label: int, classes: int
) -> None:
    """Real tables are recognised, including the label column; their size line is no header."""
    score = appraiser.score(file(name, data_set(name)))
    found = {why.code: why for why in score.reasons}
    assert found[ReasonCode.TABLE].figure("columns") == label
    assert found[ReasonCode.LABELLED].figure("column") == label
    assert found[ReasonCode.LABELLED].figure("classes") == classes
    assert ReasonCode.MIXED_COLUMNS not in found
    assert score.units > 30


def test_appraise__rows_of_a_data_set_shuffled__are_known(appraiser: Appraiser) -> None:
    """The order of rows is not a contribution."""
    appraiser.register(file("iris.csv", data_set("iris.csv")))
    rows = data_set("iris.csv").splitlines(keepends=True)[1:]
    random.Random(3).shuffle(rows)
    assert appraiser.score(file("flowers.csv", b"".join(rows)), by=BOB).units == 0


def test_appraise__stream_of_many_mebibytes__is_read_in_bounded_memory(
    appraiser: Appraiser,
) -> None:
    """A large member is never held: memory follows the sample, not the size."""
    source = b"".join((LIBRARY / name).read_bytes() for name in MODULES)
    size = 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        for turn in range(40):
            chunk = source.replace(b"self", b"own%d" % turn)
            size += len(chunk)
            yield chunk

    tracemalloc.start()
    try:
        score = appraiser.score(Member("library.txt", "", chunks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert score.members[0].raw_bytes == size > 10_000_000
    assert score.units > 0
    assert peak < 40_000_000
