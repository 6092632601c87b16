"""What keepers have stated on chain of the bundles of one licence, as the chain's log has it.

Receipts are posted between the grant and the end of the time for delivery, so that only the blocks
of these days are read, however long ago that was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from dao_backend.core.events import ReceiptPosted
from dao_backend.core.model import Licence
from dao_backend.ports.chain import ChainReader, Delivery


def receipts_of(
    chain: ChainReader, licence: Licence, delivery: Delivery
) -> dict[int, ReceiptPosted]:
    """The receipts by keeper index; each index has one at most, for ever. ChainUnavailable."""
    if not delivery.posted:
        return {}
    blocks = range(chain.addresses.first_block, chain.head().number + 1)

    def time(number: int) -> int:
        return chain.block(number).timestamp

    first = blocks.start + bisect_left(blocks, licence.issued_at, key=time)
    last = blocks.start + bisect_right(blocks, delivery.deliver_by, key=time) - 1
    facts = (event.fact for event in chain.logs(first, last))
    return {
        fact.index: fact
        for fact in facts
        if isinstance(fact, ReceiptPosted) and fact.licence_id == licence.licence_id
    }
