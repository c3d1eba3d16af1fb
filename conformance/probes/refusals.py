"""Probes with one invalid input in a request that is otherwise whole: a server that accepts one is wrong."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from conformance.bodies.leniencies import leniencies
from conformance.bodies.violations import Violation, violations
from conformance.bodies.wholes import body_violations
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.dealing import dealt
from conformance.requirements.ids import body_prefix, input_prefix

__all__ = ["leniency_probes", "refusal_probes"]


def refusal_probes(builder: Builder) -> Iterator[Probe]:
    """Yield the probes of one operation."""
    named = builder.named
    controlled = {(defect.input.name, defect.broken) for defect in builder.defects if defect.kind == "unlisted"}
    inputs = builder.operation.inputs  # what names nothing is among the controls
    able = [declared for declared in inputs if declared.location != "path" or declared.name not in named]
    broken = [(declared, violations(declared, builder.operation.media)) for declared in able]
    chosen = dealt(broken, _likeness, _share)
    for declared, found in broken:
        if declared.required and declared.location != "path":
            yield _omitted(builder, declared)
        tried = {violation.rule for violation in found if (declared, violation) in chosen}
        for violation in found:
            if (declared.name, violation.parts) in controlled:
                continue  # among the controls, too
            if (declared, violation) in chosen or violation.rule not in tried:
                tried.add(violation.rule)
                yield _broken(builder, declared, violation)
    for violation in body_violations(builder.operation):
        yield _broken_whole(builder, violation)


def leniency_probes(builder: Builder) -> Iterator[Probe]:
    """Yield what only lenient parsers take, each with some of the inputs that are alike; none costs more if taken.

    What reads a value may be another thing for each of them, so no spelling rests on one input alone if it is usual.
    """
    able = [declared for declared in builder.operation.inputs if declared.location != "path"]
    for declared, violation in dealt([(d, leniencies(d, builder.operation.media)) for d in able], _likeness, _share):
        requirement = f"{builder.operation.id}/request/{violation.rule}"
        yield builder.probe(
            f"{requirement}/{violation.name}/{declared.name}",
            builder.with_input(builder.required(), violation.parts),
            Expect.REFUSE,
            requirement,
            decides=(requirement,),
            guards=(*_guards(builder), *_robust(builder, declared)),
            subject=declared.name,
        )


def _likeness(declared: Input, violation: Violation) -> Hashable:
    types = declared.schema.types if violation.rule == "type" else None
    return violation.rule, violation.name, types, declared.location


def _share(violation: Violation, holders: int) -> int:
    return holders if violation.share is None else violation.share


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
    prefix, rule = input_prefix(builder.operation, declared), violation.rule
    return builder.probe(
        f"{prefix}/{rule}/{violation.name}",
        builder.with_input(builder.required(), violation.parts),
        Expect.REFUSE,
        f"{prefix}/{rule}",
        decides=(f"{prefix}/{rule}",),
        guards=(*_guards(builder), *_robust(builder, declared)),
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


def _robust(builder: Builder, declared: Input) -> tuple[str, ...]:
    return (f"{input_prefix(builder.operation, declared)}/robust",)


def _guards(builder: Builder) -> tuple[str, ...]:
    return (f"{builder.operation.id}/invalid/no-server-error",) if builder.operation.body is not None else ()
