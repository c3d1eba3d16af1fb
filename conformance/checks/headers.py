"""Checks of what HTTP itself demands of an answer's header fields."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import Context, Finding, check, failed, passed
from conformance.engine.exchange import Exchange

__all__ = ["headers"]


@check("http/challenge", "http/allow", "http/content-type-present")
def headers(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A 401 challenges, a 405 names the methods, a body has a type."""
    answer = exchange.answer
    if answer is None:
        return
    if answer.status == 401:
        if answer.header("www-authenticate"):
            yield passed("http/challenge", exchange)
        else:
            yield failed("http/challenge", "a 401 without `WWW-Authenticate`", exchange)
    if answer.status == 405:
        yield _allow(context, exchange, answer.header("allow"))
    if answer.body:
        if answer.header("content-type"):
            yield passed("http/content-type-present", exchange)
        else:
            yield failed("http/content-type-present", "a body without `Content-Type`", exchange)


def _allow(context: Context, exchange: Exchange, allow: str | None) -> Finding:
    path = exchange.probe.operation.path
    wanted = {operation.method for operation in context.contract.operations if operation.path == path}
    named = {method.strip().upper() for method in (allow or "").split(",")}
    if allow is None:
        return failed("http/allow", "a 405 without `Allow`", exchange)
    if missing := wanted - named:
        return failed("http/allow", f"`Allow: {allow}` does not name {', '.join(sorted(missing))}", exchange)
    if exchange.probe.request.method in named:
        return failed("http/allow", f"`Allow: {allow}` names the very method that was refused", exchange)
    return passed("http/allow", exchange)
