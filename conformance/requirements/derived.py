"""Derives requirements from every normative element of the contract."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bodies.representations import forms, is_file
from conformance.contract import Contract, Field, Operation, Property, Response
from conformance.requirements.requirement import Level, Quantifier, Requirement, Source

__all__ = ["derive"]

_STRUCTURAL = ("allOf", "anyOf", "oneOf")


def derive(contract: Contract) -> Iterator[Requirement]:
    """Yield the requirements of every operation, in the contract's order."""
    for operation in contract.operations:
        yield from _access(operation)
        yield from _parameters(operation)
        yield from _body(operation)
        for declared in operation.fields:
            yield from _field(operation, declared)
        yield from _statuses(operation)
        yield from _answer(operation, operation.success, str(operation.success.status))
        refusal = next((response for response in operation.refusals if response.schema_pointer), None)
        if refusal is not None:
            yield from _answer(operation, refusal, "error")


def _level(provenance: str) -> Level:
    return Level.MUST if provenance == "documented" else Level.SHOULD


def _access(operation: Operation) -> Iterator[Requirement]:
    if not operation.security:
        return
    place = Source(f"{operation.pointer}/security", operation.provenance)
    level = _level(operation.provenance)
    what = f"{operation.method} {operation.path}"
    prefix = f"{operation.id}/auth"
    yield Requirement(f"{prefix}/missing", level, f"{what} without credentials is refused.", place)
    yield Requirement(
        f"{prefix}/invalid", level, f"{what} with an unknown token, or one that is nearly right, is refused.", place
    )
    yield Requirement(f"{prefix}/malformed", level, f"{what} with credentials of another form is refused.", place)
    yield Requirement(f"{prefix}/valid", level, f"{what} with the right token is not refused with 401.", place)
    status = Source(f"{operation.pointer}/responses/401", "convention")
    yield Requirement(f"{prefix}/status", Level.SHOULD, "Missing or wrong credentials are answered with 401.", status)


def _parameters(operation: Operation) -> Iterator[Requirement]:
    for parameter in operation.parameters:
        if parameter.location != "path":
            continue
        place = Source(parameter.pointer, parameter.provenance)
        prefix = f"{operation.id}/parameter/{parameter.name}"
        level = _level(parameter.provenance)
        known = f"{operation.method} {operation.path} finds a job that was just made."
        yield Requirement(f"{prefix}/known", level, known, place, Quantifier.SOME)
        unknown = f"{operation.method} {operation.path} with a `{parameter.name}` that names nothing is refused."
        yield Requirement(f"{prefix}/unknown", level, unknown, place)


def _body(operation: Operation) -> Iterator[Requirement]:
    if operation.body_pointer is None:
        return
    level = _level(operation.provenance)
    prefix = f"{operation.id}/request/body"
    if operation.body_required:
        place = Source(f"{operation.body_pointer}/required", operation.provenance)
        yield Requirement(f"{prefix}/required", level, "A request without a body is refused.", place)
    place = Source(f"{operation.body_pointer}/content", operation.provenance)
    accepted = ", ".join(operation.body_media_types)
    yield Requirement(f"{prefix}/media-type", Level.SHOULD, f"A body that is not {accepted} is refused.", place)
    if operation.fields:
        yield Requirement(
            f"{operation.id}/request/minimal",
            Level.SHOULD,
            "A form with only the required fields is accepted, whatever the values of its enums.",
            place,
        )


def _field(operation: Operation, declared: Field) -> Iterator[Requirement]:
    prefix = f"{operation.id}/request/{declared.name}"
    level = _level(declared.provenance)
    place = Source(declared.pointer, declared.provenance)
    name = f"`{declared.name}`"
    if declared.required:
        yield Requirement(f"{prefix}/required", level, f"A form without {name} is refused.", place)
    yield Requirement(
        f"{prefix}/accepted", level, f"{name} is accepted in at least one documented form.", place, Quantifier.SOME
    )
    ways = forms(declared)
    if len(ways) > 1:
        for way in ways:
            statement = f"{name} is accepted when it is written as {_FORM_WORDS[way.kind]}."
            yield Requirement(f"{prefix}/form/{way.kind}", Level.SHOULD, statement, place)
    statement = f"{name} is accepted in every documented form, with every valid sample that was tried."
    yield Requirement(f"{prefix}/unrestricted", Level.SHOULD, statement, place)
    kinds = {way.kind for way in ways}
    if refusable_type(declared):
        yield Requirement(f"{prefix}/type", level, f"{name} of another type than {_type(declared)} is refused.", place)
    if kinds & {"json", "array"} and "text" not in kinds:
        statement = f"{name} is refused where it is announced as JSON and is not."
        yield Requirement(f"{prefix}/json", level, statement, place)
    if "enum" in declared.schema:
        yield Requirement(f"{prefix}/enum", level, f"A value of {name} that is not listed is refused.", place)
        for value in declared.schema["enum"]:
            statement = f"{name} accepts `{value}` in at least one documented form."
            yield Requirement(f"{prefix}/value/{value}", level, statement, place, Quantifier.SOME)
    for bound in declared.bounds:
        statement = f"A value of {name} that breaks `{bound.keyword}: {bound.value}` is refused."
        source = Source(bound.pointer, bound.provenance)
        yield Requirement(f"{prefix}/{bound.keyword}", _level(bound.provenance), statement, source)
    statement = f"No value of {name}, however long or strange, makes the server fail, hang or drop the connection."
    yield Requirement(f"{prefix}/robust", Level.SHOULD, statement, Source(declared.pointer, "convention"))


