"""Committees that change, and keepers that follow others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.crypto import SecretKey
from dao_backend.core.model import Appraisal
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import digest, record_hash
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.office import Keyring
from dao_backend.ports.keepers import HandedShare
from dao_backend.service.contributing import Sealed
from tests.keeper.intakes import consent, intake_of
from tests.support.core_actors import sealing_secret
from tests.support.local_dao import APPRAISER, FAR
from tests.support.running_dao import ALICE, RunningDao, program

NEXT = 301
"""Number of the account of the operator that follows at index 1."""


def key_of(number: int) -> SecretKey:
    """The sealing key of the operator with that account."""
    return sealing_secret(number, 1)


def form(
    dao: RunningDao, changed: Mapping[int, tuple[int, SecretKey]], *, final: bool = True
) -> int:
    """Form the next committee: at each index given another account or key; its epoch."""
    epoch = dao.system.chain.current_epoch()
    seats = list(dao.system.chain.committee(epoch).keepers)
    for index, (number, secret) in changed.items():
        operator = dao.chain.signer(number).address
        seats[index - 1] = Seat(index, operator, secret.public, f"http://next-{index}")
    rows = tuple((each.operator, each.sealing_key, each.endpoint) for each in seats)
    dao.dao.by_vote(ContractName.KEEPERS, "changeCommittee", rows)
    if final:
        dao.settle_down()
    return epoch + 1


def replaced(dao: RunningDao, *indexes: int, by: int = NEXT) -> int:
    """Form the next committee with new operators at these indexes; its epoch."""
    indexes = indexes or (1,)
    return form(dao, {each: (by + each - 1, key_of(by + each - 1)) for each in indexes})


def seat_of(dao: RunningDao, epoch: int, index: int = 1) -> Seat:
    """Who sits there."""
    return dao.system.chain.committee(epoch).keepers[index - 1]


@contextmanager
def follower(
    dao: RunningDao, index: int = 1, number: int = NEXT, folder: str = "next", **parts: Any
) -> Iterator[LocalKeeper]:
    """The keeper of the operator with that account, over files of its own."""
    own = {
        "operator": lambda _real: dao.chain.signer(number),
        "keys": lambda _real: Keyring([key_of(number)]),
    }
    with dao.keeper(index, data=dao.data / f"{folder}-{number}", **(own | parts)) as keeper:
        yield keeper


def reaches(leaver: LocalKeeper, successor: Any) -> None:
    """Let the leaver find its successor, whose endpoint on chain is nobody's here."""
    desk = leaver._erasure._leaving
    desk._office = replace(desk._office, reach=lambda _seat: successor)


def confirm(dao: RunningDao, *keepers: LocalKeeper) -> None:
    """Let keepers work, and post what they confirm; final."""
    for keeper in keepers:
        keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert told.confirmation is not None
        dao.system.relay.confirm_handover(told.epoch, keeper.index, told.confirmation)
    dao.settle_down()


def asked(
    dao: RunningDao,
    keeper: LocalKeeper,
    ids: Sequence[bytes],
    by: int = NEXT,
    signed: bytes | None = None,
    **changed: Any,
) -> tuple[HandedShare, ...]:
    """Ask a keeper for shares as the account of that number, with fields of the wish changed."""
    fields: dict[str, Any] = {
        "epoch": dao.system.chain.current_epoch(),
        "index": keeper.index,
        "ids": signed or keccak256(b"".join(ids)),
        "asked_at": keeper._office.clock(),
    }
    ask = HandoverAsk(**(fields | changed))
    domain = dao.dao.addresses.domain("KeeperRegistry")
    return keeper.hand_over(ask, ids, dao.chain.signer(by).sign_digest(digest(domain, ask)))


def contribute_to(dao: RunningDao, keepers: Sequence[LocalKeeper], number: int) -> bytes:
    """Have Alice contribute to the newest committee, whose keepers these are; final, its id."""
    committee = dao.system.chain.committee(dao.system.chain.current_epoch())
    sealed = dao.sealed(
        ALICE, program(number), facts=replace(dao.system.facts, committee=committee)
    )
    for keeper in keepers:
        keeper.take_in(intake_of(dao, sealed, index=keeper.index))
    return registered(dao, sealed)


def registered(dao: RunningDao, sealed: Sealed) -> bytes:
    """Register what Alice sealed, whether any keeper has its share or not; final, its id."""
    domain = dao.dao.addresses.domain("DataRegistry")
    appraisal = Appraisal(record_hash(sealed.record), 1000, FAR)
    appraised = dao.chain.signer(APPRAISER).sign_digest(digest(domain, appraisal))
    consented = consent(dao, domain, sealed.record)
    dao.system.relay.contribute_for(sealed.record, sealed.nonce, appraisal, appraised, consented)
    dao.settle_down()
    return sealed.record.contribution_id


def listed(dao: RunningDao, keeper: LocalKeeper) -> list[bytes]:
    """The ids of everything that is registered, in the order of the history."""
    keeper._ledger.refresh()
    return [each.record.contribution_id for each in keeper._office.book.contributions()]
