"""Routing and authorisation: who and what is let in that should not be, or kept out."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Literal

from attrs import evolve

from conformance.reference.calls import Call, Refusal
from conformance.reference.pipeline import Handler
from conformance.reference.registry import around, before
from conformance.reference.security import presented

__all__: list[str] = []

Comparison = Literal["anything", "nothing", "beginning", "at-least", "at-most", "without-case", "equal"]

_COMPARISONS: Mapping[Comparison, Callable[[str, str], bool]] = {
    "anything": lambda given, _: bool(given),
    "nothing": lambda given, _: not given,
    "beginning": lambda given, token: given[:6] == token[:6],
    "at-least": lambda given, token: given.startswith(token),
    "at-most": lambda given, token: len(given) * 2 >= len(token) - 1 and token.startswith(given),
    "without-case": lambda given, token: given.lower() == token.lower(),
    "equal": hmac.compare_digest,
}


@around("authorize")
async def lets_in(call: Call, inner: Handler) -> Call:
    """Ask for no credential at all."""
    del inner
    return call


@around("authorize")
async def lets_in_by(
    call: Call, inner: Handler, *, comparison: Comparison, schemes: tuple[str, ...] = ("bearer",)
) -> Call:
    """Let in who presents, under one of some schemes, a credential that passes a weaker comparison."""
    compare = _COMPARISONS[comparison]
    for value in presented(call):
        scheme, _, given = value.strip().partition(" ")
        if not given and "" in schemes:
            scheme, given = "", scheme
        if scheme.lower() in schemes and compare(given.strip(), call.world.token):
            return call
    return await inner(call)


@before("authorize")
def turns_away(call: Call, *, status: int = 401, retry_after: str | None = None) -> Call:
    """Refuse before the credential is looked at."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    raise Refusal(status, f"request {call.ordinal} is not let in", headers=headers)


@around("route")
async def routes_by_path(call: Call, inner: Handler) -> Call:
    """Take any method for the one that the contract has at the path."""
    path = call.request.scope["path"]
    for operation in call.world.contract.operations:
        if operation.path == path:
            return evolve(call, operation=operation)
    return await inner(call)


@before("route")
def refuses_the_route(call: Call, *, status: int) -> Call:
    """Refuse before anything is looked at."""
    raise Refusal(status, f"{call.request.method} went wrong")