_FORM_WORDS = {
    "text": "plain text",
    "file": "a file",
    "json": "a JSON part with its content type",
    "json-untyped": "JSON in a part without a content type",
    "items": "one part for each item",
    "array": "one part that holds a JSON array",
}


def refusable_type(declared: Field) -> bool:
    """Tell whether text exists that cannot be a value of the field: not so for strings, which any text is."""
    return (
        not any(
            (branch.get("type") == "string" and "enum" not in branch)
            or (branch.get("type") == "array" and branch.get("items", {}).get("type") == "string")
            or is_file(branch)
            for branch in declared.branches
        )
        and "enum" not in declared.schema
    )


def _type(declared: Field) -> str:
    return " or ".join(str(branch.get("type")) for branch in declared.branches)


def _statuses(operation: Operation) -> Iterator[Requirement]:
    place = Source(f"{operation.pointer}/responses", operation.provenance)
    level = _level(operation.provenance)
    success = operation.success.status
    prefix = f"{operation.id}/response"
    yield Requirement(f"{prefix}/success-status", level, f"An accepted request is answered with {success}.", place)
    if operation.refusals:
        convention = Source(f"{operation.pointer}/responses", "convention")
        statement = "A refused request is answered with a documented status."
        yield Requirement(f"{prefix}/error-status", Level.SHOULD, statement, convention)
    statement = "A request that the contract allows never makes the server fail, hang or drop the connection."
    yield Requirement(f"{operation.id}/valid/no-server-error", level, statement, place)
    if operation.body_pointer is None:
        return
    statement = "A request that the contract forbids gets a 4xx; the server does not fail, hang or drop the connection."
    convention = Source(place.reference, "convention")
    yield Requirement(f"{operation.id}/invalid/no-server-error", Level.SHOULD, statement, convention)
    statement = "A generated form that the contract forbids, judged on its bytes, is refused."
    yield Requirement(f"{operation.id}/fuzz/refused", level, statement, place)
    statement = "No generated form makes the server fail, hang or drop the connection."
    yield Requirement(f"{operation.id}/fuzz/no-server-error", Level.SHOULD, statement, convention)


def _answer(operation: Operation, response: Response, kind: str) -> Iterator[Requirement]:
    if response.schema_pointer is None:
        return
    prefix = f"{operation.id}/response/{kind}"
    level = _level(response.provenance)
    place = Source(response.schema_pointer, response.provenance)
    what = "A refusal" if kind == "error" else "The answer to an accepted request"
    types = " or ".join(f"`{name}`" for name in response.media_types)
    yield Requirement(f"{prefix}/content-type", level, f"{what} has the content type {types}.", place)
    yield Requirement(f"{prefix}/body", level, f"{what} has a body of the documented type.", place)
    if kind == "error":
        yield Requirement(
            f"{prefix}/reason", Level.SHOULD, f"{what} says why, in a member that clients look for.", place
        )
    for name, header in response.headers.items():
        if header.get("required"):
            source = Source(f"{response.pointer}/headers/{name}", response.provenance)
            yield Requirement(f"{prefix}/header/{name.lower()}", level, f"{what} has the header `{name}`.", source)
    for found in response.properties:
        yield from _property(prefix, found, what, strict=kind != "error")


def _property(prefix: str, found: Property, what: str, *, strict: bool) -> Iterator[Requirement]:
    base = f"{prefix}/{found.name}"
    level = _level(found.provenance)
    place = Source(found.pointer, found.provenance)
    name = f"`{found.name}`"
    if found.required:
        yield Requirement(f"{base}/required", level, f"{what} has {name}.", place)
    if "type" in found.schema or any(keyword in found.schema for keyword in _STRUCTURAL):
        yield Requirement(f"{base}/type", level, f"{name} is of the documented type, where it is present.", place)
    nullable = "null" in (found.schema.get("type") or "")
    if strict and not found.required and "type" in found.schema and not nullable:
        yield Requirement(f"{base}/nullable", Level.SHOULD, f"{name} is left out rather than null.", place)
    if "enum" in found.schema:
        yield Requirement(f"{base}/enum", level, f"{name} is one of the published values.", place)
    if found.lifecycle is not None:
        constants = ", ".join(f"`{status}`" for status in found.lifecycle.stages)
        source = Source(found.pointer, "documented")
        yield Requirement(f"{base}/lifecycle", Level.SHOULD, f"{name} is one of the constants {constants}.", source)
    for keyword, bound in (found.should or {}).items():
        source = Source(f"{found.pointer}/x-should/{keyword}", "convention")
        yield Requirement(f"{base}/{keyword}", Level.SHOULD, f"{name} satisfies `{keyword}: {bound}`.", source)
    if found.echoes:
        sent = " or ".join(f"`{field}`" for field in found.echoes)
        source = Source(f"{found.pointer}/x-echoes", "convention")
        yield Requirement(
            f"{base}/echo", Level.SHOULD, f"{name}, where present, repeats the {sent} that was sent.", source
        )
