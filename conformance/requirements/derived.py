"""Derives requirements from every normative element of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from attrs import evolve

from conformance.bodies.leniencies import leniencies
from conformance.bodies.representations import Kind, representations
from conformance.bodies.samples import has_several_samples
from conformance.bodies.violations import rules
from conformance.bodies.wholes import body_rules, smallest_is_valid
from conformance.contract import Contract, Input, Operation, Property, Response, Schema
from conformance.contract.node import Provenance
from conformance.contract.resources import Resources
from conformance.requirements.ids import answer_prefix, body_prefix, input_prefix
from conformance.requirements.known_defects import can_carry_anything, known_defects, listed_member
from conformance.requirements.requirement import Layer, Level, Quantifier, Requirement, Source

__all__ = ["WAYS", "derive"]

_RESTS_ON = get_args(Provenance)  # the surest first


def derive(contract: Contract) -> Iterator[Requirement]:
    """Yield the requirements of every operation, in the contract's order."""
    resources = Resources(contract)
    for operation in contract.operations:
        for requirement in _of(operation, resources):
            yield _no_stronger(requirement, operation.provenance)


def _of(operation: Operation, resources: Resources) -> Iterator[Requirement]:
    yield from _access(operation, resources)
    yield from _names(operation, resources)
    yield from _body(operation, resources)
    yield from _leniencies(operation)
    named = resources.names(operation)
    for declared in operation.inputs:
        if declared.location != "path" or declared.name not in named:
            yield from _input(operation, declared)
        if can_carry_anything(operation, resources, declared):
            yield _robust(operation, declared)
    yield from _statuses(operation, resources)
    yield from _effect(operation, resources)
    for success in operation.successes:
        yield from _answer(operation, success, success.pattern)
        yield from _echoes(operation, success)
    refusal = next((response for response in operation.refusals if response.schema is not None), None)
    if refusal is not None:
        yield from _answer(operation, refusal, "error")


def _no_stronger(requirement: Requirement, provenance: Provenance) -> Requirement:
    """Return a requirement that rests on no more than its operation does, though its schema may rest on more."""
    source = requirement.source
    if _RESTS_ON.index(source.provenance) >= _RESTS_ON.index(provenance):
        return requirement
    level = Level.SHOULD if requirement.level is Level.MUST else requirement.level
    return evolve(requirement, level=level, source=evolve(source, provenance=provenance))


def _level(provenance: str) -> Level:
    return Level.MUST if provenance == "documented" else Level.SHOULD


def _access(operation: Operation, resources: Resources) -> Iterator[Requirement]:
    if operation.scheme is None:
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
    if known_defects(operation, resources):  # else there is no request to compare with
        yield from _recognition(operation, place, what)


def _recognition(operation: Operation, place: Source, what: str) -> Iterator[Requirement]:
    """What is taken for good credentials though it is not what the contract has."""
    prefix = f"{operation.id}/auth"
    state = f"{what} with bad credentials is refused right after good ones on the same connection."
    yield Requirement(f"{prefix}/state", _level(operation.provenance), state, place)
    elsewhere = f"{what} with the right token in a place that the contract does not name is refused."
    loose = Source(place.reference, "convention")
    yield Requirement(f"{prefix}/elsewhere", Level.SHOULD, elsewhere, loose, layer=Layer.HARDENING)
    if operation.scheme is not None and operation.scheme.word:
        form = f"{what} with the right token is refused without its scheme, coded, or with something around it."
        yield Requirement(f"{prefix}/form", Level.SHOULD, form, loose, layer=Layer.HARDENING)


def _names(operation: Operation, resources: Resources) -> Iterator[Requirement]:
    """A path that names something which another operation makes."""
    for declared in operation.parameters:
        if declared.name not in resources.names(operation) or declared.location != "path":
            continue
        place = Source(declared.pointer, declared.provenance)
        prefix = input_prefix(operation, declared)
        level = _level(declared.provenance)
        known = f"{operation.method} {operation.path} finds what was just made."
        yield Requirement(f"{prefix}/known", level, known, place, Quantifier.SOME)
        unknown = f"{operation.method} {operation.path} with a `{declared.name}` that names nothing is refused."
        yield Requirement(f"{prefix}/unknown", level, unknown, place)


