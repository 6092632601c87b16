"""What the keepers say of a licence's bundles, and the bundles themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dao_backend.core.access import Allowed, Denied
from dao_backend.core.model import Address
from dao_backend.errors import IntegrityError, NotFound, ResourceError
from dao_backend.ports.gateway import BundleFacts
from dao_backend.ports.keepers import Keeper

UNAVAILABLE = "unavailable"
"""Reason of a keeper that cannot judge now: its node, its files or its service do not answer."""


class ReleaseBoard:
    """Relays what keepers decide; it decides nothing and can open nothing."""

    def __init__(self, keepers: Sequence[Keeper]) -> None:
        self._keepers = {keeper.index: keeper for keeper in keepers}

    def bundles(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> tuple[BundleFacts, ...]:
        """Where each keeper stands, in index order."""
        return tuple(
            self._facts(keeper, licence_id, asker, asked_key)
            for _, keeper in sorted(self._keepers.items())
        )

    def standing(self, licence_id: int, index: int) -> BundleFacts:
        """Where one keeper stands; NotFound for an unknown one."""
        return self._facts(self._keeper(index), licence_id, None, None)

    def bundle(
        self, licence_id: int, index: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """A keeper's bundle; NotReleased with its reason, NotFound for an unknown keeper."""
        return self._keeper(index).bundle(licence_id, offset, length)

    def _keeper(self, index: int) -> Keeper:
        keeper = self._keepers.get(index)
        if keeper is None:
            raise NotFound(f"there is no keeper {index}")
        return keeper

    def _facts(
        self, keeper: Keeper, licence_id: int, asker: Address | None, asked_key: bytes | None
    ) -> BundleFacts:
        try:
            decision = keeper.release(licence_id, asker, asked_key)
            built = keeper.bundle_facts(licence_id)
        except (ResourceError, IntegrityError) as error:  # the others may suffice
            return BundleFacts(keeper.index, UNAVAILABLE, str(error), None, None)
        cid = None if built is None else built.cid
        length = None if built is None else built.length
        match decision:
            case Allowed():
                return BundleFacts(keeper.index, None, None, cid, length)
            case Denied(reason=reason, sentence=sentence):
                return BundleFacts(keeper.index, reason.value, sentence, cid, length)
