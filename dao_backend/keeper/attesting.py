"""Signs the roots of final editions, and remembers what it said.

A signature over an invented list would be good on the real chain for ever: the log and the edition
are held against storage proofs first, so that no k nodes that lie alike are believed while any of
the keeper's nodes proves its answers. Where none does, an attestation rests on k of the m nodes.

Anybody may ask, as often as they like: the whole edition is read once to find its root, and at most
every `PAUSE` seconds to see whether each of its shares is here. In between, an answer costs one
look at what is remembered. One that is attested already needs no signature any more and is looked
at every `LONG` seconds, so that strangers who ask about all old editions do not hold up the newest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from dao_backend.core.model import Edition
from dao_backend.core.typed import Attestation, digest
from dao_backend.errors import InputError, NodesDisagree, Refused
from dao_backend.keeper.editions import Editions
from dao_backend.keeper.erasure import ErasureDesk
from dao_backend.keeper.holding import lacking
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.keeper.wholeness import require_proven

PAUSE = 10
"""Seconds for which an answer is given again, unless shares were erased since."""
LONG = 600
"""The same for an edition that is attested."""

Final = Callable[[int], tuple[Edition, FinalView]]
"""A sealed edition as of the newest final view; Refused while it is not final."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of an edition, and when."""

    at: int
    erased: int
    """How many shares had been erased by then."""
    attested: bool
    root: bytes
    refusal: str | None


class AttestationDesk:
    """The attestations of one keeper."""

    def __init__(
        self, office: Office, ledger: FinalLedger, editions: Editions, erasure: ErasureDesk
    ) -> None:
        self._office = office
        self._ledger = ledger
        self._editions = editions
        self._erasure = erasure
        self._lock = threading.Lock()
        self._found: dict[int, _Found] = {}
        self._signed: dict[Attestation, bytes] = {}

    def attestation(self, edition_id: int, final: Final) -> tuple[bytes, bytes]:
        """See `ports.keepers.Keeper.attestation`."""
        with self._lock:
            found = self._found.get(edition_id)
            if found is None or not self._is_fresh(found):
                found = self._found[edition_id] = self._look(*final(edition_id))
            if found.refusal is not None:
                raise Refused(found.refusal)
            return found.root, self._signature(Attestation(edition_id, found.root))

    def _is_fresh(self, found: _Found) -> bool:
        """Never during an alarm, nor where the clock was set back."""
        office = self._office
        if office.chain.alarm is not None or found.erased != self._erasure.erased:
            return False
        return 0 <= office.clock() - found.at < (LONG if found.attested else PAUSE)

    def _look(self, edition: Edition, view: FinalView) -> _Found:
        at, erased = self._office.clock(), self._erasure.erased
        self._require_proven(edition, view)
        try:
            root = self._editions.rebuilt(view, edition).summary.root
        except InputError as error:
            raise Refused(f"edition {edition.edition_id} is not attested: {error}") from error
        attested = edition.root is not None
        return _Found(at, erased, attested, root, lacking(self._office, edition))

    def _require_proven(self, edition: Edition, view: FinalView) -> None:
        try:
            require_proven(self._office.chain, view, (edition,))
        except NodesDisagree:
            self._ledger.distrust()
            raise

    def _signature(self, attestation: Attestation) -> bytes:
        if attestation not in self._signed:
            domain = self._office.chain.addresses.domain("KeeperRegistry")
            signed = self._office.operator.sign_digest(digest(domain, attestation))
            self._signed[attestation] = signed
        return self._signed[attestation]
