"""A member takes out all it ever put in, at once; what it signed for that serves once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Address
from dao_backend.core.typed import Departure, Withdrawal
from tests.contracts.actors import FOREVER, HOUR, call_of, deploy_core, elsewhere, second_form
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.dao import Dao, sign, words
from tests.contracts.refusals import refused
from tests.contracts.registry_stand import sign_departure, signed

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

ACTIVE, WITHDRAWN = 1, 2
GAS_NOISE = 200
"""What a byte of a number more or less changes."""


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


def status(dao: Dao, *identities: bytes) -> list[int]:
    """Whether each contribution is active."""
    return [int(dao.registry.contributionOf(identity).status) for identity in identities]


# --- refusals ---


def test_leave_all__with_nothing__is_refused(core: Dao, alice: AccountAPI) -> None:
    """There is nothing to leave with: never, after leaving, and after the last withdrawal."""
    with refused("NothingHeld", member=alice):
        core.registry.leaveAll(sender=alice)
    core.contribute(alice)
    core.registry.leaveAll(sender=alice)
    with refused("NothingHeld", member=alice):
        core.registry.leaveAll(sender=alice)
    core.withdraw(alice, core.contribute(alice))
    with refused("NothingHeld", member=alice):
        core.registry.leaveAll(sender=alice)
    assert core.registry.historyCount() == 4


def test_relayed_departure__with_nothing__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A signature does not make a departure of nothing."""
    signature = sign_departure(core, alice)
    with refused("NothingHeld", member=alice):
        core.registry.leaveAllFor(alice, FOREVER, signature, sender=core.stranger)


def test_relayed_departure__after_its_deadline__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A signed departure ends with its deadline, and not a second later."""
    core.contribute(alice)
    deadline = core.now + 100
    signature = sign_departure(core, alice, deadline)
    late = core.chain.pending_timestamp = deadline + 1
    with refused("SignatureExpired", deadline=deadline, timestamp=late):
        core.registry.leaveAllFor(alice, deadline, signature, sender=core.stranger)


def test_relayed_departure__without_the_members_signature__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Only the member's own signature, over this tenure and deadline, here, takes it out."""
    identity = core.contribute(alice)
    domain = core.domain(core.registry)
    me, other = Address(alice.address), Address(bob.address)
    wanted = Departure(me, 0, FOREVER)
    signature = sign(alice, domain, wanted)
    worthless = [sign(bob, domain, wanted), second_form(signature), signature[:64], b""]
    worthless += [sign(alice, domain, Departure(other, 0, FOREVER))]
    worthless += [sign(alice, domain, Departure(me, 1, FOREVER))]
    worthless += [sign(alice, domain, Departure(me, 0, FOREVER - 1))]
    worthless += [sign(alice, domain, Withdrawal(identity, FOREVER))]
    worthless += [sign(alice, foreign, wanted) for foreign in elsewhere(domain)]
    for bad in worthless:
        with refused("ContributorSignatureInvalid", contributor=alice):
            core.registry.leaveAllFor(alice, FOREVER, bad, sender=core.stranger)
    assert core.token.balanceOf(alice) == 100


def test_relayed_departure__again_after_coming_back__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """A signature that was used does not take out what the member contributed later."""
    core.contribute(alice)
    signature = sign_departure(core, alice)
    core.registry.leaveAllFor(alice, FOREVER, signature, sender=core.stranger)
    core.contribute(alice)
    with refused("ContributorSignatureInvalid", contributor=alice):
        core.registry.leaveAllFor(alice, FOREVER, signature, sender=core.stranger)
    again = sign_departure(core, alice, tenure=1)
    core.registry.leaveAllFor(alice, FOREVER, again, sender=core.stranger)
    assert core.token.balanceOf(alice) == 0


