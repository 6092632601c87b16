"""A whole DAO on a local chain, with verbs for what its people do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from dao_backend.chain.abi import parse as parse_abi
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.decode import Decoder, homes_of
from dao_backend.chain.deployment import addresses_of, deploy
from dao_backend.chain.follow import LogReader
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.chain.writer import Writer
from dao_backend.core.deployment import DeploymentParameters, GenesisAppraiser
from dao_backend.core.deployment_file import parse
from dao_backend.core.events import EditionSealed, Fact, Requested
from dao_backend.core.facts import Addresses
from dao_backend.core.identity import contribution_id, key_id
from dao_backend.core.model import (
    NATIVE,
    Address,
    Appraisal,
    Keeper,
    Purpose,
    Receipt,
    Record,
    Terms,
    Vote,
)
from dao_backend.core.packing import bytes_of, keccak256
from dao_backend.core.typed import Attestation, digest, record_hash
from dao_backend.ports.chain import Registration, Sent
from tests.support.anvil import Chain
from tests.support.core_actors import account, sealing_secret, seed, wallet

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = ROOT / "deployments" / "local.yaml"
COMPILED = ROOT / ".build" / "__local__.json"
"""What `make compile` leaves: the mocks too, which do not ship."""
DEPLOYER, APPRAISER, RELAY, BUYER = 900, 901, 902, 903
KEEPERS = (101, 102, 103)
"""Numbers of the operators' accounts; two of them suffice."""
FAR = 2**40
"""A deadline that no test reaches."""
PRICE = 10**18


def local_parameters(
    operators: Sequence[int] = KEEPERS, threshold: int = 2
) -> DeploymentParameters:
    """What deployments/local.yaml says, with a committee and the tests' appraiser."""
    found = parse(yaml.safe_load(PARAMETERS.read_text(encoding="utf-8")))
    keepers = tuple(
        Keeper(index, wallet(number), sealing_secret(1, index).public, f"http://keeper-{index}")
        for index, number in enumerate(operators, 1)
    )
    appraiser = GenesisAppraiser(wallet(APPRAISER), sealing_secret(9, 1).public, "http://appraiser")
    return replace(found, keepers=keepers, threshold=threshold, appraisers=(appraiser,))


