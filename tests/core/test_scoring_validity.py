"""Validity: each kind is judged by its own rules, and hostile input is a verdict, not a crash."""

from __future__ import annotations

import base64
import random
import sys
import warnings
from pathlib import Path

import pytest

from dao_backend.core.scoring import Member, Policy, ReasonCode, Score
from dao_backend.core.scoring.plausible import is_noise
from dao_backend.core.scoring.source_text import first_unbalanced
from tests.support.appraisal import Appraiser, file, functions, prose

RANDOM = random.Random(20_240_501).randbytes(30_000)
ROWS = "".join(f"{n},{n * 7 % 13}.5,word{n % 9},{n % 3}\n" for n in range(60))


@pytest.fixture
def appraiser() -> Appraiser:
    """An appraiser with the default policy and an empty pool."""
    return Appraiser()


def codes(score: Score) -> set[ReasonCode]:
    """The codes of all members' reasons."""
    return {why.code for line in score.members for why in line.reasons}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.py", b"", ReasonCode.EMPTY),
        ("a.txt", b" \r\n\t\n" * 50, ReasonCode.BLANK),
        ("a.txt", b"\xef\xbb\xbf\n", ReasonCode.BLANK),
        ("a.py", b"def f(:\n" * 20, ReasonCode.PYTHON_INVALID),
        ("a.py", b"print 'two'\n" * 20, ReasonCode.PYTHON_INVALID),
        ("a.py", "naïve = 1\n".encode("latin-1") * 20, ReasonCode.NOT_TEXT),
        ("a.py", b"x = 1\x00\n" * 20, ReasonCode.NOT_TEXT),
        ("a.json", b'{"a": 1,}' * 20, ReasonCode.JSON_INVALID),
        ("a.json", b'{"a": NaN}' + b" " * 99, ReasonCode.JSON_INVALID),
        ("a.jsonl", b'{"a": 1}\n{"a"\n' * 20, ReasonCode.JSON_INVALID),
        ("a.csv", b"a,b\n1,2\n3\n" * 20, ReasonCode.TABLE_INVALID),
        ("a.csv", b'a,b\n1,"2\n3,4\n' + b"5,6\n" * 50, ReasonCode.TABLE_INVALID),
        ("a.csv", b"a,b\n", ReasonCode.TABLE_INVALID),
        ("a.csv", b'a,b\n1,"2"x\n' * 20, ReasonCode.TABLE_INVALID),
    ],
)
def test_judge__content_that_is_not_what_it_says__earns_nothing_and_names_why(
    appraiser: Appraiser, name: str, data: bytes, code: ReasonCode
) -> None:
    """What scores nothing always has its reason."""
    score = appraiser.score(file(name, data))
    assert score.units == 0
    assert score.refusal is not None
    assert score.refusal.code is code
    assert score.refusal.weight == 0


