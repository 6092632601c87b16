"""A DAO created from the shipped bytecode, and read back before it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.chain.artifacts import ContractName, abi_of, artifact
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.deployment import addresses_of, check_roles_given, check_wiring, deploy
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.chain.wire import MinedTransaction
from dao_backend.core.deployment_plan import CONTRACTS, Peers
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import Address
from dao_backend.core.packing import keccak256
from dao_backend.core.safeguards import (
    CouncilSettings,
    DisputeSettings,
    Genesis,
    MintingCaps,
    StrikeSettings,
    VotingMode,
)
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


class Forging(Sender):
    """A sender that puts another code in the place of the vault's, as a bad program might."""

    def send(self, action: Action) -> MinedTransaction:
        """Create a licence contract where the vault should be."""
        vault = artifact(ContractName.VAULT).bytecode
        if action.data.startswith(vault):
            wiring = action.data[len(vault) :][: 13 * 32]
            return super().send(Action(None, artifact(ContractName.LICENCE).bytecode + wiring))
        return super().send(action)


def _peers(dao: LocalDao) -> Peers:
    return Peers(*(getattr(dao.addresses, peer) for peer in CONTRACTS))


def test_deploy__empty_account__is_refused(chain: Chain) -> None:
    """Who cannot pay for the contracts is told so."""
    sender = chain.sender(FOUNDER)
    chain.fund(sender.account, 1000)
    with pytest.raises(InsufficientFunds):
        deploy(chain.node, sender, local_parameters())


def test_deploy__account_sends_something_else__is_a_mismatch(chain: Chain) -> None:
    """A contract at another address than predicted would be wired to nothing: it is noticed."""
    sender = Elsewhere(chain.node, chain.signer(FOUNDER))
    with pytest.raises(DeploymentMismatch, match="TimelockController was created at"):
        deploy(chain.node, sender, local_parameters())


def test_deploy__another_contract_in_a_place__is_a_mismatch(chain: Chain) -> None:
    """What was created is compared with what was planned, byte by byte."""
    sender = Forging(chain.node, chain.signer(FOUNDER))
    with pytest.raises(DeploymentMismatch, match=r"^RevenueVault was created with other code"):
        deploy(chain.node, sender, local_parameters())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Another DAO"}, "the name is Local Data DAO, not Another DAO"),
        ({"timelock_delay": 999}, "the timelock's delay is 60, not 999"),
        ({"threshold": 3}, r"the committee is \(2, 3\), not \(3, 3\)"),
        ({"genesis": Genesis(2, 1)}, r"the genesis is \(1, 1\), not \(2, 1\)"),
        ({"caps": MintingCaps(3600, 1, 2)}, r"the caps is .* not \(3600, 1, 2\)"),
        ({"disputes": DisputeSettings(60, 60, 1)}, "the rules of disputes is"),
        ({"strike": StrikeSettings(2501, 60, 60)}, "the rules of strikes is"),
        ({"council": CouncilSettings(wallet(1), 60)}, "the guardian is 0x0"),
    ],
)
def test_check_wiring__other_parameters__is_a_mismatch(
    dao: LocalDao, change: dict[str, object], told: str
) -> None:
    """Parameters that differ from the chain's are named with both values."""
    wanted = replace(local_parameters(), **change)  # type: ignore[arg-type]
    with pytest.raises(DeploymentMismatch, match=told):
        check_wiring(dao.chain.node, _peers(dao), wallet(FOUNDER), wanted)


@pytest.mark.parametrize("change", [{"mode": VotingMode.PER_MEMBER}, {"quorum_percent": 21}])
def test_check_wiring__other_vote__is_a_mismatch(dao: LocalDao, change: dict[str, object]) -> None:
    """How votes count is read back too."""
    found = local_parameters()
    voting = replace(found.voting, attestors=(wallet(1),), **change)  # type: ignore[arg-type]
    with pytest.raises(DeploymentMismatch) as caught:
        check_wiring(dao.chain.node, _peers(dao), wallet(FOUNDER), replace(found, voting=voting))
    told = str(caught.value)
    assert f"whether {wallet(1)} is an attestor is False, not True" in told
    assert "the voting mode is 0, not 1" in told or "the quorum in percent is 20, not 21" in told


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        ("timelock", "the governor's timelock is"),
        ("token", "the governor's token is"),
        ("registry", "the token's minter is"),
        ("desk", "the licences' issuer is"),
    ],
)
def test_check_wiring__contract_of_another_dao__is_a_mismatch(
    dao: LocalDao, peer: str, told: str
) -> None:
    """A peer is what the others say it is, not what a file says."""
    twin = deploy(dao.chain.node, dao.chain.sender(FOUNDER), local_parameters()).peers
    mixed = replace(_peers(dao), **{peer: getattr(twin, peer)})
    with pytest.raises(DeploymentMismatch) as caught:
        check_wiring(dao.chain.node, mixed, wallet(FOUNDER), local_parameters())
    assert told in str(caught.value)


def test_check_roles_given__one_role_more__is_a_mismatch(dao: LocalDao) -> None:
    """A role given at creation is found even where it was renounced since."""
    sender = dao.chain.sender(FOUNDER)
    nobody, peers = Address("0x" + "00" * 20), _peers(dao)
    arguments = (60, [peers.governor], [nobody], sender.account)
    code = artifact(ContractName.TIMELOCK).creation_code(*arguments)
    mined = sender.send(Action(None, code))
    assert mined.contract is not None
    renounce = abi_of(ContractName.TIMELOCK).functions["renounceRole"]
    sender.send(Action(mined.contract, renounce.encode((bytes(32), sender.account))))
    with pytest.raises(DeploymentMismatch, match="gave roles to others than the governor"):
        check_roles_given(mined, replace(peers, timelock=mined.contract))


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
        ContractName.OFFERS: ("withdraw", (1,)),
        ContractName.DISPUTES: ("rule", (1, True, bytes(32))),
        ContractName.METER: ("open", (1, wallet(1), (0, 0, 0, 0))),
        ContractName.STRIKE: ("unpledge", ()),
        ContractName.COUNCIL: ("appoint", (wallet(1), 0)),
    }
    function, arguments = guarded[name]
    peers = {contract: where for _, contract, where in _peers(dao).items()}
    data = abi_of(name).functions[function].encode(arguments)
    with pytest.raises(ContractRefused):
        dao.chain.sender(900).send(Action(peers[name], data))
