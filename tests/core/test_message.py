"""What a message's reader refuses, and that padding hides sizes without losing a byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.message import (
    LENGTH,
    MAX_METADATA,
    Frame,
    MessageReader,
    Metadata,
    frame,
    locate,
    message_length,
    opening,
    padme,
)
from dao_backend.errors import InputError, InvalidMessage

PHOTO = Metadata("image/png", "café.png", {"taken": "2024"})
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = TEXT.filter(lambda name: name not in ("", ".", "..") and not set(name) & set("/\\\0"))


def message_of(data: bytes, metadata: Metadata = PHOTO) -> bytearray:
    """The whole message around `data`."""
    return bytearray(b"".join(bytes(piece) for piece in frame(metadata, [data])))


def read(message: bytes | bytearray, step: int = 1 << 20) -> tuple[Frame, bytes]:
    """Read in steps of `step` bytes: what was found, and the data."""
    reader, body = MessageReader(), bytearray()
    for at in range(0, len(message), step):
        body += reader.update(message[at : at + step])
    found = reader.finish()
    return found, bytes(body[: found.length])


def test_read__padding_not_zero__refused() -> None:
    """Nothing hides in the padding: each of its bytes must be zero."""
    message = message_of(bytes(1000))
    start = len(opening(PHOTO)) + 1000
    padding = range(start, len(message) - LENGTH)
    assert len(padding) > 2
    for at in padding:
        changed = bytearray(message)
        changed[at] = 1
        for step in (1, 7, len(message)):
            with pytest.raises(InvalidMessage, match="padding"):
                read(changed, step)


def test_read__length_one_too_small__refused() -> None:
    """A data length that leaves data in the padding is refused."""
    message = message_of(b"\x01" * 8000)
    message[-LENGTH:] = (7999).to_bytes(LENGTH, "big")
    with pytest.raises(InvalidMessage, match="padding"):
        read(message)


@pytest.mark.parametrize("length", [0, 4000, 8500, 10**6, 2**64 - 1])
def test_read__length_that_does_not_fit__refused(length: int) -> None:
    """A data length that gives another padded size, or lies outside, is refused."""
    message = message_of(b"\x01" * 8000)
    message[-LENGTH:] = length.to_bytes(LENGTH, "big")
    with pytest.raises(InvalidMessage):
        read(message)
    with pytest.raises(InvalidMessage):
        locate(bytes(message), bytes(message[-LENGTH:]), len(message))


def test_read__not_of_padme_size__refused() -> None:
    """Zeros left out or added change the size, which is refused."""
    message = message_of(bytes(1000))
    for changed in (message[:-9] + message[-8:], message[:-8] + b"\0" + message[-8:]):
        with pytest.raises(InvalidMessage):
            read(changed)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_read__version_unknown__refused_at_the_first_byte(version: int) -> None:
    """A later format is not guessed at."""
    with pytest.raises(InvalidMessage, match=f"version {version}"):
        MessageReader().update(bytes((version,)))


def test_read__metadata_too_long__refused_before_it_is_buffered() -> None:
    """A claimed length above 16,000 bytes is refused as soon as it is read."""
    with pytest.raises(InvalidMessage, match="16001"):
        MessageReader().update(b"\x01" + (MAX_METADATA + 1).to_bytes(4, "big"))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"{}",
        b'{"mediaType":"a"}',
        b'{"mediaType":1,"name":"a"}',
        b'{"mediaType":"a","name":null}',
        b'{"mediaType":"a","name":"a","extra":[]}',
        b'{"mediaType":"a","name":"a","extra":{"b":1}}',
        b'{"mediaType":"a","name":"../a"}',
        b'{"mediaType":"a","name":"\\ud800"}',
        b"[" * 16_000,
        b'{"a":' * 3000,
    ],
)
def test_read__metadata_that_is_none__refused(encoded: bytes) -> None:
    """Metadata is a JSON object with a media type and a safe name."""
    start = b"\x01" + len(encoded).to_bytes(4, "big") + encoded
    with pytest.raises(InvalidMessage):
        MessageReader().update(start + bytes(100))


@given(st.data())
def test_read__cut_anywhere__refused(data: st.DataObject) -> None:
    """Every proper prefix of a message is refused."""
    message = message_of(b"\x07" * 500)
    length = data.draw(st.integers(0, len(message) - 1))
    with pytest.raises(InvalidMessage):
        read(message[:length])


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "a\0", "\udc80"])
def test_make_metadata__unsafe_name__refused(name: str) -> None:
    """A name is one path component of Unicode text, so that a reader may join it to a folder."""
    with pytest.raises(InputError):
        Metadata("text/plain", name)


def test_make_metadata__above_16000_bytes__refused() -> None:
    """What would not fit an envelope's first chunk cannot be made."""
    Metadata("text/plain", "a", {"note": "x" * 15_900})
    with pytest.raises(InputError, match="16000"):
        Metadata("text/plain", "a", {"note": "x" * 16_000})


