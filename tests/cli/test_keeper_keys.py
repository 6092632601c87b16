"""`ddao keeper rotate --forget-old-keys`: earlier sealing keys go once nothing needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dao_backend.chain.signer import LocalSigner
from dao_backend.core.packing import bytes_of
from dao_backend.core.typed import digest
from dao_backend.core.typed_keepers import Handover
from dao_backend.custody.keystore import Keystore, Unlock, open_keystore
from dao_backend.custody.sqlite import SqliteCustody
from tests.support.anvil import Chain, running_chain
from tests.support.cli import Person, settle_in
from tests.support.keeper_program import (
    OwnKeeper,
    change_committee,
    found_dao_of,
    make_keeper,
    running,
    some_share,
)
from tests.support.local_dao import RELAY, LocalDao
from tests.support.shop import said


@dataclass(frozen=True, slots=True)
class Rotated:
    """A keeper with two sealing keys, and the DAO whose one keeper it is."""

    keeper: OwnKeeper
    dao: LocalDao
    old: str
    new: str

    def forget(self) -> tuple[str | Path, ...]:
        """The words after `ddao keeper`."""
        return ("rotate", "--key-file", self.keeper.key_file, "--forget-old-keys")

    def keys(self) -> Keystore:
        """What the keystore holds now."""
        return open_keystore(
            self.keeper.data / "keys", Unlock(key=self.keeper.key_file.read_bytes())
        )

    def form(self) -> None:
        """Form epoch 2 with the new key; final."""
        seat = {**self.keeper.seat, "sealing_key": self.new}
        change_committee(self.dao, replace(self.keeper, seat=seat))

    def confirm(self) -> None:
        """Post the keeper's word that it holds everything; final."""
        domain = self.dao.addresses.domain("KeeperRegistry")
        operator = LocalSigner(self.keys().operator.raw)
        signature = operator.sign_digest(digest(domain, Handover(2, 1)))
        self.dao.writer(RELAY).confirm_handover(2, 1, signature)
        self.dao.chain.time.finalize()


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A local chain."""
    with running_chain() as started:
        yield started


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """The operator."""
    return settle_in(tmp_path / "operator")


@pytest.fixture
def rotated(person: Person, chain: Chain) -> Rotated:
    """A new sealing key that no committee names yet."""
    keeper = make_keeper(person, "own", chain.url)
    dao, _ = found_dao_of(chain, keeper)
    told = keeper.does("rotate", "--key-file", keeper.key_file, "--sealing-key")
    return Rotated(keeper, dao, keeper.seat["sealing_key"], told["seat"]["sealing_key"])


def test_forget__one_key_only__is_refused(person: Person, chain: Chain) -> None:
    """The newest key is never forgotten."""
    keeper = make_keeper(person, "own", chain.url)
    found_dao_of(chain, keeper)
    answer = keeper.run("rotate", "--key-file", keeper.key_file, "--forget-old-keys")
    said(answer, 3, "There is no earlier sealing key.")


@pytest.mark.parametrize("formed", [False, True], ids=["newest", "serving"])
def test_forget__a_committee_names_the_old_key__is_refused(rotated: Rotated, formed: bool) -> None:
    """What contributors or leavers may still seal to has to be opened."""
    if formed:
        rotated.form()
    before = rotated.keys()
    answer = rotated.keeper.run(*rotated.forget())
    said(
        answer,
        3,
        f"Sealing key {rotated.old} is needed: the committee of epoch 1 has it.",
    )
    assert rotated.keys() == before


def test_forget__shares_are_sealed_to_it__is_refused_with_their_number(rotated: Rotated) -> None:
    """Nothing is made unreadable."""
    rotated.form()
    rotated.confirm()
    custody = SqliteCustody(rotated.keeper.data / "custody.sqlite")
    held = [replace(some_share(each), sealed_to=bytes_of(rotated.old)) for each in (1, 2)]
    custody.add_all(held)
    answer = rotated.keeper.run(*rotated.forget())
    said(answer, 3, f"Sealing key {rotated.old} is needed: 2 held shares are sealed to it.")
    custody.reseal([replace(each, sealed_to=bytes_of(rotated.new)) for each in held])
    custody.close()
    assert rotated.keeper.does(*rotated.forget())["forgotten"] == [rotated.old]


def test_forget__keeper_runs__is_refused(rotated: Rotated) -> None:
    """It could take in a share under the old key at this moment."""
    rotated.form()
    rotated.confirm()
    with running(rotated.keeper):
        answer = rotated.keeper.run(*rotated.forget())
        assert answer.code == 6
        assert "is in use by process" in answer.err
    assert len(rotated.keys().sealing) == 2


def test_forget__nothing_needs_it__is_gone(rotated: Rotated) -> None:
    """The newest key stays, and opens what the seat on chain names."""
    rotated.form()
    rotated.confirm()
    before = rotated.keys()
    told = rotated.keeper.does(*rotated.forget())
    assert told["forgotten"] == [rotated.old]
    assert told["kept"] == []
    assert rotated.keys() == replace(before, sealing=before.sealing[1:])
    assert "0x" + rotated.keys().newest.public.hex() == rotated.new
