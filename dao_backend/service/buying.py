"""The buyer's side of a delivery: bundles, keys, envelopes, plain files.

Nothing the service says is trusted: the manifest must have the root that t keepers attested on
chain, every share its commitment, every key its id, every envelope its CID and commitment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dao_backend.core import archive
from dao_backend.core.cid import Cid
from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.envelope import context
from dao_backend.core.manifest import Entry, Published
from dao_backend.core.manifest_file import decode
from dao_backend.core.model import Edition, Licence
from dao_backend.core.packing import hex_of
from dao_backend.core.recovery import Closed, gaps, recover_each
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.errors import (
    CidMismatch,
    DaoError,
    IntegrityError,
    ManifestMismatch,
    NotEnoughShares,
    NotFound,
    NotReleased,
    ResourceError,
)
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.gateway import Gateway
from dao_backend.service.bundles import BundleDesk, Case, Watch, unwatched
from dao_backend.service.commitments import Completion
from dao_backend.service.fetching import Pace
from dao_backend.service.files import decrypt_to_path, unpack, writing
from dao_backend.service.keepers import Keepers, Reach
from dao_backend.service.parts import remove_parts

_LONGEST_NAME = 255
"""Bytes that a file system takes as the name of one file."""
_UNFINISHED = ".ddao-"
"""How the names of unfinished files and folders begin."""
_ASKED = 60.0
"""Seconds for which a keeper is asked for share commitments."""
_NAMED = 5
"""Failures told one by one."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """An edition whose keys were recovered, entry by entry in manifest order."""

    licence: Licence
    published: Published
    keys: tuple[ContentKey | Closed, ...]
    """In the place of a key why there is none: too few shares, or shares of another key."""
    problems: tuple[str, ...] = ()
    """What was wrong with bundles or lacking in them, each with its keeper, and with contributions
    that no key was recovered of."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One contribution written to disk."""

    entry: Entry
    path: Path
    """The file, or the folder with everything that was in it."""


