"""The data folder of one keeper: what lies where, how it is made, and how it is read.

    keeper.yaml        settings (`core.keeper_config`)
    deployment.json    the record of the DAO, unless the settings name another file
    seat.yaml          its public identity, as deployments/*.yaml and `ddao propose` want it
    keys/              the keystore (`custody.keystore`)
    custody.sqlite     sealed shares, tombstones, the log of bundles
    bundles/           bundles by their CID
    book.sqlite        its list of contributions, made anew at every start
    url                where it answers now, while it runs
    lock               held while it runs

All but the last three belong into a backup.

The settings are written last: a folder with them is complete. One in which an interrupted
`ddao keeper init` has left anything else is gone on with, and its keys, if it has any, are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from dao_backend.chain.signer import LocalSigner
from dao_backend.core.crypto import Secret
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.keeper_config import KeeperConfig, parse, text_of
from dao_backend.core.model import Address
from dao_backend.core.packing import hex_of
from dao_backend.core.sections import Section
from dao_backend.custody.keystore import FILE as KEYSTORE
from dao_backend.custody.keystore import PARTIAL as KEYSTORE_PARTIAL
from dao_backend.custody.keystore import Keystore, Unlock, create_keystore, open_keystore
from dao_backend.custody.secrets import (
    Randomness,
    key_file,
    read_file,
    sync_folder,
    write_new_file,
)
from dao_backend.errors import InputError, UnreadablePath

_SEAT = ("operator", "sealing_key", "endpoint")
_RECORD = "deployment.json"
_KEYS = "keys"
_LEFT_BEHIND = frozenset(
    {_RECORD, f"{_RECORD}.part", "seat.yaml", "seat.yaml.part", "keeper.yaml.part"}
)
"""What an interrupted `make_folder` may leave besides keys; all of it is made anew."""
_UNFINISHED_KEYS = frozenset({KEYSTORE, KEYSTORE_PARTIAL})


@dataclass(frozen=True, slots=True)
class KeeperFolder:
    """The paths in a keeper's data folder."""

    data: Path

    @property
    def config(self) -> Path:
        return self.data / "keeper.yaml"

    @property
    def seat(self) -> Path:
        return self.data / "seat.yaml"

    @property
    def keys(self) -> Path:
        return self.data / _KEYS

    @property
    def custody(self) -> Path:
        return self.data / "custody.sqlite"

    @property
    def book(self) -> Path:
        return self.data / "book.sqlite"

    @property
    def bundles(self) -> Path:
        return self.data / "bundles"

    @property
    def url(self) -> Path:
        return self.data / "url"


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """Who a keeper is to everybody else: what a committee names it by."""

    operator: Address
    sealing_key: bytes
    endpoint: str

    def mapping(self) -> dict[str, str]:
        """As an item of `committee.keepers` in a deployment file."""
        return {
            "operator": self.operator,
            "sealing_key": hex_of(self.sealing_key),
            "endpoint": self.endpoint,
        }

    def text(self) -> str:
        """The same as YAML, ready to be pasted there."""
        return yaml.safe_dump([self.mapping()], sort_keys=False, width=1_000)


def make_folder(
    data: Path,
    config: KeeperConfig,
    unlock: Unlock,
    randomness: Randomness,
    *,
    dao: Path | None = None,
    operator: Secret | None = None,
) -> SeatFacts:
    """A new keeper: keys, settings, and the DAO's record where it exists already.

    `operator` is the account's private key where it is not to be a new one. What an interrupted
    call has left is gone on with, under the keys in it. InputError for a folder that holds
    something else, WrongPassword where `unlock` does not open those keys, UnreadablePath.
    """
    folder = KeeperFolder(data)
    record = None if dao is None else read_file(dao)
    if record is not None:
        DeploymentRecord.from_json(record.decode(errors="replace"))
    require_new(data)
    if has_unfinished_keys(data):
        keys = open_keystore(folder.keys, unlock)
    else:
        _make(data)
        keys = create_keystore(folder.keys, unlock, randomness, operator)
    for name in _LEFT_BEHIND:
        (data / name).unlink(missing_ok=True)
    if record is not None:
        write_new_file(data / config.dao, record)
    seat = write_seat(folder, config, keys)
    write_new_file(folder.config, text_of(config).encode())
    return seat


