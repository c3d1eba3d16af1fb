"""Checks of status, content type, headers and body: Schemathesis judges, we name the requirement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.bodies.validity import Validity
from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, passed
from conformance.checks.hollow import is_hollow
from conformance.checks.in_front import OF_HTTP, is_from_in_front
from conformance.checks.results import is_about_a_part
from conformance.checks.schemathesis_adapter import shape_failures
from conformance.contract import Bound, Operation, Property, Response
from conformance.contract.resources import Resources
from conformance.engine.exchange import REASONS, Answer, Exchange, Outcome

__all__ = ["echoes", "shape", "suggested"]

_BOUNDS = (
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("pattern", "const", "minItems", "maxItems", "uniqueItems"),
)
_ASPECTS = ("content-type", "body", "header/*", "required", "type", "enum", "nullable", *_BOUNDS)
_WISHES = ("enum", "format", "anyOf", "oneOf", "not", *_BOUNDS)


@check("*/response/success-status", "*/response/error-status", *(f"*/response/*/{aspect}" for aspect in _ASPECTS))
def shape(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """The answer is a documented one and has the documented shape."""
    answer, operation = exchange.answer, exchange.probe.operation
    if answer is None or answer.cut or not is_of_operation(exchange) or is_about_a_part(exchange):
        return
    if answer.status < 300:
        yield _success_status(exchange, answer)
    if exchange.outcome is Outcome.MASKED or is_from_in_front(operation, answer):
        return
    documented = operation.response(answer.status)
    if documented is None and answer.status in (*Resources(context.contract).implied(operation), *OF_HTTP):
        yield passed(f"{operation.id}/response/error-status", exchange)
        return
    broken = dict(_broken(context, exchange, answer, documented))
    for requirement, message in broken.items():
        yield failed(requirement, message, exchange)
    if documented is None or not documented.media:
        return
    for requirement in _exercised(f"{operation.id}/response/{_kind(documented)}", documented, answer.json):
        if requirement in context.catalogue and requirement not in broken:
            yield passed(requirement, exchange)


def _broken(
    context: Context, exchange: Exchange, answer: Answer, documented: Response | None
) -> Iterator[tuple[str, str]]:
    """Yield the requirements that an answer breaks by its shape, each with what is wrong."""
    operation = exchange.probe.operation
    for failure in shape_failures(context.contract, exchange):
        for requirement, message in _requirements(operation, answer, documented, failure):
            if requirement in context.catalogue:
                yield requirement, message
    if documented is not None and documented.media and documented.schema is None and not answer.body:
        yield f"{operation.id}/response/{_kind(documented)}/body", "the body is empty"


def _success_status(exchange: Exchange, answer: Answer) -> Finding:
    requirement = f"{exchange.probe.operation.id}/response/success-status"
    successes = exchange.probe.operation.successes
    if exchange.outcome is Outcome.MASKED:
        return failed(requirement, f"answered with {answer.status}, and the body reports a failure", exchange)
    if not any(success.covers(answer.status) for success in successes):
        expected = " or ".join(success.pattern for success in successes)
        return failed(requirement, f"answered with {answer.status} in place of {expected}", exchange)
    return passed(requirement, exchange)


def _exercised(prefix: str, documented: Response, body: Any) -> Iterator[str]:
    """Yield what an answer can show to be right: only properties that are there."""
    if documented.status >= 400:
        yield prefix.removesuffix("/error") + "/error-status"
    yield f"{prefix}/content-type"
    yield f"{prefix}/body"
    yield from (f"{prefix}/header/{name.lower()}" for name, header in documented.headers.items() if header.required)
    for found in documented.properties:
        present, value = found.read(body)
        if not present:
            continue
        yield from (f"{prefix}/{found.name}/{aspect}" for aspect in ("required", "enum", "nullable"))
        if value is not None:
            yield from (f"{prefix}/{found.name}/{bound.keyword}" for bound in _demanded(found))
        if value is not None or found.required:  # null says nothing about the type of a value
            yield f"{prefix}/{found.name}/type"


def _demanded(found: Property) -> list[Bound]:
    wished = found.should or {}
    return [bound for bound in found.schema.bounds if bound.keyword not in wished]


def _kind(response: Response) -> str:
    return "error" if response.status >= 400 else response.pattern


def _requirements(
    operation: Operation, answer: Answer, documented: Response | None, failure: Any
) -> Iterator[tuple[str, str]]:
    op = operation.id
    kind = type(failure).__name__
    if kind == "UndefinedStatusCode":
        if answer.status >= 400:
            yield f"{op}/response/error-status", f"{answer.status} is not a documented status"
        return
    if documented is None:
        return
    prefix = f"{op}/response/{_kind(documented)}"
    if kind in ("UndefinedContentType", "MissingContentType", "MalformedMediaType"):
        yield f"{prefix}/content-type", f"the content type is {answer.header('content-type')!r}"
    elif kind == "MissingHeaders":
        for name in failure.missing_headers:
            yield f"{prefix}/header/{name.lower()}", f"the header {name} is missing"
    elif kind == "JsonSchemaError":
        yield from _by_schema(prefix, documented, answer.json, failure)
    else:
        yield f"{prefix}/body", f"the body cannot be read: {failure.title}"


def _by_schema(prefix: str, documented: Response, body: Any, failure: Any) -> Iterator[tuple[str, str]]:
    path = tuple(str(key) for key in failure.instance_path if not isinstance(key, int))
    keyword = str(failure.schema_path[-1])
    if keyword == "required":
        demanded = [found for found in documented.properties if found.required and found.path[:-1] == path]
        missing = [found for found in demanded if not found.read(body)[0]]
        if not path and missing == demanded and len(missing) > 1:
            yield f"{prefix}/body", "the body has none of the members that it must have"
            return
        for found in missing:
            yield f"{prefix}/{found.name}/required", f"`{found.name}` is missing"
        return
    nearest = _nearest(documented, path)
    if nearest is None:
        yield f"{prefix}/body", failure.validation_message
        return
    shown = f"`{nearest.name}` is {_shown(failure.instance)}: {failure.validation_message}"
    known = {"type", "enum", *(bound.keyword for bound in _demanded(nearest))}
    aspect = keyword if keyword in known and nearest.path == path else "type"
    if aspect == "type" and failure.instance is None and not nearest.required:
        aspect = "nullable"
    if keyword in ("anyOf", "oneOf") and failure.instance is None:
        aspect = "type"
    yield f"{prefix}/{nearest.name}/{aspect}", shown


def _nearest(documented: Response, path: tuple[str, ...]) -> Property | None:
    fitting = [found for found in documented.properties if found.path == path[: len(found.path)]]
    return max(fitting, key=lambda found: len(found.path), default=None)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


@check("*/response/*/lifecycle", "*/response/*/reason", *(f"*/response/*/{keyword}" for keyword in _WISHES))
def suggested(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Values satisfy what the contract says that they should (`x-should`, `x-lifecycle`)."""
    documented = _documented(exchange)
    if documented is None or exchange.answer is None or not isinstance(exchange.answer.json, dict):
        return
    body = exchange.answer.json
    prefix = f"{exchange.probe.operation.id}/response/{_kind(documented)}"
    if documented.status >= 400 and documented.schema is not None:
        yield from _reason(exchange, documented, f"{prefix}/reason")
        return
    for found in documented.properties:
        present, value = found.read(body)
        if not present or value is None:
            continue
        if found.lifecycle is not None:
            requirement = f"{prefix}/{found.name}/lifecycle"
            if found.lifecycle.stage(value) is None:
                yield failed(requirement, f"`{found.name}` is {_shown(value)}", exchange)
            else:
                yield passed(requirement, exchange)
        if found.should is None:
            continue
        broken = {str(error.schema_path[-1]): error.message for error in found.schema.advice(value)}
        for keyword in found.should:
            requirement = f"{prefix}/{found.name}/{keyword}"
            yield failed(requirement, broken[keyword], exchange) if keyword in broken else passed(requirement, exchange)


