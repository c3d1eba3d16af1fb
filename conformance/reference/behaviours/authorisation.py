"""Routing and authorisation: who and what is let in that should not be, or kept out."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import unquote

from conformance.reference.calls import Call, Refusal
from conformance.reference.pipeline import Handler
from conformance.reference.registry import around, before
from conformance.reference.routing import here, serve_by
from conformance.reference.security import authorizations, challenge, offered, presented

__all__: list[str] = []

Comparison = Literal[
    "anything", "nothing", "beginning", "at-least", "at-most", "at-the-end", "without-case", "equal", "ascii-only",
    "first-word", "last-word", "like", "nobody", "too-long", "wildcard", "without-spaces", "injected",
    "percent-decoded", "after-another-scheme", "listed",
]  # fmt: skip

_COMPARISONS: Mapping[Comparison, Callable[[str, str], bool]] = {
    "anything": lambda given, _: bool(given),
    "nothing": lambda given, _: not given,
    "beginning": lambda given, token: given[:6] == token[:6],
    "at-least": lambda given, token: given.startswith(token),
    "at-most": lambda given, token: len(given) * 2 >= len(token) - 1 and token.startswith(given),
    "without-case": lambda given, token: given.lower() == token.lower(),
    "equal": lambda given, token: hmac.compare_digest(given.encode(), token.encode()),
    "at-the-end": lambda given, token: given.endswith(token),
    "ascii-only": lambda given, token: given.encode("ascii", "ignore").decode() == token,
    "first-word": lambda given, token: given.partition(" ")[0] == token,
    "last-word": lambda given, token: given.rpartition(" ")[2] == token,
    "like": lambda given, token: fnmatchcase(token, given.replace("%", "*")),
    "nobody": lambda given, _: given in ("null", "undefined"),
    "too-long": lambda given, _: len(given) > 4096,
    "wildcard": lambda given, _: given == "*",
    "injected": lambda given, _: "' or ''='" in given,
    "after-another-scheme": lambda given, token: given == f"Bearer {token}",
    "listed": lambda given, token: token in [item.strip() for item in given.split(",")],
    "percent-decoded": lambda given, token: unquote(given) == token,
    "without-spaces": lambda given, token: given.replace(" ", "") == token,
}


@around("authorize")
async def lets_in(call: Call, inner: Handler) -> Call:
    """Ask for no credential at all."""
    del inner
    return call


@around("authorize")
async def lets_in_by(
    call: Call, inner: Handler, *, comparison: Comparison, words: tuple[str, ...] | None = None
) -> Call:
    """Let in who presents a credential that passes a weaker comparison.

    It is looked for where the contract has it, or else after some words in the Authorization header.
    """
    compare = _COMPARISONS[comparison]
    found = _documented(call) if words is None else _after(call, words)
    if any(compare(given, call.world.token) for given in found):
        return call
    return await inner(call)


def _documented(call: Call) -> list[str]:
    schemes = (scheme for alternative in call.routed.security for scheme in alternative)
    return [given.decode("utf-8", "replace") for scheme in schemes for given in offered(call, scheme)]


def _after(call: Call, words: tuple[str, ...]) -> list[str]:
    found = []
    for value in authorizations(call):
        word, _, given = value.strip().partition(" ")
        if not given and "" in words:
            word, given = "", word
        if word.lower() in words:
            found.append(given.strip())
    return found


@around("authorize")
async def ignores_the_word(call: Call, inner: Handler) -> Call:
    """Let in who presents the right credential after any other word."""
    token = call.world.token.encode()
    right = {token.decode(), base64.b64encode(token).decode()}
    if any(value.partition(" ")[2].strip() in right for value in presented(call)):
        return call
    return await inner(call)


@before("authorize")
def turns_away(call: Call, *, status: int = 401, retry_after: str | None = None) -> Call:
    """Refuse before the credential is looked at."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    if status == 401:
        headers["WWW-Authenticate"] = challenge(call.routed, given=False)
    raise Refusal(status, f"request {call.ordinal} is not let in", headers=headers)


@around("route")
async def routes_by_path(call: Call, inner: Handler) -> Call:
    """Take any method for the one that the contract has at the path."""
    found = here(call)
    return serve_by(call, found[0]) if found else await inner(call)


@before("route")
def refuses_the_route(call: Call, *, status: int) -> Call:
    """Refuse before anything is looked at."""
    raise Refusal(status, f"{call.request.method} went wrong")
