"""From shares back to the content key: who is blamed for what, and who is enough."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.crypto import ContentKey
from dao_backend.core.identity import committee_hash, key_id
from dao_backend.core.merkle import list_root
from dao_backend.core.model import Committee, Record
from dao_backend.core.shamir import split
from dao_backend.core.shares import (
    bad_keepers,
    check_dealing,
    deal,
    open_share,
    recover,
    seal_share,
    seat_of,
    share_commitment,
)
from dao_backend.errors import (
    InconsistentDealing,
    InvalidShareIndex,
    NotEnoughShares,
    RecordMismatch,
    ShareMismatch,
)
from tests.support.core_actors import (
    Dealt,
    committee,
    dealt,
    sealing_secret,
    seed,
)

TWO_OF_THREE = committee(2, 3)
THREE_OF_FIVE = committee(3, 5)
COMMITTEES = pytest.mark.parametrize("members", [TWO_OF_THREE, THREE_OF_FIVE, committee(1, 1)])


Bytes32s = tuple[bytes, ...]


def shares_of(one: Dealt, *indexes: int) -> dict[int, bytes]:
    """Opened shares of some keepers."""
    return {index: one.dealing.shares[index - 1] for index in indexes}


def sealed_to(one: Dealt, index: int) -> bytes:
    """A keeper's share in its box."""
    seat = seat_of(one.record, one.committee, index)
    key = sealing_secret(one.committee.epoch, index).public
    return seal_share(key, seat, one.dealing.shares[index - 1])


@pytest.mark.parametrize("indexes", [(), (1,), (3,)])
def test_recover__fewer_than_t__is_refused(indexes: tuple[int, ...]) -> None:
    """One keeper of a threshold of two opens nothing."""
    one = dealt(1, TWO_OF_THREE)
    with pytest.raises(NotEnoughShares):
        recover(shares_of(one, *indexes), one.record, one.dealing.commitments, TWO_OF_THREE)


@pytest.mark.parametrize("index", [0, -1, 4, 256])
def test_recover__index_outside_the_committee__is_refused(index: int) -> None:
    """Index zero would be the key itself, index n + 1 has no commitment."""
    one = dealt(1, TWO_OF_THREE)
    shares = {1: one.dealing.shares[0], index: one.dealing.shares[1]}
    with pytest.raises(InvalidShareIndex):
        recover(shares, one.record, one.dealing.commitments, TWO_OF_THREE)


def test_recover__one_share_under_two_indexes__names_the_second_keeper() -> None:
    """A copied share does not pass for a second one."""
    one = dealt(1, TWO_OF_THREE)
    shares = {1: one.dealing.shares[0], 2: one.dealing.shares[0]}
    with pytest.raises(ShareMismatch) as raised:
        recover(shares, one.record, one.dealing.commitments, TWO_OF_THREE)
    assert raised.value.index == 2


def test_recover__shares_of_two_committees_mixed__names_the_stranger() -> None:
    """A share dealt to another epoch's committee does not combine, and is named."""
    ours, theirs = dealt(1, TWO_OF_THREE), dealt(1, committee(2, 3, epoch=2))
    assert ours.content_key == theirs.content_key
    shares = {1: ours.dealing.shares[0], 2: theirs.dealing.shares[1]}
    with pytest.raises(ShareMismatch) as raised:
        recover(shares, ours.record, ours.dealing.commitments, TWO_OF_THREE)
    assert raised.value.index == 2


def test_recover__commitments_of_another_record__is_refused() -> None:
    """Commitments are taken only from under the record's own root."""
    one, other = dealt(1, TWO_OF_THREE), dealt(2, TWO_OF_THREE)
    with pytest.raises(RecordMismatch):
        recover(shares_of(one, 1, 2), one.record, other.dealing.commitments, TWO_OF_THREE)


def test_recover__one_malicious_keeper__is_named_and_the_others_suffice() -> None:
    """With one liar among five, it is named, and any three of the others bring the key back."""
    one = dealt(1, THREE_OF_FIVE)
    shares = shares_of(one, 1, 2, 3, 4, 5) | {4: seed("lie")}
    with pytest.raises(ShareMismatch) as raised:
        recover(shares, one.record, one.dealing.commitments, THREE_OF_FIVE)
    assert raised.value.index == 4
    bad = bad_keepers(
        shares, one.record.contribution_id, committee_hash(THREE_OF_FIVE), one.dealing.commitments
    )
    assert bad == (4,)
    honest = {index: share for index, share in shares.items() if index not in bad}
    assert recover(honest, one.record, one.dealing.commitments, THREE_OF_FIVE) == one.content_key


