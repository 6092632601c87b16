"""Contributions that were sealed and are not registered yet, kept on the contributor's machine.

Nobody can open what is kept: shares and content key are sealed to keepers and appraiser.
Handing the same submission in again leads to the same place, so that a broken connection costs
neither a second upload nor the score; the same content sealed anew would be taken for a copy.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from dao_backend.core.model import Address
from dao_backend.core.packing import hex_of
from dao_backend.core.submission import Submission, submission_from_json, submission_json
from dao_backend.custody.secrets import read_file, write_new_file
from dao_backend.errors import InputError
from dao_backend.service.sources import Source, reading


class Outbox:
    """Submissions on their way, by what they were made of; UnreadablePath."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def name(self, source: Source, contributor: Address, registry: Address, collection: int) -> str:
        """What a submission is kept under: it changes when a file does."""
        parts = [source.metadata.name, contributor, registry, str(collection)]
        for member, place in source.files:
            with reading(place):
                found = place.stat()
            parts += [member, str(place), str(found.st_size), str(found.st_mtime_ns)]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()

    def find(self, name: str) -> Submission | None:
        """What was kept under the name, None where nothing usable was."""
        path = self._path(name)
        if not path.exists():
            return None
        try:
            return submission_from_json(json.loads(read_file(path)))
        except (ValueError, InputError):
            return None

    def keep(self, name: str, submission: Submission) -> None:
        """Remember, whole and synced."""
        write_new_file(self._path(name), json.dumps(submission_json(submission)).encode())

    def forget(self, name: str) -> None:
        """It is registered, or never will be."""
        self._path(name).unlink(missing_ok=True)

    def ids(self) -> tuple[str, ...]:
        """Contribution ids of everything that is kept."""
        kept = (self.find(path.stem) for path in sorted(self._folder.glob("*.json")))
        return tuple(hex_of(each.record.contribution_id) for each in kept if each is not None)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