def _body(operation: Operation, resources: Resources) -> Iterator[Requirement]:
    body = operation.body
    minimal = "A form with only the required fields is accepted, whatever the values of its enums."
    if body is not None:
        level = _level(operation.provenance)
        prefix = body_prefix(operation)
        if body.required:
            place = Source(f"{body.pointer}/required", operation.provenance)
            yield Requirement(f"{prefix}/required", level, "A request without a body is refused.", place)
        place = Source(f"{body.pointer}/content", operation.provenance)
        accepted = ", ".join(media.name for media in body.media)
        if "*/*" not in accepted:
            yield Requirement(f"{prefix}/media-type", Level.SHOULD, f"A body that is not {accepted} is refused.", place)
        for rule in body_rules(operation):
            statement = f"A body that breaks `{rule}` is refused, though each of its members is right."
            yield Requirement(f"{prefix}/{rule}", level, statement, place)
        for media in body.media[1:]:
            statement = f"A body is accepted as {media.name} too."
            yield Requirement(f"{prefix}/as/{media.name}", level, statement, Source(media.pointer, place.provenance))
    elif not resources.names(operation):
        minimal = "A request with only what is required is accepted."
        place = Source(operation.pointer, operation.provenance)
    else:
        return
    if listed_member(operation, resources) is not None:
        names = "A field goes by its own name: one in another case, or with brackets, is another field."
        yield Requirement(f"{operation.id}/request/names", Level.SHOULD, names, Source(place.reference, "convention"))
    if any(d.kind == "omitted" and d.input.location == "body" for d in known_defects(operation, resources)):
        elsewhere = "A field that is left out is not taken from the query, a header, a cookie or another field."
        source = Source(place.reference, "convention")
        rule = f"{operation.id}/request/elsewhere"
        yield Requirement(rule, Level.SHOULD, elsewhere, source, layer=Layer.HARDENING)
    if smallest_is_valid(operation):
        yield Requirement(f"{operation.id}/request/minimal", Level.SHOULD, minimal, place)


def _input(operation: Operation, declared: Input) -> Iterator[Requirement]:
    prefix = input_prefix(operation, declared)
    level = _level(declared.provenance)
    place = Source(declared.pointer, declared.provenance)
    name = f"`{declared.name}`"
    if declared.required and declared.location != "path":
        yield Requirement(f"{prefix}/required", level, f"A form without {name} is refused.", place)
    yield Requirement(
        f"{prefix}/accepted", level, f"{name} is accepted in at least one documented form.", place, Quantifier.SOME
    )
    media = operation.media
    kind = media.kind if media is not None and declared.location == "body" else None
    ways = representations(declared, kind)
    if len(ways) > 1:
        for way in ways:
            statement = f"{name} is accepted when it is written as {WAYS[way.kind]}."
            yield Requirement(f"{prefix}/form/{way.kind}", Level.SHOULD, statement, place)
    # Of an enum each value has a sentence of its own, and what must be there in one way shows by itself.
    if not declared.schema.enum and (not declared.required or len(ways) > 1 or has_several_samples(ways[0])):
        statement = f"{name} is accepted in every documented form, with every valid sample that was tried."
        yield Requirement(f"{prefix}/unrestricted", Level.SHOULD, statement, place)
    yield from _refusals(operation, declared, rules(declared, media))


