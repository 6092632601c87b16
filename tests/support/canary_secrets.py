"""Every secret of a canary run, and how it could show itself."""

from __future__ import annotations

import base64
import json

from dao_backend.core.bundle import HEADER, read_header
from dao_backend.core.crypto import ContentKey, open_sealed
from dao_backend.core.shares import deal, open_for_appraiser, open_share, seat_of
from dao_backend.core.typed import record_hash
from tests.support.canary_run import PASSPHRASE, PASSWORD, Run


def collect(run: Run) -> None:
    """Every secret of the run; the service's own keys open the rest."""
    own, found = run.identities, run.secrets
    found["passphrase"] = PASSPHRASE.encode()
    found["password"] = PASSWORD.encode()
    found["machine's passphrase"] = (run.data / "keys" / "machine.key").read_bytes()
    found["appraiser's sealing key"] = own.appraiser_sealing.raw
    for index, keeper in enumerate(own.keepers, 1):
        found[f"sealing key of keeper {index}"] = keeper.sealing.raw
    for name, signer in (
        ("deployer", own.deployer),
        ("relayer", own.relayer),
        ("appraiser", own.appraiser),
        *((f"operator {index}", keeper.operator) for index, keeper in enumerate(own.keepers, 1)),
        *run.story.people.items(),
    ):
        found[f"account key of {name}"] = bytes(signer._account.key)
    for name, key in run.story.release_keys.items():
        found[f"release key of {name}"] = key.raw
    for identity, key in content_keys(run).items():
        found[f"content key of {identity.hex()[:8]}"] = key.raw
        for index, share in enumerate(shares_of(run, identity, key), 1):
            found[f"share {index} of {identity.hex()[:8]}"] = share
    for index in (1, 2, 3):
        found[f"bundle key of keeper {index}"] = bundle_key(run, index)


def content_keys(run: Run) -> dict[bytes, ContentKey]:
    """By contribution: what the appraiser can open of everything that was handed in or drafted."""
    pending, secret = run.service.system.pending, run.identities.appraiser_sealing
    kept = [row for person in run.story.people.values() for row in pending.of(person.address)]
    return {
        row.submission.record.contribution_id: open_for_appraiser(
            secret, row.submission.sealed_content_key, record_hash(row.submission.record)
        )
        for row in kept
    }


def shares_of(run: Run, identity: bytes, key: ContentKey) -> tuple[bytes, ...]:
    """The shares as dealt, which are also what the keepers hold, unless they erased them."""
    committee = run.story.facts.committee
    dealt = deal(key, identity, committee).shares
    for index, keeper in enumerate(run.identities.keepers, 1):
        custody = run.service.system.local[index - 1]._office.custody
        held = custody.get_all([identity]).get(identity)
        if held is None:
            assert custody.tombstone(identity) is not None
            continue
        seat = seat_of(held.record, committee, index)
        commitment = held.commitments[index - 1]
        assert open_share(keeper.sealing, held.sealed_share, seat, commitment) == dealt[index - 1]
    return dealt


def bundle_key(run: Run, index: int) -> bytes:
    """The key of a bundle that was handed over."""
    start = b"".join(run.story.gateway.bundle(run.story.requests["acme"], index))[:HEADER]
    return open_sealed(run.story.release_keys["acme"], read_header(start).sealed_key)[-32:]


def shapes(secret: bytes) -> set[bytes]:
    """A secret as it could show itself, by its first half: a cut-off one counts too.

    In base64 it looks different behind one or two bytes of something else.
    """
    half = secret[: len(secret) // 2]
    behind = [bytes(n) + half for n in range(3)]
    whole = [part[: len(part) // 3 * 3] for part in behind]
    return {
        *(base64.b64encode(part)[n and n + 1 :] for n, part in enumerate(whole)),
        *(base64.urlsafe_b64encode(part)[n and n + 1 :] for n, part in enumerate(whole)),
        half,
        half.hex().encode(),
        half.hex().upper().encode(),
        repr(half)[2:-1].encode(),
        json.dumps(half.decode("latin-1"))[1:-1].encode(),
        str(list(half))[1:-1].encode(),
        str(int.from_bytes(secret, "big")).encode(),
    }


def found_in(content: bytes, known: dict[str, bytes]) -> list[str]:
    """Names of the secrets that show in `content`."""
    return [
        name for name, secret in known.items() if any(shape in content for shape in shapes(secret))
    ]
