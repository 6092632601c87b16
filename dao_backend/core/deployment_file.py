"""Read and write the parameters of a deployment as plain mappings, as YAML and JSON hold them.

Durations are seconds, or words like `90 minutes`; accounts and keys are 0x and hexadecimal
digits; `native` is the chain's own coin. `parse(mapping_of(parameters)) == parameters`.
Every InputError names the place in the file, like `vote.period`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dao_backend.core.deployment import (
    DAY,
    HOUR,
    MINUTE,
    AssetTerms,
    DeploymentParameters,
    Finality,
    GenesisAppraiser,
    RequestSettings,
    VotingSettings,
    within,
)
from dao_backend.core.model import NATIVE, Address, Collection, Keeper, Purpose, address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.revenue import MAX_KEEPER_BPS, MAX_RESERVE_BPS, Cuts
from dao_backend.errors import InputError, InvalidAddress

_DURATION = re.compile(r"(\d+) *(second|minute|hour|day)s?")
_SECONDS = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY}
_NATIVE = "native"
_FINALIZED = "finalized"


@dataclass(frozen=True, slots=True)
class _Section:
    """A mapping of the file and the place where it stands; refuses keys that it does not know."""

    place: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, place: str, value: object, *keys: str) -> _Section:
        if not isinstance(value, Mapping):
            raise InputError(f"{place or 'the file'} must be a mapping with {', '.join(keys)}")
        prefix = f"{place}." if place else ""
        for key in keys:
            if key not in value:
                raise InputError(f"{prefix}{key} is missing: add it")
        for key in value:
            if key not in keys:
                raise InputError(f"{prefix}{key} is unknown: remove it, or use {', '.join(keys)}")
        return cls(prefix, value)

    def section(self, key: str, *keys: str) -> _Section:
        return _Section.of(f"{self.place}{key}", self.values[key], *keys)

    def sections(self, key: str, *keys: str) -> list[_Section]:
        return [
            _Section.of(f"{self.place}{key}[{number}]", item, *keys)
            for number, item in enumerate(self._list(key))
        ]

    def text(self, key: str) -> str:
        value = self.values[key]
        if not isinstance(value, str):
            raise InputError(f"{self.place}{key} is {value!r}: write a text, in quotes if need be")
        return value

    def texts(self, key: str) -> list[str]:
        return [str(item) for item in self._list(key)]

    def number(self, key: str) -> int:
        value = self.values[key]
        if not isinstance(value, int) or isinstance(value, bool):
            raise InputError(f"{self.place}{key} is {value!r}: write a whole number")
        return value

    def duration(self, key: str) -> int:
        value = self.values[key]
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        found = _DURATION.fullmatch(str(value).strip())
        if not found:
            raise InputError(f"{self.place}{key} is {value!r}: write for example `5 minutes`")
        return int(found[1]) * _SECONDS[found[2]]

    def account(self, key: str) -> Address:
        try:
            return address(self.text(key))
        except InvalidAddress as error:
            raise InvalidAddress(f"{self.place}{key}: {error}") from error

    def key(self, key: str) -> bytes:
        value = bytes_of(self.text(key))
        if len(value) != 32:
            raise InputError(f"{self.place}{key} has {len(value)} bytes: an X25519 key has 32")
        return value

    def _list(self, key: str) -> list[object]:
        value = self.values[key]
        if not isinstance(value, list):
            raise InputError(f"{self.place}{key} is {value!r}: write a list")
        return value


def parse(content: object) -> DeploymentParameters:
    """Parameters from the content of a deployment file; raise InputError for what is wrong."""
    top = _Section.of(
        "", content, "name", "symbol", "collections", "appraisers", "committee", "vote",
        "timelock_delay", "seal_interval", "requests", "cuts", "finality",
    )  # fmt: skip
    committee = top.section("committee", "threshold", "keepers")
    cuts = top.section("cuts", "reserve_bps", "keeper_bps")
    return DeploymentParameters(
        name=top.text("name"),
        symbol=top.text("symbol"),
        collections=_collections(top),
        appraisers=_appraisers(top),
        keepers=_keepers(committee),
        threshold=committee.number("threshold"),
        voting=_voting(
            top.section(
                "vote", "delay", "period", "extension", "quorum_percent", "proposal_threshold"
            )
        ),
        timelock_delay=top.duration("timelock_delay"),
        seal_interval=top.duration("seal_interval"),
        requests=_requests(
            top.section("requests", "execution_period", "delivery_period", "filing_fee", "assets")
        ),
        cuts=Cuts(
            within("cuts.reserve_bps", cuts.number("reserve_bps"), 0, MAX_RESERVE_BPS),
            within("cuts.keeper_bps", cuts.number("keeper_bps"), 0, MAX_KEEPER_BPS),
        ),
        finality=_finality(top.section("finality", "rule", "header_max_age", "header_max_ahead")),
    )


def _collections(top: _Section) -> tuple[Collection, ...]:
    return tuple(
        Collection(number, item.text("name"), Purpose.parse(item.texts("purposes")))
        for number, item in enumerate(top.sections("collections", "name", "purposes"))
    )


def _appraisers(top: _Section) -> tuple[GenesisAppraiser, ...]:
    return tuple(
        GenesisAppraiser(item.account("account"), item.key("sealing_key"), item.text("endpoint"))
        for item in top.sections("appraisers", "account", "sealing_key", "endpoint")
    )


def _keepers(committee: _Section) -> tuple[Keeper, ...]:
    items = committee.sections("keepers", "operator", "sealing_key", "endpoint")
    return tuple(
        Keeper(index, item.account("operator"), item.key("sealing_key"), item.text("endpoint"))
        for index, item in enumerate(items, 1)
    )


def _voting(vote: _Section) -> VotingSettings:
    return VotingSettings(
        delay=vote.duration("delay"),
        period=vote.duration("period"),
        extension=vote.duration("extension"),
        quorum_percent=vote.number("quorum_percent"),
        proposal_threshold=vote.number("proposal_threshold"),
    )


def _requests(requests: _Section) -> RequestSettings:
    return RequestSettings(
        execution_period=requests.duration("execution_period"),
        delivery_period=requests.duration("delivery_period"),
        filing_fee=requests.number("filing_fee"),
        assets=tuple(
            AssetTerms(
                NATIVE if item.text("asset") == _NATIVE else item.account("asset"),
                item.number("minimum_price"),
            )
            for item in requests.sections("assets", "asset", "minimum_price")
        ),
    )


def _finality(finality: _Section) -> Finality:
    rule = finality.values["rule"]
    return Finality(
        confirmations=None if rule == _FINALIZED else finality.number("rule"),
        header_max_age=finality.duration("header_max_age"),
        header_max_ahead=finality.duration("header_max_ahead"),
    )


def mapping_of(parameters: DeploymentParameters) -> dict[str, Any]:
    """What `parse` reads back as the same parameters."""
    voting, finality = parameters.voting, parameters.finality
    return {
        "name": parameters.name,
        "symbol": parameters.symbol,
        "collections": [
            {"name": each.name, "purposes": Purpose.names_of(each.purposes)}
            for each in parameters.collections
        ],
        "appraisers": [
            _identity("account", each.account, each.sealing_key, each.endpoint)
            for each in parameters.appraisers
        ],
        "committee": {
            "threshold": parameters.threshold,
            "keepers": [
                _identity("operator", each.operator, each.sealing_key, each.endpoint)
                for each in parameters.keepers
            ],
        },
        "vote": {
            "delay": voting.delay,
            "period": voting.period,
            "extension": voting.extension,
            "quorum_percent": voting.quorum_percent,
            "proposal_threshold": voting.proposal_threshold,
        },
        "timelock_delay": parameters.timelock_delay,
        "seal_interval": parameters.seal_interval,
        "requests": _requests_mapping(parameters.requests),
        "cuts": {
            "reserve_bps": parameters.cuts.reserve_bps,
            "keeper_bps": parameters.cuts.keeper_bps,
        },
        "finality": {
            "rule": _FINALIZED if finality.confirmations is None else finality.confirmations,
            "header_max_age": finality.header_max_age,
            "header_max_ahead": finality.header_max_ahead,
        },
    }


def _requests_mapping(requests: RequestSettings) -> dict[str, Any]:
    return {
        "execution_period": requests.execution_period,
        "delivery_period": requests.delivery_period,
        "filing_fee": requests.filing_fee,
        "assets": [
            {
                "asset": _NATIVE if each.asset == NATIVE else each.asset,
                "minimum_price": each.minimum_price,
            }
            for each in requests.assets
        ],
    }


def _identity(role: str, account: Address, sealing_key: bytes, endpoint: str) -> dict[str, str]:
    return {role: account, "sealing_key": hex_of(sealing_key), "endpoint": endpoint}
