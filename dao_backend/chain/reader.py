"""The ChainReader port: each method asks a contract at a block."""

from __future__ import annotations

from dataclasses import replace

from dao_backend.chain.bargain_reader import BargainReads
from dao_backend.chain.contracts import erc20
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.contracts.keepers import KeeperRegistry
from dao_backend.chain.contracts.licence import LicenceBook
from dao_backend.chain.contracts.vault import RevenueVault
from dao_backend.chain.decode import Decoder
from dao_backend.chain.follow import LogReader
from dao_backend.chain.node import Node
from dao_backend.core.events import LogEvent
from dao_backend.core.facts import Addresses
from dao_backend.core.model import (
    NATIVE,
    Address,
    Committee,
    Edition,
    Licence,
    ProposalState,
    Request,
    RequestStatus,
)
from dao_backend.errors import NotFound
from dao_backend.ports.chain import Block, Delivery


class Reader(BargainReads):
    """Facts of one DAO from one node; see `ports.chain.ChainReader`."""

    def __init__(self, node: Node, addresses: Addresses, logs: LogReader | None = None) -> None:
        super().__init__(node, addresses)
        self._logs = logs or LogReader(node, Decoder(addresses))
        self._governor = DataGovernor(addresses.governor)
        self._licences = LicenceBook(addresses.licence)
        self._vault = RevenueVault(addresses.vault)
        self._keepers = KeeperRegistry(addresses.keepers)

    # --- blocks and logs --------------------------------------------------------------------

    def head(self) -> Block:
        return self._node.head()

    def finalized(self) -> Block:
        return self._node.finalized()

    def block(self, number: int) -> Block:
        return self._node.block(number)

    def logs(self, first: int, last: int) -> list[LogEvent]:
        return self._logs.events(first, last)

    # --- keepers and editions ---------------------------------------------------------------

    def committee(self, epoch: int, block: int | None = None) -> Committee:
        threshold, size = self._ask(self._keepers.committee(epoch), block)
        indexes = range(1, size + 1)
        keepers = tuple(self._ask(self._keepers.keeper(epoch, each), block) for each in indexes)
        where = self._addresses
        return Committee(where.chain_id, where.keepers, epoch, threshold, keepers)

    def current_epoch(self, block: int | None = None) -> int:
        return self._ask(self._keepers.current_epoch(), block)

    def serving_epoch(self, block: int | None = None) -> int:
        return self._ask(self._keepers.serving_epoch(), block)

    def is_holding(self, epoch: int, index: int, block: int | None = None) -> bool:
        return self._ask(self._keepers.is_holding(epoch, index), block)

    def is_appraiser(self, account: Address, block: int | None = None) -> bool:
        return self._ask(self._registry.is_appraiser(account), block)

    def history(self, block: int | None = None) -> tuple[bytes, int]:
        at = self._node.head().number if block is None else block
        head = self._ask(self._registry.history_head(), at)
        return head, self._ask(self._registry.history_count(), at)

    def newest_edition(self, collection: int, block: int | None = None) -> int:
        return self._ask(self._registry.newest_edition(collection), block)

    def edition(self, edition_id: int, block: int | None = None) -> Edition:
        edition = self._ask(self._registry.edition(edition_id), block)
        return replace(edition, root=self._ask(self._keepers.edition_root(edition_id), block))

    # --- requests and licences --------------------------------------------------------------

    def request(self, request_id: int, block: int | None = None) -> Request:
        number = self._ask(self._desk.proposal_of(request_id), block).proposal_id
        voted = self._find(self._governor.state(number), block) is not None
        found = self._ask(self._desk.request_of(request_id, number if voted else 0), block)
        if found.status is RequestStatus.NONE:
            raise NotFound(f"there is no request {request_id}")
        return found

    def is_refundable(self, request_id: int, block: int | None = None) -> bool:
        return self._ask(self._desk.is_refundable(request_id), block)

    def licence(self, licence_id: int, block: int | None = None) -> Licence | None:
        filed = self._find(self._desk.request_of(licence_id, proposal_id=0), block)
        if filed is None:
            return None
        return self._find(self._licences.licence(licence_id, filed.terms), block)

    def delivery(self, licence_id: int, block: int | None = None) -> Delivery | None:
        found = self._find(self._keepers.delivery(licence_id), block)
        return None if found is None or found.edition_id == 0 else found

    # --- votes ------------------------------------------------------------------------------

    def proposal_state(self, proposal_id: int, block: int | None = None) -> ProposalState:
        return self._ask(self._governor.state(proposal_id), block)

    def proposal_quorum(self, proposal_id: int, block: int | None = None) -> int:
        return self._ask(self._governor.quorum(proposal_id), block)

    def proposal_eta(self, proposal_id: int, block: int | None = None) -> int | None:
        return self._ask(self._governor.eta(proposal_id), block)

    def has_voted(self, proposal_id: int, voter: Address, block: int | None = None) -> bool:
        return self._ask(self._governor.has_voted(proposal_id, voter), block)

    def votes_at(self, voter: Address, timepoint: int, block: int | None = None) -> int:
        return self._ask(self._governor.votes_at(voter, timepoint), block)

    # --- units and money --------------------------------------------------------------------

    def units(self, member: Address, collection: int, block: int | None = None) -> int:
        return self._ask(self._token.units(member, collection), block)

    def past_units(self, member: Address, collection: int, timepoint: int) -> int:
        return self._ask(self._token.past_units(member, collection, timepoint), None)

    def due(
        self, edition_id: int, asset: Address, member: Address, block: int | None = None
    ) -> int:
        return self._ask(self._vault.due(edition_id, asset, member), block)

    def received(self, edition_id: int, asset: Address, block: int | None = None) -> int:
        return self._ask(self._vault.received(edition_id, asset), block)

    def balance(self, account: Address, asset: Address) -> int:
        if asset == NATIVE:
            return self._node.balance(account)
        return self._ask(erc20.balance(asset, account), None)

    def minimum_price(self, asset: Address) -> int:
        return self._ask(self._desk.minimum_price(asset), None)

    def filing_fee(self) -> int:
        return self._ask(self._desk.filing_fee(), None)

    def cuts(self) -> tuple[int, int]:
        return self._ask(self._vault.cuts(), None)
