"""Probes with one invalid input in a request that is otherwise whole: a server that accepts one is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.bodies.violations import Violation, leniencies, violations
from conformance.bodies.wholes import body_violations
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.requirements.ids import body_prefix, input_prefix

__all__ = ["leniency_probes", "refusal_probes"]

_USUAL = ("plus", "blank-before", "line-end", "hexadecimal", "exponent", "quotes")


def refusal_probes(builder: Builder) -> Iterator[Probe]:
    """Yield the probes of one operation."""
    named = builder.named
    controlled = {(defect.input.name, defect.broken) for defect in builder.defects if defect.kind == "unlisted"}
    inputs = builder.operation.inputs  # what names nothing is among the controls
    able = [declared for declared in inputs if declared.location != "path" or declared.name not in named]
    broken = [(declared, violations(declared, builder.operation.media)) for declared in able]
    dealt = _dealt([(declared, [v for v in found if v.is_rare]) for declared, found in broken])
    for declared, found in broken:
        if declared.required and declared.location != "path":
            yield _omitted(builder, declared)
        usual = {violation.rule for violation in found if not violation.is_rare}
        for violation in found:
            if (declared.name, violation.parts) in controlled:
                continue  # among the controls, too
            if not violation.is_rare or violation.rule not in usual or (declared, violation) in dealt:
                yield _broken(builder, declared, violation)
    for violation in body_violations(builder.operation):
        yield _broken_whole(builder, violation)


def leniency_probes(builder: Builder) -> Iterator[Probe]:
    """Yield what only lenient parsers take, each with one of the inputs that are alike; none costs more if taken."""
    able = [declared for declared in builder.operation.inputs if declared.location != "path"]
    hands = [(d, leniencies(d, builder.operation.media)) for d in able]
    # What reads numbers may be another thing for each of them, so the usual spellings are tried with two.
    again = [(d, [v for v in found if v.rule == "number-spelling" and v.name in _USUAL]) for d, found in hands[::-1]]
    for declared, violation in dict.fromkeys((*_dealt(hands), *_dealt(again))):
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


def _dealt(hands: Sequence[tuple[Input, Sequence[Violation]]]) -> list[tuple[Input, Violation]]:
    """Deal violations out in turn: of those that several inputs of one kind have, each gets some, and none twice."""
    holders: dict[tuple[object, ...], list[tuple[Input, Violation]]] = {}
    for declared, found in hands:
        for violation in found:
            types = declared.schema.types if violation.rule == "type" else None
            key = (violation.rule, violation.name, types, declared.location)
            holders.setdefault(key, []).append((declared, violation))
    return [able[turn % len(able)] for turn, able in enumerate(holders.values())]


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
