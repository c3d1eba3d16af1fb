"""Checks of what HTTP itself demands of an answer's header fields; httplint reads them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import Context, Finding, check, failed, passed
from conformance.checks.httplint_adapter import Fields, fields_of
from conformance.engine.exchange import Answer, Exchange, Outcome

__all__ = ["headers", "storing"]

_CHALLENGE, _ALLOW, _TYPE = "http/challenge", "http/allow", "http/content-type-present"
_SYNTAX, _ONCE, _SHARED = "http/field-syntax", "http/single-fields", "http/not-shared"
_SAFE = ("GET", "HEAD", "OPTIONS")


@check(_CHALLENGE, _ALLOW, _TYPE, _SYNTAX, _ONCE)
def headers(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A 401 challenges, a 405 names the methods, a body has a type, and each field keeps its grammar."""
    answer = exchange.answer
    if answer is None:
        return
    fields = fields_of(answer)
    yield from _grammar(fields, exchange)
    if answer.status == 401:
        yield _told(_CHALLENGE, "a 401 without `WWW-Authenticate`", exchange, present="www-authenticate")
    if answer.status == 405:
        yield _allow(context, exchange, answer.header("allow"))
    if answer.body:
        yield _told(_TYPE, "a body without `Content-Type`", exchange, present="content-type")


@check(_SHARED)
def storing(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What was made for one caller is not declared fit for a cache that others share."""
    answer, method = exchange.answer, exchange.probe.request.method
    if answer is None or exchange.outcome is not Outcome.ACCEPTED or method in _SAFE:
        return
    directives = fields_of(answer).directives()
    if "no-store" in directives or "private" in directives:
        yield passed(_SHARED, exchange)
        return
    inviting = [name for name in ("public", "s-maxage", "max-age") if directives.get(name, 0) != 0]
    if inviting:
        told = answer.header("cache-control")
        yield failed(_SHARED, f"the answer to a {method} says `Cache-Control: {told}`", exchange)
    else:
        yield passed(_SHARED, exchange)


def _told(requirement: str, message: str, exchange: Exchange, *, present: str) -> Finding:
    answer = exchange.answer
    if answer is not None and answer.header(present):
        return passed(requirement, exchange)
    return failed(requirement, message, exchange)


def _grammar(fields: Fields, exchange: Exchange) -> Iterator[Finding]:
    answer = exchange.answer
    for requirement, names, what in ((_SYNTAX, fields.broken, "is"), (_ONCE, fields.repeated, "stands twice:")):
        if names:
            shown = f"`{names[0]}` {what} {_value(answer, names[0])!r}"
            yield failed(requirement, shown, exchange)
        else:
            yield passed(requirement, exchange)


def _value(answer: Answer | None, name: str) -> str:
    return ", ".join(value for key, value in answer.headers if key.lower() == name) if answer is not None else ""


def _allow(context: Context, exchange: Exchange, allow: str | None) -> Finding:
    address = exchange.probe.address
    wanted = {operation.method for operation in context.contract.operations if operation.serves(address)}
    named = {method.strip().upper() for method in (allow or "").split(",")}
    if allow is None:
        return failed(_ALLOW, "a 405 without `Allow`", exchange)
    if missing := wanted - named:
        return failed(_ALLOW, f"`Allow: {allow}` does not name {', '.join(sorted(missing))}", exchange)
    if exchange.probe.request.method in named:
        return failed(_ALLOW, f"`Allow: {allow}` names the very method that was refused", exchange)
    return passed(_ALLOW, exchange)
