"""What a client must know of a DAO, with its one JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dao_backend.core.model import Address, Collection, Committee, Domain, Keeper, Purpose, address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.errors import InputError

_CONTRACTS = (
    "timelock",
    "token",
    "registry",
    "governor",
    "desk",
    "licence",
    "vault",
    "keepers",
    "offers",
    "disputes",
    "meter",
    "strike",
    "council",
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one DAO's contracts live, and the block before which none of them existed."""

    chain_id: int
    first_block: int
    timelock: Address
    token: Address
    registry: Address
    governor: Address
    desk: Address
    licence: Address
    vault: Address
    keepers: Address
    offers: Address
    disputes: Address
    meter: Address
    strike: Address
    council: Address

    def domain(self, contract: str) -> Domain:
        """The EIP-712 domain of a contract that takes signatures, such as `DataRegistry`."""
        where = {
            "DataRegistry": self.registry,
            "DataGovernor": self.governor,
            "KeeperRegistry": self.keepers,
            "ContributionToken": self.token,
            "UsageMeter": self.meter,
            "DataStrike": self.strike,
        }
        return Domain(contract, self.chain_id, where[contract])


@dataclass(frozen=True, slots=True)
class AppraiserFacts:
    """Whom the client seals content keys to."""

    address: Address
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a client must know of a DAO; everything that matters can be checked on chain."""

    name: str
    symbol: str
    addresses: Addresses
    rpc_url: str | None
    """A node that clients may use; None where each brings its own."""
    confirmations: int | None
    """Blocks after which one is final; None where the node's `finalized` tag decides."""
    collections: tuple[Collection, ...]
    committee: Committee
    appraiser: AppraiserFacts
    policy: bytes
    """Hash that names the appraisal policy."""
    max_bytes: int
    """Largest content that is accepted, in bytes."""


def facts_json(facts: Facts) -> dict[str, Any]:
    """Ready for `json.dumps`."""
    where, committee = facts.addresses, facts.committee
    return {
        "name": facts.name,
        "symbol": facts.symbol,
        "chainId": where.chain_id,
        "firstBlock": where.first_block,
        "contracts": {name: getattr(where, name) for name in _CONTRACTS},
        "rpcUrl": facts.rpc_url,
        "confirmations": facts.confirmations,
        "collections": [
            {
                "number": collection.number,
                "name": collection.name,
                "purposes": Purpose.names_of(collection.purposes),
            }
            for collection in facts.collections
        ],
        "committee": {
            "epoch": committee.epoch,
            "threshold": committee.threshold,
            "keepers": [
                {
                    "index": keeper.index,
                    "operator": keeper.operator,
                    "sealingKey": hex_of(keeper.sealing_key),
                    "endpoint": keeper.endpoint,
                }
                for keeper in committee.keepers
            ],
        },
        "appraiser": {
            "address": facts.appraiser.address,
            "sealingKey": hex_of(facts.appraiser.sealing_key),
        },
        "policy": hex_of(facts.policy),
        "maxBytes": facts.max_bytes,
    }


def facts_from_json(found: Mapping[str, Any]) -> Facts:
    """Undo `facts_json`; InputError if it is none. Unknown fields are ignored."""
    try:
        places = {name: address(found["contracts"][name]) for name in _CONTRACTS}
        where = Addresses(
            chain_id=int(found["chainId"]), first_block=int(found["firstBlock"]), **places
        )
        return Facts(
            name=found["name"],
            symbol=found["symbol"],
            addresses=where,
            rpc_url=found["rpcUrl"],
            confirmations=found["confirmations"],
            collections=tuple(_collection(one) for one in found["collections"]),
            committee=_committee(found["committee"], where),
            appraiser=AppraiserFacts(
                address(found["appraiser"]["address"]),
                bytes_of(found["appraiser"]["sealingKey"]),
            ),
            policy=bytes_of(found["policy"]),
            max_bytes=int(found["maxBytes"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"these are no facts of a DAO: {error}") from error


def _collection(found: Mapping[str, Any]) -> Collection:
    return Collection(int(found["number"]), found["name"], Purpose.parse(found["purposes"]))


def _committee(found: Mapping[str, Any], where: Addresses) -> Committee:
    keepers = tuple(
        Keeper(
            int(keeper["index"]),
            address(keeper["operator"]),
            bytes_of(keeper["sealingKey"]),
            keeper["endpoint"],
        )
        for keeper in found["keepers"]
    )
    return Committee(
        where.chain_id, where.keepers, int(found["epoch"]), int(found["threshold"]), keepers
    )
