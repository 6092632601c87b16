"""Key shares: what a keeper and an appraiser refuse to open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.crypto import ContentKey, seal
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Committee, Record
from dao_backend.core.shamir import dealt_coefficients, split
from dao_backend.core.shares import (
    Seat,
    check_dealing,
    commitment_path,
    deal,
    open_for_appraiser,
    open_share,
    require_commitment,
    require_commitments,
    seal_for_appraiser,
    seal_share,
    seat_of,
    share_binding,
)
from dao_backend.core.typed import record_hash
from dao_backend.errors import (
    BindingMismatch,
    InputError,
    InvalidShareIndex,
    LowOrderKey,
    RecordMismatch,
    SealBroken,
    ShareMismatch,
)
from tests.support.core_actors import (
    REGISTRY,
    Dealt,
    committee,
    dealt,
    sealing_secret,
    seed,
    wallet,
)

TWO_OF_THREE = committee(2, 3)
THREE_OF_FIVE = committee(3, 5)
COMMITTEES = pytest.mark.parametrize("members", [TWO_OF_THREE, THREE_OF_FIVE, committee(1, 1)])


def sealed_to(one: Dealt, index: int) -> bytes:
    """A keeper's share in its box."""
    seat = seat_of(one.record, one.committee, index)
    key = sealing_secret(one.committee.epoch, index).public
    return seal_share(key, seat, one.dealing.shares[index - 1])


# --- a sealed share that was moved ----------------------------------------------------------


@pytest.mark.parametrize(
    "moved",
    [
        lambda one: replace(one.record, contribution_id=seed("other")),
        lambda one: replace(one.record, contributor=wallet(9)),
        lambda one: replace(one.record, collection=1),
        lambda one: replace(one.record, cid_digest=seed("other")),
        lambda one: replace(one.record, length=1),
        lambda one: replace(one.record, envelope_commitment=seed("other")),
        lambda one: replace(one.record, key_id=seed("other")),
        lambda one: replace(one.record, share_root=seed("other")),
        lambda one: replace(one.record, epoch=2),
    ],
)
def test_open_share__transplanted_to_another_record__is_refused(
    moved: Callable[[Dealt], Record],
) -> None:
    """A share opens under no record that differs in any field."""
    one = dealt(1, TWO_OF_THREE)
    seat = seat_of(moved(one), TWO_OF_THREE, 1)
    with pytest.raises(BindingMismatch):
        open_share(sealing_secret(1, 1), sealed_to(one, 1), seat, one.dealing.commitments[0])


@pytest.mark.parametrize(
    "other",
    [
        replace(TWO_OF_THREE, chain_id=1),
        replace(TWO_OF_THREE, registry=REGISTRY),
        replace(TWO_OF_THREE, epoch=2),
        replace(TWO_OF_THREE, threshold=3),
        committee(2, 4),
    ],
)
def test_open_share__transplanted_to_another_committee__is_refused(
    other: Committee,
) -> None:
    """A share opens under no other chain, registry, epoch, threshold or set of keepers."""
    one = dealt(1, TWO_OF_THREE)
    seat = seat_of(one.record, other, 1)
    with pytest.raises(BindingMismatch):
        open_share(sealing_secret(1, 1), sealed_to(one, 1), seat, one.dealing.commitments[0])


def test_open_share__transplanted_to_another_index__is_refused() -> None:
    """Keeper 1 cannot pass its share off as keeper 2's, whoever holds the sealing key."""
    one = dealt(1, TWO_OF_THREE)
    seat = seat_of(one.record, TWO_OF_THREE, 2)
    with pytest.raises(BindingMismatch):
        open_share(sealing_secret(1, 1), sealed_to(one, 1), seat, one.dealing.commitments[1])


def test_open_share__sealed_to_another_keeper__is_refused() -> None:
    """A box opens with the secret key it was made for only."""
    one = dealt(1, TWO_OF_THREE)
    seat = seat_of(one.record, TWO_OF_THREE, 1)
    with pytest.raises(SealBroken):
        open_share(sealing_secret(1, 2), sealed_to(one, 1), seat, one.dealing.commitments[0])


def test_open_share__another_share_under_the_right_binding__is_refused() -> None:
    """A contributor who seals something else than was committed to is found out at intake."""
    one = dealt(1, TWO_OF_THREE)
    seat = seat_of(one.record, TWO_OF_THREE, 1)
    sealed = seal_share(sealing_secret(1, 1).public, seat, seed("something else"))
    with pytest.raises(ShareMismatch) as raised:
        open_share(sealing_secret(1, 1), sealed, seat, one.dealing.commitments[0])
    assert raised.value.index == 1


@pytest.mark.parametrize("length", [0, 31, 33])
def test_open_share__right_binding_around_another_length__is_refused(length: int) -> None:
    """A share has 32 bytes, whatever else the box holds."""
    one = dealt(1, TWO_OF_THREE)
    seat = seat_of(one.record, TWO_OF_THREE, 1)
    inside = b"ddao/share/1" + share_binding(seat) + b"\x01" + bytes(length)
    sealed = seal(sealing_secret(1, 1).public, inside)
    with pytest.raises(BindingMismatch):
        open_share(sealing_secret(1, 1), sealed, seat, one.dealing.commitments[0])


def test_seal_share__low_order_key__is_refused() -> None:
    """Nothing is sealed to a key that everybody can open."""
    one = dealt(1, TWO_OF_THREE)
    with pytest.raises(LowOrderKey):
        seal_share(bytes(32), seat_of(one.record, TWO_OF_THREE, 1), one.dealing.shares[0])


