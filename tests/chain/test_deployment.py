"""A DAO created from the shipped bytecode, and read back before it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.deployment import addresses_of, check_wiring, deploy
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.core.deployment_plan import Peers
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.packing import keccak256
from dao_backend.errors import ContractRefused, DeploymentMismatch, InsufficientFunds
from tests.support.anvil import Chain
from tests.support.core_actors import wallet
from tests.support.local_dao import LocalDao, local_parameters

FOUNDER = 950


class Elsewhere(Sender):
    """A sender whose account sends something else in between, as a shared account might."""

    def send(self, action: Action) -> object:  # type: ignore[override]
        """Send a transfer first."""
        super().send(Action(wallet(1), value=1))
        return super().send(action)


def _peers(dao: LocalDao) -> Peers:
    where = dao.addresses
    return Peers(
        where.timelock,
        where.token,
        where.registry,
        where.governor,
        where.desk,
        where.licence,
        where.vault,
        where.keepers,
    )


def test_deploy__empty_account__is_refused(chain: Chain) -> None:
    """Who cannot pay for eight contracts is told so."""
    sender = chain.sender(FOUNDER)
    chain.fund(sender.account, 1000)
    with pytest.raises(InsufficientFunds):
        deploy(chain.node, sender, local_parameters())


def test_deploy__account_sends_something_else__is_a_mismatch(chain: Chain) -> None:
    """A contract at another address than predicted would be wired to nothing: it is noticed."""
    sender = Elsewhere(chain.node, chain.signer(FOUNDER))
    with pytest.raises(DeploymentMismatch, match="TimelockController was created at"):
        deploy(chain.node, sender, local_parameters())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Another DAO"}, "the name is Local Data DAO, not Another DAO"),
        ({"timelock_delay": 999}, "the timelock's delay is 60, not 999"),
        ({"threshold": 3}, "the committee"),
    ],
)
def test_check_wiring__other_parameters__is_a_mismatch(
    dao: LocalDao, change: dict[str, object], told: str
) -> None:
    """Parameters that differ from the chain's are named with both values."""
    wanted = replace(local_parameters(), **change)  # type: ignore[arg-type]
    with pytest.raises(DeploymentMismatch, match=told):
        check_wiring(dao.chain.node, _peers(dao), wallet(FOUNDER), wanted)


def test_check_wiring__deployer_holds_a_role__is_a_mismatch(dao: LocalDao) -> None:
    """A deployer who could still propose to the timelock is noticed."""
    role = keccak256(b"PROPOSER_ROLE")
    dao.by_vote(ContractName.TIMELOCK, "grantRole", role, wallet(FOUNDER))
    with pytest.raises(DeploymentMismatch, match="holds the timelock's role"):
        check_wiring(dao.chain.node, _peers(dao), wallet(FOUNDER), local_parameters())


def test_deploy__good_parameters__records_what_is_there(chain: Chain) -> None:
    """Addresses, code hashes and the first block are those of the chain, and survive the file."""
    before = chain.height()
    record = deploy(chain.node, chain.sender(FOUNDER), local_parameters())
    assert record.first_block == before + 1
    assert record.deployer == wallet(FOUNDER)
    for peer, _, where in record.peers.items():
        assert record.code_hashes[peer] == keccak256(chain.node.code(where))
    assert DeploymentRecord.from_json(record.to_json()) == record
    reader = Reader(chain.node, addresses_of(record))
    assert reader.current_epoch() == 1
    assert reader.committee(1).keepers == local_parameters().keepers
    assert reader.cuts() == (500, 200)
    assert reader.filing_fee() == local_parameters().requests.filing_fee


@pytest.mark.parametrize("name", list(ContractName))
def test_deployed_contract__setters__refuse_the_deployer(dao: LocalDao, name: ContractName) -> None:
    """The deployer holds no power over any contract: whatever only the DAO may do is refused."""
    guarded = {
        ContractName.TIMELOCK: ("updateDelay", (1,)),
        ContractName.TOKEN: ("mint", (wallet(1), 0, 5)),
        ContractName.REGISTRY: ("removeAppraiser", (wallet(901),)),
        ContractName.GOVERNOR: ("setVotingPeriod", (1,)),
        ContractName.DESK: ("setFilingFee", (0,)),
        ContractName.LICENCE: ("revoke", (1,)),
        ContractName.VAULT: ("sweepReserve", (wallet(1),)),
        ContractName.KEEPERS: ("open", (1, 1, bytes(32), 1)),
    }
    function, arguments = guarded[name]
    peers = {contract: where for _, contract, where in _peers(dao).items()}
    data = abi_of(name).functions[function].encode(arguments)
    with pytest.raises(ContractRefused):
        dao.chain.sender(900).send(Action(peers[name], data))
