"""Checks that an answer shows nothing that only the operator should see (`internals.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from urllib.parse import unquote, urlsplit

from conformance.checks.findings import Context, Finding, check, failed, open_, passed
from conformance.data import read_data
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.fingerprint import texts

__all__ = ["secrecy"]

_CREDENTIAL, _KEY = "secrecy/credential", "secrecy/foreign-key"
_LOOKED_AT = 64 * 1024  # characters of a body; the patterns take seconds for a megabyte
_OWN_TO_THE_CALLER = ("set-cookie",)  # a session is the caller's own secret, and meant for it


@check("secrecy/*")
def secrecy(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """No trace, no path, no address within, no credential, in the body or in a header."""
    answer = exchange.answer
    if answer is None:
        return
    shown = [each for text in _shown(answer) for each in _suspicious(text)]
    host = urlsplit(context.url).hostname or ""
    for requirement in _patterns():
        if requirement == _KEY and (exchange.leaks or exchange.probe.request.credentials.transform != "as-is"):
            continue  # the caller's own, or nearly so, which has a requirement to itself
        found = (match for broken, match in shown if broken == requirement and not _is_target(match, host))
        secret = next((text for match in found if _single(text := match[0].strip()) not in _said(exchange)), None)
        if secret is None:
            yield passed(requirement, exchange)
        else:
            yield failed(requirement, f"the answer shows {_excerpt(requirement, secret)!r}", exchange)
    if not context.token_tells:
        yield open_(
            _CREDENTIAL, "the token of this run is an ordinary word, or so short that it could be one", exchange
        )
    elif exchange.leaks:
        yield failed(_CREDENTIAL, f"the token stands in the {exchange.leaks[0]}", exchange)
    else:
        yield passed(_CREDENTIAL, exchange)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """Return one pattern for each requirement."""
    entries = read_data("checks", "internals.yaml")
    return {
        entry["breaks"]: re.compile("|".join(f"(?:{each['pattern']})" for each in entry["patterns"]), re.MULTILINE)
        for entry in entries
    }


@lru_cache(maxsize=1024)  # most answers say the same
def _suspicious(text: str) -> tuple[tuple[str, re.Match[str]], ...]:
    """Return what looks like an internal of a server, each with the requirement that forbids it."""
    return tuple(
        (requirement, match) for requirement, pattern in _patterns().items() for match in pattern.finditer(text)
    )


def _is_target(match: re.Match[str], host: str) -> bool:
    """Tell whether an address on the server under test is shown, as a link: the caller knows it already."""
    linked = "://" in match[0] or match.string.startswith("://", max(match.start() - 3, 0))
    return bool(host) and linked and host in match[0]


def _shown(answer: Answer) -> tuple[str, ...]:
    """Return all that an answer says, JSON as it is read: escapes hide what is there, and make up what is not."""
    values = (f"{name}: {value}" for name, value in answer.headers if name.lower() not in _OWN_TO_THE_CALLER)
    read = answer.json
    said = "\n".join(texts(read)) if read is not None else answer.body[:_LOOKED_AT].decode("utf-8", "replace")
    return said[:_LOOKED_AT], *values


def _single(text: str) -> str:
    """Write every row of backslashes as one: who repeats a text escapes it, perhaps more than once."""
    return re.sub(r"\\+", r"\\", text)


def _said(exchange: Exchange) -> str:
    """Return all that the request said: what it said itself is no secret."""
    request = exchange.probe.request
    said = "\n".join(
        (
            request.body.decode("utf-8", "replace"),
            request.path,
            unquote(request.path, errors="replace"),
            *(value for _, value in request.headers),
            request.credentials.template or "",
            *texts(dict(exchange.probe.sent)),
        )
    )
    return _single(said)


def _excerpt(requirement: str, secret: str) -> str:
    """Shorten what is shown; of somebody's key, a report shows no more than tells which it is."""
    if requirement in ("secrecy/foreign-key", "secrecy/connection-string"):
        return f"{secret[:12]}…"
    return secret if len(secret) <= 200 else f"{secret[:199]}…"