def require_new(data: Path) -> None:
    """As `require_empty`, but for what an interrupted `make_folder` has left."""
    folder = KeeperFolder(data)
    if folder.config.exists():
        raise InputError(
            f"{data} is a keeper's folder already, and its seat is in {folder.seat.name}: name "
            "another folder; nothing was changed"
        )
    if not _is_unfinished(data):
        require_empty(data)


def has_unfinished_keys(data: Path) -> bool:
    """Whether an interrupted `make_folder` has left whole keys there, and no settings."""
    return _is_unfinished(data) and (data / _KEYS / KEYSTORE).is_file()


def _is_unfinished(data: Path) -> bool:
    if not data.is_dir():
        return False
    names = {path.name for path in data.iterdir()}
    keys = data / _KEYS
    kept = {path.name for path in keys.iterdir()} if keys.is_dir() else set()
    begun = _LEFT_BEHIND if KEYSTORE in kept else frozenset()  # whole keys come first
    return names <= begun | {_KEYS} and kept <= _UNFINISHED_KEYS


def require_empty(data: Path) -> None:
    """InputError for a folder that holds something, or a path that is no folder."""
    if data.exists() and not data.is_dir():
        raise InputError(f"{data} is no folder: name another one")
    if data.is_dir() and any(data.iterdir()):
        raise InputError(f"{data} is not empty: name another folder; nothing was changed")


def make_empty(data: Path) -> None:
    """As `require_empty`, and make the folder where there is none."""
    require_empty(data)
    _make(data)


def _make(data: Path) -> None:
    """The folder itself, there to stay even where power fails before anything lies in it."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(data.parent)
    except OSError as error:
        raise UnreadablePath(f"{data} cannot be made: {error.strerror}") from error


def make_key_file(path: Path, randomness: Randomness) -> bytes:
    """The bytes of a key file, made with 32 random ones where it is missing; UnreadablePath."""
    return key_file(path, randomness)


def read_config(folder: KeeperFolder) -> KeeperConfig:
    """The settings; InputError says which one cannot be used, UnreadablePath."""
    if not folder.config.exists():
        raise UnreadablePath(
            f"{folder.data} is no keeper's folder: make one with `ddao keeper init`"
        )
    content = read_file(folder.config)
    try:
        return parse(yaml.safe_load(content))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{folder.config} is no YAML: {error}") from error


def read_record(folder: KeeperFolder, config: KeeperConfig) -> DeploymentRecord:
    """The DAO that it keeps for; UnreadablePath while there is no record of it."""
    path = folder.data / config.dao
    if not path.exists():
        raise UnreadablePath(f"{path} is missing: put the record of the DAO's deployment there")
    return DeploymentRecord.from_json(read_file(path).decode(errors="replace"))


def write_seat(folder: KeeperFolder, config: KeeperConfig, keys: Keystore) -> SeatFacts:
    """Write down, for everybody to read, who the keeper is with its newest sealing key."""
    seat = SeatFacts(LocalSigner(keys.operator.raw).address, keys.newest.public, config.endpoint)
    head = "# An item of committee.keepers in a deployment file, and of a proposal's file.\n"
    write_new_file(folder.seat, (head + seat.text()).encode())
    return seat


def read_seat(folder: KeeperFolder) -> SeatFacts:
    """What `write_seat` wrote; InputError, UnreadablePath."""
    try:
        (only,) = yaml.safe_load(read_file(folder.seat))
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise InputError(f"{folder.seat} is damaged: a start of the keeper mends it") from error
    item = Section.of("seat", only, *_SEAT)
    return SeatFacts(item.account("operator"), item.key("sealing_key"), item.text("endpoint"))
