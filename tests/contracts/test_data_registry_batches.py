"""A relayer registers many contributions at once; what one of them spoils is its own affair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from ape.exceptions import ContractLogicError

from dao_backend.core.events import Contributed
from dao_backend.core.history import GENESIS, next_head
from dao_backend.core.model import Address
from tests.contracts.actors import HOUR, deploy_core
from tests.contracts.dao import DAY, Dao, sign
from tests.contracts.refusals import error_of, refused
from tests.contracts.registry_stand import (
    BATCH_GAS,
    ITEM_GAS,
    Signed,
    in_order,
    send_batch,
    signed,
    skipped,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

    Refusal = tuple[str, dict[str, Any]]
    Spoil = Callable[[Dao, AccountAPI, AccountAPI], tuple[Signed, Refusal]]

GENESIS_UNITS = 1000
CAPS = (HOUR, 5_000, 10_000)
MOST = 100
EVENT_GAS = 60_000
"""What a refused contribution costs beside its own gas: its call data and its event."""


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts; a thousand units begin caps of half as much."""
    return deploy_core(chain, project, accounts, ((1, GENESIS_UNITS), CAPS))


# --- refusals: the whole batch ---


def test_contribute_batch__of_more_than_a_hundred__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A batch has an end, so that one transaction can hold it."""
    batch = [signed(core, alice).words] * (MOST + 1)
    with refused("TooManyContributions", count=MOST + 1, maximum=MOST):
        core.registry.contributeBatch(batch, sender=core.stranger)


def test_contribute_batch__ids_that_do_not_increase__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """Each id stands once and in order; otherwise nothing of the batch is registered."""
    first, second = in_order([signed(core, alice), signed(core, alice)])
    nothing = replace(first, record=replace(first.record, contribution_id=bytes(32)))
    wrong = [
        ([first, first], first.identity, first.identity),
        ([second, first], second.identity, first.identity),
        ([first, second, second], second.identity, second.identity),
        ([nothing], bytes(32), bytes(32)),
    ]
    for items, previous, identity in wrong:
        with refused("IdsNotIncreasing", previous=previous, contributionId=identity):
            core.registry.contributeBatch([one.words for one in items], sender=core.stranger)
    assert core.registry.historyCount() == 0


@pytest.mark.parametrize("gas", range(300_000, 1_100_000, 100_000))
def test_contribute_batch__with_any_gas__skips_no_good_one(
    core: Dao, alice: AccountAPI, bob: AccountAPI, gas: int
) -> None:
    """A relayer can make a batch fail by too little gas, but never a good contribution in it."""
    items = [signed(core, who) for who in (alice, bob, alice)]
    try:
        receipt = send_batch(core, items, gas_limit=gas)
    except ContractLogicError as error:
        name, values = error_of(error)
        assert (name, values["needed"]) == ("BatchGasTooLow", BATCH_GAS)
        assert 0 < values["available"] < BATCH_GAS
        assert gas < 1_000_000
        assert core.registry.historyCount() == 0
    else:
        assert gas > BATCH_GAS
        assert (skipped(core, receipt), core.registry.historyCount()) == ({}, 3)


# --- refusals: one of the batch ---


def of_another_wallet(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """Bob signs for alice."""
    item = signed(dao, alice)
    consent = sign(bob, dao.domain(dao.registry), item.record)
    return replace(item, consent=consent), ("ContributorSignatureInvalid", {"contributor": alice})


def used_before(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """Somebody registers it first."""
    item = signed(dao, alice, 1)
    dao.registry.contributeFor(*item.words, sender=bob)
    return item, ("ContributionIdUsed", {"contributionId": item.identity})


def withdrawn_before(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """It came and went."""
    item, refusal = used_before(dao, alice, bob)
    dao.withdraw(alice, item.identity)
    return item, refusal


def appraised_long_ago(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """Its appraisal ends a second too early."""
    item = signed(dao, alice)
    dao.wait(DAY + 1)
    late = dao.chain.pending_timestamp = dao.now + 10
    return item, ("AppraisalExpired", {"deadline": item.appraisal[1], "timestamp": late})


def of_another_epoch(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """Its key shares went to other keepers."""
    return signed(dao, alice, epoch=2), ("WrongEpoch", {"epoch": 2, "current": 1})


def of_no_collection(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """The DAO has two collections."""
    return signed(dao, alice, collection=2), ("CollectionUnknown", {"collection": 2})


def without_bytes(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """Nothing was stored."""
    return signed(dao, alice, length=0), ("EmptyEnvelope", {})


def without_units(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """The appraiser found it worthless."""
    return signed(dao, alice, 0), ("NoUnits", {})


def with_units_beyond_the_token(
    dao: Dao, alice: AccountAPI, bob: AccountAPI
) -> tuple[Signed, Refusal]:
    """What the token refuses is refused here with the token's own words."""
    item = signed(dao, alice, 2**48, collection=1)
    return item, ("UnitsOutOfBounds", {"held": 0, "units": 2**48})


