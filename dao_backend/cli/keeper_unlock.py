"""What opens a keeper's keystore, from options or asked for: passphrase, key file, or both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.session import Session
from dao_backend.errors import InputError

if TYPE_CHECKING:
    from dao_backend.custody.keystore import Unlock, UnlockedBy

Data = Annotated[Path, typer.Option(help="The keeper's data folder.")]
KeyFile = Annotated[
    Path | None, typer.Option(help="File with the random bytes that the keys are wrapped under.")
]


def new_unlock(session: Session, key_file: Path | None, *, with_passphrase: bool) -> Unlock:
    """For a new keystore: the key file is made where it is missing, a passphrase asked for twice.

    A key file alone suffices, unless a passphrase was asked for or its file is named.
    """
    import secrets

    from dao_backend.custody.keystore import Unlock
    from dao_backend.wiring.keeper_files import make_key_file

    wanted = with_passphrase or key_file is None or session.choices.password_file is not None
    passphrase = session.password("Passphrase for the keys: ", twice=True) if wanted else ""
    key = b"" if key_file is None else make_key_file(key_file, secrets.token_bytes)
    return Unlock(passphrase.encode(), key)


def known_unlock(session: Session, keys: Path, key_file: Path | None) -> Unlock:
    """For a keystore there is: nothing is asked for that it does not need."""
    from dao_backend.custody.keystore import Unlock, UnlockedBy, unlocked_by
    from dao_backend.custody.secrets import read_file

    needed: UnlockedBy = unlocked_by(keys)
    by_key = needed in (UnlockedBy.KEY_FILE, UnlockedBy.BOTH)
    if by_key and key_file is None:
        raise InputError(f"the keys in {keys} need their key file: give it with --key-file")
    if key_file is not None and not by_key:
        raise InputError(f"the keys in {keys} were wrapped without a key file: leave it out")
    by_passphrase = needed is not UnlockedBy.KEY_FILE
    passphrase = session.password("Passphrase of the keys: ") if by_passphrase else ""
    return Unlock(passphrase.encode(), b"" if key_file is None else read_file(key_file))
