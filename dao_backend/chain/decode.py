"""Turns raw logs into the facts of core/events.py.

`_FACTS` says which event of which contract becomes which fact. Fields go by name, Solidity's
camel case to Python's snake case; the table names what differs. Logs of other contracts, and
events that no fact is made of, are passed over.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dao_backend.chain.abi import Event
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.wire import RawLog
from dao_backend.core import events
from dao_backend.core.events import Fact, LogEvent, Position
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address, Purpose, Record, Terms

Values = dict[str, Any]
"""An event's values by snake-case name; ABI decoding has checked their types."""


class _Rule(NamedTuple):
    contract: ContractName
    event: str
    fact: type[Fact]
    reshape: Callable[[Values], Values]


def _as_named(values: Values) -> Values:
    return values


def _with_purposes(values: Values) -> Values:
    return {**values, "purposes": Purpose(values["purposes"])}


def _with_record(values: Values) -> Values:
    record = {field.name: values[field.name] for field in dataclasses.fields(Record)}
    return {**values, "record": Record(**record)}


def _with_terms(values: Values) -> Values:
    return {**values, "terms": terms(*values["terms"])}


def _with_sender(values: Values) -> Values:
    return {**values, "sender": values["from"]}


def _with_eta(values: Values) -> Values:
    return {**values, "eta": values["eta_seconds"]}


def terms(collection: int, purposes: int, asset: str, *rest: Any) -> Terms:  # noqa: ANN401
    """Terms from the values of the Solidity struct, in its order."""
    return Terms(collection, Purpose(purposes), Address(asset), *rest)


_REGISTRY, _TOKEN = ContractName.REGISTRY, ContractName.TOKEN
_KEEPERS, _DESK, _LICENCE = ContractName.KEEPERS, ContractName.DESK, ContractName.LICENCE
_VAULT, _GOVERNOR = ContractName.VAULT, ContractName.GOVERNOR
_FACTS: tuple[_Rule, ...] = (
    _Rule(_REGISTRY, "CollectionCreated", events.CollectionCreated, _with_purposes),
    _Rule(_REGISTRY, "AppraiserAdded", events.AppraiserAdded, _as_named),
    _Rule(_REGISTRY, "AppraiserRemoved", events.AppraiserRemoved, _as_named),
    _Rule(_REGISTRY, "Contributed", events.Contributed, _with_record),
    _Rule(_REGISTRY, "Withdrawn", events.Withdrawn, _as_named),
    _Rule(_REGISTRY, "EditionSealed", events.EditionSealed, _as_named),
    _Rule(_TOKEN, "MemberAdded", events.MemberAdded, _as_named),
    _Rule(_KEEPERS, "CommitteeFormed", events.CommitteeFormed, _as_named),
    _Rule(_KEEPERS, "KeeperJoined", events.KeeperJoined, _as_named),
    _Rule(_KEEPERS, "EditionAttested", events.EditionAttested, _as_named),
    _Rule(_KEEPERS, "DeliveryOpened", events.DeliveryOpened, _as_named),
    _Rule(_KEEPERS, "ReceiptPosted", events.ReceiptPosted, _as_named),
    _Rule(_DESK, "AssetChanged", events.AssetChanged, _as_named),
    _Rule(_DESK, "Requested", events.Requested, _with_terms),
    _Rule(_DESK, "Granted", events.Granted, _as_named),
    _Rule(_DESK, "Settled", events.Settled, _as_named),
    _Rule(_DESK, "Refunded", events.Refunded, _as_named),
    _Rule(_DESK, "Cancelled", events.Cancelled, _as_named),
    _Rule(_LICENCE, "LicenceIssued", events.LicenceIssued, _with_purposes),
    _Rule(_LICENCE, "LicenceSuspended", events.LicenceSuspended, _as_named),
    _Rule(_LICENCE, "LicenceReinstated", events.LicenceReinstated, _as_named),
    _Rule(_LICENCE, "LicenceRevoked", events.LicenceRevoked, _as_named),
    _Rule(_VAULT, "Deposited", events.Deposited, _with_sender),
    _Rule(_VAULT, "Claimed", events.Claimed, _as_named),
    _Rule(_GOVERNOR, "ProposalCreated", events.ProposalCreated, _as_named),
    _Rule(_GOVERNOR, "VoteCast", events.VoteCast, _as_named),
    _Rule(_GOVERNOR, "ProposalExtended", events.ProposalExtended, _as_named),
    _Rule(_GOVERNOR, "ProposalQueued", events.ProposalQueued, _with_eta),
    _Rule(_GOVERNOR, "ProposalExecuted", events.ProposalExecuted, _as_named),
    _Rule(_GOVERNOR, "ProposalCanceled", events.ProposalCanceled, _as_named),
)


class Decoder:
    """Decodes the logs of one DAO's contracts."""

    def __init__(self, addresses: Addresses) -> None:
        homes = homes_of(addresses)
        self._rules: dict[tuple[str, bytes], tuple[_Rule, Event]] = {}
        for rule in _FACTS:
            event = abi_of(rule.contract).events[rule.event]
            self._rules[homes[rule.contract], event.topic] = (rule, event)
        self.emitters = tuple(sorted({Address(emitter) for emitter, _ in self._rules}))
        self.topics = tuple(sorted({topic for _, topic in self._rules}))

    def fact(self, log: RawLog) -> Fact | None:
        """The fact that a log states, None where it states none of ours."""
        found = self._rules.get((log.emitter, log.topics[0] if log.topics else b""))
        if found is None:
            return None
        rule, event = found
        decoded = event.decode(log.topics, log.data)
        values = rule.reshape({_snake(name): value for name, value in decoded.items()})
        wanted = {field.name: values[field.name] for field in dataclasses.fields(rule.fact)}
        return rule.fact(**wanted)

    def event(self, log: RawLog, timestamp: int) -> LogEvent | None:
        """The fact at its position; `timestamp` is the time of the log's block."""
        fact = self.fact(log)
        if fact is None:
            return None
        position = Position(log.block, log.index)
        return LogEvent(position, log.block_hash, timestamp, log.transaction, fact)


def homes_of(addresses: Addresses) -> Mapping[ContractName, Address]:
    """Where each contract of a DAO lives."""
    return {
        ContractName.TIMELOCK: addresses.timelock,
        ContractName.TOKEN: addresses.token,
        ContractName.REGISTRY: addresses.registry,
        ContractName.GOVERNOR: addresses.governor,
        ContractName.DESK: addresses.desk,
        ContractName.LICENCE: addresses.licence,
        ContractName.VAULT: addresses.vault,
        ContractName.KEEPERS: addresses.keepers,
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda upper: "_" + upper[0].lower(), name)
