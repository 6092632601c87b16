"""What the keepers say of a licence's bundles, and the bundles themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain as chained

from dao_backend.core.access import Allowed, Denied
from dao_backend.core.model import Address
from dao_backend.core.model import Keeper as Seat
from dao_backend.errors import DaoError, NotFound
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.gateway import BundleFacts
from dao_backend.ports.keepers import Keeper
from dao_backend.service.keepers import Keepers

UNAVAILABLE = "unavailable"
"""Reason of a keeper that does not judge now: it, its node or its files do not answer."""


class ReleaseBoard:
    """Relays what keepers decide; it decides nothing and can open nothing."""

    def __init__(self, chain: ChainReader, keepers: Keepers) -> None:
        self._chain = chain
        self._keepers = keepers

    def bundles(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> tuple[BundleFacts, ...]:
        """Where each keeper of the delivery's committee stands, in index order."""
        return self._stand(self._seats(licence_id), licence_id, asker, asked_key)

    def standing(self, licence_id: int, index: int) -> BundleFacts:
        """Where one keeper stands; NotFound for an unknown one."""
        (found,) = self._stand((self._seat(licence_id, index),), licence_id, None, None)
        return found

    def bundle(
        self, licence_id: int, index: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """A keeper's bundle; NotReleased with its reason, NotFound for an unknown keeper."""
        pieces = self._keepers.at(self._seat(licence_id, index)).bundle(licence_id, offset, length)
        first = next(pieces, b"")  # a refusal comes with it
        return chained((first,), pieces)

    def _seats(self, licence_id: int) -> tuple[Seat, ...]:
        """Who delivers it, or would."""
        delivery = self._chain.delivery(licence_id)
        epoch = self._chain.serving_epoch() if delivery is None else delivery.epoch
        return self._chain.committee(epoch).keepers

    def _seat(self, licence_id: int, index: int) -> Seat:
        for seat in self._seats(licence_id):
            if seat.index == index:
                return seat
        raise NotFound(f"there is no keeper {index}")

    def _stand(
        self,
        seats: tuple[Seat, ...],
        licence_id: int,
        asker: Address | None,
        asked_key: bytes | None,
    ) -> tuple[BundleFacts, ...]:
        answers = self._keepers.ask_all(
            seats, lambda keeper: _facts(keeper, licence_id, asker, asked_key)
        )
        return tuple(
            BundleFacts(index, UNAVAILABLE, str(answer), None, None)
            if isinstance(answer, DaoError)
            else answer
            for index, answer in answers.items()
        )


def _facts(
    keeper: Keeper, licence_id: int, asker: Address | None, asked_key: bytes | None
) -> BundleFacts:
    decision = keeper.release(licence_id, asker, asked_key)
    built = keeper.bundle_facts(licence_id)
    cid = None if built is None else built.cid
    length = None if built is None else built.length
    match decision:
        case Allowed():
            return BundleFacts(keeper.index, None, None, cid, length)
        case Denied(reason=reason, sentence=sentence):
            return BundleFacts(keeper.index, reason.value, sentence, cid, length)
