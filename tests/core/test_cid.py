"""Content identifiers: one text for one digest, and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.cid import Cid, Codec, codec_for, read_varint, varint
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.errors import InputError

EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "../../etc/passwd",
        EMPTY.upper(),
        EMPTY[:-1],
        EMPTY + "a",
        EMPTY + "=",
        EMPTY[:-1] + "v",  # the unused bits at the end are not zero
        "z" + EMPTY[1:],
        "QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX",  # version 0
        "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua",  # dag-cbor
        "bafkrgqhhyivzstcz3hhswshfjgy6ertgmnqeleynhwt4dlfsthi4hn7zgh4uvlsb5xncykzapi3ocd4lzogukir6ksdy6wzrnz6ohnv4aglcs",
    ],
)
def test_parse__not_the_text_of_a_blob__refused(text: str) -> None:
    """Other codecs, hashes, versions and spellings are refused."""
    with pytest.raises(InputError):
        Cid(text)


def test_make__digest_of_another_length__refused() -> None:
    """A digest has 32 bytes."""
    with pytest.raises(InputError, match="31 bytes"):
        Cid.make(Codec.RAW, bytes(31))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9])
def test_read_varint__cut_off__refused(data: bytes) -> None:
    """A number without its last byte is no number."""
    with pytest.raises((IndexError, ValueError)):
        read_varint(data, 0)


def test_of__length_up_to_one_chunk__raw_and_dag_pb_above() -> None:
    """The codec follows from the length: 1 MiB is still one block."""
    assert codec_for(0) == codec_for(ROOT_CHUNK) == Codec.RAW
    assert codec_for(ROOT_CHUNK + 1) == Codec.DAG_PB


@given(st.binary(min_size=32, max_size=32), st.sampled_from(Codec))
def test_make__any_digest__is_read_back(digest: bytes, codec: Codec) -> None:
    """Text and digest are two spellings of one thing."""
    cid = Cid.make(codec, digest)
    assert (Cid(str(cid)).digest, Cid(cid).codec, len(cid)) == (digest, codec, 59)


@given(st.integers(0, 2**63 - 1), st.binary(max_size=3))
def test_varint__any_number__is_read_back(number: int, behind: bytes) -> None:
    """A varint ends where it says, whatever follows."""
    written = varint(number)
    assert read_varint(written + behind, 0) == (number, len(written))