def _refusals(operation: Operation, declared: Input, known: tuple[str, ...]) -> Iterator[Requirement]:
    """One requirement for each rule that something is known to break."""
    prefix = input_prefix(operation, declared)
    level = _level(declared.provenance)
    place = Source(declared.pointer, declared.provenance)
    name = f"`{declared.name}`"
    sentences = {
        "type": f"{name} of another type than {_type(declared.schema)} is refused.",
        "json": f"{name} is refused where it is announced as JSON and is not.",
        "members": f"{name} is refused where it lacks what it must have, or holds what it may not.",
        "additionalProperties": f"{name} is refused with a member that the contract does not allow.",
        "enum": f"A value of {name} that is not listed is refused.",
    }
    for rule, sentence in sentences.items():
        if rule in known:
            yield Requirement(f"{prefix}/{rule}", level, sentence, place)
    if "enum-spelling" in known:
        statement = f"A listed value of {name} in another spelling (case, width, separators, quotes) is refused."
        source = Source(place.reference, "convention")
        yield Requirement(f"{prefix}/enum-spelling", Level.SHOULD, statement, source)
    if declared.schema.enum and declared.schema.role == "model":
        statement = f"Every listed value of {name} is offered."
        yield Requirement(f"{prefix}/offered", Level.SHOULD, statement, Source(declared.pointer, "convention"))
    for value in declared.schema.enum:
        statement = f"{name} accepts `{value}` in at least one documented form."
        yield Requirement(f"{prefix}/value/{value}", level, statement, place, Quantifier.SOME)
    for bound in {bound.keyword: bound for bound in reversed(declared.bounds)}.values():
        if bound.keyword in known:
            statement = f"A value of {name} that breaks `{bound.keyword}: {bound.value}` is refused."
            source = Source(bound.pointer, bound.provenance)
            yield Requirement(f"{prefix}/{bound.keyword}", _level(bound.provenance), statement, source)


def _leniencies(operation: Operation) -> Iterator[Requirement]:
    """What only lenient parsers read; one sentence for all inputs, since one parser reads them all."""
    able = (declared for declared in operation.inputs if declared.location != "path")
    found = {violation.rule for declared in able for violation in leniencies(declared, operation.media)}
    place = Source(operation.pointer, "convention")
    statements = {
        "number-spelling": "What only lenient parsers take for a number is refused.",
        "json-spelling": "What only lenient parsers take for JSON is refused.",
        "repeated": "A single value that occurs twice is refused, so that nobody has to guess which one counts.",
        "part-type": "A part of a media type that the contract does not have for it, or a text for a file, is refused.",
        "text-encoding": "Text that is not UTF-8 is refused, and not stored as something else.",
    }
    for rule, statement in statements.items():
        if rule in found:
            yield Requirement(f"{operation.id}/request/{rule}", Level.SHOULD, statement, place)


def _robust(operation: Operation, declared: Input) -> Requirement:
    statement = (
        f"No value of `{declared.name}`, however long or strange, makes the server fail, hang or drop the connection."
    )
    return Requirement(
        f"{input_prefix(operation, declared)}/robust",
        Level.SHOULD,
        statement,
        Source(declared.pointer, "convention"),
        layer=Layer.HARDENING,
    )


WAYS: dict[Kind, str] = {
    "text": "plain text",
    "file": "a file",
    "json": "a JSON part with its content type",
    "json-untyped": "JSON in a part without a content type",
    "items": "one part for each item",
    "array": "one part that holds a JSON array",
    "value": "JSON",
    "null": "null",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "string": "a string",
    "object": "an object",
}


def _type(schema: Schema) -> str:
    return " or ".join(str(next(iter(branch.types), "any")) for branch in schema.branches)


def _statuses(operation: Operation, resources: Resources) -> Iterator[Requirement]:
    place = Source(f"{operation.pointer}/responses", operation.provenance)
    level = _level(operation.provenance)
    successes = " or ".join(success.pattern for success in operation.successes)
    prefix = f"{operation.id}/response"
    yield Requirement(f"{prefix}/success-status", level, f"An accepted request is answered with {successes}.", place)
    can_be_refused = operation.scheme is not None or known_defects(operation, resources)
    if operation.refusals and can_be_refused:
        convention = Source(f"{operation.pointer}/responses", "convention")
        statement = "A refused request is answered with a documented status."
        yield Requirement(f"{prefix}/error-status", Level.SHOULD, statement, convention)
    statement = "A request that the contract allows never makes the server fail, hang or drop the connection."
    yield Requirement(f"{operation.id}/valid/no-server-error", level, statement, place)
    if operation.body is None:
        return
    statement = "A request that the contract forbids gets a 4xx; the server does not fail, hang or drop the connection."
    convention = Source(place.reference, "convention")
    yield Requirement(
        f"{operation.id}/invalid/no-server-error", Level.SHOULD, statement, convention, layer=Layer.HARDENING
    )
    if all(declared.is_whole for declared in operation.fields):
        return
    if any(declared.required or rules(declared, operation.media) for declared in operation.fields):
        statement = "A generated form that the contract forbids, judged on its bytes, is refused."
        yield Requirement(f"{operation.id}/fuzz/refused", level, statement, place)
    statement = "No generated form makes the server fail, hang or drop the connection."
    yield Requirement(
        f"{operation.id}/fuzz/no-server-error", Level.SHOULD, statement, convention, layer=Layer.HARDENING
    )


