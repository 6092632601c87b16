"""The accounts and keys of one service, made on its first start and kept in its data folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dao_backend.chain.signer import LocalSigner
from dao_backend.core.crypto import SecretKey
from dao_backend.core.scoring.sketch import SketchKey
from dao_backend.custody.secrets import KEY_FILE_COST, SecretStore, key_file


@dataclass(frozen=True, slots=True)
class KeeperIdentity:
    """A keeper's operator account and sealing key."""

    operator: LocalSigner
    sealing: SecretKey


@dataclass(frozen=True, slots=True)
class Identities:
    """Who the parts of an embedded service are; each has keys of its own."""

    deployer: LocalSigner
    relayer: LocalSigner
    appraiser: LocalSigner
    appraiser_sealing: SecretKey
    sketch_key: SketchKey
    keepers: tuple[KeeperIdentity, ...]
    """Those that work in the service's process; a keeper beside it keeps its keys to itself."""


def open_identities(folder: Path, randomness: Callable[[int], bytes], keepers: int) -> Identities:
    """Read them from `folder`, or make them; WrongPassword, UnreadablePath."""
    passphrase = key_file(folder / "machine.key", randomness)
    store = SecretStore(folder, passphrase, randomness, KEY_FILE_COST)
    return Identities(
        deployer=LocalSigner(store.secret("deployer")),
        relayer=LocalSigner(store.secret("relayer")),
        appraiser=LocalSigner(store.secret("appraiser")),
        appraiser_sealing=SecretKey(store.secret("appraiser-sealing")),
        sketch_key=SketchKey(store.secret("appraiser-sketch")),
        keepers=tuple(
            KeeperIdentity(
                LocalSigner(store.secret(f"keeper-{index}")),
                SecretKey(store.secret(f"keeper-{index}-sealing-1")),
            )
            for index in range(1, keepers + 1)
        ),
    )
