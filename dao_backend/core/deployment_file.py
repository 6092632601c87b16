"""Read and write the parameters of a deployment as plain mappings, as YAML and JSON hold them.

Durations are seconds, or words like `90 minutes`; accounts and keys are 0x and hexadecimal
digits; `native` is the chain's own coin. `parse(mapping_of(parameters)) == parameters`.
Every InputError names the place in the file, like `vote.period`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dao_backend.core.bounds import within
from dao_backend.core.deployment import (
    AssetTerms,
    DeploymentParameters,
    Finality,
    GenesisAppraiser,
    RequestSettings,
    VotingSettings,
)
from dao_backend.core.model import NATIVE, Address, Collection, Keeper, Purpose
from dao_backend.core.packing import hex_of
from dao_backend.core.revenue import MAX_KEEPER_BPS, MAX_RESERVE_BPS, Cuts
from dao_backend.core.safeguards import (
    CouncilSettings,
    DisputeSettings,
    Genesis,
    MintingCaps,
    StrikeSettings,
    VotingMode,
)
from dao_backend.core.sections import Section

_NATIVE = "native"
_FINALIZED = "finalized"
_NOBODY = "none"
_SECTIONS = {
    "committee": ("threshold", "keepers"),
    "vote": (
        "mode", "attestors", "delay", "period", "extension", "quorum_percent", "proposal_threshold",
    ),
    "requests": ("execution_period", "delivery_period", "filing_fee", "assets"),
    "cuts": ("reserve_bps", "keeper_bps"),
    "genesis": ("members", "units"),
    "caps": ("window", "appraiser_bps", "total_bps"),
    "disputes": ("window", "ruling_period", "bond_bps"),
    "strike": ("threshold_bps", "pledge_period", "duration"),
    "council": ("guardian", "mandate"),
    "finality": ("rule", "header_max_age", "header_max_ahead"),
}  # fmt: skip
_TOP = ("name", "symbol", "collections", "appraisers", "timelock_delay", "seal_interval")


def parse(content: object) -> DeploymentParameters:
    """Parameters from the content of a deployment file; raise InputError for what is wrong."""
    top = Section.of("", content, *_TOP, *_SECTIONS)
    part = {name: top.section(name, *keys) for name, keys in _SECTIONS.items()}
    return DeploymentParameters(
        name=top.text("name"),
        symbol=top.text("symbol"),
        collections=_collections(top),
        appraisers=_appraisers(top),
        keepers=keepers_of(part["committee"]),
        threshold=part["committee"].number("threshold"),
        voting=_voting(part["vote"]),
        timelock_delay=top.duration("timelock_delay"),
        seal_interval=top.duration("seal_interval"),
        requests=_requests(part["requests"]),
        cuts=_cuts(part["cuts"]),
        genesis=Genesis(part["genesis"].number("members"), part["genesis"].number("units")),
        caps=_caps(part["caps"]),
        disputes=_disputes(part["disputes"]),
        strike=_strike(part["strike"]),
        council=_council(part["council"]),
        finality=_finality(part["finality"]),
    )


def _cuts(cuts: Section) -> Cuts:
    return Cuts(
        within("cuts.reserve_bps", cuts.number("reserve_bps"), 0, MAX_RESERVE_BPS),
        within("cuts.keeper_bps", cuts.number("keeper_bps"), 0, MAX_KEEPER_BPS),
    )


def _caps(caps: Section) -> MintingCaps:
    return MintingCaps(
        caps.duration("window"), caps.number("appraiser_bps"), caps.number("total_bps")
    )


def _disputes(disputes: Section) -> DisputeSettings:
    return DisputeSettings(
        disputes.duration("window"), disputes.duration("ruling_period"), disputes.number("bond_bps")
    )


def _strike(strike: Section) -> StrikeSettings:
    return StrikeSettings(
        strike.number("threshold_bps"),
        strike.duration("pledge_period"),
        strike.duration("duration"),
    )


def _council(council: Section) -> CouncilSettings:
    nobody = council.values["guardian"] == _NOBODY
    guardian = NATIVE if nobody else council.account("guardian")
    return CouncilSettings(guardian, council.duration("mandate"))


def _collections(top: Section) -> tuple[Collection, ...]:
    return tuple(
        Collection(number, item.text("name"), Purpose.parse(item.texts("purposes")))
        for number, item in enumerate(top.sections("collections", "name", "purposes"))
    )


def _appraisers(top: Section) -> tuple[GenesisAppraiser, ...]:
    return tuple(
        GenesisAppraiser(item.account("account"), item.key("sealing_key"), item.text("endpoint"))
        for item in top.sections("appraisers", "account", "sealing_key", "endpoint")
    )


def keepers_of(committee: Section) -> tuple[Keeper, ...]:
    """The list `keepers` of a section, numbered in its order; InputError names the wrong place."""
    items = committee.sections("keepers", "operator", "sealing_key", "endpoint")
    return tuple(
        Keeper(index, item.account("operator"), item.key("sealing_key"), item.text("endpoint"))
        for index, item in enumerate(items, 1)
    )


def _voting(vote: Section) -> VotingSettings:
    return VotingSettings(
        delay=vote.duration("delay"),
        period=vote.duration("period"),
        extension=vote.duration("extension"),
        quorum_percent=vote.number("quorum_percent"),
        proposal_threshold=vote.number("proposal_threshold"),
        mode=VotingMode.parse(vote.text("mode")),
        attestors=tuple(vote.accounts("attestors")),
    )


def _requests(requests: Section) -> RequestSettings:
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


def _finality(finality: Section) -> Finality:
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
            "mode": voting.mode.word,
            "attestors": list(voting.attestors),
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
        **_safeguards_mapping(parameters),
        "finality": {
            "rule": _FINALIZED if finality.confirmations is None else finality.confirmations,
            "header_max_age": finality.header_max_age,
            "header_max_ahead": finality.header_max_ahead,
        },
    }


def _safeguards_mapping(parameters: DeploymentParameters) -> dict[str, Any]:
    council = parameters.council
    return {
        "genesis": asdict(parameters.genesis),
        "caps": asdict(parameters.caps),
        "disputes": asdict(parameters.disputes),
        "strike": asdict(parameters.strike),
        "council": {
            "guardian": _NOBODY if council.guardian == NATIVE else council.guardian,
            "mandate": council.mandate,
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
