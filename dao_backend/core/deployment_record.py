"""What is written down once a DAO exists: where, since when, from what, and which code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from dao_backend.core.deployment import DeploymentParameters
from dao_backend.core.deployment_file import mapping_of, parse
from dao_backend.core.deployment_plan import Peers
from dao_backend.core.model import Address, address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.errors import InputError


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """The content of `deployments/<network>.json`."""

    chain_id: int
    first_block: int
    """Number of the block that holds the first of the contracts: indexing starts there."""
    deployer: Address
    peers: Peers
    code_hashes: Mapping[str, bytes]
    """keccak256 of each contract's code on chain, by its field in `Peers`."""
    parameters: DeploymentParameters

    def to_json(self) -> str:
        """The file's whole content, the same for the same record."""
        value = {
            "chain_id": self.chain_id,
            "first_block": self.first_block,
            "deployer": self.deployer,
            "addresses": asdict(self.peers),
            "code_hashes": {peer: hex_of(digest) for peer, digest in self.code_hashes.items()},
            "parameters": mapping_of(self.parameters),
        }
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> DeploymentRecord:
        """Read a file's content; raise InputError when it is no such record."""
        try:
            value = json.loads(text)
            addresses = value["addresses"]
            hashes = value["code_hashes"]
            return cls(
                chain_id=int(value["chain_id"]),
                first_block=int(value["first_block"]),
                deployer=address(value["deployer"]),
                peers=Peers(*(address(addresses[field.name]) for field in fields(Peers))),
                code_hashes={f.name: bytes_of(hashes[f.name]) for f in fields(Peers)},
                parameters=parse(value["parameters"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "this is no deployment record: deploy again, or restore the file"
            ) from error
