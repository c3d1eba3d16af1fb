"""Derived faults of what goes into an operation: credentials, body and inputs."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bodies.representations import Kind, Representation, representations
from conformance.bodies.violations import rules
from conformance.contract import Input, Operation
from conformance.reference.generic_entry import fault, step
from conformance.reference.named_behaviours import BehaviourStep, Entry
from conformance.requirements.ids import body_prefix, input_prefix

__all__ = ["access_faults", "body_faults", "input_faults", "leniency_faults", "recognition_faults"]

_WRITTEN: dict[Kind, str] = {
    "text": "text",
    "file": "file",
    "json": "json",
    "json-untyped": "text",
    "items": "items",
    "array": "array",
}
"""What tells apart the ways to write a part of a form; all others are told apart by the value that was read."""

_STRANGE = r"[^A-Za-z0-9._~-]|.{100}"  # no name that anything would be given
_ANY_RULE = ("type", "json", "encoding", "empty", "range", "repeated", "enum", "null", "pattern", "format")


def access_faults(operation: Operation) -> Iterator[Entry]:
    """Yield faults about who is let in."""
    prefix = f"{operation.id}/auth"
    yield fault(f"{prefix}/missing", operation, step("lets_in"), when=(step("no_credential"),), free=True)
    yield fault(f"{prefix}/invalid", operation, step("lets_in_by", comparison="anything"), free=True)
    yield fault(f"{prefix}/malformed", operation, step("ignores_the_word"), free=True)
    yield fault(f"{prefix}/valid", operation, step("turns_away"), when=(step("every_time", nth=2),), free=True)
    forbidden = step("refuses_with", status=403, headers={})
    yield fault(f"{prefix}/status", operation, forbidden, when=(step("refused_with", statuses=(401,)),), free=True)


def recognition_faults(operation: Operation) -> Iterator[Entry]:
    """Yield faults about what is taken for good credentials though it is not what the contract has."""
    prefix = f"{operation.id}/auth"
    yield fault(f"{prefix}/state", operation, step("lets_in_who_was_there", how="anybody"), free=True)
    other = step("lets_in_from", location="header", name="x-api-key")
    yield fault(f"{prefix}/elsewhere", operation, other, free=True)
    yield fault(f"{prefix}/form", operation, step("lets_in_by_any_word"), free=True)


def leniency_faults(operation: Operation) -> Iterator[Entry]:
    """Yield faults about what is read too loosely, in whichever input it stands."""
    yield fault(f"{operation.id}/request/names", operation, step("takes_other_names", by="case"), free=True)
    yield fault(f"{operation.id}/request/elsewhere", operation, step("fills_in_from_headers"), free=True)
    aspects = {"number-spelling": "type", "json-spelling": "json", "repeated": "repeated", "text-encoding": "encoding"}
    for rule, aspect in aspects.items():
        blind = step("overlooks", fields=operation.inputs, aspects=(aspect,))
        yield fault(f"{operation.id}/request/{rule}", operation, blind, free=True)
    loose = step("overlooks", fields=operation.inputs, aspects=("part-type", "type", "encoding", "json"))
    yield fault(f"{operation.id}/request/part-type", operation, loose, free=True)


def body_faults(operation: Operation) -> Iterator[Entry]:
    """Yield faults about the body as a whole, and about requests that bring no more than they must."""
    yield fault(f"{operation.id}/request/minimal", operation, step("demands_more"), free=False)
    if operation.body is None:
        return
    prefix, forgiving = body_prefix(operation), step("forgives_the_body")
    yield fault(f"{prefix}/required", operation, forgiving, when=(step("no_body"),), free=True)
    yield fault(f"{prefix}/media-type", operation, forgiving, when=(step("foreign_media_type"),), free=True)
    for rule in ("additionalProperties", "minProperties", "maxProperties", "required"):
        blind = step("overlooks_the_whole", aspects=(rule,))
        yield fault(f"{prefix}/{rule}", operation, blind, free=True)
    for media in operation.body.media[1:]:
        other = step("media_type_is", name=media.name)
        yield fault(f"{prefix}/as/{media.name}", operation, step("cannot_decode"), when=(other,), free=False)


def input_faults(operation: Operation, declared: Input) -> Iterator[Entry]:
    """Yield faults about one input: what is taken that should be refused, and the other way round."""
    prefix = input_prefix(operation, declared)
    yield from _naming_faults(operation, declared)
    refusing, present = step("refuses_the_input", field=declared), step("has_field", field=declared)
    unusual = step("unusual", field=declared)
    yield fault(f"{prefix}/accepted", operation, refusing, when=(present,), free=False)
    narrow = unusual if declared.required else present
    yield fault(f"{prefix}/unrestricted", operation, refusing, when=(narrow,), free=False)
    strange = step("text_matches", fields=(declared,), pattern=_STRANGE) if declared.location == "path" else unusual
    yield fault(f"{prefix}/robust", operation, step("breaks_down"), when=(strange,), free=True)
    for rule in ("required", *rules(declared, operation.media)):
        blind = step("overlooks", fields=(declared,), aspects=(rule.removesuffix("-spelling"),))
        yield fault(f"{prefix}/{rule}", operation, blind, free=True)
    # Of models a server need not offer all; one that makes it fail is another matter.
    optional = declared.schema.role == "model"
    refused, broken = step("breaks_down_late", status=400), step("breaks_down_late")
    for value in declared.schema.enum:
        carried = step("carries", field=declared, value=value)
        late = broken if optional else refused
        yield fault(f"{prefix}/value/{value}", operation, late, when=(carried,), free=False)
    if optional and declared.schema.enum:
        last = step("carries", field=declared, value=declared.schema.enum[-1])
        yield fault(f"{prefix}/offered", operation, refused, when=(last,), free=False)
    kind = operation.media.kind if operation.media is not None and declared.location == "body" else None
    for way in representations(declared, kind):
        yield _way_fault(f"{prefix}/form/{way.kind}", operation, way)


def _way_fault(requirement: str, operation: Operation, way: Representation) -> Entry:
    if way.body == "multipart" and way.kind in _WRITTEN:
        written = step("sent_as", field=way.field, form=_WRITTEN[way.kind])
        return fault(requirement, operation, step("refuses_the_input", field=way.field), when=(written,), free=False)
    read = step("reads_as", field=way.field, kind=way.kind)
    return fault(requirement, operation, step("breaks_down_late", status=400), when=(read,), free=False)


def _naming_faults(operation: Operation, declared: Input) -> Iterator[Entry]:
    """Yield faults about a path parameter that names something."""
    prefix = input_prefix(operation, declared)
    yield fault(f"{prefix}/known", operation, step("finds_nothing"), free=False)
    blind: BehaviourStep = step("overlooks", fields=(declared,), aspects=_ANY_RULE)
    yield fault(f"{prefix}/unknown", operation, blind, step("finds_anything"), free=True)
