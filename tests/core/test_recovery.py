"""A whole edition's keys: from bundles of which each may lack something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import recovery
from dao_backend.core.crypto import ContentKey
from dao_backend.core.identity import committee_hash
from dao_backend.core.manifest import Published, build
from dao_backend.core.model import Contribution
from dao_backend.core.recovery import (
    check_opened,
    gaps,
    recover_each,
    recover_edition,
    still_needed,
)
from dao_backend.core.shares import GAP
from dao_backend.errors import (
    InconsistentDealing,
    InputError,
    InvalidShareIndex,
    NotEnoughShares,
    ShareMismatch,
)
from tests.support.core_actors import CHAIN, REGISTRY, committee, dealt, seed, wallet

COUNT, THRESHOLD, SIZE = 6, 3, 5
MEMBERS = committee(THRESHOLD, SIZE)
COMMITTEES = {1: committee_hash(MEMBERS)}
DEALT = sorted(
    (dealt(number, MEMBERS) for number in range(COUNT)),
    key=lambda one: one.record.contribution_id,
)
"""In the order of the manifest."""
KEYS = [one.content_key for one in DEALT]
NAMES = ["0x" + one.record.contribution_id.hex() for one in DEALT]
PUBLISHED = Published(
    build(CHAIN, REGISTRY, 0, 1, [Contribution(one.record, 1, wallet(50), 1) for one in DEALT]),
    tuple(one.dealing.commitments for one in DEALT),
)

Holders = Mapping[int, tuple[int, ...]]
"""By place in the manifest the keepers that hold a share; all of them where it is not named."""


def opened(*indexes: int, holders: Holders | None = None) -> dict[int, bytes]:
    """What the bundles of some keepers hold."""
    everybody = tuple(range(1, SIZE + 1))
    held = [(holders or {}).get(place, everybody) for place in range(COUNT)]
    return {
        index: b"".join(
            one.dealing.shares[index - 1] if index in own else GAP
            for one, own in zip(DEALT, held, strict=True)
        )
        for index in indexes
    }


def another_key(place: int) -> Published:
    """The edition with one record that names another key."""
    entries = list(PUBLISHED.manifest.entries)
    record = replace(entries[place].record, key_id=seed("other"))
    entries[place] = replace(entries[place], record=record)
    return replace(PUBLISHED, manifest=replace(PUBLISHED.manifest, entries=tuple(entries)))


def unknown(place: int) -> Published:
    """The edition without the commitments of one entry."""
    commitments = list(PUBLISHED.commitments)
    commitments[place] = ()
    return replace(PUBLISHED, commitments=tuple(commitments))


def flipped(shares: bytes, at: int, bit: int = 0) -> bytes:
    """One bit is another."""
    return shares[:at] + bytes((shares[at] ^ 1 << bit,)) + shares[at + 1 :]


# --- refusals -------------------------------------------------------------------------------


def test_recover_edition__two_bundles_of_three_needed__is_refused() -> None:
    """Fewer than t bundles open nothing."""
    with pytest.raises(NotEnoughShares, match="2 of the 3 bundles needed"):
        list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, opened(1, 2)))


def test_recover_edition__one_bad_share__names_its_keeper() -> None:
    """One wrong bit in one of the shares names the keeper; without it the others suffice."""
    bundles = opened(1, 2, 4, 5)
    spoiled = bundles | {2: flipped(bundles[2], 100)}
    with pytest.raises(ShareMismatch) as raised:
        list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, spoiled))
    assert raised.value.index == 2
    del bundles[2]
    assert list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, bundles)) == KEYS


def test_recover_edition__record_names_another_key__blames_the_contributor() -> None:
    """Good shares that give another key than the record's name the contribution."""
    keys = recover_edition(another_key(0), COMMITTEES, THRESHOLD, opened(1, 2, 3))
    with pytest.raises(InconsistentDealing, match=NAMES[0]):
        next(keys)


def test_recover_edition__too_few_hold_one__names_it() -> None:
    """Who wants all keys or none is told which one there is not."""
    bundles = opened(1, 2, 3, 4, 5, holders={1: (1, 2)})
    with pytest.raises(NotEnoughShares, match=f"only 2 of the 3 shares needed of {NAMES[1]}"):
        list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, bundles))


def test_check_opened__shares_under_another_index__names_the_keeper() -> None:
    """Keeper 3 cannot answer with keeper 1's shares."""
    with pytest.raises(ShareMismatch) as raised:
        check_opened(PUBLISHED, COMMITTEES, 3, opened(1)[1])
    assert raised.value.index == 3