def inconsistent(
    members: Committee, liar: int
) -> tuple[Record, tuple[bytes, ...], tuple[bytes, ...]]:
    """A record, shares and commitments, where keeper `liar`'s share is on no common polynomial."""
    one = dealt(1, members)
    shares = list(one.dealing.shares)
    shares[liar - 1] = seed("off the polynomial")
    commitments = tuple(
        share_commitment(one.record.contribution_id, committee_hash(members), index, share)
        for index, share in enumerate(shares, 1)
    )
    return replace(one.record, share_root=list_root(commitments)), tuple(shares), commitments


def test_recover__inconsistent_dealing_met__blames_the_contributor() -> None:
    """Shares that fit their commitments but give another key are the contributor's fault."""
    record, shares, commitments = inconsistent(TWO_OF_THREE, liar=3)
    with pytest.raises(InconsistentDealing):
        recover({1: shares[0], 3: shares[2]}, record, commitments, TWO_OF_THREE)


def test_recover__inconsistent_dealing_avoided__is_found_when_proof_is_asked() -> None:
    """Good shares still give the key, and dealing again shows that others would not have."""
    record, shares, commitments = inconsistent(TWO_OF_THREE, liar=3)
    chosen = {1: shares[0], 2: shares[1]}
    key = recover(chosen, record, commitments, TWO_OF_THREE)
    assert key == dealt(1, TWO_OF_THREE).content_key
    with pytest.raises(InconsistentDealing):
        recover(chosen, record, commitments, TWO_OF_THREE, prove_dealing=True)


def test_check_dealing__other_coefficients__is_refused() -> None:
    """The appraiser refuses a consistent dealing that is not the prescribed one."""
    one = dealt(1, TWO_OF_THREE)
    shares = split(one.content_key.raw, seed("chosen by hand"), 3)
    commitments = [
        share_commitment(one.record.contribution_id, committee_hash(TWO_OF_THREE), index, share)
        for index, share in enumerate(shares, 1)
    ]
    record = replace(one.record, share_root=list_root(commitments))
    with pytest.raises(InconsistentDealing):
        check_dealing(one.content_key, record, TWO_OF_THREE)


def test_check_dealing__another_key__is_refused() -> None:
    """The appraiser refuses a key that the record does not name."""
    one = dealt(1, TWO_OF_THREE)
    with pytest.raises(InconsistentDealing):
        check_dealing(ContentKey(seed("other")), one.record, TWO_OF_THREE)


@COMMITTEES
def test_recover__every_choice_of_t_keepers__is_the_key(members: Committee) -> None:
    """Sealed to keepers, opened by any t of them: the key is back, with a proven dealing."""
    one = dealt(1, members)
    for chosen in combinations(range(1, len(members.keepers) + 1), members.threshold):
        opened = {
            index: open_share(
                sealing_secret(1, index),
                sealed_to(one, index),
                seat_of(one.record, members, index),
                one.dealing.commitments[index - 1],
            )
            for index in chosen
        }
        key = recover(opened, one.record, one.dealing.commitments, members, prove_dealing=True)
        assert key == one.content_key


def test_recover__more_than_t_shares__is_the_key() -> None:
    """All five bundles are as good as any three."""
    one = dealt(1, THREE_OF_FIVE)
    shares = shares_of(one, 1, 2, 3, 4, 5)
    assert recover(shares, one.record, one.dealing.commitments, THREE_OF_FIVE) == one.content_key


@given(raw=st.binary(min_size=32, max_size=32), number=st.integers(0, 2**32))
def test_recover__any_key__comes_back(raw: bytes, number: int) -> None:
    """Whatever the key and the contribution, two of three keepers bring it back."""
    key, identity = ContentKey(raw), seed("contribution", number)
    dealing = deal(key, identity, TWO_OF_THREE)
    record = replace(
        dealt(1, TWO_OF_THREE).record,
        contribution_id=identity,
        key_id=key_id(identity, raw),
        share_root=dealing.share_root,
    )
    shares = {3: dealing.shares[2], 1: dealing.shares[0]}
    assert recover(shares, record, dealing.commitments, TWO_OF_THREE) == key
