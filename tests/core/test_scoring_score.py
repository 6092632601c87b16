"""Scores: duplicates earn nothing, figures can be recomputed, the same is always the same."""

from __future__ import annotations

import random
import re

import pytest

from dao_backend.core.scoring import (
    Figure,
    Member,
    MemberScore,
    Policy,
    Reason,
    ReasonCode,
    Score,
)
from tests.support.appraisal import ALICE, BOB, Appraiser, file, functions, prose


@pytest.fixture
def appraiser() -> Appraiser:
    """An appraiser with the default policy and an empty pool."""
    return Appraiser()


def codes(score: Score) -> list[ReasonCode]:
    """The codes of a score's summary."""
    return [why.code for why in score.reasons]


def paid(line: MemberScore) -> int:
    """A member's paid bytes, recomputed from what is printed."""
    numerator, denominator = line.normalised_bytes, 1
    for why in line.reasons:
        numerator, denominator = numerator * why.weight, denominator * 10_000
    return numerator // denominator


def share(why: Reason, known: str, compared: str, policy: Policy) -> int:
    """A counted share, recomputed from a reason's figures."""
    exact = why.figure(known) * 10_000 // why.figure(compared)
    if exact >= policy.near_duplicate:
        return 10_000
    return exact - exact % policy.share_step


# --- what earns nothing --------------------------------------------------------------------------


def test_appraise__no_member__earns_nothing_and_says_so(appraiser: Appraiser) -> None:
    """An empty folder has a reason too."""
    score = appraiser.score()
    assert (score.units, codes(score)) == (0, [ReasonCode.EMPTY])
    assert score.refusal == score.reasons[0]


def test_appraise__less_than_a_unit__is_too_small(appraiser: Appraiser) -> None:
    """A valid file of a few bytes names the size that it lacks."""
    score = appraiser.score(file("a.py", "x = 1\n"))
    assert score.units == 0
    assert score.refusal is not None
    assert score.refusal.code is ReasonCode.TOO_SMALL
    assert score.refusal.figures == (
        Figure("paid_bytes", 5),
        Figure("bytes_per_unit", 64),
        Figure("units", 0),
    )


def test_appraise__own_contribution_again__is_named(appraiser: Appraiser) -> None:
    """Contributing twice earns once, and the contributor is told which one it is."""
    contribution_id = appraiser.register(file("a.py", functions(40)))
    score = appraiser.score(file("other.py", functions(40)))
    assert score.units == 0
    assert score.refusal is not None
    assert score.refusal.code is ReasonCode.REPEATS_OWN
    assert contribution_id.hex() in score.refusal.sentence


def test_appraise__contribution_of_somebody_else__is_only_in_the_pool(appraiser: Appraiser) -> None:
    """Who holds it, and how much of it is known exactly, is not told."""
    contribution_id = appraiser.register(file("a.py", functions(40)), by=BOB)
    score = appraiser.score(file("a.py", functions(40)), by=ALICE)
    assert score.units == 0
    assert score.refusal == Reason(
        ReasonCode.IN_POOL, "is already in the pool", 0, (Figure("share", 10_000),)
    )
    assert contribution_id.hex() not in repr(score.reasons)
    assert BOB not in repr(score)


def test_appraise__half_of_it_from_somebody_else__tells_whole_steps_only(
    appraiser: Appraiser,
) -> None:
    """A probe learns no more than the tenth that its payment shows anyway."""
    appraiser.register(file("a.txt", prose(200, seed=1)), by=BOB)
    score = appraiser.score(file("b.txt", prose(100, seed=1) + prose(100, seed=2)), by=ALICE)
    why = next(why for why in score.reasons if why.code is ReasonCode.IN_POOL)
    assert [figure.name for figure in why.figures] == ["share"]
    assert 3_000 <= why.figure("share") <= 7_000
    assert why.figure("share") % 1_000 == 0
    assert not any(re.search(r"\d{3,} .*pool", one.sentence) for one in score.reasons)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: "\n\n" + text.replace("\n", "   \n\n"),
        lambda text: text.replace("    ", "\t"),
        lambda text: "\n\n".join(reversed(text.split("\n\n"))),
        lambda text: text + "\n# signed: somebody else\n",
        lambda text: text.replace("\n\n", "\n# a remark between the lines\n\n"),
    ],
    ids=["line ends", "mark", "blank lines", "tabs", "reordered", "signed", "remarks"],
)
def test_appraise__copy_in_disguise__earns_nothing(appraiser: Appraiser, disguise: object) -> None:
    """Blanks, order and remarks do not make known content new."""
    assert callable(disguise)
    text = functions(80)
    appraiser.register(file("a.txt", text), by=BOB)
    worth = appraiser.score(file("b.txt", prose(400))).units
    assert worth > 50
    score = appraiser.score(file("b.txt", disguise(text)), by=ALICE)
    assert score.units == 0