@pytest.mark.parametrize("index", [0, 6])
def test_check_opened__no_such_keeper__is_refused(index: int) -> None:
    """Nothing was dealt to a keeper outside the committee."""
    with pytest.raises(InvalidShareIndex):
        check_opened(PUBLISHED, COMMITTEES, index, opened(1)[1])


def test_check_opened__unknown_epoch_or_wrong_length__is_refused() -> None:
    """Every epoch's committee is needed, and one share or gap for each entry."""
    with pytest.raises(InputError, match="the committee of epoch 1"):
        check_opened(PUBLISHED, {2: seed("committee")}, 1, opened(1)[1])
    with pytest.raises(InputError, match="160 bytes are not the shares of 6"):
        check_opened(PUBLISHED, COMMITTEES, 1, opened(1)[1][:-32])


@given(place=st.integers(0, COUNT - 1), at=st.integers(0, 255), missing=st.sets(st.integers(0, 5)))
def test_check_opened__bad_share_beside_gaps__still_names_its_keeper(
    place: int, at: int, missing: set[int]
) -> None:
    """Gaps excuse nothing but themselves: a share with one wrong bit is found among them."""
    shares = opened(4, holders=dict.fromkeys(missing - {place}, ()))[4]
    check_opened(PUBLISHED, COMMITTEES, 4, shares)
    wrong = flipped(shares, 32 * place + at // 8, at % 8)
    with pytest.raises(ShareMismatch, match=f"keeper 4 gave a bad share of {NAMES[place]}"):
        check_opened(PUBLISHED, COMMITTEES, 4, wrong)


def test_check_opened__almost_a_gap__is_a_bad_share() -> None:
    """Only 32 zero bytes are a gap."""
    shares = opened(1, holders={2: ()})[1]
    check_opened(PUBLISHED, COMMITTEES, 1, shares)
    with pytest.raises(ShareMismatch, match=NAMES[2]):
        check_opened(PUBLISHED, COMMITTEES, 1, flipped(shares, 95))


def test_recover_each__one_record_names_another_key__gives_all_others() -> None:
    """What one contributor dealt wrongly keeps none of the others' keys back, and is named."""
    first, second, *others = recover_each(another_key(1), THRESHOLD, opened(2, 3, 5))
    assert isinstance(second, InconsistentDealing)
    assert NAMES[1] in str(second)
    assert [first, *others] == [KEYS[0], *KEYS[2:]]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ((), "only 0 of the 3 shares needed of {} came: keepers 1, 2, 3, 4, 5 do not hold theirs"),
        ((1,), "only 1 of the 3 shares needed of {} came: keepers 2, 3, 4, 5 do not hold theirs"),
        ((4, 2), "only 2 of the 3 shares needed of {} came: keepers 1, 3, 5 do not hold theirs"),
    ],
)
def test_recover_each__too_few_shares__says_who_lacks_one(held: tuple[int, ...], said: str) -> None:
    """A contribution that cannot be had is named with its keepers, and keeps nothing else back."""
    found = list(recover_each(PUBLISHED, THRESHOLD, opened(1, 2, 3, 4, 5, holders={3: held})))
    assert isinstance(found[3], NotEnoughShares)
    assert str(found[3]) == said.format(NAMES[3])
    assert [*found[:3], *found[4:]] == [*KEYS[:3], *KEYS[4:]]


def test_recover_each__one_of_three_bundles_has_a_gap__says_whose() -> None:
    """With just as many bundles as are needed one gap is one too many."""
    found = list(recover_each(PUBLISHED, THRESHOLD, opened(1, 3, 4, holders={0: (1, 2, 4)})))
    assert str(found[0]).endswith(f"of {NAMES[0]} came: keeper 3 does not hold its own")
    assert found[1:] == KEYS[1:]


def test_recover_each__commitments_unknown__uses_no_share_of_it() -> None:
    """Shares that nobody can check are taken for none, and blamed on nobody."""
    published, bundles = unknown(2), opened(1, 2, 3)
    bundles[3] = flipped(bundles[3], 64)
    for index, shares in bundles.items():
        check_opened(published, COMMITTEES, index, shares)
    found = list(recover_each(published, THRESHOLD, bundles))
    assert isinstance(found[2], NotEnoughShares)
    assert str(found[2]) == (f"nobody gave the share commitments of {NAMES[2]} to check shares by")
    assert [*found[:2], *found[3:]] == [*KEYS[:2], *KEYS[3:]]


def test_recover_each__no_bundle_at_all__finds_no_key() -> None:
    """Nothing comes of nothing."""
    found = list(recover_each(PUBLISHED, THRESHOLD, {}))
    assert [type(each) for each in found] == [NotEnoughShares] * COUNT


