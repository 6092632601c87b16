"""A DAO of which only four contracts are real, and the forgeries that contracts must refuse.

Accounts play timelock, desk, governor and vault, so that a test may call as any of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from web3.utils.address import get_create_address

from dao_backend.core.model import Address, Domain, Record
from dao_backend.core.packing import keccak256
from tests.contracts.dao import Dao, words

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

HOUR = 3600
FOREVER = 2**40
UNBOUND = ((100, 2**55), (HOUR, 10_000, 10_000))
"""A genesis that is never reached, before which appraisers have no caps."""
COLLECTIONS = [("code", 0b10011), ("tables", 0b00100)]
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
THRESHOLD = 2


def sealing_key(index: int) -> bytes:
    """A key that is not of low order, another for each index."""
    return bytes([9 + index]) * 32


def committee_of(operators: Sequence[AccountAPI]) -> list[tuple[AccountAPI, bytes, str]]:
    """Keepers as the contract's constructor takes them."""
    return [
        (operator, sealing_key(index), f"https://keeper{index}.example")
        for index, operator in enumerate(operators, start=1)
    ]


def deploy_core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    bounds: tuple[tuple[int, int], tuple[int, int, int]] = UNBOUND,
    issuing: AccountAPI | None = None,
) -> Dao:
    """Deploy token, registry, keepers (2 of 3) and licence, wired to one another.

    `issuing` plays the licence contract where it is given.
    Accounts: 0 deploys, 1 appraises, 2 to 4 keep, 10 plays the timelock, 11 the desk, 13 the
    usage meter, 14 the council, and 12 the peers that these four contracts never call.
    """
    deployer, appraiser, operators = accounts[0], accounts[1], [accounts[i] for i in (2, 3, 4)]
    timelock, desk, idle, meter, council = (accounts[i] for i in (10, 11, 12, 13, 14))
    creator, nonce = deployer.address, deployer.nonce
    token, registry, keepers, fourth = (get_create_address(creator, nonce + i) for i in range(4))
    licence = issuing or fourth
    peers = (timelock, token, registry, idle, desk, licence, idle, keepers)
    peers += (idle, idle, meter, idle, council)
    appraisers = [(appraiser, sealing_key(0), "https://appraiser.example")]
    terms = (peers, COLLECTIONS, appraisers, HOUR, *bounds)
    return Dao(
        chain=chain,
        timelock=timelock,
        token=deployer.deploy(project.ContributionToken, peers, "Units", "UNIT", 2, 0, []),
        registry=deployer.deploy(project.DataRegistry, *terms),
        governor=idle,
        desk=desk,
        keepers=deployer.deploy(project.KeeperRegistry, peers, committee_of(operators), THRESHOLD),
        licence=issuing or deployer.deploy(project.Licence, peers),
        vault=idle,
        offers=idle,
        disputes=idle,
        meter=meter,
        strike=idle,
        council=council,
        dollar=idle,
        appraiser=appraiser,
        operators=operators,
        stranger=accounts[9],
    )


def register(
    dao: Dao,
    record: Record,
    nonce: bytes,
    statement: tuple[int, int, bytes] | None = None,
    consent: bytes | None = None,
    sender: AccountAPI | None = None,
) -> ReceiptAPI:
    """Register as the contributor (`sender`) or, with its `consent`, as a stranger."""
    statement = statement or dao.appraisal(record, 100)
    if consent is None:
        return dao.registry.contribute(words(record), nonce, statement, sender=sender)
    arguments = (words(record), nonce, statement, consent)
    return dao.registry.contributeFor(*arguments, sender=dao.stranger)


def second_form(signature: bytes) -> bytes:
    """The same signature with the other s: valid to a careless verifier (EIP-2)."""
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def elsewhere(domain: Domain) -> list[Domain]:
    """The domain on another chain, and of another contract."""
    other = Address("0x" + "11" * 20)
    return [
        dataclasses.replace(domain, chain_id=domain.chain_id + 1),
        dataclasses.replace(domain, contract=other),
    ]


def changed(record: Record) -> list[Record]:
    """Every record that differs in one field but the id and the contributor."""
    word = keccak256(b"another")
    return [
        dataclasses.replace(record, **change)
        for change in (
            {"collection": 1},
            {"cid_digest": word},
            {"length": record.length + 1},
            {"envelope_commitment": word},
            {"key_id": word},
            {"share_root": word},
        )
    ]


def call_of(contract: ContractInstance, method: str, *arguments: object) -> tuple[str, bytes]:
    """One call for BatchWallet.execute; Ape's object has attributes of some methods' names."""
    handler = contract._mutable_methods_[method]
    return contract.address, bytes(handler.encode_input(*arguments))
