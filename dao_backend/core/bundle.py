"""A bundle: one keeper's shares of one edition, readable by one licence's release key alone.

    version(1)=1 ‖ bound facts(181) ‖ sealed bundle key(125) ‖ envelope

    bound facts = chainId(32) ‖ desk(20) ‖ licenceId(32) ‖ edition root(32) ‖ i(1)
                ‖ release key(32) ‖ block hash(32)
    binding     = BLAKE2b-256("ddao/bundle/1" ‖ bound facts)
    sealed key  = crypto_box_seal(release key, "ddao/bundle/1" ‖ binding ‖ bundle key)

The envelope is that of CRYPTO section 1 under the bundle key with the binding as its context; its
message is the 32-byte shares in manifest order and nothing else. The block hash is that of the
finalized block at which the keeper decided. A bundle key is used for one bundle, ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hmac import compare_digest

from dao_backend.core.crypto import (
    SEAL_OVERHEAD,
    TAG,
    ContentKey,
    SecretKey,
    blake2b_256,
    open_sealed,
    seal,
)
from dao_backend.core.envelope import CHUNK, STEP, Decryptor, Encryptor
from dao_backend.core.envelope import HEADER as ENVELOPE_HEADER
from dao_backend.core.model import Address, require_bytes
from dao_backend.core.packing import address_bytes, octet, uint
from dao_backend.core.shamir import SECRET as SHARE
from dao_backend.errors import BindingMismatch, InputError, InvalidMessage, TruncatedEnvelope

VERSION = 1
_DOMAIN = b"ddao/bundle/1"
_FACTS = 181
_SEALED_KEY = len(_DOMAIN) + 32 + 32 + SEAL_OVERHEAD
HEADER = 1 + _FACTS + _SEALED_KEY
"""Bytes before the envelope."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a bundle is bound to: licence, edition, keeper, buyer's key, block of the decision."""

    chain_id: int
    desk: Address
    licence_id: int
    edition_root: bytes
    index: int
    release_key: bytes
    block_hash: bytes

    def __post_init__(self) -> None:
        for name in ("edition_root", "release_key", "block_hash"):
            require_bytes(name, getattr(self, name), 32)

    def facts(self) -> bytes:
        """The 181 bytes that stand in the header and are hashed into the binding."""
        where = uint(self.chain_id) + address_bytes(self.desk) + uint(self.licence_id)
        return where + self.edition_root + octet(self.index) + self.release_key + self.block_hash

    def binding(self) -> bytes:
        """BLAKE2b-256("ddao/bundle/1" ‖ facts): the context of the envelope."""
        return blake2b_256(_DOMAIN + self.facts())


@dataclass(frozen=True, slots=True)
class Header:
    """What precedes the envelope, as read; `facts` are claims until the bundle has opened."""

    facts: bytes
    sealed_key: bytes

    @property
    def block_hash(self) -> bytes:
        """Hash of the finalized block at which the keeper says it decided."""
        return self.facts[-32:]

    @property
    def licence_id(self) -> int:
        """The licence that it says it is for."""
        return int.from_bytes(self.facts[52:84])

    @property
    def index(self) -> int:
        """The keeper whose shares it says it holds."""
        return self.facts[116]


def write(
    bound: Bound, bundle_key: ContentKey, salt: bytes, shares: Iterable[bytes]
) -> Iterator[bytes]:
    """The bundle in pieces of about 1 MiB.

    `bundle_key` and the 24-byte `salt` are random and new for every bundle.
    Raise InputError for a share that has not 32 bytes, LowOrderKey for an unsafe release key.
    """
    binding = bound.binding()
    sealed = seal(bound.release_key, _DOMAIN + binding + bundle_key.raw)
    yield octet(VERSION) + bound.facts() + sealed
    encryptor = Encryptor(bundle_key, salt, binding)
    pending = bytearray()
    for share in shares:
        require_bytes("share", share, SHARE)
        pending += share
        if len(pending) >= STEP:
            yield bytes(encryptor.update(pending))
            pending = bytearray()
    yield bytes(encryptor.update(pending))
    yield bytes(encryptor.finish())


def length_of(count: int) -> int:
    """Bytes of a bundle of `count` shares."""
    message = count * SHARE
    return HEADER + ENVELOPE_HEADER + message + (message // CHUNK + 1) * TAG


def read_header(start: bytes) -> Header:
    """Parse the first `HEADER` bytes.

    Raise TruncatedEnvelope for fewer, InvalidMessage for another version.
    """
    if len(start) < HEADER:
        raise TruncatedEnvelope(f"a bundle's header has {HEADER} bytes, not {len(start)}")
    if start[0] != VERSION:
        raise InvalidMessage(f"bundles of version {start[0]} are unknown")
    return Header(bytes(start[1 : 1 + _FACTS]), bytes(start[1 + _FACTS : HEADER]))


def read(secret: SecretKey, expected: Bound, count: int, pieces: Iterable[bytes]) -> bytes:
    """All shares of a bundle given in pieces of any size: 32·`count` bytes in manifest order.

    `expected` is what the buyer knows of its licence, and the block hash that the header states
    (`read_header`). Returns only after the last chunk has verified. Raise BindingMismatch when the
    bundle is for anything else, SealBroken when its key is sealed to another release key, the
    errors of an envelope, InvalidMessage when it holds more or fewer shares than the edition.
    """
    if expected.release_key != secret.public:
        raise InputError("the secret key is not that of the release key expected")
    stream = iter(pieces)
    start = bytearray()
    while len(start) < HEADER and (piece := next(stream, None)) is not None:
        start += piece
    bundle_key = _open_key(secret, expected, read_header(bytes(start)))
    decryptor = Decryptor(bundle_key, expected.binding())
    shares = decryptor.update(start[HEADER:])
    while len(shares) <= count * SHARE and (piece := next(stream, None)) is not None:
        shares += decryptor.update(piece)
    if len(shares) <= count * SHARE:
        shares += decryptor.finish()
    if len(shares) != count * SHARE:
        raise InvalidMessage(f"the bundle does not hold exactly {count} shares")
    return bytes(shares)


def _open_key(secret: SecretKey, expected: Bound, header: Header) -> ContentKey:
    if header.facts != expected.facts():
        raise BindingMismatch("the bundle is for another licence, edition, keeper or release key")
    message = open_sealed(secret, header.sealed_key)
    bound = _DOMAIN + expected.binding()
    if len(message) != len(bound) + 32 or not compare_digest(message[: len(bound)], bound):
        raise BindingMismatch("the bundle's key was sealed for another bundle")
    return ContentKey(message[len(bound) :])