class Buyer:
    """Pulls what a licence entitles to, with the release key's secret half.

    The contracts do not state a key that was rotated: the one that is given must be the newest.
    """

    def __init__(
        self,
        gateway: Gateway,
        chain: ChainReader,
        release_secret: SecretKey,
        reach: Reach | None = None,
        pace: Pace | None = None,
    ) -> None:
        """`reach` asks a keeper itself, by its seat on chain; else the service relays."""
        self._gateway = gateway
        self._chain = chain
        self._reach = reach
        self._bundles = BundleDesk(gateway, chain, release_secret, reach, pace or Pace())

    def purchase(
        self, licence_id: int, folder: Path | None = None, watch: Watch = unwatched
    ) -> Purchase:
        """Recover the content keys of a delivered licence.

        In `folder` what came of the bundles is kept until `deliver` has ended well, so that a
        broken run goes on; without one nothing is kept. `watch` is told the bytes to come.

        NotFound, ManifestMismatch, NotReleased with every keeper's reason, and NotEnoughShares
        where keepers gave bundles, but too few good ones; it names the bad ones.
        """
        licence = self._chain.licence(licence_id)
        if licence is None:
            raise NotFound(f"there is no licence {licence_id}")
        delivery = self._chain.delivery(licence_id)
        if delivery is None:
            raise NotReleased(f"no delivery was opened for licence {licence_id}")
        edition = self._chain.edition(licence.edition_id)
        case = Case(licence, delivery, edition, self._manifest(edition, delivery.epoch))
        if folder is not None:
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            return self._recovered(case, folder, watch)
        with TemporaryDirectory(prefix=_UNFINISHED, ignore_cleanup_errors=True) as kept:
            return self._recovered(case, Path(kept), watch)

    def deliver(self, purchase: Purchase, folder: Path) -> Iterator[Delivered]:
        """Fetch, verify and decrypt every contribution into `folder`, one after another.

        What an earlier call finished is passed over, so that a broken delivery goes on.
        A contribution that has no key or cannot be opened does not keep the others back:
        IntegrityError names such ones at the end, or what was wrong with it where it is only one.
        """
        failed: list[tuple[Entry, DaoError]] = []
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        for entry, key in zip(purchase.published.manifest.entries, purchase.keys, strict=True):
            if not isinstance(key, ContentKey):
                failed.append((entry, key))
                continue
            try:
                done = self._write(entry, key, folder)
            except ResourceError:  # nothing is wrong with this one: the next call goes on here
                raise
            except DaoError as error:
                failed.append((entry, error))
                continue
            yield done
        if failed:
            raise _failure(failed)
        remove_parts(folder)

    def _manifest(self, edition: Edition, epoch: int) -> Published:
        """The file that the service gives, with what keepers know of commitments it lacks."""
        if edition.root is None:
            raise ManifestMismatch(f"edition {edition.edition_id} is not attested")
        lines = self._gateway.manifest(edition.edition_id).splitlines(keepends=True)
        where = self._chain.addresses
        published = decode(lines, where.chain_id, where.registry, edition)
        if self._reach is None:
            return published
        with closing(Keepers(self._reach)) as keepers:
            completion = Completion(self._chain, keepers, _ASKED)
            return completion.completed(published, edition, epoch)

    def _recovered(self, case: Case, folder: Path, watch: Watch) -> Purchase:
        """The keys from the first good bundles that come."""
        committee = self._chain.committee(case.delivery.epoch)
        opened, failures = self._bundles.opened(case, committee, folder, watch)
        if len(opened) < committee.threshold:
            broken = any(isinstance(each.error, IntegrityError) for each in failures)
            kind = NotEnoughShares if opened or broken else NotReleased
            raise kind("; ".join(map(str, failures)))
        keys = tuple(recover_each(case.published, committee.threshold, opened))
        closed = [str(each) for each in keys if not isinstance(each, ContentKey)]
        problems = (*map(str, failures), *_lacking(opened), *closed)
        return Purchase(case.licence, case.published, keys, problems)

    def _write(self, entry: Entry, key: ContentKey, folder: Path) -> Delivered:
        record = entry.record
        where = self._chain.addresses
        bound = context(where.chain_id, where.registry, record.contribution_id)
        place = folder / record.contribution_id.hex()
        done = _finished(place)
        if done is not None:
            return Delivered(entry, done)
        partial = folder / f".{place.name}.part"
        try:
            metadata = decrypt_to_path(self._envelope(entry), partial, key, bound)
            named = place / _fitting(metadata.name)
            with writing(place):
                place.mkdir(exist_ok=True)
                if metadata.media_type != archive.MEDIA_TYPE:
                    partial.replace(named)
            if metadata.media_type == archive.MEDIA_TYPE:
                unpack(partial, named)
        finally:
            partial.unlink(missing_ok=True)
        return Delivered(entry, named)

    def _envelope(self, entry: Entry) -> Iterator[bytes]:
        """The envelope's bytes; CidMismatch at the end unless they are the registered ones."""
        expected = Cid.of(entry.record.cid_digest, entry.record.length)
        builder = Builder()
        for chunk in chunks(self._gateway.envelope(expected)):
            builder.add(chunk)
            yield chunk
        found = builder.finish().cid
        if found != expected:
            name = hex_of(entry.record.contribution_id)
            raise CidMismatch(f"the envelope of {name} has CID {found}, not {expected}")


def _finished(place: Path) -> Path | None:
    """What was delivered to `place` before: a name appears there only when it is complete."""
    found = (
        [path for path in place.iterdir() if not path.name.startswith(_UNFINISHED)]
        if place.is_dir()
        else []
    )
    return found[0] if found else None


def _fitting(name: str) -> str:
    """A name that every file system takes; a contributor may have given any other."""
    if name.startswith(_UNFINISHED):
        name = f"_{name}"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def _failure(failed: list[tuple[Entry, DaoError]]) -> DaoError:
    """What to raise for the contributions that could not be opened."""
    if len(failed) == 1:
        return failed[0][1]
    named = "; ".join(
        f"{hex_of(entry.record.contribution_id)}: {error}" for entry, error in failed[:_NAMED]
    )
    if len(failed) > _NAMED:
        named += f"; and {len(failed) - _NAMED:,} more"
    return IntegrityError(f"{len(failed)} contributions cannot be opened: {named}")


def _lacking(opened: Mapping[int, bytes]) -> Iterator[str]:
    """Which good bundles have gaps."""
    for index in sorted(opened):
        if count := gaps(opened[index]):
            noun = "contribution" if count == 1 else "contributions"
            yield f"keeper {index} goes on without {count} {noun}"
