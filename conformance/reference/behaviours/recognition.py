"""Authorisation by what is not in its place: the token elsewhere, or a caller who was there before."""

from __future__ import annotations

import asyncio
import base64
from typing import Literal
from urllib.parse import parse_qs

from conformance.reference.calls import Call
from conformance.reference.pipeline import Handler
from conformance.reference.protocol import outlet_of
from conformance.reference.registry import around
from conformance.reference.security import authorizations, presented

__all__: list[str] = []

_THINKING = 0.01
_LINGERING = 1.0  # seconds: long enough for a busy machine


@around("authorize")
async def lets_in_from(
    call: Call, inner: Handler, *, location: Literal["query", "header", "cookie"], name: str
) -> Call:
    """Let in who brings the right token where the contract does not name it, as it is or as is usual there."""
    request, token = call.request, call.world.token
    given = {
        "query": parse_qs(request.url.query).get(name, []),
        "header": request.headers.getlist(name),
        "cookie": [request.cookies.get(name, "")],
    }[location]
    right = (token, f"Bearer {token}", f"realtime, openai-insecure-api-key.{token}")
    return call if any(value in right for value in given) else await inner(call)


@around("authorize")
async def lets_in_who_follows(call: Call, inner: Handler) -> Call:
    """Let in who brings no credential right after somebody who brought the right one, from anywhere."""
    memory = call.world.memory
    if memory.pop("let in", False) and not presented(call):
        return call
    call = await inner(call)
    memory["let in"] = True
    return call


@around("authorize")
async def lets_in_by_any_word(call: Call, inner: Handler) -> Call:
    """Let in who brings the right credential among other words, or alone."""
    token = call.world.token
    right = {token, base64.b64encode(token.encode()).decode()}
    found = any(right & set(value.split()) for value in authorizations(call))
    return call if found else await inner(call)


@around("authorize")
async def lets_in_by_password(call: Call, inner: Handler) -> Call:
    """Let in who brings the right token as a Basic credential."""
    encoded = base64.b64encode(call.world.token.encode()).decode()
    return call if f"Basic {encoded}" in authorizations(call) else await inner(call)


@around("authorize")
async def lets_in_who_was_there(call: Call, inner: Handler, *, how: Literal["anybody", "without-case"]) -> Call:
    """Keep what let a caller in with the connection, and look no closer at who follows on it."""
    known: dict[int, set[str]] = call.world.memory.setdefault("connections", {})
    seen = known.setdefault(id(outlet_of(call)), set())
    given = {value.lower() for value in presented(call)}
    if seen and (how == "anybody" or given & seen):
        return call
    call = await inner(call)
    seen |= given
    return call


@around("authorize")
async def lets_in_who_is_there(call: Call, inner: Handler) -> Call:
    """Keep callers in one place for all requests, so that who calls at about the same time is taken for another."""
    present, given = call.world.memory.setdefault("callers", []), presented(call)
    present.append(given)
    await asyncio.sleep(_THINKING)
    right = any(call.world.token in value for other in present if other != given for value in other)
    asyncio.get_running_loop().call_later(_LINGERING, present.remove, given)
    return call if right else await inner(call)
