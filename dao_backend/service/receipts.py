"""What keepers have stated on chain of the bundles of one licence, as the chain's log has it."""

from __future__ import annotations

from dao_backend.core.events import ReceiptPosted
from dao_backend.core.model import Licence
from dao_backend.ports.chain import ChainReader, Delivery

SPAN = 2_000
"""Blocks whose log is read at once, newest first: a receipt is looked for soon after it."""


def receipts_of(
    chain: ChainReader, licence: Licence, delivery: Delivery
) -> dict[int, ReceiptPosted]:
    """The receipts by keeper index; each index has one at most, for ever."""
    found: dict[int, ReceiptPosted] = {}
    last = chain.head().number
    while last >= chain.addresses.first_block and set(found) != delivery.posted:
        first = max(last - SPAN + 1, chain.addresses.first_block)
        for event in chain.logs(first, last):
            fact = event.fact
            if isinstance(fact, ReceiptPosted) and fact.licence_id == licence.licence_id:
                found[fact.index] = fact
        last = first - 1
    return found
