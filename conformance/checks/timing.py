"""Checks of how long an answer takes."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import Context, Finding, check, failed, passed
from conformance.engine.exchange import Exchange, Silence

__all__ = ["timing"]


@check("time/*")
def timing(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """There is an answer, and it comes in time."""
    first = exchange.earlier
    if exchange.silence is Silence.TIMEOUT:
        yield failed("time/answer", exchange.detail, exchange)
    elif first is not None and _is_to_blame(first) and exchange.answer is not None:
        yield failed("time/answer", f"answered only when it was repeated; at first: {first.detail}", exchange)
    elif exchange.answer is not None:
        yield passed("time/answer", exchange)
    if context.max_response_time is None or exchange.answer is None:
        return
    if exchange.elapsed > context.max_response_time:
        message = f"answered after {exchange.elapsed:.2f} s, the limit is {context.max_response_time:g} s"
        yield failed("time/limit", message, exchange)
    else:
        yield passed("time/limit", exchange)


def _is_to_blame(exchange: Exchange) -> bool:
    return exchange.silence in (Silence.TIMEOUT, Silence.DROPPED) and not exchange.may_be_chance
