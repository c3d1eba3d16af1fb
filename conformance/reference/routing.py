"""Which operation is meant."""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import evolve
from starlette.routing import compile_path

from conformance.reference.calls import Call, Refusal

__all__ = ["allowed_methods", "route"]


async def route(call: Call) -> Call:
    """Find the operation by path and method; 404 and 405 are settled here."""
    path, method = call.request.scope["path"], call.request.method
    for operation in call.world.contract.operations:
        match = _pattern(operation.path).match(path)
        if match and method in (operation.method, "HEAD" if operation.method == "GET" else ""):
            return evolve(call, operation=operation, path_values=match.groupdict())
    allowed = allowed_methods(call)
    if allowed:
        message = f"{method} is not allowed here; use {' or '.join(allowed)}"
        raise Refusal(405, message, headers={"Allow": ", ".join(allowed)})
    raise Refusal(404, "there is nothing at this path")


def allowed_methods(call: Call) -> tuple[str, ...]:
    """Return the methods that the contract has at the path of a call."""
    path = call.request.scope["path"]
    methods = [operation.method for operation in call.world.contract.operations if _pattern(operation.path).match(path)]
    return (*methods, "HEAD") if "GET" in methods else tuple(methods)


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]
