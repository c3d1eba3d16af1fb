"""Probes with one invalid input in a request that is otherwise whole: a server that accepts one is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bodies.violations import Violation, violations
from conformance.bodies.wholes import body_violations
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.requirements.ids import body_prefix, input_prefix

__all__ = ["refusal_probes"]


def refusal_probes(builder: Builder) -> Iterator[Probe]:
    """Yield the probes of one operation."""
    named = builder.named
    for declared in builder.operation.inputs:
        if declared.location == "path" and declared.name in named:
            continue  # what names nothing is among the controls
        if declared.required and declared.location != "path":
            yield _omitted(builder, declared)
        for violation in violations(declared, builder.operation.media):
            yield _broken(builder, declared, violation)
    for violation in body_violations(builder.operation):
        yield _broken_whole(builder, violation)


def _omitted(builder: Builder, declared: Input) -> Probe:
    """Everything is there but the one, so that nothing else can be the reason."""
    prefix = input_prefix(builder.operation, declared)
    others = (part for part in builder.everything() if (part.location, part.name) != (declared.location, declared.name))
    return builder.probe(
        f"{prefix}/required/omitted",
        tuple(others),
        Expect.REFUSE,
        f"{prefix}/required",
        decides=(f"{prefix}/required",),
        guards=_guards(builder),
        subject=declared.name,
    )


def _broken(builder: Builder, declared: Input, violation: Violation) -> Probe:
    op, prefix, rule = builder.operation.id, input_prefix(builder.operation, declared), violation.rule
    return builder.probe(
        f"{prefix}/{rule}/{violation.name}",
        builder.with_input(builder.required(), violation.parts),
        Expect.REFUSE,
        f"{prefix}/{rule}" if rule == "enum" else f"{op}/request/{rule}",
        decides=(f"{prefix}/{rule}",),
        guards=(*_guards(builder), f"{prefix}/robust"),
        subject=declared.name,
    )


def _broken_whole(builder: Builder, violation: Violation) -> Probe:
    requirement = f"{body_prefix(builder.operation)}/{violation.rule}"
    outside = (part for part in builder.required() if part.location != "body")
    return builder.probe(
        f"{requirement}/{violation.name}",
        (*outside, *violation.parts),
        Expect.REFUSE,
        requirement,
        decides=(requirement,),
        guards=_guards(builder),
    )


def _guards(builder: Builder) -> tuple[str, ...]:
    return (f"{builder.operation.id}/invalid/no-server-error",) if builder.operation.body is not None else ()
