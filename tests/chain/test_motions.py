"""Motions: their number, their calls decoded, and proposing each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.decode import homes_of
from dao_backend.chain.writer import Writer
from dao_backend.core.bargains import CounterOffer, Offer
from dao_backend.core.call_words import SENTENCES
from dao_backend.core.events import ProposalCreated
from dao_backend.core.metering import UNMETERED
from dao_backend.core.model import NATIVE, Keeper, Purpose
from dao_backend.core.motion import Motion
from dao_backend.core.safeguards import MintingCaps
from dao_backend.errors import ContractRefused
from dao_backend.ports.chain import Sent
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import LocalDao

MEMBER, POOR = 1, 2
OFFER = Offer(
    0, Purpose.EVALUATE, NATIVE, 7, 86_400, 100, seed("offer"), NATIVE, UNMETERED, 2**40, 2
)
ANSWER = CounterOffer(Purpose.EVALUATE, 5_000, 172_800, 250, seed("other"), NATIVE, UNMETERED, 600)
CAPS = MintingCaps(3_600, 5, 10)
KEEPERS = (
    Keeper(1, wallet(6), seed("6"), "http://six"),
    Keeper(2, wallet(7), seed("7"), "http://seven"),
)


def motion(dao: LocalDao, *calls: tuple[ContractName, bytes]) -> Motion:
    """These calls, with the same words."""
    homes = homes_of(dao.addresses)
    targets = tuple(homes[name] for name, _ in calls)
    return Motion(targets, (0,) * len(calls), tuple(data for _, data in calls), "words")


def test_steps__foreign_or_malformed_call__is_unknown(dao: LocalDao) -> None:
    """Another contract, a selector of none, bytes that no plain call has: nothing is guessed."""
    withdraw = abi_of(ContractName.OFFERS).functions["withdraw"].encode([3])
    foreign = replace(motion(dao, (ContractName.OFFERS, withdraw)), targets=(wallet(5),))
    odd = motion(
        dao,
        (ContractName.OFFERS, b""),
        (ContractName.OFFERS, b"\xff" * 36),
        (ContractName.OFFERS, withdraw[:-1]),
        (ContractName.OFFERS, withdraw + b"\x00"),
    )
    steps = dao.reader.steps(foreign) + dao.reader.steps(odd)
    assert [step.known for step in steps] == [None] * 5


def test_propose__too_few_votes__is_refused(dao: LocalDao) -> None:
    """The governor says how many it takes."""
    dao.register(POOR, units=99)
    dao.chain.time.advance(5)
    with pytest.raises(ContractRefused) as refused:
        dao.writer(POOR).propose_offer(OFFER, "words")
    assert refused.value.name == "GovernorInsufficientProposerVotes"
    assert dao.reader.proposal_threshold() == 100


@pytest.mark.parametrize(
    ("propose", "contract", "function", "named"),
    [
        (
            lambda writer: writer.propose_offer(OFFER, "words"),
            "OfferDesk", "publish", {"offer.unitPrice": 7, "offer.metering.bond": 0},
        ),
        (
            lambda writer: writer.propose_offer_change(3, OFFER, "words"),
            "OfferDesk", "amend", {"offerId": 3, "offer.maxCount": 2},
        ),
        (
            lambda writer: writer.propose_offer_end(3, "words"),
            "OfferDesk", "withdraw", {"offerId": 3},
        ),
        (
            lambda writer: writer.propose_appraiser(wallet(8), seed("key"), "http://x", "words"),
            "DataRegistry", "addAppraiser", {"appraiser": wallet(8), "endpoint": "http://x"},
        ),
        (
            lambda writer: writer.propose_appraiser_end(wallet(8), "words"),
            "DataRegistry", "removeAppraiser", {"appraiser": wallet(8)},
        ),
        (
            lambda writer: writer.propose_caps(CAPS, "words"),
            "DataRegistry", "setCaps",
            {"caps.window": 3_600, "caps.appraiserBps": 5, "caps.totalBps": 10},
        ),
        (
            lambda writer: writer.propose_guardian(wallet(8), 9, "words"),
            "Council", "appoint", {"newGuardian": wallet(8), "until": 9},
        ),
        (
            lambda writer: writer.propose_committee(KEEPERS, "words"),
            "KeeperRegistry", "changeCommittee",
            {
                "keepers[1].operator": wallet(6), "keepers[1].sealingKey": seed("6"),
                "keepers[2].operator": wallet(7), "keepers[2].endpoint": "http://seven",
            },
        ),
    ],
)  # fmt: skip
def test_propose__member__files_the_call_that_its_steps_tell(
    dao: LocalDao,
    propose: Callable[[Writer], Sent],
    contract: str,
    function: str,
    named: dict[str, object],
) -> None:
    """The log holds the whole motion, whose hash is the proposal's number."""
    dao.register(MEMBER)
    dao.chain.time.advance(5)
    made = created(propose(dao.writer(MEMBER)))
    (step,) = dao.reader.steps(made)
    assert step.calls(contract, function)
    assert {name: step.argument(name) for name in named} == named


def test_propose_counter__pending_request__names_the_request_as_it_is(dao: LocalDao) -> None:
    """The answer carries the digest of what it answers."""
    dao.register(MEMBER)
    dao.seal()
    filed = dao.file()
    made = created(dao.writer(MEMBER).propose_counter(filed.request_id, ANSWER, "words"))
    (step,) = dao.reader.steps(made)
    assert step.calls("AccessDesk", "counter")
    assert step.argument("requestId") == filed.request_id
    assert step.argument("terms.price") == ANSWER.price
    assert step.argument("answered") not in (b"", bytes(32))


def created(sent: Sent) -> Motion:
    """The motion that was filed, after checking its number."""
    (made,) = (e.fact for e in sent.events if isinstance(e.fact, ProposalCreated))
    found = Motion(made.targets, made.values, made.calldatas, made.description)
    assert found.proposal_id == made.proposal_id
    return found


@pytest.mark.parametrize(("contract", "function"), sorted(SENTENCES))
def test_sentences__each__is_about_a_function_and_its_arguments(
    contract: str, function: str
) -> None:
    """A renamed function or argument cannot leave its sentence behind."""
    found = abi_of(ContractName(contract)).functions[function]
    names = set()
    for each in found.inputs:
        own = each.name.removesuffix("_")
        names |= {own} | {f"{own}.{part.name}" for part in each.components}
    sentence = SENTENCES[contract, function]
    placeholders = {part.partition("}")[0] for part in sentence.split("{")[1:]}
    assert placeholders <= names
