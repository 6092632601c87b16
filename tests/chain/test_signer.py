"""Keys in keystore files, and what they sign."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.chain.signer import (
    LocalSigner,
    create_keystore,
    keystore_address,
    open_keystore,
    require_fast_signatures,
)
from dao_backend.core.model import Domain, Vote
from dao_backend.core.typed import Ballot, digest, recover_signer
from dao_backend.errors import InputError, SetupError, UnreadablePath, WrongPassword
from tests.support.core_actors import CHAIN, account, seed, wallet

KEY = seed("account", 1)
CHEAP = 2
"""Rounds of scrypt in tests."""


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    """A keystore of wallet 1 with the password `correct horse`."""
    path = tmp_path / "wallet.json"
    create_keystore(path, "correct horse", KEY, CHEAP)
    return path


def test_open_keystore__wrong_password__is_refused(keystore: Path) -> None:
    """Another password does not open it, and the refusal does not repeat the password."""
    with pytest.raises(WrongPassword) as refused:
        open_keystore(keystore, "wrong horse")
    assert "wrong horse" not in str(refused.value)


def test_open_keystore__missing_file__is_refused(tmp_path: Path) -> None:
    """A file that is not there is told by its path."""
    with pytest.raises(UnreadablePath, match=r"absent\.json"):
        open_keystore(tmp_path / "absent.json", "x")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"version": 3}',
        b'{"version": 9, "crypto": {}}',
        b"\xff\xfe",
    ],
)
def test_open_keystore__not_a_keystore__is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever else the file holds is an input error, never a stack trace."""
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        open_keystore(path, "x")


def test_create_keystore__file_exists__changes_nothing(keystore: Path) -> None:
    """A keystore is never overwritten."""
    before = keystore.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        create_keystore(keystore, "other", seed("account", 2), CHEAP)
    assert keystore.read_bytes() == before


def test_create_keystore__folder_missing__is_refused(tmp_path: Path) -> None:
    """A folder that cannot be written to is named."""
    with pytest.raises(UnreadablePath):
        create_keystore(tmp_path / "absent" / "wallet.json", "x", KEY, CHEAP)


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, b"short"])
def test_local_signer__no_private_key__is_refused_without_showing_it(key: bytes) -> None:
    """Bytes outside the curve's order are refused, and the error does not contain them."""
    with pytest.raises(InputError) as refused:
        LocalSigner(key)
    assert key.hex() not in str(refused.value)


def test_require_fast_signatures__pure_python_backend__is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without coincurve the service does not start, since sign-ins could stall it."""
    monkeypatch.setenv("ECC_BACKEND_CLASS", "eth_keys.backends.NativeECCBackend")
    with pytest.raises(SetupError, match="coincurve"):
        require_fast_signatures()


def test_require_fast_signatures__installed_environment__passes() -> None:
    """The project's own environment has the fast backend."""
    assert require_fast_signatures() is None


def test_create_keystore__new_file__opens_and_is_private(keystore: Path) -> None:
    """What was written opens again, only its owner may read it, and nothing else is left behind."""
    assert open_keystore(keystore, "correct horse").address == wallet(1)
    assert keystore_address(keystore) == wallet(1)
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600
    assert list(keystore.parent.iterdir()) == [keystore]
    assert KEY.hex() not in keystore.read_text(encoding="utf-8")


def test_open_keystore__made_by_another_tool__opens(tmp_path: Path) -> None:
    """A keystore with PBKDF2, as other wallets write it, opens too."""
    path = tmp_path / "other.json"
    made = Account.encrypt(KEY, "pw", kdf="pbkdf2", iterations=2)
    path.write_text(json.dumps(made), encoding="utf-8")
    assert open_keystore(path, "pw").address == wallet(1)


def test_local_signer__shown__hides_the_key() -> None:
    """Logs and tracebacks show the address alone."""
    signer = LocalSigner(KEY)
    assert repr(signer) == f"LocalSigner({wallet(1)})"
    assert KEY.hex() not in f"{signer!r} {signer} {vars(type(signer))}"


@given(number=st.integers(0, 2**256 - 1), support=st.sampled_from(Vote))
def test_sign_digest__any_ballot__recovers_to_the_signer(number: int, support: Vote) -> None:
    """What a signer signs is accepted as its own: 65 bytes, low s, v 27 or 28."""
    domain = Domain("DataGovernor", CHAIN, wallet(500))
    ballot = Ballot(number, support, wallet(1))
    signature = LocalSigner(KEY).sign_digest(digest(domain, ballot))
    assert recover_signer(domain, ballot, signature) == wallet(1)


def test_sign_transaction__dynamic_fees__recovers_to_the_signer() -> None:
    """A signed transaction names its sender."""
    fields: dict[str, object] = {
        "type": 2,
        "chainId": CHAIN,
        "nonce": 3,
        "gas": 21_000,
        "maxFeePerGas": 10,
        "maxPriorityFeePerGas": 1,
        "to": wallet(2),
        "value": 5,
        "data": b"",
    }
    raw = LocalSigner(KEY).sign_transaction(fields)
    assert Account.recover_transaction(raw) == account(1).address
