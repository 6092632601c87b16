"""A trace answers for every timestamp as a list of all pushes would, in few reads."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

LAST_KEY = 2**40 - 1
LARGEST = 2**184 - 1
COLD_READ = 2_100  # gas, EIP-2929
PUSHES_EACH = 150  # in one transaction


@pytest.fixture
def harness(deployer: AccountAPI, project: ProjectManager) -> ContractInstance:
    """An empty trace behind a contract."""
    return deployer.deploy(project.TraceHarness)


class Model:
    """Pushes as (key, value) in their order; the last at a key wins."""

    def __init__(self, harness: ContractInstance, sender: AccountAPI) -> None:
        self.harness, self.sender = harness, sender
        self.values: dict[int, int] = {}

    def push(self, pushes: Sequence[tuple[int, int]]) -> None:
        """Push in one transaction."""
        keys, values = zip(*pushes, strict=True)
        self.harness.push(keys, values, sender=self.sender)
        self.values.update(pushes)

    def at(self, key: int) -> int:
        """The value at the end of `key`."""
        keys = list(self.values)
        place = bisect_right(keys, key)
        return self.values[keys[place - 1]] if place else 0

    def check(self) -> None:
        """Compare at every key from before the first to after the last."""
        keys = list(self.values)
        moments = range(keys[0] - 2, keys[-1] + 3)
        assert list(self.harness.at(list(moments))) == [self.at(key) for key in moments]
        assert self.harness.latest() == self.values[keys[-1]]


def random_pushes(dice: random.Random, first: int, count: int) -> list[tuple[int, int]]:
    """Keys with gaps and repetitions from `first` on; values of any size, zero too."""
    pushes, key = [], first
    for _ in range(count):
        pushes.append((key, dice.choice([0, dice.getrandbits(184), LARGEST])))
        key += dice.choice([0, 0, 1, 1, 2, 5])
    return pushes


# --- success ---


def test_lookup__in_an_empty_trace__is_zero(harness: ContractInstance) -> None:
    """What was never pushed was always nothing."""
    assert list(harness.at([0, 1, LAST_KEY, 2**256 - 1])) == [0, 0, 0, 0]
    assert harness.latest() == 0


def test_push__at_the_same_key__takes_the_place_of_the_last(
    harness: ContractInstance, deployer: AccountAPI
) -> None:
    """Of several values at one timestamp the last counts, and the ones before it stay."""
    harness.push([5, 7, 7, 7], [1, 2, LARGEST, 3], sender=deployer)
    assert list(harness.at([4, 5, 6, 7, 8])) == [0, 1, 1, 3, 3]
    harness.push([7, 9], [4, 5], sender=deployer)
    assert list(harness.at([6, 7, 8, 9])) == [1, 4, 4, 5]


def test_push__of_the_largest_words__keeps_them_apart(
    harness: ContractInstance, deployer: AccountAPI
) -> None:
    """Keys and values of all their bits do not spill into one another."""
    harness.push([LAST_KEY - 1, LAST_KEY], [LARGEST, LARGEST - 1], sender=deployer)
    moments = [0, LAST_KEY - 2, LAST_KEY - 1, LAST_KEY, 2**48 - 1, 2**256 - 1]
    assert list(harness.at(moments)) == [0, 0, LARGEST, LARGEST - 1, LARGEST - 1, LARGEST - 1]
    assert harness.latest() == LARGEST - 1


# --- properties ---


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lookup__after_each_push__is_that_of_the_model(
    harness: ContractInstance, deployer: AccountAPI, seed: int
) -> None:
    """Traces of every small length answer for every key."""
    model = Model(harness, deployer)
    for push in random_pushes(random.Random(seed), 3, 40):
        model.push([push])
        model.check()


def test_lookup__after_many_pushes__is_that_of_the_model(
    harness: ContractInstance, deployer: AccountAPI
) -> None:
    """A long trace answers for every key, and for none with more reads than a binary search."""
    model, first, dice = Model(harness, deployer), 1_700_000_000, random.Random(4)
    for _ in range(6):
        model.push(random_pushes(dice, first, PUSHES_EACH))
        model.check()
        first = max(model.values) + dice.randint(0, 3)
    words = len(model.values)
    reads = words.bit_length() + 3  # the head, near the end, then halves, then the word found
    for key in (0, min(model.values), *dice.sample(sorted(model.values), 20)):
        assert harness.cost(key) < reads * (COLD_READ + 500)


def test_lookup__at_or_after_the_last_push__reads_one_word(
    harness: ContractInstance, deployer: AccountAPI
) -> None:
    """Where nothing changed since, the cost does not depend on how much changed before."""
    harness.push([5], [1], sender=deployer)
    costs = [harness.cost(5)]
    harness.push(list(range(6, 106)), [2] * 100, sender=deployer)
    costs += [harness.cost(105), harness.cost(10**6)]
    assert max(costs) < COLD_READ + 500
    assert costs[0] == costs[1] == costs[2]