@pytest.mark.parametrize(
    "source",
    [
        b"(" * 1_000_000,
        b"-" * 50_000 + b"1",
        b"not " * 50_000 + b"1",
        b"lambda:" * 20_000 + b"1",
        b"a" + b".b" * 50_000,
        b"1" + b"+1" * 50_000,
        b"a" + b"()" * 20_000,
        b"a" + b"[0]" * 15_000,
        b"x = " + b"[" * 150 + b"]" * 150,
        b"if 1:\n pass\n" + b"elif 1: pass\n" * 12_000,
        b"".join(b" " * depth + b"if 1:\n" for depth in range(150)),
        b"f(**" * 50_000,
        b'f"{' * 20_000,
        b"\\\n" * 1_000_000,
        b"1" * 1_000_000,
    ],
    ids=range(15),
)
def test_judge__python_made_to_break_the_parser__is_a_verdict(
    appraiser: Appraiser, source: bytes
) -> None:
    """Nesting, chains and giant tokens end in a reason, whatever the recursion limit is."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        score = appraiser.score(file("a.py", source))
    finally:
        sys.setrecursionlimit(limit)
    assert score.units < len(source) // 64 // 2
    assert not codes(score) & {ReasonCode.PYTHON, ReasonCode.MOSTLY_PROSE}


@pytest.mark.parametrize("levels", [101, 150, 400, 1_500])
def test_judge__python_too_deep__says_so_below_every_limit_of_the_interpreter(
    appraiser: Appraiser, levels: int
) -> None:
    """Depth is measured, so the answer does not hang on the stack that happens to be left."""
    score = appraiser.score(file("a.py", "value = a" + ".b" * levels + "\n"))
    assert ReasonCode.TOO_DEEP in codes(score)
    assert score.units == 0


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.json", b"[" * 1_000_000, ReasonCode.TOO_DEEP),
        ("a.json", b'{"a":' * 500_000, ReasonCode.TOO_DEEP),
        ("a.jsonl", b"[" * 1_000_000, ReasonCode.TOO_DEEP),
        ("a.jsonl", b"[1]" * 1_000_000, ReasonCode.JSON_INVALID),
        ("a.json", b'"' * 1_000_001, ReasonCode.JSON_INVALID),
        ("a.csv", b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000, ReasonCode.TABLE_INVALID),
        ("a.csv", (b"a," * 20_000 + b"\n") * 3, ReasonCode.TABLE_INVALID),
        ("a.csv", b"a,b\n" + b'"' * 3_000_001, ReasonCode.TABLE_INVALID),
        ("a.csv", b"a,b\n1," + b"x" * 200_000, ReasonCode.TABLE_INVALID),
        ("a.sol", b"/* " * 400_000, ReasonCode.MOSTLY_PROSE),
        ("a.sol", b"{" * 1_000_000, ReasonCode.UNBALANCED),
    ],
    ids=range(11),
)
def test_judge__data_made_to_exhaust_a_parser__is_a_verdict(
    appraiser: Appraiser, name: str, data: bytes, code: ReasonCode
) -> None:
    """A million brackets, columns or quotes cost no more than their bytes."""
    score = appraiser.score(file(name, data))
    assert code in codes(score)
    assert score.units == 0


def test_judge__json_number_of_a_million_digits__is_never_converted(appraiser: Appraiser) -> None:
    """Numbers are checked for their form only."""
    assert ReasonCode.JSON in codes(appraiser.score(file("a.json", b"[" + b"7" * 1_000_000 + b"]")))


def test_judge__dubious_escape_with_warnings_as_errors__still_parses(appraiser: Appraiser) -> None:
    """The verdict does not depend on the interpreter's warning options."""
    source = functions(5) + 'pattern = "\\d+"\n'
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score = appraiser.score(file("a.py", source))
    assert ReasonCode.PYTHON in codes(score)


@pytest.mark.parametrize(
    ("name", "data", "weight"),
    [
        ("a.py", functions(30), 10_000),
        ("a.txt", prose(60), 7_000),
        ("a.json", '{"rows": [' + ", ".join(f'"{n * 7919}"' for n in range(99)) + "]}", 9_000),
        ("a.jsonl", "".join(f'{{"id": {n}, "text": "{n * n}"}}\n' for n in range(60)), 9_000),
        ("a.csv", "id,size,name,label\n" + ROWS, 10_000),
        ("a.csv", ROWS, 9_000),
        ("a.tsv", ("id,size,name\n" + ROWS.replace("2\n", "1\n")).replace(",", "\t"), 9_000),
        ("a.bin", b"\x00" + RANDOM, 1_000),
        ("a.sol", "".join(f"function f{n}() {{ g({n}); }}\n" for n in range(60)), 9_000),
        ("a.sol", "".join(f"function f{n}() {{ g({n}; }}\n" for n in range(60)), 5_000),
        ("a.js", ";".join(f"var a{n}={{b:[{n * 17}]}}" for n in range(200)), 2_700),
        ("a.py", "".join(f"# {line}\n" for line in prose(60).splitlines()), 7_000),
    ],
    ids=[
        *("python", "text", "json", "jsonl", "table", "no-header", "size-line"),
        *("binary", "solidity", "unbalanced", "minified", "comments-only"),
    ],
)
def test_judge__good_and_middling_content__pays_its_stated_weight(
    appraiser: Appraiser, name: str, data: str | bytes, weight: int
) -> None:
    """Bytes paid are normalised bytes by the weight that docs/appraisal.md lists for the kind."""
    line = appraiser.score(file(name, data)).members[0]
    assert line.paid_bytes == line.normalised_bytes * weight // 10_000


def test_judge__table__reads_header_types_and_labels(appraiser: Appraiser) -> None:
    """The label column is found by its name, and its classes are counted."""
    score = appraiser.score(file("a.csv", "id,size,name,label\n" + ROWS))
    label = next(why for why in score.reasons if why.code is ReasonCode.LABELLED)
    assert [(f.name, f.value) for f in label.figures] == [
        ("column", 4),
        ("classes", 3),
        ("cells", 60),
        ("largest_class", 20),
    ]


