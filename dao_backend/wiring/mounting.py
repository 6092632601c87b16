"""Several applications behind one address: each below a path of its own, one for all the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]
"""An ASGI application."""


def below(app: App, inside: Mapping[str, App]) -> App:
    """`app`, but for what is asked below the paths of `inside`.

    Those see their own path as the root (ASGI's `root_path`), as if they stood alone.
    """
    if not inside:
        return app

    async def choose(scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI's own
        path = str(scope.get("path", ""))
        found = next((each for each in inside if path == each or path.startswith(each + "/")), None)
        if scope["type"] != "http" or found is None:
            await app(scope, receive, send)
            return
        rooted = dict(scope) | {"root_path": str(scope.get("root_path", "")) + found}
        await inside[found](rooted, receive, send)

    return choose
