"""What the primitives refuse, and what they promise to everything above them."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.crypto import (
    SEAL_OVERHEAD,
    Aes256Gcm,
    ContentKey,
    SecretKey,
    WrapCost,
    blake2b_256,
    check_public_key,
    hkdf_expand_sha512,
    open_sealed,
    seal,
    unwrap_secret,
    wrap_secret,
)
from dao_backend.errors import ChunkCorrupt, InputError, LowOrderKey, SealBroken, WrongPassword

ALICE = SecretKey(bytes(range(32)))
BOB = SecretKey(bytes(range(1, 33)))
CHEAP = WrapCost(passes=1, memory_kib=64)
SALT, NONCE = bytes(range(16)), bytes(range(24))
P = 2**255 - 19
ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
LOW_ORDER = [
    point.to_bytes(32, "little") for point in (0, 1, P - 1, P, P + 1, *ORDER_8, 2**255, 2**255 + 1)
]
"""All points of order 1, 2, 4 and 8 (cr.yp.to/ecdh.html), some in non-canonical encodings."""


def aes_gcm() -> Aes256Gcm:
    """The cipher under a key of zeros."""
    return Aes256Gcm(bytes(32))


@pytest.mark.parametrize("key", LOW_ORDER)
def test_check_public_key__low_order__refused(key: bytes) -> None:
    """A key that would give everybody the same secret is refused in every encoding."""
    with pytest.raises(LowOrderKey):
        check_public_key(key)


@pytest.mark.parametrize("key", LOW_ORDER)
def test_seal__low_order_key__refused(key: bytes) -> None:
    """Nothing is ever sealed to a low-order key."""
    with pytest.raises(LowOrderKey):
        seal(key, b"secret")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_seal__key_of_wrong_length__refused(length: int) -> None:
    """A public key has 32 bytes."""
    with pytest.raises(InputError):
        seal(bytes(length), b"secret")
    with pytest.raises(InputError):
        check_public_key(bytes(length))


@pytest.mark.parametrize("length", [0, 31, 33])
@pytest.mark.parametrize("kind", [ContentKey, SecretKey])
def test_make_secret__wrong_length__refused(
    kind: type[ContentKey | SecretKey], length: int
) -> None:
    """A secret has 32 bytes."""
    with pytest.raises(InputError):
        kind(bytes(length))


def test_open_sealed__sealed_to_another__refused() -> None:
    """Only the key that a box was sealed to opens it."""
    with pytest.raises(SealBroken):
        open_sealed(BOB, seal(ALICE.public, b"secret"))


@pytest.mark.parametrize("length", [0, 1, SEAL_OVERHEAD - 1])
def test_open_sealed__too_short__refused(length: int) -> None:
    """A box shorter than its overhead opens to nothing."""
    with pytest.raises(SealBroken):
        open_sealed(ALICE, bytes(length))


@given(st.binary(max_size=200), st.data())
def test_open_sealed__one_bit_flipped__refused(message: bytes, data: st.DataObject) -> None:
    """A box changed in any one bit does not open."""
    box = bytearray(seal(ALICE.public, message))
    bit = data.draw(st.integers(0, len(box) * 8 - 1))
    box[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        open_sealed(ALICE, bytes(box))


def test_open_into__forged__wipes_what_was_decrypted() -> None:
    """No unauthenticated plaintext stays in the caller's buffer."""
    sealed = bytearray(21)
    aes_gcm().seal_into(bytes(12), b"plain", memoryview(sealed))
    sealed[-1] ^= 1
    out = bytearray(b"\xaa" * 5)
    with pytest.raises(ChunkCorrupt):
        aes_gcm().open_into(bytes(12), sealed, memoryview(out))
    assert out == bytes(5)


def test_unwrap_secret__wrong_passphrase__refused() -> None:
    """A wrong passphrase is told apart from a damaged file."""
    with pytest.raises(WrongPassword):
        unwrap_secret(b"wrong", wrap_secret(b"right", bytes(32), SALT, NONCE, CHEAP))


def test_wrap_secret__empty_passphrase__refused() -> None:
    """Nothing is wrapped under nothing."""
    with pytest.raises(InputError):
        wrap_secret(b"", bytes(32), SALT, NONCE, CHEAP)


def test_unwrap_secret__version_unknown__refused() -> None:
    """A later format is not guessed at."""
    wrapped = wrap_secret(b"right", bytes(32), SALT, NONCE, CHEAP)
    with pytest.raises(SealBroken, match="version 2"):
        unwrap_secret(b"right", b"\x02" + wrapped[1:])