def test_judge__table_without_labels_or_types__pays_less_for_each(appraiser: Appraiser) -> None:
    """Weights multiply: two of three columns have one type, and nothing labels the rows."""
    rows = "".join(f"{n},{n if n % 2 else 'x' + str(n)},{n * 31}\n" for n in range(60))
    line = appraiser.score(file("a.csv", "one,two,three\n" + rows)).members[0]
    assert [(why.code, why.weight) for why in line.reasons] == [
        (ReasonCode.TABLE, 10_000),
        (ReasonCode.MIXED_COLUMNS, 6_666),
        (ReasonCode.UNLABELLED, 8_000),
    ]
    assert line.paid_bytes == line.normalised_bytes * 6_666 * 8_000 // 10**8


def test_judge__quoted_cell_over_many_lines__is_one_cell(appraiser: Appraiser) -> None:
    """Quotes may hold line ends and delimiters."""
    rows = "".join(f'"line {n}\nand, more",{n % 2}\n' for n in range(30))
    assert ReasonCode.LABELLED in codes(appraiser.score(file("a.csv", "text,label\n" + rows)))


@pytest.mark.parametrize(
    "text",
    [
        base64.encodebytes(RANDOM),
        base64.b64encode(RANDOM),
        base64.b85encode(RANDOM),
        b"\n".join(RANDOM[at : at + 40].hex().encode() for at in range(0, 30_000, 40)),
        b"\n".join(base64.b64encode(RANDOM[at : at + 21]) for at in range(0, 30_000, 21)),
    ],
    ids=["base64", "one line", "base85", "hex", "short lines"],
)
def test_judge__random_bytes_dressed_as_text__earn_nothing(
    appraiser: Appraiser, text: bytes
) -> None:
    """Noise cannot be minted into units."""
    score = appraiser.score(file("a.txt", text))
    assert score.units == 0
    assert score.refusal is not None
    assert score.refusal.code is ReasonCode.NOISE


def test_tell_noise__prose_in_several_scripts_and_code__is_none() -> None:
    """What people write is far from random in every script."""
    texts = [
        prose(5).encode(),
        functions(5).encode(),
        "春眠不觉晓。处处闻啼鸟。夜来风雨声。花落知多少。白日依山尽。黄河入海流。".encode(),
        "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая степь.".encode(),
        b"self.assertEqual(parse('a=1&b=2'), [('a', '1'), ('b', '2')]); x = {k: v for k, v in d}",
    ]
    assert not any(is_noise(text, Policy()) for text in texts)


def test_match_brackets__wrong_or_missing_partner__names_the_bracket() -> None:
    """The bracket that is told is the one to look at."""
    assert first_unbalanced(b"([]{})") is None
    assert first_unbalanced(b"([)]") == 3
    assert first_unbalanced(b"())") == 3
    assert first_unbalanced(b"(()") == 1


def test_judge__brackets_in_comments_and_strings__do_not_count(appraiser: Appraiser) -> None:
    """Only code has to balance."""
    line = "call(\")\", '{'); // ((\n/* [ */ next({0});\n"
    source = "".join(line.replace("0", str(number)) for number in range(40))
    assert ReasonCode.SOURCE in codes(appraiser.score(file("a.sol", source)))


def test_judge__more_python_than_is_parsed__counts_as_text() -> None:
    """The parse budget of a submission is spent in order; the rest is paid as text."""
    first, second = functions(60, 1), functions(60, 2)
    appraiser = Appraiser(Policy(max_python_bytes=len(first)))
    lines = appraiser.score(file("a.py", first), file("b.py", second)).members
    assert [line.reasons[0].code for line in lines] == [ReasonCode.PYTHON, ReasonCode.NOT_PARSED]
    assert lines[1].reasons[0].weight == 7_000


def test_judge__openzeppelin_sources__balance(appraiser: Appraiser) -> None:
    """Real Solidity is recognised as source."""
    folder = Path(__file__).parents[2] / "node_modules/@openzeppelin/contracts/token"
    sources = sorted(folder.rglob("*.sol"))
    assert len(sources) > 20
    members = [Member(path.name, "", path.read_bytes()) for path in sources]
    found = [line.reasons[0].code for line in appraiser.score(*members).members]
    assert ReasonCode.UNBALANCED not in found
    assert found.count(ReasonCode.SOURCE) > len(found) * 9 // 10
