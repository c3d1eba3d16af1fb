"""Our checks for plain Schemathesis: `SCHEMATHESIS_HOOKS=conformance.hooks st run openapi.yaml …`.

Every check of an answer's meaning is registered, under a name that starts with `videos_`; those that need to
know what a request was built for stay with `videos-conformance`. `VIDEOS_CONTRACT` names another contract.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import schemathesis

from conformance.bodies.requests import content_type_of, read_body, read_parameters
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import judge
from conformance.checks import CHECKS, RUN_CHECKS, Check, Context, Mark
from conformance.checks.offering import UNROUTED
from conformance.contract import Contract, Operation, load
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Cost, Expect, PreparedRequest, Probe
from conformance.engine.target import Target
from conformance.requirements import catalogue

__all__ = ["MEANING"]

MEANING = (
    *(
        "assignment",
        "coherence",
        "consistency",
        "echoes",
        "error_in_front",
        "headers",
        "json_text",
        "plausible",
        "secrecy",
        "storing",
    ),
    "suggested",
)

_CONTRACT = load(Path(os.environ["VIDEOS_CONTRACT"]) if "VIDEOS_CONTRACT" in os.environ else None)
_CONTEXT = Context(_CONTRACT, catalogue(_CONTRACT), {})


def _operation(contract: Contract, case: Any) -> Operation | None:
    wanted = (case.method.upper(), case.path)
    return next((found for found in contract.operations if (found.method, found.path) == wanted), None)


def _exchange(response: Any, case: Any) -> Exchange | None:
    """Return what Schemathesis sent and received as an exchange; None where the contract has no such operation."""
    operation = _operation(_CONTRACT, case)
    if operation is None or (operation.optional and response.status_code in UNROUTED):
        return None  # what a server may do without is held against nobody
    request = response.request
    body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
    headers = tuple((name, str(value)) for name, value in request.headers.items() if name.lower() != "authorization")
    token = request.headers.get("Authorization", "").partition(" ")[2]
    message = PreparedRequest(request.method or operation.method, request.path_url, headers, body)
    probe = Probe(
        case.id,
        operation,
        message,
        Expect.EITHER,
        Cost.FREE,
        "schemathesis",
        sent=_sent(operation, request.path_url, headers, body),
    )
    shown = tuple((name, value) for name, values in response.headers.items() for value in values)
    answer = Answer(response.status_code, shown, response.content)
    text = response.content.decode("utf-8", "surrogateescape") + "".join(value for _, value in shown)
    leaks = ("answer",) if token and Target("", token).leaks(text) else ()
    return Exchange(probe, answer, None, "", 0.0, response.elapsed, leaks, wall=time.time())


def _sent(operation: Operation, target: str, headers: tuple[tuple[str, str], ...], body: bytes) -> dict[str, Any]:
    parts, media = read_parameters(operation, target, headers), None
    try:
        if operation.body is not None and body:
            media, inside = read_body(operation, content_type_of(headers), body)
            parts = (*parts, *inside)
    except MalformedBody:
        return {}
    return dict(judge(operation, parts, media).values)


def _adapted(check: Check) -> Callable[[Any, Any, Any], None]:
    def adapted(ctx: Any, response: Any, case: Any) -> None:
        exchange = _exchange(response, case)
        if exchange is None:
            return
        broken = [finding for finding in check(_CONTEXT, exchange) if finding.mark is Mark.FAIL]
        if broken:
            raise AssertionError("\n".join(f"{finding.requirement}: {finding.message}" for finding in broken))

    return adapted


for _name in MEANING:
    _function = _adapted(CHECKS[_name])
    _function.__name__ = f"videos_{_name}"
    schemathesis.check(_function)


@schemathesis.check
class videos_run:  # noqa: N801 - Schemathesis shows the name of a check as it is written
    """What only shows over a whole run, such as an id that is given twice."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []

    def after_response(self, ctx: Any, response: Any, case: Any) -> None:
        """Remember an answer."""
        exchange = _exchange(response, case)
        if exchange is not None:
            self._exchanges.append(exchange)

    def after_run(self, ctx: Any) -> None:
        """Judge all answers together."""
        findings = [finding for check in RUN_CHECKS.values() for finding in check(_CONTEXT, self._exchanges)]
        broken = [finding for finding in findings if finding.mark is Mark.FAIL]
        if broken:
            raise AssertionError("\n".join(f"{finding.requirement}: {finding.message}" for finding in broken))
