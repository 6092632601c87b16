"""EIP-712: the structs that contributors, appraisers, members and keepers sign.

Each message type is one line of `_SIGNATURES`, written exactly as in EIP-712's encodeType; the
dataclass beside it lists the same fields in the same order. From that line follow the struct
hash, the digest, and the JSON that a wallet shows (`wallet_json`).
Signatures are 65 bytes r ‖ s ‖ v with v 27 or 28 and a low s, as OpenZeppelin's ECDSA wants
them. Contract wallets (ERC-1271) are judged on chain, not here. Nothing here signs.
Source: EIP-712, EIP-191 version 0x01.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from eth_account import Account
from eth_account.messages import SignableMessage
from eth_keys.exceptions import BadSignature

from dao_backend.core.model import (
    Address,
    Appraisal,
    Domain,
    Receipt,
    Record,
    Vote,
    require_bytes,
)
from dao_backend.core.packing import address_word, hex_of, keccak256, uint
from dao_backend.core.typed_keepers import Erasure, Handover, HandoverAsk
from dao_backend.core.typed_members import Pledge, Uniqueness
from dao_backend.errors import InvalidSignature

SIGNATURE = 65
"""Bytes of r ‖ s ‖ v."""
JSON_SAFE_BITS = 53
"""Unsigned integers of wider types are decimal strings in JSON, as JavaScript rounds them."""

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A contributor's wish to have a contribution withdrawn until the deadline."""

    contribution_id: bytes
    deadline: int


@dataclass(frozen=True, slots=True)
class Departure:
    """A member's wish to leave until the deadline; a tenure that is over makes it worthless."""

    member: Address
    tenure: int
    deadline: int


@dataclass(frozen=True, slots=True)
class IntakeReceipt:
    """A keeper's statement, off chain, that it holds its share of this record."""

    record_hash: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """A member's relayed vote; the voted bit on chain guards against replay."""

    proposal_id: int
    support: Vote
    voter: Address


@dataclass(frozen=True, slots=True)
class Attestation:
    """A keeper's statement that an edition's manifest has this root."""

    edition_id: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Voucher:
    """A licence holder's statement of all that it has used so far, as of `until` (chain time)."""

    licence_id: int
    units: int
    until: int


Message = (
    (Record | Appraisal | Withdrawal | Departure | IntakeReceipt | Ballot | Attestation | Receipt)
    | Voucher
    | Pledge
    | Uniqueness
    | Handover
    | HandoverAsk
    | Erasure
)

_SIGNATURES: dict[type[Message], str] = {
    Record: "Contribution(bytes32 contributionId,address contributor,uint8 collection,"
    "bytes32 cidDigest,uint64 length,bytes32 envelopeCommitment,bytes32 keyId,"
    "bytes32 shareRoot,uint32 epoch)",
    Appraisal: "Appraisal(bytes32 recordHash,uint64 units,uint48 deadline)",
    Withdrawal: "Withdrawal(bytes32 contributionId,uint48 deadline)",
    Departure: "Departure(address member,uint8 tenure,uint48 deadline)",
    IntakeReceipt: "IntakeReceipt(bytes32 recordHash,uint8 index)",
    Ballot: "Ballot(uint256 proposalId,uint8 support,address voter)",
    Attestation: "Attestation(uint40 editionId,bytes32 root)",
    Receipt: "Receipt(uint64 licenceId,uint8 index,bytes32 bundleDigest,uint64 bundleLength,"
    "uint64 count,bytes32 editionRoot,bytes32 releaseKeyHash)",
    Voucher: "Voucher(uint64 licenceId,uint128 units,uint48 until)",
    Pledge: "Pledge(uint32 strikeId,address member)",
    Uniqueness: "Uniqueness(address member,bytes32 person,uint48 deadline)",
    Handover: "Handover(uint32 epoch,uint8 index)",
    HandoverAsk: "HandoverAsk(uint32 epoch,uint8 index,bytes32 ids,uint48 askedAt)",
    Erasure: "Erasure(bytes32 contributionId,uint8 index,uint8 cause,uint48 erasedAt)",
}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    solidity: str
    attribute: str
    encode: Callable[[object], bytes]
    """Value to its ABI word; raises InputError when it does not fit the type."""
    to_json: Callable[[object], object]


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    type_hash: bytes
    fields: tuple[_Field, ...]


def struct_hash(message: Message) -> bytes:
    """EIP-712's hashStruct; raise InputError when a value does not fit its Solidity type."""
    kind = _TYPES[type(message)]
    words = [field.encode(getattr(message, field.attribute)) for field in kind.fields]
    return keccak256(kind.type_hash + b"".join(words))


def record_hash(record: Record) -> bytes:
    """The hash of a record that contributor, appraiser and keepers all sign or bind to."""
    return struct_hash(record)


