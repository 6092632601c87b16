"""An edition of which no two of three keepers hold everything, delivered with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dao_backend.core.manifest import Published
from dao_backend.core.manifest_file import decode
from tests.keeper.committees import registered
from tests.keeper.intakes import intake_of
from tests.support.running_dao import ALICE, RunningDao, program
from tests.support.running_fixtures import Stage

HOLDERS = ((1, 2, 3), (1, 2), (2, 3), (1, 3), (3,), ())
"""Which keepers were given a share, of each contribution; two are needed."""
HAD = tuple(len(holders) >= 2 for holders in HOLDERS)


@dataclass(frozen=True, slots=True)
class Gappy:
    """What was contributed and sold, and what each keeper knows of it."""

    dao: RunningDao
    ids: tuple[bytes, ...]
    """In the order of `HOLDERS`."""
    licence: int

    @property
    def obtainable(self) -> set[bytes]:
        """Those of which enough shares are held."""
        return {named for named, had in zip(self.ids, HAD, strict=True) if had}

    def reach(self, seat: Any) -> Any:
        """A keeper itself."""
        return self.dao.system.local[seat.index - 1]

    def published(self, index: int) -> Published:
        """The file of the edition as one keeper knows it."""
        return self.read(b"".join(self.dao.system.local[index - 1].manifest(1)))

    def read(self, file: bytes) -> Published:
        """A file of the edition."""
        where, edition = self.dao.dao.addresses, self.dao.system.chain.edition(1)
        return decode(file.splitlines(keepends=True), where.chain_id, where.registry, edition)

    def unknown(self, published: Published) -> set[int]:
        """Numbers of those that a file has no commitments of."""
        listed = zip(published.manifest.entries, published.commitments, strict=True)
        return {self.ids.index(entry.record.contribution_id) for entry, own in listed if not own}


@contextmanager
def gappy(stage: Stage, data: Path) -> Iterator[Gappy]:
    """Deal as `HOLDERS` says, let every operator forgo the rest, sell and deliver."""
    with stage.play(data) as dao:
        ids = []
        for number, holders in enumerate(HOLDERS):
            sealed = dao.sealed(ALICE, program(number), f"{number}.py")
            for keeper in dao.system.local:
                if keeper.index in holders:
                    keeper.take_in(intake_of(dao, sealed, index=keeper.index))
                else:
                    keeper._office.custody.forgo([sealed.record.contribution_id])
            ids.append(registered(dao, sealed))
        assert dao.edition() == 1
        licence = dao.sell(ALICE).request_id
        dao.deliver(licence)
        yield Gappy(dao, tuple(ids), licence)
