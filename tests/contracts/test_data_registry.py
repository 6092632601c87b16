"""A contribution enters once, as its record says, and its id is nobody else's and never free."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError
from eth_abi.abi import encode

from dao_backend.core.events import Contributed
from dao_backend.core.history import GENESIS, next_head
from dao_backend.core.identity import contribution_id
from dao_backend.core.model import Address, Appraisal
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import record_hash
from tests.contracts.actors import HOUR, call_of, deploy_core, register
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.dao import Dao, sign, words
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

ACTIVE = 1
TYPE_HASH = keccak256(
    b"Contribution(bytes32 contributionId,address contributor,uint8 collection,bytes32 cidDigest,"
    b"uint64 length,bytes32 envelopeCommitment,bytes32 keyId,bytes32 shareRoot,uint32 epoch)"
)


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


# --- refusals ---


def test_contribute__by_somebody_else__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Nobody registers in another's name without its signature."""
    record, nonce = core.record(alice.address)
    with refused("NotContributor", caller=bob, contributor=alice):
        register(core, record, nonce, sender=bob)


def test_contribute__to_an_unknown_collection__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Collections are those the DAO was made with."""
    record, nonce = core.record(alice.address, collection=2)
    with refused("CollectionUnknown", collection=2):
        register(core, record, nonce, sender=alice)


def test_contribute__under_an_id_made_otherwise__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """An id belongs to one contributor, nonce, contract and chain, so that none can be squatted."""
    record, nonce = core.record(alice.address)
    chain_id, registry = core.chain.chain_id, Address(core.registry.address)
    foreign = [
        contribution_id(chain_id, registry, Address(bob.address), nonce),
        contribution_id(chain_id, registry, Address(alice.address), bytes(32)),
        contribution_id(chain_id, Address(NOBODY), Address(alice.address), nonce),
        contribution_id(chain_id + 1, registry, Address(alice.address), nonce),
    ]
    for identity in foreign:
        forged = dataclasses.replace(record, contribution_id=identity)
        refusal = {"contributionId": identity, "expected": record.contribution_id}
        with refused("ContributionIdMismatch", **refusal):
            register(core, forged, nonce, sender=alice)


def test_contribute__twice__is_refused(core: Dao, alice: AccountAPI) -> None:
    """One appraisal mints once."""
    record, nonce = core.record(alice.address)
    statement = core.appraisal(record, 100)
    register(core, record, nonce, statement, sender=alice)
    with refused("ContributionIdUsed", contributionId=record.contribution_id):
        register(core, record, nonce, statement, sender=alice)


def test_contribute__again_after_withdrawal__is_refused(core: Dao, alice: AccountAPI) -> None:
    """An id is never used twice, so that withdrawing and coming back doubles nothing."""
    record, nonce = core.record(alice.address)
    statement = core.appraisal(record, 100)
    register(core, record, nonce, statement, sender=alice)
    core.withdraw(alice, record.contribution_id)
    consent = sign(alice, core.domain(core.registry), record)
    for relayed in (None, consent):
        with refused("ContributionIdUsed", contributionId=record.contribution_id):
            register(core, record, nonce, statement, relayed, sender=alice)
    assert core.token.totalSupply() == 0


def test_contribute__an_empty_envelope__is_refused(core: Dao, alice: AccountAPI) -> None:
    """There is no contribution without bytes."""
    record, nonce = core.record(alice.address)
    with refused("EmptyEnvelope"):
        register(core, dataclasses.replace(record, length=0), nonce, sender=alice)


@pytest.mark.parametrize("epoch", [0, 2])
def test_contribute__under_another_epoch__is_refused(
    core: Dao, alice: AccountAPI, epoch: int
) -> None:
    """Key shares go to the keepers of today."""
    record, nonce = core.record(alice.address)
    with refused("WrongEpoch", epoch=epoch, current=1):
        register(core, dataclasses.replace(record, epoch=epoch), nonce, sender=alice)


def test_contribute__with_bits_above_a_narrow_field__reverts(core: Dao, alice: AccountAPI) -> None:
    """Words that are not what their types say are refused, even where somebody signed them."""
    record, nonce = core.record(alice.address)
    types = ["bytes32", "address", "uint8", "bytes32", "uint64", *["bytes32"] * 3, "uint32"]
    for narrow in (1, 2, 4, 8):
        dirty = bytearray(encode(types, words(record)))
        dirty[32 * narrow] = 1
        message = Appraisal(keccak256(TYPE_HASH + dirty), 100, core.now + HOUR)
        signature = sign(core.appraiser, core.domain(core.registry), message)
        arguments = (words(record), nonce, (100, message.deadline, signature))
        target, data = call_of(core.registry, "contribute", *arguments)
        with pytest.raises(ContractLogicError, match=r"^Transaction failed\.$"):
            alice.transfer(target, 0, data=data[:4] + bytes(dirty) + data[4 + len(dirty) :])


# --- success ---


def test_contribute__appraised__mints_and_tells_everything(core: Dao, alice: AccountAPI) -> None:
    """One transaction registers, mints votes and emits all that the record hash is made of."""
    record, nonce = core.record(alice.address, collection=1)
    receipt = register(core, record, nonce, core.appraisal(record, 42), sender=alice)
    event = core.registry.Contributed(*words(record), 42, core.appraiser)
    assert [log for log in receipt.events if log.contract_address == core.registry] == [event]
    assert core.token.Transfer(NOBODY, alice, 42) in receipt.events
    found = core.registry.contributionOf(record.contribution_id)
    assert tuple(found) == (alice, 1, 42, ACTIVE)
    assert [core.token.unitsOf(alice, 0), core.token.unitsOf(alice, 1)] == [0, 42]
    assert core.token.totalSupply() == core.token.getVotes(alice) == 42


def test_contribute__until_the_very_deadline__is_accepted(core: Dao, alice: AccountAPI) -> None:
    """The deadline itself still counts."""
    record, nonce = core.record(alice.address)
    statement = core.appraisal(record, 100)
    core.chain.pending_timestamp = statement[1]
    assert register(core, record, nonce, statement, sender=alice).timestamp == statement[1]


def test_contribute__one_after_another__chains_the_history(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Whoever folds all events arrives at the head that the contract states."""
    head = GENESIS
    for number, who in enumerate((alice, bob, alice), start=1):
        record, nonce = core.record(who.address)
        register(core, record, nonce, core.appraisal(record, number), sender=who)
        head = next_head(head, Contributed(record, number, Address(core.appraiser.address)))
        assert (bytes(core.registry.historyHead()), core.registry.historyCount()) == (head, number)
        assert bytes(core.registry.recordHash(words(record))) == record_hash(record)


def test_relayed_contribution__with_consent__belongs_to_the_contributor(
    core: Dao, alice: AccountAPI
) -> None:
    """Who relays pays the gas and gets nothing."""
    record, nonce = core.record(alice.address)
    register(core, record, nonce, consent=sign(alice, core.domain(core.registry), record))
    assert core.registry.contributionOf(record.contribution_id)[0] == alice
    assert [core.token.balanceOf(who) for who in (alice, core.stranger)] == [100, 0]


def test_relayed_contribution__of_a_contract_wallet__asks_the_wallet(
    core: Dao, project: ProjectManager, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A contract consents through ERC-1271: its owner's signature does, another's does not."""
    wallet = alice.deploy(project.BatchWallet, alice)
    record, nonce = core.record(wallet.address)
    domain = core.domain(core.registry)
    with refused("ContributorSignatureInvalid", contributor=wallet):
        register(core, record, nonce, consent=sign(bob, domain, record))
    register(core, record, nonce, consent=sign(alice, domain, record))
    assert core.token.balanceOf(wallet) == 100