def test_appraise__shuffled_rows__are_the_same_table(appraiser: Appraiser) -> None:
    """A table is compared row by row."""
    rows = [f"{n},{n * 37 % 101},{n % 2}\n" for n in range(300)]
    appraiser.register(file("a.csv", "id,size,label\n" + "".join(rows)))
    random.Random(5).shuffle(rows)
    score = appraiser.score(file("b.csv", "key,width,label\n" + "".join(rows)), by=BOB)
    assert score.units == 0
    assert ReasonCode.IN_POOL in codes(score)


def test_appraise__same_lines_over_and_over__pays_them_once(appraiser: Appraiser) -> None:
    """Repetition is counted exactly, so few lines cannot hide from the sample."""
    for lines in range(1, 12):
        text = "".join(f"this is padding line number {n}\n" for n in range(lines)) * 2_000
        assert appraiser.score(file("a.txt", text)).units == 0


def test_appraise__copy_inside_the_submission__pays_once(appraiser: Appraiser) -> None:
    """A member that repeats another one adds nothing and is told so."""
    one = file("a.py", functions(40))
    score = appraiser.score(one, file("b.py", functions(40)))
    assert score.units == appraiser.score(one).units
    assert [why.code for why in score.members[1].reasons][-1] is ReasonCode.REPEATS_ITSELF
    assert score.members[1].paid_bytes == 0


def test_appraise__one_content_under_two_kinds__is_paid_once(appraiser: Appraiser) -> None:
    """Another suffix does not make a copy new."""
    one = file("a.py", functions(40))
    for name in ("b.txt", "b.csv", "b.bin", "b.sol"):
        assert appraiser.score(one, file(name, functions(40))).units == appraiser.score(one).units


def test_appraise__beyond_the_limits__reads_no_further() -> None:
    """What is not read earns nothing and is said to."""
    appraiser = Appraiser(Policy(max_scored_bytes=5_000))
    consumed = []

    def chunks() -> object:
        for seed in range(100):
            consumed.append(seed)
            yield prose(20, seed).encode()

    score = appraiser.score(Member("a.txt", "", chunks()), file("b.txt", prose(50)))  # type: ignore[arg-type]
    assert sum(line.raw_bytes for line in score.members) == 5_000
    assert len(score.members) == 1
    assert len(consumed) < 10
    assert ReasonCode.LIMIT in codes(score)


# --- what earns ----------------------------------------------------------------------------------


def test_appraise__new_source__earns_its_bytes(appraiser: Appraiser) -> None:
    """The whole of a new and valid file is paid; policy, key and pool state are named."""
    appraiser.register(file("z.txt", prose(30)))
    score = appraiser.score(file("a.py", functions(40)))
    assert score.units == score.members[0].normalised_bytes // 64
    assert score.refusal is None
    assert score.policy_hash == appraiser.policy.digest
    assert score.key_name == appraiser.key.name
    assert score.history_count == 1


def test_appraise__new_half_in_a_known_file__pays_about_the_half(appraiser: Appraiser) -> None:
    """A new edition of one's own work is paid for what is new in it."""
    first, second = functions(100, 1), functions(100, 2)
    appraiser.register(file("a.py", first))
    whole = appraiser.score(file("b.py", second)).units
    score = appraiser.score(file("a.py", first + second))
    assert whole * 7 // 10 <= score.units <= whole * 13 // 10
    assert ReasonCode.REPEATS_OWN in codes(score)


def test_appraise__withdrawn_contribution__is_new_again(appraiser: Appraiser) -> None:
    """Its units were burnt, so contributing it again doubles nothing."""
    before = appraiser.score(file("a.py", functions(40)))
    contribution_id = appraiser.register(file("a.py", functions(40)))
    appraiser.withdraw(contribution_id)
    assert appraiser.score(file("a.py", functions(40)), by=BOB).units == before.units


def test_appraise__many_tiny_members__are_compared_together(appraiser: Appraiser) -> None:
    """Cutting a known file into snippets does not make it new."""
    text = prose(400)
    appraiser.register(file("a.txt", text), by=BOB)
    lines = text.splitlines(keepends=True)
    slices = ["".join(lines[at : at + 5]) for at in range(0, 400, 5)]
    score = appraiser.score(*(file(f"{n}.txt", part) for n, part in enumerate(slices)))
    assert score.units == 0


def test_appraise__contribution_beside_the_pool__knows_shared_parts_after_one_leaves(
    appraiser: Appraiser,
) -> None:
    """What two members hold stays known when one withdraws."""
    first = appraiser.register(file("a.txt", prose(100)), by=ALICE)
    appraiser.register(file("a.txt", prose(100)), by=BOB)
    appraiser.withdraw(first)
    assert appraiser.score(file("a.txt", prose(100)), by=ALICE).units == 0


# --- properties ----------------------------------------------------------------------------------
