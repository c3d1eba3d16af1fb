"""Compares what callers send: parameters, bodies, and how the parts of a form are labelled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from attrs import evolve

from conformance.contract import Body, Input, MediaType, Operation
from conformance.contract.document import pointer, tokens
from scripts.contract_diff.bodies import media_findings
from scripts.contract_diff.changes import PlaceDifference, Walk, shown
from scripts.contract_diff.places import PlacePair, below, step
from scripts.contract_diff.schemas import schema_findings

__all__ = ["input_findings"]


def input_findings(old: Operation, new: Operation, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in what two operations take."""
    yield from _parameters(old, new, walk)
    if old.body is None or new.body is None:
        if new.body is not None:
            rules = ("body-added", *(("body-now-required",) if new.body.required else ()))
            for rule in rules:
                yield walk.found(rule, PlacePair(None, new.body.pointer), subject=new.id)
        elif old.body is not None:
            yield walk.found("body-removed", PlacePair(old.body.pointer, None), subject=new.id)
        return
    yield from _body(old.body, new.body, new.id, walk)


def _parameters(old: Operation, new: Operation, walk: Walk) -> Iterator[PlaceDifference]:
    before, after = (_by_place(operation) for operation in (old, new))
    for key in dict.fromkeys((*before, *after)):
        if key not in before:
            declared = after[key]
            rule = "parameter-added-required" if declared.required else "parameter-added"
            advice = walk.advice(declared.provenance)
            yield walk.found(rule, PlacePair(None, declared.pointer), subject=_called(declared), advice=advice)
        elif key not in after:
            at = PlacePair(before[key].pointer, None)
            yield walk.found("parameter-removed", at, subject=_called(before[key]))
        else:
            yield from _parameter(before[key], after[key], walk)


def _by_place(operation: Operation) -> dict[tuple[str, str], Input]:
    """Return the parameters by what makes them the same: those of the path by their order, headers in any case."""
    placed: dict[tuple[str, str], Input] = {}
    for declared in operation.parameters:
        name = declared.name.lower() if declared.location == "header" else declared.name
        if declared.location == "path":
            name = str(operation.path.partition(f"{{{name}}}")[0].count("{"))
        placed[declared.location, name] = declared
    return placed


def _called(declared: Input) -> str:
    return f"`{declared.name}` ({declared.location})"


def _parameter(old: Input, new: Input, walk: Walk) -> Iterator[PlaceDifference]:
    if old.required != new.required:
        rule = "member-now-required" if new.required else "member-now-optional"
        at = below(old.pointer, new.pointer, "required")
        yield walk.found(rule, at, subject=_called(new), advice=walk.advice(new.provenance))
    yield from _serialisation(old, new, below(old.pointer, new.pointer, "explode"), walk)
    yield from schema_findings(old.schema, new.schema, walk.into(new.name))


def _serialisation(old: Input, new: Input, at: PlacePair, walk: Walk) -> Iterator[PlaceDifference]:
    if old.explode != new.explode and "array" in old.schema.types & new.schema.types:
        value = "repeated" if new.explode else "joined by commas"
        yield walk.found("serialisation-changed", at, subject=shown(new.name), value=value)


def _body(old: Body, new: Body, operation: str, walk: Walk) -> Iterator[PlaceDifference]:
    if old.required != new.required:
        rule = "body-now-required" if new.required else "body-now-optional"
        yield walk.found(rule, below(old.pointer, new.pointer, "required"), subject=operation)
    whole = walk.into(f"the body of {operation}")
    yield from media_findings(old.media, new.media, whole, partial(_media, walk=walk))


def _media(old: MediaType, new: MediaType, walk: Walk) -> Iterator[PlaceDifference]:
    for declared in new.inputs:
        former = next((each for each in old.inputs if each.name == declared.name), None)
        if former is not None and not declared.is_whole and not former.is_whole:
            yield from _encoding(former, declared, (_encoded(old, former), _encoded(new, declared)), walk)
    if old.schema is not None and new.schema is not None:
        yield from schema_findings(old.schema, new.schema, walk)


def _encoded(media: MediaType, declared: Input) -> str:
    return step(media.pointer, "encoding", declared.name)


def _encoding(old: Input, new: Input, encoded: tuple[str, str], walk: Walk) -> Iterator[PlaceDifference]:
    """Yield how the labels of a part are different; those that follow from its type are told by its type."""
    yield from _serialisation(old, new, below(*encoded, "explode"), walk)
    before, after = old.content_types, new.content_types
    if before == after or not (_is_stated(old, encoded[0]) or _is_stated(new, encoded[1])):
        return
    where = walk.found(
        "encoding-type-added",
        below(*encoded, "contentType"),
        subject=shown(new.name),
        advice=walk.advice(new.provenance),
    )
    yield from (evolve(where, value=shown(each)) for each in after if each not in before)
    gone = evolve(where, rule="encoding-type-removed")
    yield from (evolve(gone, value=shown(each)) for each in before if each not in after)
    if set(before) == set(after):
        yield evolve(where, rule="encoding-order", before=shown(before[0]), after=shown(after[0]))


def _is_stated(declared: Input, encoded: str) -> bool:
    """Tell whether the contract says how a part is labelled, and does not leave it to its type."""
    *above, name = tokens(encoded)
    media = declared.schema.document.lookup(pointer(above[:-1]))
    return "contentType" in (media.get("encoding") or {}).get(name, {})
