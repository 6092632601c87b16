"""The rules of appraisal as data: one frozen value, written as canonical JSON, named by its hash.

Shares and weights are basis points (10,000 = the whole), sizes are bytes.
`version` names the algorithm in this package: code that would score differently gets a new number.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields

from dao_backend.errors import InputError

WHOLE = 10_000
"""Basis points in one."""
_LONGEST = 4_096
"""Bytes of JSON above which it is no policy; also keeps hostile nesting from the parser."""
_SHARES = ("weight_", "near_duplicate", "same_layout")
VERSION = 1
"""The algorithm that this package implements."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a DAO pays for; every field is an integer, so that scores are the same everywhere."""

    version: int = VERSION
    bytes_per_unit: int = 64
    """Paid bytes that make one unit."""

    weight_python: int = WHOLE
    weight_table: int = WHOLE
    weight_json: int = 9_000
    weight_source: int = 9_000
    weight_text: int = 7_000
    weight_unbalanced: int = 5_000
    weight_minified: int = 3_000
    weight_binary: int = 1_000
    weight_no_header: int = 9_000
    weight_unlabelled: int = 8_000

    sample_one_in: int = 4
    """One piece in so many, chosen by its keyed hash, is compared and kept in the pool's sketch."""
    min_samples: int = 8
    """Members with fewer sampled pieces are compared together."""
    share_step: int = 1_000
    """Shares count in whole steps: everybody writes some common lines, and no probe sees finer."""
    near_duplicate: int = 9_000
    """From this share on all of it counts."""
    same_layout: int = 8_000
    """Share of a source file's shapes from which it is a renamed copy."""
    min_shapes: int = 12
    """Shapes below which the layout of a source file says nothing."""

    noise_alphabet: int = 46
    """Effective number of different bytes above which a line is random; prose has about 16."""
    noise_word: int = 72
    """Letters and digits in a row that no person writes."""
    min_bytes_of_code: int = 64
    """Bytes per syntax node above which a Python file is prose, not code."""

    max_members: int = 65_536
    max_scored_bytes: int = 256 * 1024 * 1024
    """Bytes of one contribution that are read; what comes after earns nothing."""
    max_parse_bytes: int = 4 * 1024 * 1024
    """Source and JSON files above this are judged as text."""
    max_python_tokens: int = 60_000
    """Bounds what the parser takes: 2 KiB of memory and, should a library have raised the recursion
    limit, 100 bytes of stack for each token (8 MiB of stack end at about 90,000)."""
    max_python_bytes: int = 16 * 1024 * 1024
    """Python source parsed per contribution; the rest of it is judged as text."""
    max_nesting: int = 100
    max_columns: int = 16_384

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or value < 0:
                raise InputError(f"policy field {field.name} must be a whole number, not {value!r}")
            if field.name.startswith(_SHARES) and value > WHOLE:
                raise InputError(f"policy field {field.name} is {value}, above {WHOLE}")
        if self.version != VERSION:
            raise InputError(f"policy version {self.version} is not {VERSION}")
        for name in ("bytes_per_unit", "sample_one_in", "min_samples", "share_step", "min_shapes"):
            if not getattr(self, name):
                raise InputError(f"policy field {name} must not be zero")

    def to_json(self) -> bytes:
        """Canonical form: UTF-8 JSON, keys sorted, no blanks."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Policy:
        """Read `to_json`'s form; raise InputError for anything missing, unknown or out of range."""
        if len(text) > _LONGEST:
            raise InputError(f"a policy has at most {_LONGEST} bytes")
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"the policy is not JSON: {error}") from error
        names = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != names:
            raise InputError(f"a policy has exactly the fields {', '.join(sorted(names))}")
        return cls(**values)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON (32 bytes): the policy's name."""
        return hashlib.sha256(self.to_json()).digest()


def counted_share(part: int, whole: int, policy: Policy) -> int:
    """Share of `part` in `whole` as it counts: in whole steps, and all of it when nearly all.

    Args and result: any common unit; the result is basis points.
    """
    if not whole:
        return 0
    share = part * WHOLE // whole
    if share >= policy.near_duplicate:
        return WHOLE
    return share // policy.share_step * policy.share_step
