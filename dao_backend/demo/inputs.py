"""Real files that every machine has: the standard library, OpenZeppelin, labelled tables."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dao_backend.errors import EmptyContent, SetupError

CODE, LABELLED = 0, 1
"""The two collections of deployments/local.yaml, by number."""
MEMBERS = ("ada", "jon", "noor", "mira")
"""Ada and Jon write Python, Noor Solidity, Mira labels data."""
LARGE = 64 * 1024 * 1024
"""Least bytes of the contribution that shows streaming."""
COPIED = "optparse.py"
"""A module that Jon contributes and Noor copies."""
_FEW = 17
_LEFT_OUT = frozenset({"test", "site-packages", "__pycache__", "lib-dynload"})
_TABLES = ("iris.csv", "wine_data.csv", "breast_cancer.csv")


@dataclass(frozen=True, slots=True)
class Item:
    """One future contribution: whose, of which collection, and where it lies."""

    member: str
    collection: int
    path: Path


def default_items(work: Path) -> list[Item]:
    """What the demo contributes by itself; SetupError where a package is missing."""
    return [
        *standard_library(),
        *_openzeppelin(),
        *tables(),
        Item("ada", CODE, _corpus(work)),
        *worthless(work),
    ]


def items_of(folder: Path, work: Path) -> list[Item]:
    """Somebody's own data: each file or folder directly in `folder` is one contribution of Ada's.

    The others contribute what they always do, so that there is somebody to vote with.
    """
    found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if not found:
        raise EmptyContent(f"{folder} holds nothing to contribute")
    own = [Item("ada", CODE, path) for path in found]
    others = [item for item in standard_library() if item.member == "jon"]
    return [*own, *others, *_openzeppelin(), *tables(), *worthless(work)]


def small_items(work: Path) -> list[Item]:
    """Twenty files: seventeen modules of three members, and three tables of a fourth."""
    found = [item.path for item in standard_library() if item.path.is_file()]
    copied = next(path for path in found if path.name == COPIED)
    modules = [copied, *(path for path in found if path != copied)][:_FEW]
    turns = [Item(MEMBERS[place % 3], CODE, path) for place, path in enumerate(modules)]
    return [*turns, *tables(), *worthless(work)]


def late_item(work: Path) -> Item:
    """A contribution that arrives after the sale; its text is its own."""
    path = work / "late.py"
    lines = (f"LATE_{number} = {number * 7919 % 10_007}" for number in range(400))
    path.write_text('"""Constants that were contributed after the sale."""\n\n' + "\n".join(lines))
    return Item("ada", CODE, path)


def standard_library() -> Iterator[Item]:
    """Module by module; a package folder is one contribution."""
    folder = Path(sysconfig.get_path("stdlib"))
    for path in sorted(folder.iterdir()):
        package = path.is_dir() and (path / "__init__.py").exists()
        if path.name in _LEFT_OUT or not (package or path.suffix == ".py"):
            continue
        yield Item("ada" if path.name[0].lower() < "n" else "jon", CODE, path)


def _openzeppelin() -> Iterator[Item]:
    folder = Path.cwd() / "node_modules" / "@openzeppelin" / "contracts"
    if not folder.is_dir():
        raise SetupError(f"{folder} is missing: run `make setup` in the project")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and any(path.rglob("*.sol")) and path.name != "build":
            yield Item("noor", CODE, path)


def tables() -> Iterator[Item]:
    """Labelled tables that a pinned package ships; SetupError where it is missing."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise SetupError("scikit-learn, whose tables the demo uses, is missing: run `make setup`")
    for name in _TABLES:
        yield Item("mira", LABELLED, Path(package.origin).parent / "datasets" / "data" / name)


def _corpus(work: Path) -> Path:
    """The sources of the installed packages in one text file of at least 64 MiB."""
    path = work / "packages.txt"
    written = 0
    with path.open("wb") as file:
        for source in _package_sources():
            written += file.write(source.read_bytes())
            if written >= LARGE:
                return path
    raise SetupError(f"the installed packages hold only {written} bytes of source: `make setup`")


def _package_sources() -> Iterator[Path]:
    """Python sources of the environment, large ones first, so that few files make much."""
    folder = Path(sysconfig.get_path("purelib"))
    sources = [path for path in folder.rglob("*.py") if path.is_file()]
    yield from sorted(sources, key=lambda path: (-path.stat().st_size, str(path)))


def worthless(work: Path) -> Iterator[Item]:
    """What must earn nothing: a copy, blanks, an empty file."""
    copy, blanks, empty = work / "copied.py", work / "blanks.txt", work / "empty.txt"
    copy.write_bytes((Path(sysconfig.get_path("stdlib")) / COPIED).read_bytes())
    blanks.write_bytes(b" \n" * 4096)
    empty.write_bytes(b"")
    for path in (copy, blanks, empty):
        yield Item("noor", CODE, path)


def interpreter() -> str:
    """Which interpreter's library is contributed."""
    return f"Python {sys.version.split()[0]}"