def of_a_removed_appraiser(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """Another appraiser signed it, and a vote removed that one."""
    item = signed(replace(dao, appraiser=bob), alice)
    return item, ("AppraiserUnknown", {"signer": bob})


def over_the_cap(dao: Dao, alice: AccountAPI, bob: AccountAPI) -> tuple[Signed, Refusal]:
    """It alone is more than may be minted in a window."""
    dao.contribute(bob, GENESIS_UNITS)
    ends = dao.now + HOUR
    values = {"appraiser": dao.appraiser, "units": 501, "ends": ends}
    item = replace(signed(dao, alice, 501))
    return item, ("MintingCapReached", values)


SPOILS: list[Spoil] = [
    of_another_wallet, used_before, withdrawn_before, appraised_long_ago, of_another_epoch,
    of_no_collection, without_bytes, without_units, with_units_beyond_the_token,
    of_a_removed_appraiser, over_the_cap,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda one: one.__name__)
def test_contribute_batch__one_is_refused__registers_the_others(
    core: Dao, alice: AccountAPI, bob: AccountAPI, spoil: Spoil
) -> None:
    """A bad contribution is named with its reason and undone; those beside it land."""
    bad, (name, values) = spoil(core, alice, bob)
    before = core.registry.historyCount()
    time = core.chain.pending_timestamp
    good = [signed(core, who, 1) for who in (alice, bob)]
    core.chain.pending_timestamp = time
    receipt = send_batch(core, [bad, *good])
    expected = {key: getattr(value, "address", value) for key, value in values.items()}
    if name == "MintingCapReached":
        first = [one.identity for one in in_order([bad, *good])].index(bad.identity)
        expected["available"] = 500 - first
    assert skipped(core, receipt) == {bad.identity: (name, expected)}
    assert core.registry.historyCount() == before + 2
    assert [core.registry.contributionOf(one.identity).status for one in good] == [1, 1]


def test_contribute_batch__while_paused__skips_all(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A batch is no way around a pause."""
    until = core.now + HOUR
    core.registry.pause(until, sender=core.council)
    items = [signed(core, who) for who in (alice, bob)]
    reasons = skipped(core, send_batch(core, items))
    assert reasons == {one.identity: ("RegistrationPaused", {"until": until}) for one in items}


def test_contribute_batch__wallets_that_burn_all_gas__cost_a_bounded_part(
    core: Dao, project: ProjectManager, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A contract wallet that spends what it is given is skipped, and pays for nobody's failure."""
    burners = [bob.deploy(project.GasBurningWallet) for _ in range(3)]
    bad = [signed(core, bob, wallet=burner) for burner in burners]
    good = [signed(core, who) for who in (alice, bob)]
    with core.chain.isolate():
        alone = send_batch(core, good).gas_used
    receipt = send_batch(core, bad + good)
    assert skipped(core, receipt) == {
        item.identity: ("ContributorSignatureInvalid", {"contributor": burner.address})
        for item, burner in zip(bad, burners, strict=True)
    }
    assert core.registry.historyCount() == 2
    assert receipt.gas_used - alone < len(bad) * (ITEM_GAS + EVENT_GAS)


# --- success ---


def test_contribute_batch__of_nothing__does_nothing(core: Dao) -> None:
    """A relayer whose queue is empty breaks nothing."""
    receipt = core.registry.contributeBatch([], sender=core.stranger)
    assert list(receipt.events) == []
    assert core.registry.historyCount() == 0


def test_contribute_batch__all_good__says_how_many_and_tells_everything(
    core: Dao, project: ProjectManager, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Each of a batch is registered as if alone, that of a contract wallet too."""
    wallet = alice.deploy(project.BatchWallet, alice)
    items = [signed(core, alice, 10), signed(core, bob, 20), signed(core, alice, 40, wallet=wallet)]
    batch = [each.words for each in in_order(items)]
    assert core.registry.contributeBatch.call(batch, sender=core.stranger) == 3
    receipt, head = send_batch(core, items), GENESIS
    events = [log for log in receipt.events if log.contract_address == core.registry]
    for event, item in zip(events, in_order(items), strict=True):
        units = item.appraisal[0]
        assert event == core.registry.Contributed(*item.words[0], units, core.appraiser)
        head = next_head(head, Contributed(item.record, units, Address(core.appraiser.address)))
    assert bytes(core.registry.historyHead()) == head
    assert [core.token.balanceOf(who) for who in (alice, bob, wallet, core.stranger)] == [
        10, 20, 40, 0,
    ]  # fmt: skip


def test_contribute_batch__of_a_hundred__fits_into_one_transaction(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """The largest batch stays below the gas that one transaction may take (EIP-7825)."""
    items = [signed(core, (alice, bob)[number % 2], 1) for number in range(MOST)]
    receipt = send_batch(core, items)
    assert core.registry.historyCount() == core.token.totalSupply() == MOST
    assert receipt.gas_used < 2**24