# --- how many bundles -----------------------------------------------------------------------


def test_still_needed__no_gaps__is_what_the_threshold_lacks() -> None:
    """Without gaps t bundles are enough, and fewer never are."""
    counted = [
        still_needed(PUBLISHED, THRESHOLD, opened(*range(1, many + 1)), SIZE - many)
        for many in range(SIZE + 1)
    ]
    assert counted == [3, 2, 1, 0, 0, 0]


def test_still_needed__one_lacks_shares__is_what_it_lacks() -> None:
    """The contribution with the fewest shares counts, while others can help it."""
    holders = {0: (3, 4, 5), 1: (1, 2, 4)}
    assert still_needed(PUBLISHED, THRESHOLD, opened(1, 2, 3, holders=holders), 2) == 2
    assert still_needed(PUBLISHED, THRESHOLD, opened(1, 2, 3, 4, holders=holders), 1) == 1
    assert still_needed(PUBLISHED, THRESHOLD, opened(1, 2, 3, 4, 5, holders=holders), 0) == 0


def test_still_needed__nobody_who_is_left_can_help__asks_for_no_more() -> None:
    """What was dealt to nobody does not make every buyer fetch every bundle."""
    dealt_to_none = opened(1, 2, 3, holders={0: ()})
    assert still_needed(PUBLISHED, THRESHOLD, dealt_to_none, 2) == 0
    assert still_needed(PUBLISHED, THRESHOLD, dealt_to_none, 3) == 3
    assert still_needed(unknown(0), THRESHOLD, opened(1, 2, 3), 2) == 0


# --- keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [(1, 2, 3), (5, 1, 4), (1, 2, 3, 4, 5)])
def test_recover_edition__any_t_bundles__are_the_content_keys(chosen: tuple[int, ...]) -> None:
    """Any three of five bundles give every key, in manifest order."""
    assert list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, opened(*chosen))) == KEYS


def test_recover_edition__no_three_keepers_hold_everything__gives_every_key() -> None:
    """One contribution is held by keepers 1, 2, 3 only, another by 3, 4, 5: both are opened."""
    bundles = opened(1, 2, 3, 4, 5, holders={0: (1, 2, 3), 1: (3, 4, 5)})
    assert list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, bundles)) == KEYS
    assert [gaps(bundles[index]) for index in range(1, 6)] == [1, 1, 0, 1, 1]


@pytest.mark.parametrize("empty", [1, 3, 5])
def test_recover_edition__a_keeper_gives_only_gaps__others_make_up_for_it(empty: int) -> None:
    """A bundle of nothing but gaps counts as a bundle, and hides no share of others."""
    bundles = opened(1, 2, 3, 4, 5) | {empty: GAP * COUNT}
    assert list(recover_edition(PUBLISHED, COMMITTEES, THRESHOLD, bundles)) == KEYS


@given(
    held=st.lists(st.sets(st.integers(1, SIZE)), min_size=COUNT, max_size=COUNT),
    came=st.sets(st.integers(1, SIZE)),
    block=st.integers(1, COUNT),
)
def test_recover_each__any_pattern_of_gaps__gives_what_has_t_shares(
    held: list[set[int]], came: set[int], block: int
) -> None:
    """Just the contributions with t shares are recovered, each to its real key."""
    holders = {place: tuple(each) for place, each in enumerate(held)}
    bundles = opened(*came, holders=holders)
    for index, shares in bundles.items():
        check_opened(PUBLISHED, COMMITTEES, index, shares)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "BLOCK", block)
        found = list(recover_each(PUBLISHED, THRESHOLD, bundles))
    enough = [len(each & came) >= THRESHOLD for each in held]
    assert [isinstance(each, ContentKey) for each in found] == enough
    assert all(each == key for each, key, good in zip(found, KEYS, enough, strict=True) if good)


@given(
    held=st.lists(st.sets(st.integers(1, SIZE)), min_size=COUNT, max_size=COUNT),
    order=st.permutations(range(1, SIZE + 1)),
)
def test_still_needed__any_pattern_of_gaps__never_stops_too_early(
    held: list[set[int]], order: list[int]
) -> None:
    """Whoever asks in any order until no more are needed finds every key that there is."""
    holders = {place: tuple(each) for place, each in enumerate(held)}
    came: dict[int, bytes] = {}
    for index in order:
        if not still_needed(PUBLISHED, THRESHOLD, came, SIZE - len(came)):
            break
        came |= opened(index, holders=holders)
    found = list(recover_each(PUBLISHED, THRESHOLD, came))
    enough = [len(each) >= THRESHOLD for each in held]
    assert [isinstance(each, ContentKey) for each in found] == enough
