"""Decide on a licence from the finalized chain, build its bundle once, post the receipt.

    grant final ──► bundle written, logged ──► receipt posted ──► t receipts final ──► hand over

A receipt is posted by this keeper where it can pay, and by whoever fetches the signed one where it
cannot. Each arrow is durable before the next begins: once a bundle is logged, a crash at any point
goes on with the same bundle and the same key. Before that nobody has heard of it, and a new one is
built under a new key. A licence whose bundle is logged or receipted never gets a second one, except
where its holder has rotated the release key before any receipt: what was sealed to the old key can
get no receipt any more, was handed to nobody, and is thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from dao_backend.core.access import (
    Allowed,
    Decision,
    Facts,
    Step,
    View,
    decide,
    nodes_disagree,
)
from dao_backend.core.model import Address, Edition, Licence, ProposalState, Request
from dao_backend.core.packing import keccak256
from dao_backend.core.seats import is_anothers
from dao_backend.errors import (
    HistoryMismatch,
    InputError,
    InsufficientFunds,
    ManifestMismatch,
    NodesDisagree,
    NotFound,
    NotReleased,
    StorageUnavailable,
)
from dao_backend.keeper.building import Builder
from dao_backend.keeper.editions import Editions
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.ports.chain import Block, KeeperChain
from dao_backend.ports.keepers import BundleEntry

STEPS = ("manifest", "decided", "written", "logged", "posted", "handed-over")
"""What `Office.at` is told, in this order: an edition's root is rebuilt (once for each edition), a
licence is found to be due, its bundle lies in the store, is logged, has its receipt posted by this
keeper (where it can pay), and its first byte is given to somebody."""


class ReleaseDesk:
    """The release side of one keeper."""

    def __init__(self, office: Office, ledger: FinalLedger, editions: Editions) -> None:
        self._office = office
        self._ledger = ledger
        self._editions = editions
        self._builder = Builder(office)
        self._lock = threading.Lock()

    def decision(
        self,
        licence_id: int,
        step: Step,
        asker: Address | None = None,
        asked_key: bytes | None = None,
    ) -> Decision:
        """Whether `step` may be taken for the licence now, judged from the chain alone."""
        try:
            facts = self._facts(licence_id, asker, asked_key)
        except NodesDisagree as error:
            return nodes_disagree(str(error))
        return decide(facts, step)

    def advance(self, licence_id: int) -> Decision:
        """Build the bundle and post its receipt where both are due; the decision it rests on."""
        with self._lock:
            decision = self.decision(licence_id, Step.BUILD)
            if isinstance(decision, Allowed):
                entry = self._kept(licence_id, decision.release_key) or self._build(licence_id)
                if not self._is_posted(licence_id):
                    self._post(entry)
        return decision

    def hand_over(self, licence_id: int, offset: int, length: int | None) -> Iterator[bytes]:
        """See `ports.keepers.Keeper.bundle`."""
        decision = self.decision(licence_id, Step.HAND_OVER)
        entry = self._office.custody.bundle(licence_id)
        if not isinstance(decision, Allowed):
            raise NotReleased(decision.sentence, decision.reason.value)
        if entry is None:
            raise NotReleased("The bundle is not built yet.")
        return self._told(self._office.bundles.open(entry.cid, offset, length))

    def _told(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for number, piece in enumerate(pieces):
            if number == 0:
                self._office.at("handed-over")
            yield piece

    def _facts(self, licence_id: int, asker: Address | None, asked_key: bytes | None) -> Facts:
        chain = self._office.chain
        view, sound = self._view()
        head = chain.head()
        final = chain.finalized() if view.block is None else view.block
        at_final = self._seen(licence_id, final, view)
        edition = None if at_final.licence is None else _edition(chain, at_final.licence, final)
        entry = self._office.custody.bundle(licence_id)
        licensed = at_final.licence is not None
        return Facts(
            final=at_final,
            head=self._seen(licence_id, head, view),
            now=head.timestamp,
            edition=edition,
            history_matches=sound and self._logged(view, licence_id, at_final.licence),
            rebuilt_root=None if edition is None else self._rebuilt_root(view, edition),
            keeper=self._office.index,
            asker=asker,
            asked_key=asked_key,
            stated_digest=_stated_digest(view, licence_id, self._office.index),
            held_digest=None if entry is None else entry.receipt.bundle_digest,
            seated=not is_anothers(
                view.state, licence_id, self._office.index, self._office.operator.address
            ),
            contradictions=chain.contradictions(licence_id, final.number) if licensed else (),
        )

    def _view(self) -> tuple[FinalView, bool]:
        try:
            return self._ledger.refresh(), True
        except HistoryMismatch:
            return self._ledger.view, False

    def _logged(self, view: FinalView, licence_id: int, stated: Licence | None) -> bool:
        """Whether the log tells the same licence as the contract: one answer alone can be forged.

        The log is read anew after a difference, for a node that once left something out.
        """
        same = view.state.licences.get(licence_id) == stated
        if not same:
            self._ledger.distrust()
        return same

    def _seen(self, licence_id: int, block: Block, view: FinalView) -> View:
        chain, at = self._office.chain, block.number
        nothing = View(request=None, proposal=None, licence=None, posted=frozenset())
        if at < chain.addresses.first_block:
            return nothing
        try:
            request = chain.request(licence_id, at)
        except NotFound:
            return nothing
        delivery = chain.delivery(licence_id, at)
        return View(
            request=request,
            proposal=_vote_behind(chain, request, at),
            licence=self._licence(licence_id, at, view),
            posted=frozenset() if delivery is None else delivery.posted,
            delivered=delivery is not None and delivery.delivered_at is not None,
        )

    def _licence(self, licence_id: int, at: int, view: FinalView) -> Licence | None:
        """As the contract states it, with the key that the final log has put in the terms' place.

        The contracts keep a hash of a rotated key, not the key. A forged one gets no receipt from
        them, so that nothing is handed over that was sealed to it.
        """
        found = self._office.chain.licence(licence_id, at)
        rotated = view.state.rotated_keys.get(licence_id)
        if found is None or rotated is None:
            return found
        return replace(found, release_key=rotated)

    def _rebuilt_root(self, view: FinalView, edition: Edition) -> bytes | None:
        try:
            return self._editions.rebuilt(view, edition).summary.root
        except (HistoryMismatch, ManifestMismatch, InputError):
            return None

    # --- building ---------------------------------------------------------------------------

    def _kept(self, licence_id: int, release_key: bytes) -> BundleEntry | None:
        """The bundle that lies ready; None, and nothing left of it, if it is for an old key."""
        office = self._office
        kept = office.custody.bundle(licence_id)
        if kept is None or kept.receipt.release_key_hash == keccak256(release_key):
            return kept
        if self._is_posted(licence_id):
            return kept
        office.custody.drop_bundle(licence_id)
        office.bundles.delete(kept.cid)
        return None

    def _build(self, licence_id: int) -> BundleEntry:
        office, view = self._office, self._ledger.view
        office.at("decided")
        assert view.block is not None, "a licence is only allowed at a finalized block"
        licence = self._licence(licence_id, view.block.number, view)
        assert licence is not None, "the decision was made on a final licence"
        edition = _edition(office.chain, licence, view.block)
        rebuilt = self._editions.rebuilt(view, edition)
        return self._builder.build(licence, edition, rebuilt, view.block)

    # --- the receipt ------------------------------------------------------------------------

    def _is_posted(self, licence_id: int) -> bool:
        delivery = self._office.chain.delivery(licence_id)
        return delivery is not None and self._office.index in delivery.posted

    def _post(self, entry: BundleEntry) -> None:
        office = self._office
        if not office.bundles.has(entry.cid):
            raise StorageUnavailable(
                f"the bundle of licence {entry.licence_id} was built, but is not in the store: "
                "restore the keeper's bundles; no receipt is posted for what cannot be handed over"
            )
        if office.relay is None:
            return
        try:
            sent = office.relay.post_receipt_for(entry.receipt, entry.signature)
        except InsufficientFunds:  # whoever fetches the signed receipt may post it
            return
        office.custody.log_posted(entry.licence_id, sent.hash)
        office.at("posted")


def _vote_behind(chain: KeeperChain, request: Request, at: int) -> ProposalState | None:
    """Where the request's vote stands; None where an offer or a counter-offer took its place."""
    return chain.proposal_state(request.proposal_id, at) if request.proposal_id else None


def _edition(chain: KeeperChain, licence: Licence, block: Block) -> Edition:
    return chain.edition(licence.edition_id, block.number)


def _stated_digest(view: FinalView, licence_id: int, index: int) -> bytes | None:
    """The digest in this keeper's receipt, from the checked log."""
    delivery = view.state.deliveries.get(licence_id)
    if delivery is None:
        return None
    own = [receipt.bundle_digest for receipt in delivery.receipts if receipt.index == index]
    return own[0] if own else None
