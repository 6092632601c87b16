"""Encrypting and decrypting from file to file, against copying the same file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import STEP, Decryptor, Encryptor

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # no secret lies there: the disk is not measured
ROUNDS = 3
_KEY, _SALT, _CONTEXT = ContentKey(bytes(32)), bytes(24), bytes(32)

Pass = Callable[[BinaryIO, BinaryIO], None]


def length_for(size: int) -> int:
    """Bytes: 1 GiB for a million contributions, 256 MiB for fewer, little for a trial."""
    if size < 10_000:
        return 16 * 2**20
    return 2**30 if size >= 1_000_000 else 2**28


def copy(source: Path, target: Path) -> None:
    """1 MiB at a time."""
    with source.open("rb") as reading, target.open("wb") as writing:
        _copied(reading, writing)


def encrypt_ratio(work: Path, length: int) -> float:
    """Speed of encryption as a share of the speed of a copy."""
    plain = _filled(work, length)
    return _fastest(_copied, plain) / _fastest(_encrypted, plain)


def decrypt_ratio(work: Path, length: int) -> float:
    """Speed of decryption as a share of the speed of a copy."""
    plain = _filled(work, length)
    envelope = plain.with_name("envelope")
    _run(_encrypted, plain, envelope)
    plain.unlink()
    return _fastest(_copied, envelope) / _fastest(_decrypted, envelope)


def _filled(work: Path, length: int) -> Path:
    plain = work / "plain"
    with plain.open("wb") as file:
        for _ in range(0, length, STEP):
            file.write(os.urandom(STEP))
    return plain


def _fastest(work: Pass, source: Path) -> float:
    """Seconds."""
    target = source.with_name("target")
    found = min(_run(work, source, target) for _ in range(ROUNDS))
    target.unlink()
    return found


def _run(work: Pass, source: Path, target: Path) -> float:
    with source.open("rb", buffering=0) as reading, target.open("wb", buffering=0) as writing:
        begun = time.perf_counter()
        work(reading, writing)  # type: ignore[arg-type]  # raw files read and write alike
        return time.perf_counter() - begun


def _copied(reading: BinaryIO, writing: BinaryIO) -> None:
    room = memoryview(bytearray(STEP))
    while count := reading.readinto(room):  # type: ignore[attr-defined]  # BinaryIO leaves it out
        writing.write(room[:count])


def _encrypted(reading: BinaryIO, writing: BinaryIO) -> None:
    encryptor = Encryptor(_KEY, _SALT, _CONTEXT)
    room = memoryview(bytearray(STEP))
    out = memoryview(bytearray(encryptor.room(STEP) + 2 * STEP // 1024))
    while count := reading.readinto(room):  # type: ignore[attr-defined]  # BinaryIO leaves it out
        writing.write(out[: encryptor.update_into(room[:count], out)])
    writing.write(encryptor.finish())


def _decrypted(reading: BinaryIO, writing: BinaryIO) -> None:
    decryptor = Decryptor(_KEY, _CONTEXT)
    room = memoryview(bytearray(STEP))
    out = memoryview(bytearray(2 * STEP))
    while count := reading.readinto(room):  # type: ignore[attr-defined]  # BinaryIO leaves it out
        writing.write(out[: decryptor.update_into(room[:count], out)])
    writing.write(decryptor.finish())
