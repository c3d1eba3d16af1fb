"""The check of errors that a server in front gives: a limit, a firewall, a gateway. They are not the API's."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, passed
from conformance.contract import Operation
from conformance.engine.exchange import Answer, Exchange

__all__ = ["OF_HTTP", "error_in_front", "is_from_in_front"]

OF_HTTP = (408, 411, 414, 417, 431)
"""Statuses about the message itself, whatever the operation."""
_IN_FRONT = (403, 408, 413, 414, 429, 431, 502, 503, 504)
_REQUIREMENT = "http/error-in-front"


@check(_REQUIREMENT)
def error_in_front(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """An error with a status that servers in front give reads like those of the API."""
    answer, operation = exchange.answer, exchange.probe.operation
    if answer is None or answer.status not in _IN_FRONT or not is_of_operation(exchange):
        return
    if answer.status in OF_HTTP:
        return  # said by whoever reads the head, before there is an API
    if is_from_in_front(operation, answer):
        what = answer.media_type or "no media type"
        yield failed(_REQUIREMENT, f"{answer.status} came as {what}, as from a server in front", exchange)
    else:
        yield passed(_REQUIREMENT, exchange)


def is_from_in_front(operation: Operation, answer: Answer) -> bool:
    """Tell whether an error is not in the API's own words, and has a status that servers in front give."""
    known = {name for response in operation.refusals for name in response.media_types}
    if answer.status not in _IN_FRONT or not known:
        return False
    return answer.media_type not in known and not answer.media_type.endswith("json")