@dataclass(frozen=True, slots=True)
class LocalDao:
    """The contracts of one DAO and the people around them."""

    chain: Chain
    addresses: Addresses
    reader: Reader
    logs: LogReader

    def writer(self, number: int) -> Writer:
        """Transactions of the account of that number, which is funded."""
        return Writer(self.chain.node, self.addresses, self.chain.sender(number))

    def by_vote(self, contract: ContractName, function: str, *arguments: object) -> None:
        """Do what only a passed vote may do, by lending the timelock's hand."""
        data = abi_of(contract).functions[function].encode(arguments)
        self.chain.act_as(self.addresses.timelock, homes_of(self.addresses)[contract], data)

    def accept_mock_token(self, *holders: Address, kind: str = "MockToken") -> Address:
        """Create a token of contracts/mocks, give each holder a million, let the desk accept it."""
        compiled = json.loads(COMPILED.read_text(encoding="utf-8"))["contractTypes"][kind]
        code = bytes_of(compiled["deploymentBytecode"]["bytecode"])
        sender = self.chain.sender(DEPLOYER)
        token = sender.send(Action(None, code)).contract
        assert token is not None
        mint = parse_abi(compiled["abi"]).functions["mint"]
        for holder in holders:
            sender.send(Action(token, mint.encode([holder, 10**6])))
        self.by_vote(ContractName.DESK, "setAsset", token, 1)
        return token

    def facts(self) -> list[Fact]:
        """Everything that the contracts logged so far."""
        return [event.fact for event in self.reader.logs(0, self.chain.height())]

    def registration(
        self,
        number: int,
        collection: int = 0,
        units: int = 1000,
        deadline: int = FAR,
        member: int | None = None,
    ) -> Registration:
        """Contribution `number` of the member of that number, or of another, fully signed."""
        owner = number if member is None else member
        contributor = wallet(owner)
        nonce = seed("nonce", number)
        registry = self.addresses.registry
        identity = contribution_id(self.addresses.chain_id, registry, contributor, nonce)
        record = Record(
            contribution_id=identity,
            contributor=contributor,
            collection=collection,
            cid_digest=seed("cid", number),
            length=1000 + number,
            envelope_commitment=seed("envelope", number),
            key_id=key_id(identity, seed("content key", number)),
            share_root=seed("share root", number),
            epoch=1,
        )
        domain = self.addresses.domain("DataRegistry")
        appraisal = Appraisal(record_hash(record), units, deadline)
        return Registration(
            record,
            nonce,
            appraisal,
            _sign(APPRAISER, digest(domain, appraisal)),
            _sign(owner, digest(domain, record)),
        )

    def register(self, number: int, collection: int = 0, units: int = 1000) -> Sent:
        """Register contribution `number` through the relay."""
        one = self.registration(number, collection, units)
        return self.writer(RELAY).contribute_for(
            one.record, one.nonce, one.appraisal, one.appraiser_signature, one.contributor_signature
        )

    def seal(self, collection: int = 0) -> int:
        """Let the interval pass, seal, and give the edition's id."""
        self.chain.time.advance(3600)
        sent = self.writer(RELAY).seal(collection)
        (sealed,) = (e.fact for e in sent.events if isinstance(e.fact, EditionSealed))
        return sealed.edition_id

    def attest(self, edition_id: int, root: bytes) -> Sent:
        """Attest an edition with the first two keepers."""
        message = digest(self.addresses.domain("KeeperRegistry"), Attestation(edition_id, root))
        signatures = [_sign(KEEPERS[index - 1], message) for index in (1, 2)]
        return self.writer(RELAY).attest(edition_id, root, (1, 2), signatures)

    def terms(self, asset: Address = NATIVE, price: int = PRICE) -> Terms:
        """What the buyer asks for."""
        return Terms(
            collection=0,
            purposes=Purpose.FINE_TUNE | Purpose.EVALUATE,
            asset=asset,
            price=price,
            duration=30 * 24 * 3600,
            royalty_bps=250,
            terms_hash=seed("terms"),
            release_key=sealing_secret(7, 1).public,
            min_edition=0,
            min_units=1,
        )

    def file(self, terms: Terms | None = None) -> Requested:
        """File a request as the buyer."""
        sent = self.writer(BUYER).request(terms or self.terms())
        (filed,) = (e.fact for e in sent.events if isinstance(e.fact, Requested))
        return filed

    def grant(self, request: Requested, *voters: int) -> Sent:
        """Vote for a request with these members' wallets, queue and execute it."""
        self.chain.time.advance(61)
        for voter in voters:
            self.writer(voter).vote(request.proposal_id, Vote.FOR)
        self.chain.time.advance(8 * 60)
        self.writer(RELAY).queue(request.request_id)
        self.chain.time.advance(61)
        return self.writer(RELAY).execute(request.request_id)

    def receipt(self, request: Requested, index: int, root: bytes) -> Receipt:
        """What keeper `index` states about its bundle."""
        return Receipt(
            licence_id=request.request_id,
            index=index,
            bundle_digest=seed("bundle", index),
            bundle_length=4096,
            count=1,
            edition_root=root,
            release_key_hash=keccak256(request.terms.release_key),
        )

    def post_receipts(self, request: Requested, root: bytes) -> None:
        """Post the receipts of the first two keepers."""
        for index in (1, 2):
            keeper = self.writer(KEEPERS[index - 1])
            keeper.post_receipt(self.receipt(request, index, root))


def found_dao(chain: Chain, parameters: DeploymentParameters | None = None) -> LocalDao:
    """Deploy a DAO with `parameters`, else `local_parameters`."""
    sender = Sender(chain.node, chain.signer(DEPLOYER))
    addresses = addresses_of(deploy(chain.node, sender, parameters or local_parameters()))
    logs = LogReader(chain.node, Decoder(addresses))
    return LocalDao(chain, addresses, Reader(chain.node, addresses, logs), logs)


def _sign(number: int, message: bytes) -> bytes:
    return bytes(account(number).unsafe_sign_hash(message).signature)
