"""Actors, and one DAO deployed through the plan; Ape takes every test back to where it began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from nacl import bindings

from dao_backend.core.deployment import AssetTerms, DeploymentParameters, GenesisAppraiser
from dao_backend.core.deployment_file import parse
from dao_backend.core.deployment_plan import steps
from dao_backend.core.model import NATIVE, Address, Keeper
from scripts.deploy import deploy_all
from tests.contracts.dao import FEE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import dispute, dispute_in_tokens
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"


def sealing_key(name: str) -> bytes:
    """A public key whose secret the tests would know."""
    return bindings.crypto_scalarmult_base(sha256(name.encode()).digest())


@pytest.fixture(scope="session")
def deployer(accounts: AccountManager) -> AccountAPI:
    """Who pays for the deployment and holds nothing afterwards."""
    return accounts[0]


@pytest.fixture(scope="session")
def appraiser(accounts: AccountManager) -> AccountAPI:
    """Whose signature mints units."""
    return accounts[1]


@pytest.fixture(scope="session")
def operators(accounts: AccountManager) -> list[AccountAPI]:
    """Three keepers; two of them release."""
    return [accounts[2], accounts[3], accounts[4]]


@pytest.fixture(scope="session")
def alice(accounts: AccountManager) -> AccountAPI:
    """The largest member."""
    return accounts[5]


@pytest.fixture(scope="session")
def bob(accounts: AccountManager) -> AccountAPI:
    """A member."""
    return accounts[6]


@pytest.fixture(scope="session")
def carol(accounts: AccountManager) -> AccountAPI:
    """A small member."""
    return accounts[7]


@pytest.fixture(scope="session")
def buyer(accounts: AccountManager) -> AccountAPI:
    """Who asks for access."""
    return accounts[8]


@pytest.fixture(scope="session")
def stranger(accounts: AccountManager) -> AccountAPI:
    """Somebody without any part in the DAO."""
    return accounts[9]


@pytest.fixture(scope="session")
def dollar(deployer: AccountAPI, project: ProjectManager) -> ContractInstance:
    """A token of six decimals that anybody may mint."""
    return deployer.deploy(project.MockToken)


@pytest.fixture(scope="session")
def parameters(
    appraiser: AccountAPI, operators: list[AccountAPI], dollar: ContractInstance
) -> DeploymentParameters:
    """Those of deployments/local.yaml, with two of three keepers and the test token."""
    local = parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8")))
    keepers = tuple(
        Keeper(index, Address(operator.address), sealing_key(f"keeper {index}"), "")
        for index, operator in enumerate(operators, 1)
    )
    assets = (AssetTerms(NATIVE, PRICE // 100), AssetTerms(Address(dollar.address), TOKEN_PRICE))
    return replace(
        local,
        appraisers=(GenesisAppraiser(Address(appraiser.address), sealing_key("appraiser"), ""),),
        keepers=keepers,
        threshold=2,
        requests=replace(local.requests, assets=assets, filing_fee=FEE),
    )


@pytest.fixture(scope="session")
def dao(
    chain: ChainManager,
    parameters: DeploymentParameters,
    deployer: AccountAPI,
    dollar: ContractInstance,
    appraiser: AccountAPI,
    operators: list[AccountAPI],
    stranger: AccountAPI,
) -> Dao:
    """The contracts, empty."""
    plan = steps(parameters, Address(deployer.address), deployer.nonce)
    return Dao(
        chain=chain,
        **deploy_all(plan, deployer),
        dollar=dollar,
        appraiser=appraiser,
        operators=operators,
        stranger=stranger,
    )


@pytest.fixture(scope="session", autouse=True)
def everybody(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> None:
    """Makes what all tests share before any module makes its own, as Ape's isolation wants it."""


@pytest.fixture
def wallet(project: ProjectManager, alice: AccountAPI) -> ContractInstance:
    """A contract wallet that alice signs for."""
    return alice.deploy(project.ContractWallet, alice)


@pytest.fixture
def members(dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI) -> list[AccountAPI]:
    """Alice with 600 units, bob with 300 and carol with 100, all in collection 0."""
    for member, units in ((alice, 600), (bob, 300), (carol, 100)):
        dao.contribute(member, units)
    return [alice, bob, carol]


@pytest.fixture
def edition(dao: Dao, members: list[AccountAPI]) -> int:
    """A sealed and attested edition of what the members contributed."""
    return dao.publish()


@pytest.fixture
def grant(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> Callable[..., VoteHelper]:
    """A verb: file a request with changed terms, pass it and execute it."""

    def granted(**changes: object) -> VoteHelper:
        vote = dao.request(buyer, **changes).pass_by(alice)
        vote.execute()
        return vote

    return granted


@pytest.fixture
def disputed(
    dao: Dao, grant: Callable[..., VoteHelper], buyer: AccountAPI, carol: AccountAPI
) -> int:
    """A delivery that the buyer disputes, with carol as the arbiter."""
    grant(arbiter=carol.address)
    dao.deliver(1)
    dispute(dao, buyer)
    return 1


@pytest.fixture
def disputed_in_tokens(
    dao: Dao, grant: Callable[..., VoteHelper], buyer: AccountAPI, carol: AccountAPI
) -> int:
    """The same, paid for in tokens."""
    grant(asset=dao.dollar.address, price=TOKEN_PRICE, arbiter=carol.address)
    dao.deliver(1)
    dispute_in_tokens(dao, buyer)
    return 1
