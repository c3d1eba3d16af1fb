"""The Schemathesis adapter: its built-in checks judge the shape of answers, its strategies draw bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx

from conformance.contract import Contract, Operation
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Probe

__all__ = ["draw_bodies", "prepare", "shape_failures"]

_BASE_URL = "http://conformance.invalid"  # reserved (RFC 2606): a stand-in that can never be called


@cache
def _schema(document: str) -> Any:
    import schemathesis  # noqa: PLC0415 - slow to import; commands that judge nothing do without it

    return schemathesis.openapi.from_dict(json.loads(document))


@cache
def _checks() -> list[Any]:
    from schemathesis.specs.openapi import checks as openapi_checks  # noqa: PLC0415

    return [
        openapi_checks.status_code_conformance,
        openapi_checks.content_type_conformance,
        openapi_checks.response_headers_conformance,
        openapi_checks.response_schema_conformance,
    ]


_LOADED: dict[str, Any] = {}
_JUDGED: dict[tuple[object, ...], tuple[Any, ...]] = {}


def _operation(contract: Contract, operation: Operation) -> Any:
    """Return an operation as Schemathesis sees it."""
    key = f"{contract.sha256}/{operation.id}"
    if key not in _LOADED:
        schema = _schema(json.dumps(contract.document.data, default=str))
        schema.config.update(base_url=_BASE_URL)
        _LOADED[key] = schema[operation.path][operation.method]
    return _LOADED[key]


def prepare(contract: Contract) -> None:
    """Load what judging needs; slow, and best done while answers are awaited."""
    _checks()
    for operation in contract.operations:
        _operation(contract, operation)


def shape_failures(contract: Contract, exchange: Exchange) -> tuple[Any, ...]:
    """Return the failures that Schemathesis sees in an answer: status, content type, headers, body."""
    if exchange.answer is None:
        return ()
    answer, operation = exchange.answer, exchange.probe.operation
    # Judgement depends on the answer alone, and most refusals of a run are the same to the letter.
    key = (contract.sha256, operation.id, answer.status, _lasting(answer), answer.body)
    if key not in _JUDGED:
        _JUDGED[key] = _judge(contract, exchange.probe, answer)
    return _JUDGED[key]


def _lasting(answer: Answer) -> tuple[str | None, ...]:
    return (answer.header("content-type"), *sorted({name.lower() for name, _ in answer.headers}))


def _judge(contract: Contract, probe: Probe, answer: Answer) -> tuple[Any, ...]:
    from schemathesis.core.failures import FailureGroup  # noqa: PLC0415

    operation = probe.operation
    sent: dict[str, Any] = {
        "path_parameters": {d.name: str(probe.sent.get(d.name, d.name)) for d in operation.inputs_in("path")}
    }
    if operation.media is not None:
        sent |= {"media_type": operation.media.name, "body": dict(probe.sent)}
    case = _operation(contract, operation).Case(**sent)
    try:
        case.validate_response(_response(answer, operation), checks=_checks())
    except FailureGroup as group:
        return tuple(group.exceptions)
    return ()


def _response(answer: Answer, operation: Operation) -> httpx.Response:
    request = httpx.Request(operation.method, _BASE_URL + operation.path)
    # The body is kept decoded, so a header that says how it was coded must not be obeyed twice.
    coded = ("content-encoding", "transfer-encoding")
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers if k.lower() not in coded]
    response = httpx.Response(answer.status, headers=headers, content=answer.body, request=request)
    response.elapsed = timedelta(0)
    return response


def draw_bodies(contract: Contract, operation: Operation, mode: str, seed: int, count: int) -> list[Mapping[str, Any]]:
    """Draw about so many bodies of an operation that are objects, by a seed; `mode` is positive or negative.

    Hypothesis mixes in constants that it finds in modules outside of site-packages. What is drawn would depend on what
    else is loaded and on how this package was installed, so none of them are taken.
    """
    import hypothesis  # noqa: PLC0415 - slow to import, and needed only where nothing is cached
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415
    from hypothesis.internal.constants_ast import Constants  # noqa: PLC0415
    from schemathesis import GenerationMode  # noqa: PLC0415

    media_type = operation.media.name if operation.media is not None else ""
    drawn: list[Mapping[str, Any]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=_operation(contract, operation).as_strategy(generation_mode=GenerationMode(mode)))
    def collect(case: Any) -> None:
        if case.media_type == media_type and isinstance(case.body, Mapping):
            drawn.append(case.body)

    none = Constants()
    with (
        patch.object(providers, "_get_local_constants", lambda: none),
        patch.object(providers, "CONSTANTS_CACHE", type(providers.CONSTANTS_CACHE)(1024)),
    ):
        collect()
    return drawn
