"""Opens the shares that a keeper holds, and seals them to another key without changing them.

A share keeps its seat: contribution, record, the committee it was dealt to, and index. Only the key
that it is sealed to changes.
"""

from __future__ import annotations

from dao_backend.core.model import Committee
from dao_backend.core.shares import Seat, open_share, seal_share, seat_of
from dao_backend.keeper.office import Office
from dao_backend.ports.keepers import StoredShare


class Resealer:
    """One keeper's, with the committees that its shares were dealt to."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._committees: dict[int, Committee] = {}

    def committee(self, epoch: int) -> Committee:
        """The committee of an epoch that is final, which never changes; ChainUnavailable."""
        if epoch not in self._committees:
            self._committees[epoch] = self._office.chain.committee(epoch)
        return self._committees[epoch]

    def opened(self, kept: StoredShare) -> bytes:
        """The share itself; the errors of `core.shares.open_share`, NotFound for a lost key."""
        secret = self._office.keys.secret(kept.sealed_to)
        seat = self._seat(kept)
        return open_share(secret, kept.sealed_share, seat, kept.commitments[seat.index - 1])

    def resealed(self, kept: StoredShare, sealing_key: bytes) -> bytes:
        """The same share in a box for `sealing_key`; as `opened`."""
        return seal_share(sealing_key, self._seat(kept), self.opened(kept))

    def _seat(self, kept: StoredShare) -> Seat:
        return seat_of(kept.record, self.committee(kept.record.epoch), self._office.index)
