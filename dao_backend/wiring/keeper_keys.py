"""Which sealing keys a keeper needs no more: nothing that it holds or may get is sealed to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from dao_backend.chain.signer import LocalSigner
from dao_backend.core.events import DeliveryOpened
from dao_backend.core.model import Address
from dao_backend.custody.keystore import Keystore
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.keeper.ledger import SPAN
from dao_backend.ports.chain import AgreedChain
from dao_backend.wiring.keeper import open_chain
from dao_backend.wiring.keeper_files import KeeperFolder, read_config, read_record


@dataclass(frozen=True, slots=True)
class OldKey:
    """An earlier sealing key, and what it is still needed for."""

    public: bytes
    shares: int
    """How many held shares are sealed to it."""
    epochs: tuple[int, ...]
    """Committees that name it: the newest, the serving one, and those that have to deliver."""

    @property
    def is_needed(self) -> bool:
        """Whether forgetting it would lose something."""
        return bool(self.shares or self.epochs)


def old_keys(folder: KeeperFolder, keys: Keystore) -> tuple[OldKey, ...]:
    """All but the newest key, by custody and final chain, while the keeper does not run.

    ChainUnavailable, NodesDisagree, DatabaseUnavailable, UnreadablePath.
    """
    config = read_config(folder)
    chain, nodes = open_chain(config, read_record(folder, config))
    with ExitStack() as stack:
        for node in nodes:
            stack.callback(node.close)
        stack.callback(chain.close)
        custody = stack.enter_context(closing(SqliteCustody(folder.custody)))
        held, named = (
            custody.sealing_keys(),
            keys_named(chain, LocalSigner(keys.operator.raw).address),
        )
        return tuple(
            OldKey(
                key.public,
                held.get(key.public, 0),
                tuple(epoch for epoch, public in sorted(named.items()) if public == key.public),
            )
            for key in keys.sealing[:-1]
        )


def keys_named(chain: AgreedChain, operator: Address) -> dict[int, bytes]:
    """The operator's sealing key in each committee that still counts, by epoch."""
    final = chain.finalized()
    at = final.number
    counting = {chain.current_epoch(at), chain.serving_epoch(at)}
    counting |= set(_delivering(chain, at, final.timestamp))
    return {
        epoch: seat.sealing_key
        for epoch in counting
        for seat in chain.committee(epoch, at).keepers
        if seat.operator == operator
    }


def _delivering(chain: AgreedChain, at: int, now: int) -> Iterator[int]:
    """Epochs under which licences were granted whose time for delivery is not over."""
    for start in range(chain.addresses.first_block, at + 1, SPAN):
        for event in chain.logs(start, min(start + SPAN - 1, at)):
            if not isinstance(event.fact, DeliveryOpened):
                continue
            delivery = chain.delivery(event.fact.licence_id, at)
            if delivery is not None and now <= delivery.deliver_by:
                yield delivery.epoch