@lru_cache(maxsize=256)
def domain_separator(domain: Domain) -> bytes:
    """EIP-712's hashStruct of the domain: name, version, chain id, contract."""
    return keccak256(
        keccak256(_DOMAIN_TYPE.encode())
        + keccak256(domain.name.encode())
        + keccak256(domain.version.encode())
        + uint(domain.chain_id)
        + address_word(domain.contract)
    )


def digest(domain: Domain, message: Message) -> bytes:
    """The 32 bytes that are signed: keccak256(0x1901 ‖ domain separator ‖ struct hash)."""
    return keccak256(b"\x19\x01" + domain_separator(domain) + struct_hash(message))


def signable(domain: Domain, message: Message) -> SignableMessage:
    """What an eth_account `LocalAccount.sign_message` takes."""
    return SignableMessage(b"\x01", domain_separator(domain), struct_hash(message))


def recover_signer(domain: Domain, message: Message, signature: bytes) -> Address:
    """The account that signed `message` for `domain`.

    Another message or domain gives another account: compare it. Raise InvalidSignature for a
    signature of the wrong length, with v other than 27 or 28, with r or s outside the curve's
    order, or with a high s (EIP-2, so that a signature has one form only).
    """
    if len(signature) != SIGNATURE:
        raise InvalidSignature(f"a signature has {SIGNATURE} bytes, not {len(signature)}")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if signature[64] not in (27, 28) or not 0 < r < _CURVE_ORDER or s == 0:
        raise InvalidSignature("the signature is malformed")
    if s > _CURVE_ORDER // 2:
        raise InvalidSignature("the signature has a high s, a second form of another signature")
    try:
        signer = Account.recover_message(signable(domain, message), signature=signature)
    except BadSignature:
        raise InvalidSignature("no account can have made this signature") from None
    return Address(signer)


def wallet_json(domain: Domain, message: Message) -> dict[str, object]:
    """The whole typed data as `eth_signTypedData_v4` takes it, ready for `json.dumps`."""
    kind = _TYPES[type(message)]
    return {
        "types": {
            "EIP712Domain": _type_json(_DOMAIN_TYPE),
            kind.name: [{"name": field.name, "type": field.solidity} for field in kind.fields],
        },
        "primaryType": kind.name,
        "domain": {
            "name": domain.name,
            "version": domain.version,
            "chainId": domain.chain_id,
            "verifyingContract": domain.contract,
        },
        "message": message_json(message),
    }


def message_json(message: Message) -> dict[str, object]:
    """The fields by their Solidity names; bytes and wide integers are text, as in JSON."""
    kind = _TYPES[type(message)]
    return {field.name: field.to_json(getattr(message, field.attribute)) for field in kind.fields}


def _members(signature: str) -> list[tuple[str, str]]:
    """Pairs (Solidity type, name) of an encodeType line."""
    inside = signature[signature.index("(") + 1 : -1]
    return [(pair.split(" ")[0], pair.split(" ")[1]) for pair in inside.split(",")]


def _type_json(signature: str) -> list[dict[str, str]]:
    return [{"name": name, "type": solidity} for solidity, name in _members(signature)]


def _uint_field(bits: int) -> tuple[Callable[[object], bytes], Callable[[object], object]]:
    def encode(value: object) -> bytes:
        assert isinstance(value, int)
        return uint(value, bits)

    def to_json(value: object) -> object:
        assert isinstance(value, int)
        return int(value) if bits <= JSON_SAFE_BITS else str(int(value))

    return encode, to_json


def _bytes32(value: object) -> bytes:
    assert isinstance(value, bytes)
    require_bytes("a bytes32 field", value, 32)
    return value


def _bytes_json(value: object) -> object:
    return hex_of(_bytes32(value))


def _address(value: object) -> bytes:
    assert isinstance(value, str)
    return address_word(Address(value))


def _field(solidity: str, name: str, attribute: str) -> _Field:
    if solidity == "bytes32":
        return _Field(name, solidity, attribute, _bytes32, _bytes_json)
    if solidity == "address":
        return _Field(name, solidity, attribute, _address, str)
    width = re.fullmatch(r"uint(\d+)", solidity)
    assert width is not None, f"{solidity} has no encoding here"
    return _Field(name, solidity, attribute, *_uint_field(int(width[1])))


def _type(message_class: type[Message], signature: str) -> _Type:
    attributes = [field.name for field in dataclasses.fields(message_class)]
    pairs = zip(_members(signature), attributes, strict=True)
    fields = tuple(_field(solidity, name, attribute) for (solidity, name), attribute in pairs)
    return _Type(signature[: signature.index("(")], keccak256(signature.encode()), fields)


_TYPES: dict[type[Message], _Type] = {
    message_class: _type(message_class, signature)
    for message_class, signature in _SIGNATURES.items()
}
