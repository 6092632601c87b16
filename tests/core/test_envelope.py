"""What an envelope withstands, and that streaming, whole and random access agree."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.crypto import TAG, ContentKey, blake2b_256
from dao_backend.core.envelope import (
    CHUNK,
    HEADER,
    SEALED,
    Decryptor,
    Encryptor,
    context,
    header_commitment,
    open_message,
    seal_message,
)
from dao_backend.core.model import address
from dao_backend.core.random_access import Layout, RandomAccess
from dao_backend.errors import ChunkCorrupt, CommitmentMismatch, InputError, TruncatedEnvelope

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "chunked-encryption.json").read_text()
)["vectors"]
KEY, OTHER_KEY = ContentKey(b"k" * 32), ContentKey(b"o" * 32)
SALT, CONTEXT = b"s" * 24, b"c" * 32
REGISTRY = address("0x5FbDB2315678afecb367f032d93F642f64180aa3")
SIZES = st.sampled_from([0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])


def message_of(length: int) -> bytes:
    """The byte sequence that the vectors use: no two chunks are alike."""
    return bytes((7 * i + 13 * (i >> 8) + 29 * (i >> 16)) % 256 for i in range(length))


MESSAGE = message_of(3 * CHUNK + 100)
ENVELOPE = seal_message(KEY, SALT, CONTEXT, MESSAGE)


def chunks_of(envelope: bytes) -> list[bytes]:
    """The encrypted chunks, in order."""
    return [envelope[at : at + SEALED] for at in range(HEADER, len(envelope), SEALED)]


def random_access(envelope: bytes, key: ContentKey = KEY) -> RandomAccess:
    """Random access to an envelope that lies in memory."""
    last = Layout(len(envelope)).last_range
    header = envelope[:HEADER]
    return RandomAccess(key, CONTEXT, len(envelope), header, envelope[last.start : last.stop])


@pytest.mark.parametrize("chunks", range(4))
def test_open__cut_at_a_chunk__truncated(chunks: int) -> None:
    """An envelope that ends with a full chunk, or with none, was cut off."""
    with pytest.raises(TruncatedEnvelope):
        open_message(KEY, CONTEXT, ENVELOPE[: HEADER + chunks * SEALED])
    with pytest.raises(TruncatedEnvelope):
        Layout(HEADER + chunks * SEALED)


@pytest.mark.parametrize("length", [0, 1, 24, 55, 56, 57, 71])
def test_open__empty_or_cut_in_the_header__truncated(length: int) -> None:
    """No bytes, half a header, or a header without a last chunk is no envelope."""
    envelope = seal_message(KEY, SALT, CONTEXT, b"")
    with pytest.raises(TruncatedEnvelope):
        open_message(KEY, CONTEXT, envelope[:length])
    with pytest.raises(TruncatedEnvelope):
        Layout(length)


@given(st.integers(HEADER, len(ENVELOPE) - 1))
def test_open__cut_anywhere__refused(length: int) -> None:
    """Every proper prefix of an envelope is refused."""
    with pytest.raises((TruncatedEnvelope, ChunkCorrupt)):
        open_message(KEY, CONTEXT, ENVELOPE[:length])
    with pytest.raises((TruncatedEnvelope, ChunkCorrupt)):
        random_access(ENVELOPE[:length])


@given(st.binary(min_size=1, max_size=40))
def test_open__extended__refused(more: bytes) -> None:
    """Bytes after the last chunk are refused."""
    with pytest.raises(ChunkCorrupt):
        open_message(KEY, CONTEXT, ENVELOPE + more)


def test_open__another_chunk_appended__refused() -> None:
    """A further genuine chunk after the last is refused, even where the cut falls on a chunk."""
    full = seal_message(KEY, SALT, CONTEXT, MESSAGE[: 2 * CHUNK])
    with pytest.raises(ChunkCorrupt):
        open_message(KEY, CONTEXT, full + chunks_of(full)[0])


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 1, 3], [0, 0, 2, 3], [0, 1, 1, 2, 3]])
def test_open__chunks_reordered_or_repeated__refused(order: list[int]) -> None:
    """A chunk opens in its own place only."""
    chunks = chunks_of(ENVELOPE)
    with pytest.raises(ChunkCorrupt):
        open_message(KEY, CONTEXT, ENVELOPE[:HEADER] + b"".join(chunks[k] for k in order))


@pytest.mark.parametrize("dropped", [0, 1, 2])
def test_open__chunk_dropped__refused(dropped: int) -> None:
    """A gap is noticed at the chunk that follows it."""
    chunks = chunks_of(ENVELOPE)
    del chunks[dropped]
    with pytest.raises(ChunkCorrupt, match=f"chunk {dropped} "):
        open_message(KEY, CONTEXT, ENVELOPE[:HEADER] + b"".join(chunks))


@given(st.integers(0, len(ENVELOPE) * 8 - 1))
def test_open__one_bit_flipped__refused(bit: int) -> None:
    """One bit flipped anywhere is noticed: in the header by the commitment, later by the tag."""
    changed = bytearray(ENVELOPE)
    changed[bit // 8] ^= 1 << bit % 8
    error = CommitmentMismatch if bit // 8 < HEADER else ChunkCorrupt
    with pytest.raises(error):
        open_message(KEY, CONTEXT, changed)


def test_open__header_of_another_envelope__refused() -> None:
    """Under one key, a header opens only the chunks that were made with it."""
    other = seal_message(KEY, b"t" * 24, CONTEXT, MESSAGE)
    with pytest.raises(ChunkCorrupt, match="chunk 0 "):
        open_message(KEY, CONTEXT, other[:HEADER] + ENVELOPE[HEADER:])


def test_open__wrong_context__refused_before_any_chunk() -> None:
    """An envelope moved to another contribution does not even begin to open."""
    with pytest.raises(CommitmentMismatch):
        Decryptor(KEY, b"d" * 32).update(ENVELOPE[:HEADER])


def test_open__wrong_key__refused_before_any_chunk() -> None:
    """Another key is noticed by the commitment, without looking at a chunk."""
    with pytest.raises(CommitmentMismatch):
        Decryptor(OTHER_KEY, CONTEXT).update(ENVELOPE[:HEADER])
    with pytest.raises(CommitmentMismatch):
        random_access(ENVELOPE, OTHER_KEY)


def test_open__other_bytes_under_the_same_commitment__refused() -> None:
    """Random bytes after a genuine header are no envelope."""
    with pytest.raises(ChunkCorrupt):
        open_message(KEY, CONTEXT, ENVELOPE[:HEADER] + bytes(1000))


def test_commitment__two_messages_under_one_key_and_salt__is_the_same() -> None:
    """The commitment binds key, salt and context, not the bytes: the CID has to do that."""
    other = seal_message(KEY, SALT, CONTEXT, b"something else")
    assert other[:HEADER] == ENVELOPE[:HEADER]
    assert open_message(KEY, CONTEXT, other) != MESSAGE


def test_update__after_an_error__refused() -> None:
    """A decryptor that met a bad chunk gives nothing more."""
    decryptor = Decryptor(KEY, CONTEXT)
    with pytest.raises(ChunkCorrupt):
        decryptor.update(ENVELOPE[:HEADER] + bytes(SEALED))
    with pytest.raises(RuntimeError):
        decryptor.update(ENVELOPE[HEADER:])
    with pytest.raises(RuntimeError):
        decryptor.finish()


def test_update__after_finish__refused() -> None:
    """No second message is ever encrypted under one key and salt."""
    encryptor = Encryptor(KEY, SALT, CONTEXT)
    encryptor.finish()
    with pytest.raises(RuntimeError):
        encryptor.update(b"more")
    with pytest.raises(RuntimeError):
        encryptor.finish()


@pytest.mark.parametrize("length", [0, 23, 25])
def test_encrypt__salt_of_wrong_length__refused(length: int) -> None:
    """A salt has 24 bytes."""
    with pytest.raises(InputError):
        Encryptor(KEY, bytes(length), CONTEXT)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_context__contribution_id_of_wrong_length__refused(length: int) -> None:
    """A contribution id has 32 bytes."""
    with pytest.raises(InputError):
        context(1, REGISTRY, bytes(length))


def test_open_range__too_few_bytes__refused() -> None:
    """Random access notices a source that returns less than it was asked for."""
    access = random_access(ENVELOPE)
    wanted = access.layout.chunk_range(0, 10)
    with pytest.raises(TruncatedEnvelope):
        access.open_range(0, 10, ENVELOPE[wanted.start : wanted.stop - 1])


def test_open_range__bytes_of_another_chunk__refused() -> None:
    """Random access notices a source that returns another part of the envelope."""
    access = random_access(ENVELOPE)
    wanted = access.layout.chunk_range(CHUNK, 10)
    with pytest.raises(ChunkCorrupt):
        access.open_range(0, 10, ENVELOPE[wanted.start : wanted.stop])


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, -1)])
def test_chunk_range__negative__refused(offset: int, length: int) -> None:
    """Positions count from the start."""
    with pytest.raises(InputError):
        Layout(len(ENVELOPE)).chunk_range(offset, length)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["message_length"]))
def test_seal__shared_vectors__gives_their_ciphertext(vector: dict[str, object]) -> None:
    """An independent implementation on WebCrypto makes and opens the very same bytes."""
    key = ContentKey(bytes.fromhex(str(vector["key"])))
    salt, bound = (bytes.fromhex(str(vector[name])) for name in ("salt", "context"))
    message = message_of(int(str(vector["message_length"])))
    envelope = seal_message(key, salt, bound, message)
    assert len(envelope) == vector["ciphertext_length"]
    assert hashlib.sha256(envelope).hexdigest() == vector["ciphertext_sha256"]
    assert header_commitment(envelope).hex() == vector["commitment"]
    assert open_message(key, bound, envelope) == message


def test_context__of_a_contribution__is_the_hash_of_its_place() -> None:
    """Chain, registry and contribution id are all inside, in their stated widths."""
    place = (31337).to_bytes(32, "big") + bytes.fromhex(REGISTRY[2:]) + b"i" * 32
    assert context(31337, REGISTRY, b"i" * 32) == blake2b_256(b"ddao/envelope/1" + place)


def test_commitment__of_the_encryptor__is_the_one_in_the_header() -> None:
    """What the record publishes is known before a byte is encrypted."""
    assert Encryptor(KEY, SALT, CONTEXT).commitment == header_commitment(ENVELOPE[:HEADER])


def test_update__byte_by_byte_at_a_chunk_border__gives_the_same_envelope() -> None:
    """The size of steps never shows in the result."""
    encryptor, decryptor = Encryptor(KEY, SALT, CONTEXT), Decryptor(KEY, CONTEXT)
    message = MESSAGE[: CHUNK + 3]
    envelope = b"".join(encryptor.update(bytes((octet,))) for octet in message)
    envelope += encryptor.finish()
    assert envelope == seal_message(KEY, SALT, CONTEXT, message)
    opened = b"".join(decryptor.update(bytes((octet,))) for octet in envelope)
    assert opened + decryptor.finish() == message


@given(SIZES, st.lists(st.integers(0, 3 * CHUNK), max_size=6))
def test_stream__any_size_in_any_steps__round_trips(size: int, cuts: list[int]) -> None:
    """A stream of unknown size comes back, whatever steps it was written and read in."""
    edges = sorted({0, size, *(cut for cut in cuts if cut < size)})
    encryptor, decryptor = Encryptor(KEY, SALT, CONTEXT), Decryptor(KEY, CONTEXT)
    steps = [MESSAGE[a:b] for a, b in pairwise(edges)]
    envelope = [*(encryptor.update(step) for step in steps), encryptor.finish()]
    assert len(b"".join(envelope)) == HEADER + size + (size // CHUNK + 1) * TAG
    assert b"".join(map(decryptor.update, envelope)) + decryptor.finish() == MESSAGE[:size]


@given(SIZES, st.integers(0, 4 * CHUNK), st.integers(0, 4 * CHUNK))
def test_open_range__any_span__equals_the_slice(size: int, offset: int, length: int) -> None:
    """Random access gives what a slice of the message gives, from the chunks it names alone."""
    envelope = seal_message(KEY, SALT, CONTEXT, MESSAGE[:size])
    access = random_access(envelope)
    wanted = access.layout.chunk_range(offset, length)
    assert access.layout.message_length == size
    opened = access.open_range(offset, length, envelope[wanted.start : wanted.stop])
    assert opened == MESSAGE[:size][offset : offset + length]
