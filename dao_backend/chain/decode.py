"""Turns raw logs into the facts of core/events.

`_EMITTED` says which contract's events become facts. Fields go by name, Solidity's camel case to
Python's snake case; `_RESHAPED` names what differs. Logs of other contracts, and events that no
fact is made of, are passed over.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

from dao_backend.chain import structs
from dao_backend.chain.abi import Event
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.wire import RawLog
from dao_backend.core import events as e
from dao_backend.core.events import Fact, LogEvent, Position
from dao_backend.core.events.earning import Earning
from dao_backend.core.events.keeping import Keeping
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address, Purpose, Record

Values = dict[str, Any]
"""An event's values by snake-case name; ABI decoding has checked their types."""


class _Rule(NamedTuple):
    event: Event
    fact: type[Fact]


def _with_purposes(values: Values) -> Values:
    return {**values, "purposes": Purpose(values["purposes"])}


def _with_record(values: Values) -> Values:
    record = {field.name: values[field.name] for field in dataclasses.fields(Record)}
    return {**values, "record": Record(**record)}


def _with_terms(values: Values) -> Values:
    return {**values, "terms": structs.terms(values["terms"])}


def _with_counter(values: Values) -> Values:
    return {**values, "terms": structs.counter_offer(values["terms"])}


def _with_offer(values: Values) -> Values:
    return {**values, "offer": structs.offer(values["offer"])}


def _with_sender(values: Values) -> Values:
    return {**values, "sender": values["from"]}


def _with_eta(values: Values) -> Values:
    return {**values, "eta": values["eta_seconds"]}


def _with_used(values: Values) -> Values:
    return {**values, "used": values["units"]}


_EMITTED: Mapping[ContractName, tuple[type[Fact], ...]] = {
    ContractName.REGISTRY: (
        e.CollectionCreated,
        e.AppraiserAdded,
        e.AppraiserRemoved,
        e.Contributed,
        e.ContributionSkipped,
        e.Withdrawn,
        e.Left,
        e.EditionSealed,
        e.GenesisReached,
        e.CapsChanged,
    ),
    ContractName.TOKEN: (
        e.MemberAdded,
        e.UniquenessAttested,
        e.AttestorAdded,
        e.AttestorRemoved,
        e.MinterNominated,
        e.MinterChanged,
    ),
    ContractName.KEEPERS: get_args(Keeping),
    ContractName.DESK: (
        e.AssetChanged,
        e.Requested,
        e.CounterOffered,
        e.CounterAccepted,
        e.Granted,
        e.Settled,
        e.Refunded,
        e.Cancelled,
    ),
    ContractName.OFFERS: (e.OfferPublished, e.OfferWithdrawn, e.OfferAccepted),
    ContractName.DISPUTES: (e.DisputeOpened, e.DisputeRuled, e.BondReturned, e.BondForfeited),
    ContractName.LICENCE: (
        e.LicenceIssued,
        e.LicenceSuspended,
        e.LicenceReinstated,
        e.LicenceRevoked,
        e.LicenceLapsed,
        e.LicenceRestored,
        e.ReleaseKeyAnnounced,
        e.ReleaseKeyRotated,
        e.IssuerNominated,
        e.IssuerChanged,
    ),
    ContractName.METER: (
        e.MeterOpened,
        e.UsageSettled,
        e.MinimumTaken,
        e.BondFunded,
        e.MeterClosing,
        e.BondTaken,
        e.RoyaltyPaid,
    ),
    ContractName.VAULT: get_args(Earning),
    ContractName.GOVERNOR: (
        e.ProposalCreated,
        e.VoteCast,
        e.BallotSkipped,
        e.ProposalExtended,
        e.ProposalQueued,
        e.ProposalExecuted,
        e.ProposalCanceled,
    ),
    ContractName.STRIKE: (e.StrikeCalled, e.Pledged, e.PledgeWithdrawn, e.StrikeBegun),
    ContractName.COUNCIL: (e.GuardianAppointed, e.PauseBegun, e.PauseEnded),
}
"""Which contract logs which fact; event and fact have one name."""

_RESHAPED: Mapping[type[Fact], Callable[[Values], Values]] = {
    e.CollectionCreated: _with_purposes,
    e.Contributed: _with_record,
    e.Requested: _with_terms,
    e.CounterOffered: _with_counter,
    e.OfferPublished: _with_offer,
    e.LicenceIssued: _with_purposes,
    e.UsageSettled: _with_used,
    e.BondFunded: _with_sender,
    e.RoyaltyPaid: _with_sender,
    e.Deposited: _with_sender,
    e.ProposalQueued: _with_eta,
}


class Decoder:
    """Decodes the logs of one DAO's contracts."""

    def __init__(self, addresses: Addresses) -> None:
        homes = homes_of(addresses)
        self._rules: dict[tuple[str, bytes], _Rule] = {}
        for contract, facts in _EMITTED.items():
            for fact in facts:
                event = abi_of(contract).events[fact.__name__]
                self._rules[homes[contract], event.topic] = _Rule(event, fact)
        self.emitters = tuple(sorted({Address(emitter) for emitter, _ in self._rules}))
        self.topics = tuple(sorted({topic for _, topic in self._rules}))

    def fact(self, log: RawLog) -> Fact | None:
        """The fact that a log states, None where it states none of ours."""
        rule = self._rules.get((log.emitter, log.topics[0] if log.topics else b""))
        if rule is None:
            return None
        decoded = rule.event.decode(log.topics, log.data)
        values: Values = {_snake(name): value for name, value in decoded.items()}
        if rule.fact in _RESHAPED:
            values = _RESHAPED[rule.fact](values)
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
        ContractName.OFFERS: addresses.offers,
        ContractName.DISPUTES: addresses.disputes,
        ContractName.METER: addresses.meter,
        ContractName.STRIKE: addresses.strike,
        ContractName.COUNCIL: addresses.council,
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda upper: "_" + upper[0].lower(), name)
