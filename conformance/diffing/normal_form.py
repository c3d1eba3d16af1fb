"""The normal form of an answer: what stays when ids, times and all else that changes by itself is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from conformance.engine.exchange import Answer, Exchange

__all__ = ["NormalAnswer", "normal_form"]

_CHANGING_ROLES = frozenset((
    "id", "legacy-id", "parent-id", "request-id", "created-time", "completed-time", "expiry-time", "progress",
    "result-url",
))  # fmt: skip
_HEADERS = ("allow", "www-authenticate", "cache-control", "location")
_PRESENT_ONLY = "present"
_CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}"  # UUIDs
    r"|\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?"
    r"|0x[0-9a-f]{6,}"
    r"|\b(?=[\w-]*\d)[A-Za-z0-9_-]{16,}\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d+")
_EPOCH = (1_000_000_000, 4_000_000_000)  # seconds; a number between them is a time


@frozen
class NormalAnswer:
    """An answer as it would be again.

    Attributes:
        status: None where there was no answer.
        outcome: what it amounts to.
        headers: those that mean something, by name in lower case.
        members: of a body that is JSON, by their path, each with its value as text.
        text: of any other body.
    """

    status: int | None
    outcome: str
    media_type: str
    headers: Mapping[str, str] = field(repr=False)
    members: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)


def normal_form(exchange: Exchange) -> NormalAnswer:
    """Return the normal form of what came of a request."""
    answer = exchange.answer
    if answer is None:
        return NormalAnswer(None, exchange.outcome.value, "", {}, {}, "")
    body = answer.json
    members = dict(_members((), body, exchange)) if body is not None else {}
    text = "" if body is not None else _stable(answer.body.decode("utf-8", "replace"), is_refusal=answer.status >= 400)
    return NormalAnswer(
        answer.status, exchange.outcome.value, answer.media_type, dict(_headers(exchange, answer)), members, text
    )


def _headers(exchange: Exchange, answer: Answer) -> Iterator[tuple[str, str]]:
    for name in _HEADERS:
        value = answer.header(name)
        if value is not None:
            words = sorted(word.strip().lower() for word in value.split(","))
            yield name, _stable(", ".join(words), is_refusal=True)
    documented = exchange.probe.operation.response(answer.status)
    for name in documented.headers if documented is not None else ():
        if name.lower() not in _HEADERS and answer.header(name) is not None:
            yield name.lower(), _PRESENT_ONLY


def _members(path: tuple[str, ...], value: Any, exchange: Exchange) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _members((*path, str(name)), member, exchange)
    elif isinstance(value, list):
        yield f"{'.'.join(path)}[]", f"{len(value)} items"
        for member in value[:1]:
            yield from _members((*path, "[]"), member, exchange)
    else:
        yield ".".join(path), _value(path, value, exchange)


def _value(path: tuple[str, ...], value: Any, exchange: Exchange) -> str:
    status = exchange.status or 0
    documented = exchange.probe.operation.response(status)
    known = next((found for found in documented.properties if found.path == path), None) if documented else None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if known is not None and known.role in _CHANGING_ROLES and value is not None:
        return "a number" if is_number else f"a {type(value).__name__}"
    seconds = value / 1000 if is_number and value > _EPOCH[1] else value
    if is_number and _EPOCH[0] < seconds < _EPOCH[1]:
        return "a time"
    return _stable(value, is_refusal=status >= 400) if isinstance(value, str) else repr(value)


def _stable(text: str, *, is_refusal: bool) -> str:
    """Take out of a text what changes by itself; in a refusal numbers are of requests, bytes and seconds."""
    text = _CHANGING.sub("*", text)
    return _NUMBERS.sub("*", text) if is_refusal else text
