"""What a keeper's operator sets: `keeper.yaml`, read and written, with what is unwise in it.

`parse(yaml.safe_load(text_of(config))) == config`. Secrets are never settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dao_backend.core.bounds import HOUR, distinct, within
from dao_backend.core.sections import Section
from dao_backend.errors import InputError

MAX_CORES = 256
MAX_PAUSE = HOUR
_KEYS = (
    "endpoint", "listen", "dao", "rpc", "agree", "cores", "pause", "approve_handovers",
    "post_receipts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the keeper's server listens."""

    host: str
    port: int
    """0 takes a free one."""

    @classmethod
    def parse(cls, text: str) -> Listen:
        """HOST:PORT, an IPv6 host in brackets; InputError."""
        host, _, port = text.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise InputError(f"listen is {text!r}: write HOST:PORT, such as 127.0.0.1:8801")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


LISTEN = Listen("127.0.0.1", 8801)


@dataclass(frozen=True, slots=True)
class KeeperConfig:
    """One keeper; InputError says what to change."""

    endpoint: str
    """URL at which everybody reaches it: what its seat on chain says."""
    rpc: tuple[str, ...]
    """URLs of the m nodes it asks."""
    listen: Listen = LISTEN
    dao: str = "deployment.json"
    """Path of the deployment record, from the data folder."""
    agree: int = 1
    """k: how many nodes have to give the same answer."""
    cores: int = 1
    """Processes that open shares side by side."""
    pause: float = 5.0
    """Seconds between two looks at the chain."""
    approve_handovers: bool = False
    """Whether shares go to any successor that a vote names, without a word of the operator."""
    post_receipts: bool = True
    """Whether the operator account posts receipts itself while it has coin."""

    def __post_init__(self) -> None:
        _require_url("endpoint", self.endpoint)
        if not self.rpc:
            raise InputError("rpc is empty: name one node at least, better three")
        for url in self.rpc:
            _require_url("rpc", url)
        distinct("rpc", self.rpc)
        distinct("rpc", map(_spelt_out, self.rpc))
        if not 1 <= self.agree <= len(self.rpc):
            raise InputError(
                f"agree is {self.agree}: choose a value from 1 to {len(self.rpc)}, the number of "
                "nodes in rpc"
            )
        if not self.dao:
            raise InputError("dao is empty: name the file with the deployment record")
        within("cores", self.cores, 1, MAX_CORES)
        if not 0 < self.pause <= MAX_PAUSE:
            raise InputError(f"pause is {self.pause}: choose seconds above 0, at most {MAX_PAUSE}")


def warning(config: KeeperConfig) -> str | None:
    """What is allowed and unwise about the nodes, in a sentence or two; None where nothing is."""
    nodes = len(config.rpc)
    if nodes < 2:
        return (
            "This keeper believes a single node: one that lies can make it release. "
            "Name nodes of several operators in rpc, and let more than half agree."
        )
    if config.agree <= nodes / 2:
        return (
            f"Only {config.agree} of {nodes} nodes have to agree: as many that lie together can "
            f"make this keeper release. Set agree to {nodes // 2 + 1} or more."
        )
    return None


def parse(content: object) -> KeeperConfig:
    """The config in a file's content; InputError names the setting and what to write."""
    top = Section.of("", content, *_KEYS)
    return KeeperConfig(
        endpoint=top.text("endpoint"),
        rpc=tuple(top.texts("rpc")),
        listen=Listen.parse(top.text("listen")),
        dao=top.text("dao"),
        agree=top.number("agree"),
        cores=top.number("cores"),
        pause=_seconds(top, "pause"),
        approve_handovers=_yes_or_no(top, "approve_handovers"),
        post_receipts=_yes_or_no(top, "post_receipts"),
    )


def text_of(config: KeeperConfig) -> str:
    """The file's whole content, every setting with what it is for."""
    said = {
        "endpoint": ("Where everybody reaches this keeper; its seat on chain says the same.",),
        "listen": ("Address and port it listens on here; a proxy may stand in front of it.",),
        "dao": (
            "The record of the DAO's deployment, as a path from this folder;",
            "a backup holds it under the name deployment.json alone.",
        ),
        "rpc": (
            "Nodes of the chain, each by its URL: take three or more, run by different people.",
        ),
        "agree": (
            "How many of them have to give the same answer; more than half keeps single liars out.",
        ),
        "cores": ("Processes that open shares side by side.",),
        "pause": ("Seconds between two looks at the chain.",),
        "approve_handovers": (
            "Whether shares go to every successor that a vote names without asking you:",
            "if not, you say `ddao keeper handover --epoch N`.",
        ),
        "post_receipts": (
            "Whether the operator account posts its receipts itself while it has coin;",
            "others can post the signed ones.",
        ),
    }
    lines = ["# A keeper's settings. Restart `ddao keeper run` after a change.", ""]
    for key, value in _values(config):
        lines += [*(f"# {line}" for line in said[key]), f"{key}: {_yaml(value)}", ""]
    return "\n".join(lines)


def _values(config: KeeperConfig) -> Iterable[tuple[str, object]]:
    for key in _KEYS:
        value = getattr(config, key)
        yield key, str(value) if isinstance(value, Listen) else value


def _yaml(value: object) -> str:
    """JSON is YAML, but for pairs of surrogates and what has no shape on a screen."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)


def _require_url(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"{name} is {url!r}: write a URL like https://keeper.example.org")


def _spelt_out(url: str) -> str:
    """One spelling for each place: a node that is listed in two ways would agree with itself."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return f"{parts.scheme}://{parts.hostname}:{port}{path}"


def _seconds(top: Section, key: str) -> float:
    value = top.values[key]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InputError(f"{key} is {value!r}: write a number of seconds")
    return float(value)


def _yes_or_no(top: Section, key: str) -> bool:
    value = top.values[key]
    if not isinstance(value, bool):
        raise InputError(f"{key} is {value!r}: write true or false")
    return value