def test_relayed_departure__unused_while_the_member_left_itself__is_refused_later(
    core: Dao, alice: AccountAPI
) -> None:
    """Leaving by one's own transaction voids the signature that was given away before."""
    core.contribute(alice)
    signature = sign_departure(core, alice)
    core.registry.leaveAll(sender=alice)
    core.contribute(alice)
    with refused("ContributorSignatureInvalid", contributor=alice):
        core.registry.leaveAllFor(alice, FOREVER, signature, sender=core.stranger)


def test_relayed_departure__of_a_contract_wallet_by_another__is_refused(
    core: Dao, project: ProjectManager, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A contract wallet is asked, and says no to a stranger's signature."""
    wallet = alice.deploy(project.BatchWallet, alice)
    core.contribute_by_wallet(wallet, alice)
    signature = sign_departure(core, bob, who=wallet)
    with refused("ContributorSignatureInvalid", contributor=wallet):
        core.registry.leaveAllFor(wallet, FOREVER, signature, sender=core.stranger)


def test_withdraw__what_left_with_its_member__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Units are burnt once: the old contribution cannot burn those that came after it."""
    identity = core.contribute(alice, 40)
    core.registry.leaveAll(sender=alice)
    consent = sign(alice, core.domain(core.registry), Withdrawal(identity, FOREVER))
    for _ in range(2):
        with refused("TenureOver", member=alice, tenure=0, current=1):
            core.withdraw(alice, identity)
        with refused("TenureOver", member=alice, tenure=0, current=1):
            core.registry.withdrawFor(identity, FOREVER, consent, sender=core.stranger)
        core.contribute(alice, 40)
    assert core.token.balanceOf(alice) == 80


def test_contribute__what_left_with_its_member__is_refused(core: Dao, alice: AccountAPI) -> None:
    """An id is never used twice, not after a departure either."""
    item = signed(core, alice)
    core.registry.contributeFor(*item.words, sender=core.stranger)
    core.registry.leaveAll(sender=alice)
    with refused("ContributionIdUsed", contributionId=item.identity):
        core.registry.contributeFor(*item.words, sender=core.stranger)


def test_seal__what_a_leaver_did_not_have__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A departure changes the collections it takes units from, and no other."""
    core.contribute(alice, collection=1)
    core.seal(1)
    core.registry.leaveAll(sender=alice)
    core.wait(HOUR)
    with refused("NothingChanged", collection=0, historyCount=2):
        core.registry.seal(0, sender=alice)


# --- success ---


def test_leave_all__from_both_collections__takes_everything_and_nothing_else(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Every contribution of the leaver is over, and nobody else's."""
    own = [core.contribute(alice, 40), core.contribute(alice, 2), core.contribute(alice, 7, 1)]
    others = [core.contribute(bob, 5), core.contribute(bob, 6, 1)]
    receipt = core.registry.leaveAll(sender=alice)
    assert list(receipt.events) == [
        core.token.Transfer(alice, NOBODY, 49),
        core.registry.Left(alice, 0, [42, 7, 0]),
    ]
    assert status(core, *own, *others) == [WITHDRAWN] * 3 + [ACTIVE] * 2
    assert tuple(core.registry.contributionOf(own[0])) == (alice, 0, 40, WITHDRAWN)
    assert [core.token.balanceOf(who) for who in (alice, bob)] == [0, 11]
    assert [core.token.totalUnits(collection) for collection in (0, 1)] == [5, 6]
    assert core.token.tenureOf(alice) == 1


def test_leave_all__after_an_edition__lets_each_changed_collection_be_sealed(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """The leaver too makes sure that nothing older is sold, of either collection."""
    for collection in (0, 1):
        core.contribute(alice, 40, collection)
        core.contribute(bob, 2, collection)
        core.seal(collection)
    core.registry.leaveAll(sender=alice)
    for collection in (0, 1):
        edition = core.registry.editionOf(core.seal(collection))
        assert (edition.totalUnits, edition.historyCount) == (2, 5)


def test_leave_all__after_one_withdrawal__burns_the_rest_only(core: Dao, alice: AccountAPI) -> None:
    """What was withdrawn before is not burnt again."""
    first = core.contribute(alice, 40)
    core.contribute(alice, 2)
    core.withdraw(alice, first)
    receipt = core.registry.leaveAll(sender=alice)
    assert core.registry.Left(alice, 0, [2, 0, 0]) in receipt.events
    with refused("ContributionNotActive", contributionId=first):
        core.withdraw(alice, first)


def test_leave_all__with_votes_given_away__takes_them_back(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Delegating keeps nobody from leaving."""
    core.contribute(alice, 40)
    target, data = call_of(core.token, "delegate", bob)
    alice.transfer(target, 0, data=data)
    core.registry.leaveAll(sender=alice)
    assert [core.token.getVotes(who) for who in (alice, bob)] == [0, 0]


def test_leave_all__and_come_back__counts_what_is_new(core: Dao, alice: AccountAPI) -> None:
    """Contributions of the next tenure count, can be withdrawn, and wake no old one."""
    old = core.contribute(alice, 40)
    core.registry.leaveAll(sender=alice)
    new, more = core.contribute(alice, 3), core.contribute(alice, 5)
    assert status(core, old, new, more) == [WITHDRAWN, ACTIVE, ACTIVE]
    assert core.token.balanceOf(alice) == core.token.getVotes(alice) == 8
    core.withdraw(alice, new)
    receipt = core.registry.leaveAll(sender=alice)
    assert core.registry.Left(alice, 1, [5, 0, 0]) in receipt.events
    assert status(core, old, new, more) == [WITHDRAWN] * 3
    assert core.token.totalSupply() == 0


def test_leave_all__and_come_back_within_a_second__leaves_the_old_behind(
    core: Dao, project: ProjectManager, alice: AccountAPI
) -> None:
    """Tenures do not mix where they share a timestamp."""
    wallet = alice.deploy(project.BatchWallet, alice)
    first, second = (signed(core, alice, units, wallet=wallet) for units in (40, 2))
    come = [call_of(core.registry, "contribute", *one.words[:3]) for one in (first, second)]
    leave = call_of(core.registry, "leaveAll")
    wallet.execute([come[0], leave, come[1]], sender=alice)
    assert status(core, first.identity, second.identity) == [WITHDRAWN, ACTIVE]
    assert core.token.balanceOf(wallet) == 2
    assert words(first.record)[1] == wallet.address


def test_relayed_departure__until_the_very_deadline__is_accepted(
    core: Dao, alice: AccountAPI
) -> None:
    """A member without coin leaves as well; the deadline itself still counts."""
    core.contribute(alice, 40)
    deadline = core.now + 100
    signature = sign_departure(core, alice, deadline)
    core.chain.pending_timestamp = deadline
    receipt = core.registry.leaveAllFor(alice, deadline, signature, sender=core.stranger)
    assert receipt.timestamp == deadline
    assert core.registry.Left(alice, 0, [40, 0, 0]) in receipt.events


def test_relayed_departure__of_a_contract_wallet__asks_the_wallet(
    core: Dao, project: ProjectManager, alice: AccountAPI
) -> None:
    """A contract leaves through ERC-1271."""
    wallet = alice.deploy(project.BatchWallet, alice)
    core.contribute_by_wallet(wallet, alice)
    signature = sign_departure(core, alice, who=wallet)
    core.registry.leaveAllFor(wallet, FOREVER, signature, sender=core.stranger)
    assert [core.token.balanceOf(wallet), core.token.tenureOf(wallet)] == [0, 1]


def test_leave_all__with_one_or_with_thirty__costs_the_same(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Nobody is kept in by how much it gave."""
    core.contribute(bob)
    for _ in range(30):
        core.contribute(alice)
    core.contribute(core.stranger)
    few, many = (core.registry.leaveAll(sender=who).gas_used for who in (bob, alice))
    assert abs(many - few) < GAS_NOISE