def _effect(operation: Operation, resources: Resources) -> Iterator[Requirement]:
    """What an operation leaves behind, as far as another one can show it."""
    if resources.action(operation) == "delete" and resources.reader(operation) is not None:
        statement = f"What {operation.method} {operation.path} has removed is no longer found."
        yield Requirement(
            f"{operation.id}/effect/removed", Level.SHOULD, statement, Source(operation.pointer, "convention")
        )


def _answer(operation: Operation, response: Response, kind: str) -> Iterator[Requirement]:
    if not response.media:
        return
    prefix = answer_prefix(operation, kind)
    level = _level(response.provenance)
    schema = response.schema
    place = Source(schema.pointer if schema is not None else response.pointer, response.provenance)
    what = "A refusal" if kind == "error" else "The answer to an accepted request"
    types = " or ".join(f"`{name}`" for name in response.media_types)
    yield Requirement(f"{prefix}/content-type", level, f"{what} has the content type {types}.", place)
    yield Requirement(f"{prefix}/body", level, f"{what} has a body of the documented type.", place)
    if kind == "error" and schema is not None and schema.should is not None:
        yield Requirement(
            f"{prefix}/reason", Level.SHOULD, f"{what} says why, in a member that clients look for.", place
        )
    for name, header in response.headers.items():
        if header.required:
            source = Source(header.pointer, response.provenance)
            yield Requirement(f"{prefix}/header/{name.lower()}", level, f"{what} has the header `{name}`.", source)
    for found in response.properties:
        yield from _property(prefix, found, what, strict=kind != "error")


def _property(prefix: str, found: Property, what: str, *, strict: bool) -> Iterator[Requirement]:
    base = f"{prefix}/{found.name}"
    level = _level(found.provenance)
    place = Source(found.pointer, found.provenance)
    name, schema = f"`{found.name}`", found.schema
    if found.required:
        yield Requirement(f"{base}/required", level, f"{what} has {name}.", place)
    if schema.states_type:
        yield Requirement(f"{base}/type", level, f"{name} is of the documented type, where it is present.", place)
    if strict and not found.required and schema.states_type and not schema.nullable:
        yield Requirement(f"{base}/nullable", Level.SHOULD, f"{name} is left out rather than null.", place)
    if schema.enum:
        yield Requirement(f"{base}/enum", level, f"{name} is one of the published values.", place)
    demanded = {bound.keyword for bound in schema.bounds if bound.keyword not in (found.should or {})}
    for bound in schema.bounds:
        if bound.keyword in demanded:
            statement = f"{name} satisfies `{bound.keyword}: {bound.value}`."
            yield Requirement(
                f"{base}/{bound.keyword}", _level(bound.provenance), statement, Source(bound.pointer, bound.provenance)
            )
    if found.lifecycle is not None:
        constants = ", ".join(f"`{status}`" for status in found.lifecycle.stages)
        source = Source(found.pointer, "documented")
        yield Requirement(f"{base}/lifecycle", Level.SHOULD, f"{name} is one of the constants {constants}.", source)
    for keyword, bound in (found.should or {}).items():
        source = Source(f"{found.pointer}/x-should/{keyword}", "convention")
        yield Requirement(f"{base}/{keyword}", Level.SHOULD, f"{name} satisfies `{keyword}: {bound}`.", source)


def _echoes(operation: Operation, response: Response) -> Iterator[Requirement]:
    """Where an answer repeats what this very operation is sent."""
    given = {declared.name for declared in operation.inputs}
    for found in response.properties:
        if given & set(found.echoes):
            sent = " or ".join(f"`{name}`" for name in found.echoes)
            statement = f"`{found.name}`, where present, repeats the {sent} that was sent."
            source = Source(f"{found.pointer}/x-echoes", "convention")
            prefix = answer_prefix(operation, response.pattern)
            yield Requirement(f"{prefix}/{found.name}/echo", Level.SHOULD, statement, source)