def _documented(exchange: Exchange) -> Response | None:
    if exchange.answer is None or exchange.outcome is Outcome.MASKED or not is_of_operation(exchange):
        return None
    return exchange.probe.operation.response(exchange.answer.status)


def _reason(exchange: Exchange, documented: Response, requirement: str) -> Iterator[Finding]:
    if documented.schema is None or documented.schema.should is None or exchange.answer is None:
        return
    if any(documented.schema.advice(exchange.answer.json)):
        yield failed(requirement, "the body has no member that clients look for", exchange)
    elif _is_blank(documented, exchange.answer.json):
        yield failed(requirement, "the reason is blank", exchange)
    else:
        yield passed(requirement, exchange)


def _is_blank(documented: Response, body: Any) -> bool:
    """Tell whether nothing that stands where a reason belongs says anything."""
    given = list(_reasons(documented, body))
    return bool(given) and not any(not is_hollow(value) if isinstance(value, str) else value for value in given)


def _reasons(documented: Response, body: Any) -> Iterator[Any]:
    """Yield the reasons that a refusal gives: of an object, its messages."""
    named = {found.path[-1] for found in documented.properties if found.role == "error-message"}
    for found in documented.properties:
        present, value = found.read(body) if found.role in REASONS else (False, None)
        if present and value and isinstance(value, Mapping):
            told = [value[name] for name in named & value.keys()]
            yield from told or [text for text in value.values() if isinstance(text, str)] or [""]
        elif present:
            yield value


@check("*/response/*/echo")
def echoes(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Values that repeat the request repeat what was sent (`x-echoes`): the first one of those that may be repeated.

    What a server makes of a form that is not valid is its own affair.
    """
    documented = _documented(exchange)
    if documented is None or exchange.outcome is not Outcome.ACCEPTED or exchange.answer is None:
        return
    if exchange.probe.validity is not Validity.VALID:
        return
    for found in documented.properties:
        present, value = found.read(exchange.answer.json)
        sent = [exchange.probe.sent[name] for name in found.echoes if name in exchange.probe.sent]
        if not present or value is None or not sent:
            continue
        text = str(sent[0])
        if not text.strip() or not text.isprintable():
            continue  # an empty field counts as left out in many frameworks, and control characters are taken out
        requirement = f"{exchange.probe.operation.id}/response/{documented.pattern}/{found.name}/echo"
        if str(value).strip() == text.strip():
            yield passed(requirement, exchange)
        else:
            yield failed(requirement, f"`{found.name}` is {_shown(value)}; {_shown(sent[0])} was sent", exchange)
