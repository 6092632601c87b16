"""Write the vectors that other implementations of the formats in docs/formats.md test against.

    python -m tests.support.make_share_vectors tests/vectors

Everything but the sealed boxes follows from the inputs in the files; sealed boxes differ on each
run, because libsodium draws an ephemeral key, so that the files are made once and kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dao_backend.core import bundle, manifest_file, typed
from dao_backend.core import manifest as manifests
from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.identity import committee_hash
from dao_backend.core.merkle import list_path
from dao_backend.core.model import Committee, Contribution
from dao_backend.core.packing import hex_of
from dao_backend.core.shamir import dealt_coefficients
from dao_backend.core.shares import (
    seal_for_appraiser,
    seal_share,
    seat_of,
    share_binding,
)
from tests.support.core_actors import (
    CHAIN,
    DESK,
    REGISTRY,
    REGISTRY_DOMAIN,
    Dealt,
    account,
    committee,
    dealt,
    sealing_secret,
    seed,
)

Json = dict[str, object]


def committee_json(members: Committee) -> Json:
    """Everything that the committee hash covers, and the hash."""
    return {
        "chainId": members.chain_id,
        "registry": members.registry,
        "epoch": members.epoch,
        "threshold": members.threshold,
        "operators": [keeper.operator for keeper in members.keepers],
        "sealingKeys": [hex_of(keeper.sealing_key) for keeper in members.keepers],
        "committeeHash": hex_of(committee_hash(members)),
    }


def share_json(one: Dealt, index: int) -> Json:
    """One keeper's share: opened, committed to, and in its box."""
    seat = seat_of(one.record, one.committee, index)
    secret = sealing_secret(one.committee.epoch, index)
    share = one.dealing.shares[index - 1]
    return {
        "index": index,
        "share": hex_of(share),
        "commitment": hex_of(one.dealing.commitments[index - 1]),
        "path": [hex_of(step) for step in list_path(one.dealing.commitments, index - 1)],
        "binding": hex_of(share_binding(seat)),
        "sealingSecret": hex_of(secret.raw),
        "sealed": hex_of(seal_share(secret.public, seat, share)),
    }


def dealing_json(one: Dealt) -> Json:
    """One content key, dealt to one committee."""
    members, key = one.committee, one.content_key
    size = len(members.keepers)
    appraiser = sealing_secret(0, 99)
    identity, hashed = one.record.contribution_id, committee_hash(members)
    coefficients = dealt_coefficients(key.raw, identity, hashed, members.threshold, size)
    record_hash = typed.record_hash(one.record)
    return {
        "committee": committee_json(members),
        "record": typed.message_json(one.record),
        "recordHash": hex_of(record_hash),
        "contentKey": hex_of(key.raw),
        "coefficients": hex_of(coefficients),
        "shares": [share_json(one, index) for index in range(1, size + 1)],
        "appraiserSecret": hex_of(appraiser.raw),
        "sealedForAppraiser": hex_of(seal_for_appraiser(appraiser.public, record_hash, key)),
    }


def key_shares() -> Json:
    """Dealings to committees of several sizes."""
    sizes = [(1, 1), (1, 3), (2, 3), (3, 5), (4, 7)]
    return {
        "dealings": [
            dealing_json(dealt(number, committee(*size))) for number, size in enumerate(sizes, 1)
        ]
    }


def record() -> Json:
    """One record with its hash, digest and a signature."""
    one = dealt(1, committee(2, 3)).record
    signature = account(1).sign_message(typed.signable(REGISTRY_DOMAIN, one)).signature
    return {
        "nonce": hex_of(seed("nonce", 1)),
        "typedData": typed.wallet_json(REGISTRY_DOMAIN, one),
        "domainSeparator": hex_of(typed.domain_separator(REGISTRY_DOMAIN)),
        "recordHash": hex_of(typed.record_hash(one)),
        "digest": hex_of(typed.digest(REGISTRY_DOMAIN, one)),
        "signer": account(1).address,
        "signature": hex_of(bytes(signature)),
    }


def manifest() -> Json:
    """An edition of five contributions: leaves, root, proofs and the file."""
    members = committee(2, 3)
    all_dealt = [dealt(number, members) for number in range(5)]
    contributions = [
        Contribution(one.record, 10 + number, account(50).address, number + 1)
        for number, one in enumerate(all_dealt)
    ]
    built = manifests.build(CHAIN, REGISTRY, 0, 5, contributions)
    commitments = {one.record.contribution_id: one.dealing.commitments for one in all_dealt}
    ids = [entry.record.contribution_id for entry in built.entries]
    published = manifests.Published(built, tuple(commitments[identity] for identity in ids))
    return {
        "lines": [line.decode() for line in manifest_file.encode(published)],
        "leaves": [hex_of(manifests.leaf(entry)) for entry in built.entries],
        "proofs": [[hex_of(step) for step in manifests.proof(built, one)] for one in ids],
        "root": hex_of(manifests.root(built)),
        "totalUnits": str(built.total_units),
    }


def bundles() -> Json:
    """One bundle, with the key that opens it."""
    buyer, key = SecretKey(seed("release key")), ContentKey(seed("bundle key"))
    bound = bundle.Bound(CHAIN, DESK, 7, seed("root"), 2, buyer.public, seed("block"))
    shares = [seed("share", number) for number in range(3)]
    salt = seed("salt")[:24]
    return {
        "chainId": bound.chain_id,
        "desk": bound.desk,
        "licenceId": bound.licence_id,
        "editionRoot": hex_of(bound.edition_root),
        "index": bound.index,
        "releaseKey": hex_of(bound.release_key),
        "blockHash": hex_of(bound.block_hash),
        "binding": hex_of(bound.binding()),
        "releaseSecret": hex_of(buyer.raw),
        "bundleKey": hex_of(key.raw),
        "salt": hex_of(salt),
        "shares": [hex_of(share) for share in shares],
        "bundle": hex_of(b"".join(bundle.write(bound, key, salt, shares))),
    }


def main(folder: Path) -> None:
    """Write the four files."""
    made = {
        "key-shares": key_shares(),
        "record": record(),
        "manifest": manifest(),
        "bundle": bundles(),
    }
    for name, content in made.items():
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
