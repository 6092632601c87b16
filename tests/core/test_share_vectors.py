"""The published vectors: this implementation reads and writes what others test against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core import bundle, manifest_file, typed
from dao_backend.core import manifest as m
from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.identity import committee_hash, contribution_id, key_id
from dao_backend.core.merkle import list_root_from_path, proves
from dao_backend.core.model import Committee, Domain, Edition, Keeper, address
from dao_backend.core.packing import bytes_of
from dao_backend.core.records import record_from_json
from dao_backend.core.shamir import split
from dao_backend.core.shares import (
    Seat,
    deal,
    open_for_appraiser,
    open_share,
    recover,
    share_binding,
    share_commitment,
)

VECTORS = Path(__file__).parent.parent / "vectors"


def vectors(name: str) -> Any:
    """One file, parsed."""
    return json.loads((VECTORS / f"{name}.json").read_text())


DEALINGS = pytest.mark.parametrize(
    "case",
    vectors("key-shares")["dealings"],
    ids=lambda case: f"{case['committee']['threshold']}-of-{len(case['shares'])}",
)


def committee_in(case: dict[str, Any]) -> Committee:
    """The committee of a case."""
    found = case["committee"]
    pairs = zip(found["operators"], found["sealingKeys"], strict=True)
    keepers = tuple(
        Keeper(index, address(operator), bytes_of(key), "")
        for index, (operator, key) in enumerate(pairs, 1)
    )
    return Committee(
        found["chainId"], address(found["registry"]), found["epoch"], found["threshold"], keepers
    )


@DEALINGS
def test_deal__vectors__gives_their_shares_and_commitments(case: dict[str, Any]) -> None:
    """Key, contribution and committee lead to the published shares, root and hashes."""
    members, record = committee_in(case), record_from_json(case["record"])
    key = ContentKey(bytes_of(case["contentKey"]))
    shares = tuple(bytes_of(one["share"]) for one in case["shares"])
    dealing = deal(key, record.contribution_id, members)
    assert committee_hash(members) == bytes_of(case["committee"]["committeeHash"])
    assert key_id(record.contribution_id, key.raw) == record.key_id
    assert split(key.raw, bytes_of(case["coefficients"]), len(shares)) == shares
    assert dealing.shares == shares
    assert dealing.commitments == tuple(bytes_of(one["commitment"]) for one in case["shares"])
    assert dealing.share_root == record.share_root


@DEALINGS
def test_open_share__vectors__gives_the_share_and_its_place(case: dict[str, Any]) -> None:
    """Each sealed share opens; binding, commitment and path are the published ones."""
    members, record = committee_in(case), record_from_json(case["record"])
    hashed = typed.record_hash(record)
    assert hashed == bytes_of(case["recordHash"])
    for one in case["shares"]:
        seat = Seat(record.contribution_id, hashed, committee_hash(members), one["index"])
        secret, commitment = bytes_of(one["sealingSecret"]), bytes_of(one["commitment"])
        share = open_share(SecretKey(secret), bytes_of(one["sealed"]), seat, commitment)
        assert share == bytes_of(one["share"])
        assert share_binding(seat) == bytes_of(one["binding"])
        where = (seat.contribution_id, seat.committee_hash, seat.index)
        assert share_commitment(*where, share) == commitment
        path = [bytes_of(step) for step in one["path"]]
        found = list_root_from_path(commitment, one["index"] - 1, len(case["shares"]), path)
        assert found == record.share_root


@DEALINGS
def test_recover__vectors__gives_the_content_key_to_keepers_and_appraiser(
    case: dict[str, Any],
) -> None:
    """The last t keepers and the appraiser arrive at the same key."""
    members, record = committee_in(case), record_from_json(case["record"])
    chosen = {one["index"]: bytes_of(one["share"]) for one in case["shares"]}
    for index in sorted(chosen)[: len(chosen) - members.threshold]:
        del chosen[index]
    commitments = [bytes_of(one["commitment"]) for one in case["shares"]]
    key = recover(chosen, record, commitments, members, prove_dealing=True)
    assert key.raw == bytes_of(case["contentKey"])
    appraiser = SecretKey(bytes_of(case["appraiserSecret"]))
    sealed = bytes_of(case["sealedForAppraiser"])
    assert open_for_appraiser(appraiser, sealed, bytes_of(case["recordHash"])) == key


def test_record__vectors__has_their_hash_digest_and_signer() -> None:
    """A record's JSON leads to the published hashes, and its signature to its contributor."""
    case = vectors("record")
    shown = case["typedData"]
    where = shown["domain"]
    contract = address(where["verifyingContract"])
    domain = Domain(where["name"], where["chainId"], contract, where["version"])
    record = record_from_json(shown["message"])
    assert typed.wallet_json(domain, record) == shown
    assert typed.domain_separator(domain) == bytes_of(case["domainSeparator"])
    assert typed.record_hash(record) == bytes_of(case["recordHash"])
    assert typed.digest(domain, record) == bytes_of(case["digest"])
    signer = typed.recover_signer(domain, record, bytes_of(case["signature"]))
    assert signer == case["signer"] == record.contributor
    identity = contribution_id(
        domain.chain_id, contract, record.contributor, bytes_of(case["nonce"])
    )
    assert identity == record.contribution_id


def test_manifest__vectors__has_their_root_leaves_and_proofs() -> None:
    """The published file decodes, and leads to the published tree."""
    case = vectors("manifest")
    lines = [line.encode() for line in case["lines"]]
    root, header = bytes_of(case["root"]), json.loads(lines[0])
    edition = Edition(
        1, header["collection"], 1, int(case["totalUnits"]), header["historyCount"], 1, root
    )
    published = manifest_file.decode(lines, header["chainId"], address(header["registry"]), edition)
    assert list(manifest_file.encode(published)) == lines
    assert m.root(published.manifest) == root
    for entry, leaf, proof in zip(
        published.manifest.entries, case["leaves"], case["proofs"], strict=True
    ):
        assert m.leaf(entry) == bytes_of(leaf)
        assert proves(root, bytes_of(leaf), [bytes_of(step) for step in proof])


def test_bundle__vectors__opens_to_their_shares() -> None:
    """The published bundle opens with the published release key, under the published binding."""
    case = vectors("bundle")
    bound = bundle.Bound(
        chain_id=case["chainId"],
        desk=address(case["desk"]),
        licence_id=case["licenceId"],
        edition_root=bytes_of(case["editionRoot"]),
        index=case["index"],
        release_key=bytes_of(case["releaseKey"]),
        block_hash=bytes_of(case["blockHash"]),
    )
    assert bound.binding() == bytes_of(case["binding"])
    secret, data = SecretKey(bytes_of(case["releaseSecret"])), bytes_of(case["bundle"])
    shares = b"".join(bytes_of(share) for share in case["shares"])
    assert bundle.read(secret, bound, len(case["shares"]), [data]) == shares
    key, salt = ContentKey(bytes_of(case["bundleKey"])), bytes_of(case["salt"])
    made = b"".join(bundle.write(bound, key, salt, [shares[:32], shares[32:64], shares[64:]]))
    assert made[bundle.HEADER :] == data[bundle.HEADER :]
