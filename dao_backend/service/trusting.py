"""Whether what a service states of its DAO is what the chain says, before anything is sealed.

A contributor seals to keys, and consents to purposes, that it learns from a service. A service
that lied about them could read the content, or sell it for what nobody agreed to. The chain tells;
the node asked must be one that the contributor trusts, not the service's own.
"""

from __future__ import annotations

from dao_backend.core.events import AppraiserAdded, CollectionCreated
from dao_backend.core.facts import Facts
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Collection
from dao_backend.errors import FactsMismatch
from dao_backend.ports.chain import ChainReader

SPAN = 2_000
"""Blocks whose log is read at once; what a DAO begins with stands in the first ones."""


def require_true_facts(facts: Facts, chain: ChainReader) -> None:
    """Raise FactsMismatch unless committee, appraiser and collections are those on chain.

    The log is read from its beginning until everything was found in it: a key that an appraiser
    has replaced by a newer one still passes.
    """
    committee = chain.committee(chain.current_epoch())
    if committee_hash(committee) != committee_hash(facts.committee):
        raise FactsMismatch("the service states other keepers, keys or threshold than the chain")
    account = facts.appraiser.address
    if not chain.is_appraiser(account):
        raise FactsMismatch(f"the service states an appraiser, {account}, that is none")
    missing = _missing(facts, chain)
    if missing:
        raise FactsMismatch(f"the chain does not know what the service states: {missing[0]}")


def _missing(facts: Facts, chain: ChainReader) -> list[str]:
    """What is stated, and in no event."""
    appraiser = (facts.appraiser.address, facts.appraiser.sealing_key)
    wanted: dict[object, str] = {
        appraiser: f"the sealing key of the appraiser {facts.appraiser.address}",
        **{each: f"the collection {each.name} with its purposes" for each in facts.collections},
    }
    first, head = chain.addresses.first_block, chain.head().number
    while wanted and first <= head:
        last = min(head, first + SPAN - 1)
        for event in chain.logs(first, last):
            match event.fact:
                case AppraiserAdded(appraiser=account, sealing_key=key):
                    wanted.pop((account, key), None)
                case CollectionCreated(collection=number, name=name, purposes=purposes):
                    wanted.pop(Collection(number, name, purposes), None)
                case _:
                    continue
        first = last + 1
    return list(wanted.values())
