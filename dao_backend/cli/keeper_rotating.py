"""`ddao keeper rotate`: another passphrase or key file, another sealing key, old ones forgotten."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.keeper_making import show_seat
from dao_backend.cli.keeper_unlock import Data, KeyFile, known_unlock
from dao_backend.cli.session import Choices, Session
from dao_backend.errors import InputError, Refused

if TYPE_CHECKING:
    from dao_backend.custody.keystore import Unlock
    from dao_backend.wiring.keeper_keys import OldKey


_NOTHING = "say what to change: --passphrase, --new-key-file, --sealing-key or --forget-old-keys"


def rotate(  # each is an option of the command
    session: Session,
    data: Data,
    key_file: KeyFile = None,
    *,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Wrap the keys under another passphrase.")
    ] = False,
    new_password_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the new passphrase.")
    ] = None,
    new_key_file: Annotated[
        Path | None, typer.Option(help="Wrap the keys under this key file instead.")
    ] = None,
    sealing_key: Annotated[
        bool, typer.Option("--sealing-key", help="Make a new sealing key, for the next epoch.")
    ] = False,
    forget_old_keys: Annotated[
        bool, typer.Option("--forget-old-keys", help="Drop earlier sealing keys nothing needs.")
    ] = False,
) -> None:
    """Change what opens the keys, or make a new sealing key; the keeper may run meanwhile.

    A new sealing key counts from the epoch in which a vote gives this keeper the seat shown.
    --forget-old-keys removes earlier ones that nothing needs; stop the keeper for that.
    """
    from dao_backend.wiring.folder import locked
    from dao_backend.wiring.keeper_files import KeeperFolder, read_config

    rewraps = passphrase or new_key_file is not None
    if not (rewraps or sealing_key or forget_old_keys):
        raise InputError(_NOTHING)
    folder = KeeperFolder(data)
    read_config(folder)
    unlock = known_unlock(session, folder.keys, key_file)
    with locked(folder.keys):
        if rewraps:
            new_words = Choices(password_file=new_password_file) if passphrase else None
            unlock = _rewrap(session, folder.keys, unlock, new_words, new_key_file)
            session.screen.say(f"The keys open with the new {unlock.kind}; backups with the old.")
        if sealing_key:
            _new_sealing_key(session, folder.data, unlock)
        if forget_old_keys:
            _forget_old_keys(session, folder.data, unlock)
    session.screen.document({"data": str(data), "opensWith": unlock.kind})


def _rewrap(
    session: Session, keys: Path, old: Unlock, asked: Choices | None, key_file: Path | None
) -> Unlock:
    """What is not replaced stays as it was."""
    from dao_backend.custody.keystore import Unlock, rewrap
    from dao_backend.wiring.keeper_files import make_key_file

    passphrase = old.passphrase
    if asked is not None:
        words = Session(session.screen, asked)
        passphrase = words.password("New passphrase for the keys: ", twice=True).encode()
    key = old.key if key_file is None else make_key_file(key_file, secrets.token_bytes)
    new = Unlock(passphrase, key)
    rewrap(keys, old, new, secrets.token_bytes)
    return new


def _new_sealing_key(session: Session, data: Path, unlock: Unlock) -> None:
    from dao_backend.custody.keystore import add_sealing_key, open_keystore
    from dao_backend.wiring.keeper_files import KeeperFolder, read_config, write_seat

    folder = KeeperFolder(data)
    add_sealing_key(folder.keys, unlock, secrets.token_bytes)
    seat = write_seat(folder, read_config(folder), open_keystore(folder.keys, unlock))
    show_seat(session, seat)
    session.screen.say("Restart the keeper before a vote on this seat is carried out.")
    session.screen.document({"data": str(data), "opensWith": unlock.kind, "seat": seat.mapping()})


def _forget_old_keys(session: Session, data: Path, unlock: Unlock) -> None:
    """Refused where each is needed still; the keeper's folder is locked, so that it cannot run."""
    from dao_backend.custody.keystore import forget_sealing_keys, open_keystore
    from dao_backend.wiring.folder import locked
    from dao_backend.wiring.keeper_files import KeeperFolder
    from dao_backend.wiring.keeper_keys import old_keys

    folder = KeeperFolder(data)
    with locked(folder.data):
        known = old_keys(folder, open_keystore(folder.keys, unlock))
        free = [each.public for each in known if not each.is_needed]
        needed = [_sentence(each) for each in known if each.is_needed]
        if not free:
            raise Refused("; ".join(needed) or "there is no earlier sealing key")
        forget_sealing_keys(folder.keys, unlock, free, secrets.token_bytes)
    for sentence in needed:
        session.screen.say(f"Kept: {sentence}.")
    named = ", ".join(f"0x{each.hex()}" for each in free)
    session.screen.say(f"Forgotten: {named}. Backups made before still hold what was forgotten.")
    forgotten = [f"0x{each.hex()}" for each in free]
    session.screen.document(
        {"data": str(data), "opensWith": unlock.kind, "forgotten": forgotten, "kept": needed}
    )


def _sentence(key: OldKey) -> str:
    """What an earlier key is needed for."""
    named = " and ".join(f"epoch {epoch}" for epoch in key.epochs)
    causes = [f"{key.shares} held shares are sealed to it"] * bool(key.shares)
    causes += [f"the committee of {named} has it"] * bool(named)
    return f"sealing key 0x{key.public.hex()} is needed: {', '.join(causes)}"
