"""What the story asserts: something holds, or something is refused for the stated reason."""

from __future__ import annotations

from collections.abc import Callable

from dao_backend.errors import DaoError


class PromiseBroken(DaoError):
    """The story saw the system do what it must not."""

    advice = "This is a defect: please report it with what the command printed."


def holds(condition: bool, promise: str) -> None:  # noqa: FBT001  # reads as a sentence
    """Raise PromiseBroken unless the condition is true."""
    if not condition:
        raise PromiseBroken(promise)


def same(found: object, expected: object, what: str) -> None:
    """Raise PromiseBroken unless both are equal."""
    if found != expected:
        raise PromiseBroken(f"{what} should be {expected}, but is {found}")


def refused(kind: type[DaoError], reason: str, act: Callable[[], object]) -> str:
    """Run what must be refused; the refusal's sentence, which must contain `reason`."""
    try:
        act()
    except kind as error:
        said = f"{getattr(error, 'name', '')} {error}"
        holds(reason.lower() in said.lower(), f"expected a refusal about {reason!r}, not {said!r}")
        return str(error)
    raise PromiseBroken(f"something was allowed that must be refused: {reason}")
