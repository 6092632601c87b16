"""The files of one deployment: parameters in, journal while it lasts, record at the end.

A journal is on the disk, name and content, before anything that it speaks of is sent.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_file import parse
from dao_backend.core.deployment_journal import Journal
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.errors import InputError, UnreadablePath

FOLDER = Path(__file__).resolve().parents[2] / "deployments"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class DeploymentFiles:
    """Where the deployment called `name` is written down."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InputError(f"{self.name!r} is no name: use letters, digits, - and _")

    @property
    def record_path(self) -> Path:
        """What a complete deployment leaves."""
        return self.folder / f"{self.name}.json"

    @property
    def journal_path(self) -> Path:
        """What an incomplete one leaves."""
        return self.folder / f"{self.name}.unfinished.json"

    def journal(self) -> Journal | None:
        """What was begun under this name and not finished."""
        path = self.journal_path
        return Journal.from_json(path.read_text("utf-8")) if path.is_file() else None

    def record(self) -> DeploymentRecord | None:
        """What was finished under this name; InputError where the file is damaged."""
        path = self.record_path
        return DeploymentRecord.from_json(path.read_text("utf-8")) if path.is_file() else None

    def write(self, journal: Journal) -> None:
        """Replace the journal; it survives a power cut from here on."""
        _write_durably(self.journal_path, journal.to_json())

    def finish(self, record: DeploymentRecord) -> None:
        """Write the record, then forget the journal."""
        _write_durably(self.record_path, record.to_json())
        self.journal_path.unlink(missing_ok=True)


def choose(file: Path | None, name: str | None, network: str) -> tuple[Path, DeploymentFiles]:
    """The parameters' file and the files to write: NAME is the file's stem unless it is given."""
    called = name or (file.stem if file else network)
    files = DeploymentFiles(FOLDER, called)
    return file or FOLDER / f"{called}.yaml", files


def read_parameters(path: Path) -> DeploymentParameters:
    """Read and check a YAML file; InputError and UnreadablePath name the file."""
    try:
        return parse(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        advice = f"copy {FOLDER / 'local.yaml'} and edit it, or name another with --file"
        raise UnreadablePath(f"{path} cannot be read: {advice}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path} is no YAML: {error}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _write_durably(path: Path, text: str) -> None:
    """Write beside, flush to the disk, rename, and flush the folder's entry too."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