def test_locate__first_bytes_without_the_metadata__refused() -> None:
    """Random access needs the whole metadata."""
    message = message_of(b"data")
    with pytest.raises(InvalidMessage):
        locate(bytes(message[:10]), bytes(message[-8:]), len(message))


def test_read__fields_unknown__ignored() -> None:
    """A later writer may add fields."""
    later = json.dumps({"mediaType": "a", "name": "b", "later": [1]}).encode()
    assert Metadata.from_json(later) == Metadata("a", "b")


def test_frame__known_message__has_the_documented_bytes() -> None:
    """The layout is the one in docs/formats.md, byte for byte."""
    metadata = b'{"extra":{},"mediaType":"text/plain","name":"a"}'
    message = message_of(b"hello", Metadata("text/plain", "a"))
    head = b"\x01\x00\x00\x00\x30" + metadata
    assert message == head + b"hello" + bytes(72 - 53 - 5 - 8) + (5).to_bytes(8, "big")


def test_reader__first_bytes__tells_metadata_before_data() -> None:
    """Metadata is known before the data comes."""
    reader = MessageReader()
    start = opening(PHOTO)
    assert not reader.update(start[:-1])
    assert reader.metadata is None
    assert bytes(reader.update(start[-1:] + b"ab")) == b"ab"
    assert reader.metadata == PHOTO


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 0),
        (1, 1),
        (9, 10),
        (100, 104),
        (1000, 1024),
        (10**6, 1015808),
        (2**30 + 1, 2**30 + 2**25),
    ],
)
def test_padme__known_sizes__agree(length: int, padded: int) -> None:
    """Sizes are rounded as in the paper: floor(log2(log2 L)) + 1 significant bits stay."""
    assert padme(length) == padded


def test_frame__large_padding__comes_in_bounded_pieces() -> None:
    """Padding of many MiB is never one piece in memory."""
    pieces = list(frame(PHOTO, [memoryview(bytearray(2**27))]))
    assert len(pieces) > 4
    assert max(len(piece) for piece in pieces[2:]) == 2**20
    assert sum(map(len, pieces)) == padme(2**27 + 100)


def test_read__padding_in_pieces_of_many_mib__accepted() -> None:
    """However large its pieces are, zero padding is recognised as such."""
    start, length = opening(PHOTO), 2**27
    padding = message_length(len(start), length) - len(start) - length - LENGTH
    reader = MessageReader()
    for piece in (start, bytes(length), *[bytes(padding // 2)] * 2, bytes(padding % 2)):
        reader.update(piece)
    reader.update(length.to_bytes(LENGTH, "big"))
    assert padding > 2**21
    assert reader.finish().length == length


@given(st.integers(0, 2**60))
def test_padme__any_size__costs_at_most_12_percent(length: int) -> None:
    """Padding is never negative, never above 12 %, and stable."""
    padded = padme(length)
    assert length <= padded <= length * 1.12
    assert padme(padded) == padded


@given(TEXT, NAMES, st.dictionaries(TEXT, TEXT, max_size=4))
def test_metadata__any__round_trips(media_type: str, name: str, extra: dict[str, str]) -> None:
    """Metadata comes back as it was given."""
    metadata = Metadata(media_type, name, extra)
    assert Metadata.from_json(metadata.to_json()) == metadata


@given(st.binary(max_size=600), st.integers(0, 40), st.integers(1, 700))
def test_read__any_data_in_any_steps__round_trips(data: bytes, zeros: int, step: int) -> None:
    """Data comes back whole, also when it ends in zeros of its own."""
    data += bytes(zeros)
    message = message_of(data)
    found, read_back = read(message, step)
    assert read_back == data
    assert found == locate(bytes(message), bytes(message[-LENGTH:]), len(message))
    assert found == Frame(PHOTO, len(opening(PHOTO)), len(data))
