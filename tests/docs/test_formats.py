"""docs/formats.md describes every message and every field as the code has them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from dao_backend.core import typed
from dao_backend.core.model import Purpose, Record
from dao_backend.core.submission import Submission, submission_json
from dao_backend.core.typed import Message, message_json
from tests.support.core_actors import committee, dealt

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/formats.md").read_text()
SIGNED = PAGE[PAGE.index("## Signed messages") : PAGE.index("## Numbers")]
NEVER_ON_CHAIN = ("IntakeReceipt(", "HandoverAsk(", "Erasure(")
TYPES = re.findall(r"(?m)^\| `(\w+\(.+?\))` \| `(\w+)` \|", SIGNED)


def test_list_messages__the_page__has_every_type_that_is_signed() -> None:
    """Another implementation finds every message, written as EIP-712 encodes its type."""
    ours = set(typed._SIGNATURES.values())
    assert ours <= {text for text, _ in TYPES}
    assert len(typed._SIGNATURES) == len(Message.__args__)


@pytest.mark.parametrize(("text", "contract"), TYPES, ids=[text.split("(")[0] for text, _ in TYPES])
def test_list_messages__each__is_one_that_its_contract_knows(text: str, contract: str) -> None:
    """A type on the page is a type hash of its domain's contract, or never goes on chain."""
    assert text in source_of(contract) or text.startswith(NEVER_ON_CHAIN)


def source_of(contract: str) -> str:
    """A contract with those that it inherits, which are the ones it imports from beside it."""
    source = (ROOT / f"contracts/{contract}.sol").read_text()
    bases = re.findall(r'from "\./(\w+)\.sol"', source)
    return source + "".join(map(source_of, bases))


def test_list_fields__of_a_submission__are_those_of_its_json() -> None:
    """The table of the submission has every field and no other."""
    record = dealt(1, committee(2, 3)).record
    shown = submission_json(Submission(record, bytes(32), bytes(65), (), (), b""))
    section = PAGE[PAGE.index("## Submission") : PAGE.index("## Release key file")]
    assert re.findall(r"(?m)^\| `(\w+)` \|", section) == list(shown)


def test_list_purposes__the_page__has_every_bit_under_its_name() -> None:
    """A bitmap means the same to everybody."""
    named = re.findall(
        r"(\d+) ([a-z-]+)", re.findall(r"(?m)^\| purposes \| bits: (.+) \|$", PAGE)[0]
    )
    assert [Purpose.names_of(Purpose(1 << int(bit))) for bit, _ in named] == [[n] for _, n in named]
    assert len(named) == len(Purpose)


def test_name_record__the_page__has_its_fields_in_order() -> None:
    """The record's fields stand in the manifest as they do in the signature."""
    record = dealt(1, committee(2, 3)).record
    assert len(message_json(record)) == len(fields(Record))
    line = next(text for text, _ in TYPES if text.startswith("Contribution("))
    assert re.findall(r"(\w+)[,)]", line) == list(message_json(record))


def test_name_files__the_page__points_at_code_and_vectors_that_exist() -> None:
    """A reader of the format finds its code and its vectors."""
    codes = re.findall(r"(?m)^Code: (.+)$", PAGE)
    named = {name for line in codes for name in re.findall(r"`([\w/.-]+\.(?:py|json))`", line)}
    places = ("", "dao_backend/core/", "tests/vectors/")
    missing = {name for name in named if not any((ROOT / p / name).is_file() for p in places)}
    assert named
    assert missing == set()