@pytest.mark.parametrize("length", [0, 8, 49, 64])
def test_unwrap_secret__cut_off__refused(length: int) -> None:
    """A wrapped secret that lacks its tag is malformed, whatever the passphrase."""
    wrapped = wrap_secret(b"right", b"", SALT, NONCE, CHEAP)
    assert len(wrapped) == 65
    with pytest.raises(SealBroken):
        unwrap_secret(b"right", wrapped[:length])


@pytest.mark.parametrize("cost", [(0, 64), (17, 64), (1, 7), (1, 1024 * 1024 + 1)])
def test_unwrap_secret__cost_out_of_bounds__refused(cost: tuple[int, int]) -> None:
    """A file cannot make its reader spend unbounded time or memory."""
    wrapped = wrap_secret(b"right", bytes(32), SALT, NONCE, CHEAP)
    head = cost[0].to_bytes(4, "big") + cost[1].to_bytes(4, "big")
    with pytest.raises(SealBroken, match="out of bounds"):
        unwrap_secret(b"right", wrapped[:1] + head + wrapped[9:])


@given(st.integers(9, 9 + 16 + 24 + 16 + 32 - 1), st.integers(0, 7))
def test_unwrap_secret__one_bit_flipped__refused(at: int, bit: int) -> None:
    """Salt, nonce and box are all authenticated."""
    wrapped = bytearray(wrap_secret(b"right", bytes(32), SALT, NONCE, CHEAP))
    wrapped[at] ^= 1 << bit
    with pytest.raises(WrongPassword):
        unwrap_secret(b"right", bytes(wrapped))


@pytest.mark.parametrize("secret", [ContentKey(b"canary-canary-canary-canary-!!!!"), ALICE])
def test_repr__of_a_secret__hides_it(secret: ContentKey | SecretKey) -> None:
    """Neither repr, str nor formatting shows a secret in text, bytes or hexadecimal."""
    shown = f"{secret!r} {secret} {[secret]}"
    assert shown.count("(hidden)") == 3
    assert "canary" not in shown
    assert secret.raw.hex() not in shown


def test_compare__secrets_of_two_kinds__differ() -> None:
    """Secrets are equal only to the same bytes of the same kind."""
    assert ContentKey(ALICE.raw) == ContentKey(ALICE.raw)
    assert ContentKey(ALICE.raw) != ContentKey(BOB.raw)
    assert ContentKey(ALICE.raw) != ALICE


def test_make_secret_key__rfc_7748__gives_its_public_key() -> None:
    """Public keys are X25519 as in RFC 7748, section 6.1."""
    secret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
    public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert SecretKey(bytes.fromhex(secret)).public.hex() == public


def test_seal__twice__differs_and_opens() -> None:
    """Two boxes of one message are unlike, 48 bytes longer, and both open."""
    one, two = seal(ALICE.public, b"secret"), seal(ALICE.public, b"secret")
    assert one != two
    assert len(one) == len(b"secret") + SEAL_OVERHEAD
    assert open_sealed(ALICE, one) == open_sealed(ALICE, two) == b"secret"


def test_check_public_key__honest_key__accepted() -> None:
    """A key made from random bytes passes."""
    check_public_key(ALICE.public)


def test_wrap_secret__default_cost__is_written_into_the_result() -> None:
    """The wrapped form names its version and cost: 3 passes over 256 MiB unless told otherwise."""
    wrapped = wrap_secret(b"passphrase", ALICE.raw, SALT, NONCE)
    assert wrapped[:9].hex() == "01" + "00000003" + "00040000"
    assert unwrap_secret(b"passphrase", wrapped) == ALICE.raw


def test_hkdf_expand__against_the_definition__agrees() -> None:
    """HKDF-Expand is T(1) ‖ T(2) … with T(i) = HMAC(prk, T(i−1) ‖ info ‖ i), RFC 5869."""
    prk, info = bytes(range(32)), b"info"
    first = hmac.digest(prk, info + b"\x01", hashlib.sha512)
    second = hmac.digest(prk, first + info + b"\x02", hashlib.sha512)
    assert hkdf_expand_sha512(prk, info, 76) == (first + second)[:76]


def test_blake2b__known_answer__agrees() -> None:
    """BLAKE2b with a 32-byte digest, as libsodium's crypto_generichash computes it."""
    expected = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
    assert blake2b_256(b"abc").hex() == expected


@given(st.binary(max_size=300))
def test_seal__any_message__opens_to_it(message: bytes) -> None:
    """What is sealed to a key opens with it."""
    assert open_sealed(ALICE, seal(ALICE.public, message)) == message


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=50))
def test_wrap_secret__any_secret__unwraps_to_it(secret: bytes, passphrase: bytes) -> None:
    """What is wrapped under a passphrase comes back with it."""
    wrapped = wrap_secret(passphrase, secret, SALT, NONCE, CHEAP)
    assert unwrap_secret(passphrase, wrapped) == secret
