"""One keeper's place in its committee, and the tools it works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dao_backend.core.crypto import SecretKey
from dao_backend.core.model import Keeper as Seated
from dao_backend.errors import NotFound
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.book import Book
from dao_backend.ports.chain import AgreedChain, ChainWriter, Signer
from dao_backend.ports.custody import Custody
from dao_backend.ports.keepers import Keeper


class Keyring:
    """A keeper's sealing keys, one for each epoch in which it had a new one."""

    def __init__(self, secrets: Iterable[SecretKey]) -> None:
        self._secrets = {secret.public: secret for secret in secrets}

    def secret(self, public: bytes) -> SecretKey:
        """The secret half; NotFound where it is not this keeper's."""
        found = self._secrets.get(public)
        if found is None:
            raise NotFound(f"sealing key 0x{public.hex()} is not in this keeper's keystore")
        return found

    def raw(self) -> tuple[bytes, ...]:
        """All secrets, for a worker: never log them, never put them into an exception."""
        return tuple(secret.raw for secret in self._secrets.values())

    def __contains__(self, public: bytes) -> bool:
        return public in self._secrets


def _pass_by(_step: str) -> None:
    """Nobody watches."""


def _as_it_is() -> None:
    """Nothing is hidden."""


@dataclass(frozen=True, slots=True)
class Office:
    """One keeper's place and tools."""

    index: int
    operator: Signer
    keys: Keyring
    chain: AgreedChain
    relay: ChainWriter | None
    """Posts this keeper's receipts; None leaves that to whoever fetches the signed ones."""
    custody: Custody
    book: Book
    bundles: BlobStore
    randomness: Callable[[int], bytes]
    clock: Callable[[], int]
    """Unix time of this machine, for tombstones and what is asked of a leaver."""
    reach: Callable[[Seated], Keeper]
    """Another keeper, by its seat on chain: this one may have to take its shares over."""
    room: Callable[[], int]
    """Bytes free where this keeper writes."""
    cores: int = 1
    """Processes that open shares side by side; 1 opens them in this one."""
    approves_handover: bool = False
    """Whether it hands over to any committee that was voted, without its operator's word."""
    harden: Callable[[], None] = _as_it_is
    """What hides the memory of a worker, called there as it begins; a function of a module."""
    at: Callable[[str], None] = _pass_by
    """Told each of `release.STEPS` as it is reached; tests stop the process there."""

    def agrees_to(self, epoch: int, successor: Seated) -> bool:
        """Whether the operator lets its shares go to this account and sealing key in `epoch`.

        DatabaseUnavailable.
        """
        return self.approves_handover or self.custody.handover_approved(epoch, successor)