@pytest.mark.parametrize("index", [0, -1, 4])
def test_seat_of__no_such_keeper__is_refused(index: int) -> None:
    """Keepers count from 1 to n."""
    with pytest.raises(InvalidShareIndex):
        seat_of(dealt(1, TWO_OF_THREE).record, TWO_OF_THREE, index)


# --- commitments ----------------------------------------------------------------------------


def test_require_commitments__swapped__is_refused() -> None:
    """The root binds the order, so that nobody can be blamed for another keeper's share."""
    one = dealt(1, TWO_OF_THREE)
    first, second, third = one.dealing.commitments
    with pytest.raises(RecordMismatch):
        require_commitments(one.record, (second, first, third), 3)


def test_require_commitments__fewer_than_keepers__is_refused() -> None:
    """A record dealt to fewer keepers than the committee has is not taken in."""
    one = dealt(1, committee(1, 2))
    with pytest.raises(RecordMismatch):
        require_commitments(one.record, one.dealing.commitments, 3)


@pytest.mark.parametrize(("index", "size"), [(2, 3), (3, 3), (1, 2), (1, 5)])
def test_require_commitment__path_of_another_place__is_refused(index: int, size: int) -> None:
    """A path proves one index in one size of committee."""
    one = dealt(1, TWO_OF_THREE)
    path = commitment_path(one.dealing.commitments, 1)
    with pytest.raises(RecordMismatch):
        require_commitment(one.record, index, size, one.dealing.commitments[0], path)


@COMMITTEES
def test_require_commitment__own_path__is_accepted(members: Committee) -> None:
    """Each keeper can check its own commitment with its path alone."""
    one = dealt(1, members)
    size = len(members.keepers)
    require_commitments(one.record, one.dealing.commitments, size)
    for index, commitment in enumerate(one.dealing.commitments, 1):
        path = commitment_path(one.dealing.commitments, index)
        require_commitment(one.record, index, size, commitment, path)
        with pytest.raises(RecordMismatch):
            require_commitment(one.record, index, size, seed("other"), path)


# --- the appraiser --------------------------------------------------------------------------


def test_open_for_appraiser__another_record__is_refused() -> None:
    """A content key sealed for one record is not taken for another."""
    appraiser = sealing_secret(1, 50)
    sealed = seal_for_appraiser(appraiser.public, seed("record"), ContentKey(seed("k")))
    with pytest.raises(BindingMismatch):
        open_for_appraiser(appraiser, sealed, seed("another record"))


def test_open_for_appraiser__a_keepers_share__is_refused() -> None:
    """A box made for a keeper is none for an appraiser with the same key."""
    one = dealt(1, TWO_OF_THREE)
    with pytest.raises(BindingMismatch):
        open_for_appraiser(sealing_secret(1, 1), sealed_to(one, 1), record_hash(one.record))


def test_open_for_appraiser__other_secret__is_refused() -> None:
    """Only the appraiser opens what is sealed to it."""
    sealed = seal_for_appraiser(sealing_secret(1, 50).public, seed("r"), ContentKey(seed("k")))
    with pytest.raises(SealBroken):
        open_for_appraiser(sealing_secret(1, 51), sealed, seed("r"))


def test_seal_for_appraiser__short_record_hash__is_refused() -> None:
    """A record hash has 32 bytes."""
    with pytest.raises(InputError):
        seal_for_appraiser(sealing_secret(1, 50).public, bytes(31), ContentKey(seed("k")))


def test_open_for_appraiser__its_own__is_the_content_key() -> None:
    """The appraiser gets the key that was sealed to it."""
    appraiser = sealing_secret(1, 50)
    sealed = seal_for_appraiser(appraiser.public, seed("r"), ContentKey(seed("k")))
    assert open_for_appraiser(appraiser, sealed, seed("r")) == ContentKey(seed("k"))


# --- dealing ------------------------------------------------------------------------------


def test_deal__again__is_the_same_dealing() -> None:
    """Dealing is a function of key, contribution and committee."""
    one = dealt(1, THREE_OF_FIVE)
    assert deal(one.content_key, one.record.contribution_id, THREE_OF_FIVE) == one.dealing
    assert check_dealing(one.content_key, one.record, THREE_OF_FIVE) == one.dealing


def test_deal__another_committee__shares_nothing() -> None:
    """Coefficients depend on the committee: no share of one dealing appears in another."""
    key, identity = ContentKey(seed("k")), seed("c")
    others = [THREE_OF_FIVE, committee(3, 5, epoch=2), committee(3, 4), committee(2, 5)]
    dealings = [deal(key, identity, members) for members in others]
    shares = [share for dealing in dealings for share in dealing.shares]
    assert len(set(shares)) == len(shares)


def test_dealing__shown__hides_the_shares() -> None:
    """A dealing that lands in a log shows commitments only."""
    one = dealt(1, TWO_OF_THREE)
    shown = repr(one.dealing) + repr(one.content_key)
    assert not any(repr(share) in shown for share in one.dealing.shares)
    assert repr(one.content_key.raw) not in shown


def test_share_binding__any_part_changed__differs() -> None:
    """The binding depends on record hash, committee hash and index."""
    base = Seat(seed("c"), seed("r"), seed("h"), 1)
    others = [
        replace(base, record_hash=seed("x")),
        replace(base, committee_hash=seed("x")),
        replace(base, index=2),
    ]
    assert len({share_binding(seat) for seat in [base, *others]}) == 4


@given(number=st.integers(0, 1000))
def test_deal__any__uses_the_prescribed_coefficients(number: int) -> None:
    """The shares are those of the coefficients that the format prescribes."""
    key, identity = seed("key", number), seed("contribution", number)
    coefficients = dealt_coefficients(key, identity, committee_hash(TWO_OF_THREE), 2, 3)
    assert deal(ContentKey(key), identity, TWO_OF_THREE).shares == split(key, coefficients, 3)
