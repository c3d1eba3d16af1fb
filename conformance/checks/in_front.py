"""Checks of errors that are not the API's own: a limit's, a firewall's, a gateway's, or a router's."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, passed
from conformance.contract import Operation
from conformance.engine.exchange import Answer, Exchange

__all__ = ["OF_HTTP", "error_in_front", "is_from_in_front", "not_found"]

OF_HTTP = (408, 411, 414, 417, 431)
"""Statuses about the message itself, whatever the operation."""
_IN_FRONT = (403, 408, 413, 414, 429, 431, 502, 503, 504)
_REQUIREMENT = "http/error-in-front"
_NOT_FOUND = "http/not-found-form"


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


@check(_NOT_FOUND)
def not_found(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What says that there is nothing below the API's own path reads like the API's other refusals."""
    answer, operation = exchange.answer, exchange.probe.operation
    known = _own_types(operation)
    is_below = exchange.probe.address.startswith(f"{operation.fixed_path}/")
    if answer is None or answer.status != 404 or not known or not is_below or _is_served(context, exchange):
        return
    if not answer.body:
        yield failed(_NOT_FOUND, "a 404 without a body", exchange)
    elif answer.media_type in known or answer.media_type.endswith("json"):
        yield passed(_NOT_FOUND, exchange)
    else:
        yield failed(_NOT_FOUND, f"a 404 came as {answer.media_type or 'no media type'}", exchange)


def _is_served(context: Context, exchange: Exchange) -> bool:
    return any(operation.serves(exchange.probe.address) for operation in context.contract.operations)


def is_from_in_front(operation: Operation, answer: Answer) -> bool:
    """Tell whether an error is not in the API's own words, and has a status that servers in front give."""
    known = _own_types(operation)
    if answer.status not in _IN_FRONT or not known:
        return False
    return answer.media_type not in known and not answer.media_type.endswith("json")


def _own_types(operation: Operation) -> set[str]:
    """Return the media types in which the API itself refuses."""
    return {name for response in operation.refusals for name in response.media_types}
