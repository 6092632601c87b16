"""A keeper's process whose operator has changed its program: it lies as a file tells it to.

    python -m tests.support.lying_keeper_entry DATA KEY_FILE LIE_FILE

The file holds the name of a lie, and is read again whenever there is a chance to lie.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dao_backend.core.typed import Attestation, digest
from dao_backend.errors import NotReleased
from dao_backend.keeper import building, local, opening, server
from dao_backend.ports import keeper_wire
from tests.support import keeper_entry
from tests.support.core_actors import seed

Told = Callable[[], str]
LONG = 60.0
"""Seconds that whoever hangs takes."""


def change_shares(told: Told) -> None:
    """Put other shares into a well-formed bundle: invented ones, or the neighbour's."""
    true = opening.open_all

    def opened(office: Any, batches: Any) -> Iterator[bytes]:
        for found in true(office, batches):
            shares = [found[at : at + 32] for at in range(0, len(found), 32)]
            match told():
                case "wrong shares":
                    yield b"".join(seed("wrong", at) for at in range(len(shares)))
                case "shares of others":
                    yield b"".join([*shares[1:], shares[0]])
                case _:
                    yield found

    setattr(building, "open_all", opened)  # noqa: B010  # mypy knows no such export


def change_binding(told: Told) -> None:
    """Bind a bundle to another edition, and state the right one in its receipt."""
    true = building.Builder._bound

    def bound(self: Any, licence: Any, root: bytes, block: Any) -> Any:
        found = true(self, licence, root, block)
        return replace(found, edition_root=seed("root")) if told() == "other edition" else found

    building.Builder._bound = bound  # type: ignore[method-assign]


def change_answers(told: Told) -> None:
    """Give something else than the bundle that the receipt states, or nothing."""
    true = local.LocalKeeper.bundle

    def bundle(
        self: Any, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        found = self.bundle_facts(licence_id)
        match told():
            case "no bundle":
                raise NotReleased("There is none.")
            case "hangs":
                threading.Event().wait(LONG)
            case "garbage":
                size = found.length - offset if length is None else length
                return iter((bytes(size),))
            case "breaks off":
                return iter((b"".join(true(self, licence_id, offset, length))[:-1],))
            case _:
                pass
        return true(self, licence_id, offset, length)

    local.LocalKeeper.bundle = bundle  # type: ignore[method-assign]


def change_attestations(told: Told) -> None:
    """Sign another root."""
    true = local.LocalKeeper.attestation

    def attestation(self: Any, edition_id: int) -> tuple[bytes, bytes]:
        if told() != "other root":
            return true(self, edition_id)
        domain = self._office.chain.addresses.domain("KeeperRegistry")
        message = digest(domain, Attestation(edition_id, seed("root")))
        return seed("root"), self._office.operator.sign_digest(message)

    local.LocalKeeper.attestation = attestation  # type: ignore[method-assign]


def change_status(told: Told) -> None:
    """Say nonsense about itself."""
    true = keeper_wire.status_json

    def status_json(status: Any) -> dict[str, Any]:
        nonsense = {"index": "one", "alarm": 7, "missing": {}}
        return {**true(status), **nonsense} if told() == "nonsense" else true(status)

    setattr(server, "status_json", status_json)  # noqa: B010  # mypy knows no such export


def main() -> int:
    """Run until told to stop."""
    file = Path(sys.argv.pop())

    def told() -> str:
        return file.read_text()

    for change in (
        change_shares,
        change_binding,
        change_answers,
        change_attestations,
        change_status,
    ):
        change(told)
    return keeper_entry.main()


if __name__ == "__main__":
    sys.exit(main())
