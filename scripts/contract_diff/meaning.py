"""Compares what schemas say in extensions: roles, stages, what raises a bill, what proves that nothing was made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.contract import Schema
from scripts.contract_diff.changes import NO_VALUE, PlaceDifference, Walk, shown
from scripts.contract_diff.places import PlacePair, below, both

__all__ = ["EXTENSIONS", "meaning_findings", "role_findings"]

EXTENSIONS = frozenset({"x-role", "x-lifecycle", "x-cost", "x-echoes", "x-nothing-made", "x-should", "x-provenance"})


def meaning_findings(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in the meaning of the values of two schemas."""
    yield from role_findings(old.role, new.role, both(old, new, "x-role"), walk)
    yield from _stages(old, new, walk)
    if old.multiplies_cost != new.multiplies_cost:
        yield walk.found("cost-added" if new.multiplies_cost else "cost-removed", both(old, new, "x-cost"))
    yield from _echoes(old, new, walk)
    yield from _promises(old, new, walk)
    if old.should != new.should:
        at = both(old, new, "x-should")
        yield walk.found("advice-changed", at, before=_said(old.should), after=_said(new.should))


def role_findings(old: str | None, new: str | None, at: PlacePair, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in what a value is for."""
    if old != new:
        rule = "role-changed" if old and new else "role-added" if new else "role-removed"
        yield walk.found(rule, at, before=_said(old), after=_said(new))


def _stages(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    before = old.lifecycle.stages if old.lifecycle else {}
    after = new.lifecycle.stages if new.lifecycle else {}
    at = both(old, new, "x-lifecycle")
    for status in dict.fromkeys((*before, *after)):
        one, other = before.get(status), after.get(status)
        if one != other:
            rule = "changed" if one and other else "added" if other else "removed"
            where = below(str(at.old), str(at.new), status)
            yield walk.found(
                f"lifecycle-stage-{rule}", where, value=shown(status), before=_said(one), after=_said(other)
            )


def _echoes(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    before, after = (list(schema.keywords.get("x-echoes") or ()) for schema in (old, new))
    at = both(old, new, "x-echoes")
    for rule, mine, others in (("echo-added", after, before), ("echo-removed", before, after)):
        for expression in mine:
            if expression not in others:
                yield walk.found(rule, at, value=shown(expression))
    if [each for each in before if each in after] != [each for each in after if each in before]:
        yield walk.found("echo-order", at, before=shown(before), after=shown(after))


def _promises(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    before, after = (list(schema.keywords.get("x-nothing-made") or ()) for schema in (old, new))
    at = both(old, new, "x-nothing-made")
    for rule, mine, others in (("promise-added", after, before), ("promise-removed", before, after)):
        for code in mine:
            if code not in others:
                yield walk.found(rule, at, value=shown(code))


def _said(value: Any) -> str:
    return NO_VALUE if value is None else shown(value)
