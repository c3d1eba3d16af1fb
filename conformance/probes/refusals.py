"""Probes with one invalid field in a form that is otherwise whole: a server that accepts one is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.bodies.parts import Part
from conformance.bodies.representations import forms
from conformance.contract import Field
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.samples import UNLISTED, ordinary
from conformance.requirements.derived import refusable_type

__all__ = ["refusal_probes"]

_NOT_NUMBERS = (b"abc", b"1.5", b"12abc", b"true", b"{}", b"[1]", b"one", b"1 2", b"--1")
_NOT_BOOLEANS = (b"abc", b"2", b"{}")
_NOT_OBJECTS = (b"[]", b"5", b'"text"', b"true")
_NOT_ITEMS = (b"5", b'"text"', b"[5]", b'["text"]', b"[[]]")
# Nothing that a lenient parser reads: RFC 8259, section 9, lets it take extensions such as NaN.
_NOT_JSON = (b"{", b"plain text", b'{"a": 1} x', b'{"a" 1}', b"[object Object]")
_BREAKS: Mapping[str, Any] = {
    "minimum": lambda bound: (bound - 1, bound - 2, bound - 1000),
    "exclusiveMinimum": lambda bound: (bound, bound - 1),
    "maximum": lambda bound: (bound + 1, bound * 10 + 1),
    "exclusiveMaximum": lambda bound: (bound, bound + 1),
    "minLength": lambda bound: tuple("x" * length for length in range(min(bound, 3))),
    "maxLength": lambda bound: ("x" * (bound + 1),),
    "pattern": lambda _: (UNLISTED + " \u2603",),
    "const": lambda _: (UNLISTED,),
    "enum": lambda _: (UNLISTED,),
}


def refusal_probes(builder: Builder) -> Iterator[Probe]:
    """Yield the probes of one operation."""
    for declared in builder.operation.fields:
        if declared.required:
            yield _omitted(builder, declared)
        if refusable_type(declared):
            yield from _mistyped(builder, declared)
        if any(form.kind in ("json", "array") for form in forms(declared)):
            yield from _not_json(builder, declared)
        if "enum" in declared.schema:
            yield from _unlisted(builder, declared)
        yield from _out_of_bounds(builder, declared)


def _probe(builder: Builder, declared: Field, rule: str, name: str, part: Sequence[Part]) -> Probe:
    op = builder.operation.id
    return builder.probe(
        f"{op}/request/{declared.name}/{rule}/{name}",
        builder.with_field(builder.required(), part),
        Expect.REFUSE,
        f"{op}/request/{declared.name}/{rule}" if rule == "enum" else f"{op}/request/{rule}",
        decides=(f"{op}/request/{declared.name}/{rule}",),
        guards=(f"{op}/invalid/no-server-error", f"{op}/request/{declared.name}/robust"),
        subject=declared.name,
    )


def _omitted(builder: Builder, declared: Field) -> Probe:
    op = builder.operation.id
    return builder.probe(
        f"{op}/request/{declared.name}/required/omitted",
        tuple(part for part in _everything(builder) if part.name != declared.name),
        Expect.REFUSE,
        f"{op}/request/{declared.name}/required",
        decides=(f"{op}/request/{declared.name}/required",),
        guards=(f"{op}/invalid/no-server-error",),
        subject=declared.name,
    )


def _everything(builder: Builder) -> tuple[Part, ...]:
    return tuple(part for declared in builder.operation.fields for part in ordinary(declared))


def _mistyped(builder: Builder, declared: Field) -> Iterator[Probe]:
    kind = str(declared.branches[0].get("type"))
    values = {
        "integer": _NOT_NUMBERS,
        "number": tuple(value for value in _NOT_NUMBERS if value != b"1.5"),
        "boolean": _NOT_BOOLEANS,
        "object": _NOT_OBJECTS,
        "array": _NOT_ITEMS,
    }[kind]
    media_type = "application/json" if kind in ("object", "array") else None
    for value in values:
        part = Part(declared.name, value, content_type=media_type)
        yield _probe(builder, declared, "type", value.decode(), (part,))


def _not_json(builder: Builder, declared: Field) -> Iterator[Probe]:
    if any(form.kind == "text" for form in forms(declared)):
        return
    for value in _NOT_JSON:
        name = value.decode("latin-1")
        yield _probe(builder, declared, "json", name, (Part(declared.name, value, content_type="application/json"),))
    yield _probe(builder, declared, "json", "untyped", (Part(declared.name, _NOT_JSON[0]),))


def _unlisted(builder: Builder, declared: Field) -> Iterator[Probe]:
    listed = [str(value) for value in declared.schema["enum"]]
    first = listed[0]
    candidates = (UNLISTED, first.upper(), first.title(), f"{first},{listed[-1]}", first[:-1], f"{first}x", "", "null")
    for value in candidates:
        if value not in listed:
            yield _probe(builder, declared, "enum", repr(value), (Part(declared.name, value.encode()),))


def _out_of_bounds(builder: Builder, declared: Field) -> Iterator[Probe]:
    for bound in declared.bounds:
        for value in _BREAKS.get(bound.keyword, lambda _: ())(bound.value):
            yield _probe(builder, declared, bound.keyword, repr(value), (Part(declared.name, str(value).encode()),))
