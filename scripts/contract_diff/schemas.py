"""Compares two schemas in normal form on one side of the exchange."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from attrs import evolve

from conformance.contract import Schema
from conformance.contract.document import pointer, tokens
from scripts.contract_diff.changes import PlaceDifference, Walk, shown
from scripts.contract_diff.limits import limit_findings
from scripts.contract_diff.meaning import meaning_findings
from scripts.contract_diff.names import colliding
from scripts.contract_diff.places import PlacePair, both, component

__all__ = ["schema_findings"]

_HIDDEN = {"request": "readOnly", "answer": "writeOnly"}
_COMPONENTS = ("components", "schemas")
_ALTERNATIVES = ("anyOf", "oneOf")


def schema_findings(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in the values that two schemas allow, and in what these mean."""
    pair = (old.pointer, new.pointer)
    if pair in walk.seen:
        return
    walk.seen.add(pair)
    for schema, visited in zip((old, new), walk.visited, strict=True):
        visited.update(part.pointer for part in schema.parts)
    advice = walk.advice(new.provenance)
    for finding in (*_names(old, new, walk), *_values(old, new, walk), *meaning_findings(old, new, walk)):
        yield evolve(finding, advice=finding.advice or advice)
    yield from _below(old, new, walk)


def _values(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in the values themselves, whatever they contain."""
    if old.nullable != new.nullable:
        yield _typed("type-added" if new.nullable else "type-removed", old, new, walk, "null")
    if _has_alternatives(old) or _has_alternatives(new):
        return
    if old.is_file != new.is_file and old.types == new.types:
        rule = "file-to-text" if old.is_file else "text-to-file"
        yield walk.found(rule, both(old, new, "format", "contentMediaType"))
    yield from _types(old, new, walk)
    yield from _listed(old, new, walk)
    yield from limit_findings(old, new, walk)


def _types(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    if old.types == new.types or not {"type"} & (old.keywords.keys() | new.keywords.keys()):
        return
    if not old.types or not new.types:
        before, after = (shown(sorted(each.types)) if each.types else "of any type" for each in (old, new))
        rule = "rule-loosened" if old.types else "rule-tightened"
        yield walk.found(rule, both(old, new, "type"), subject="`type`", before=before, after=after)
        return
    for name in sorted(new.types - old.types):
        if not (name == "integer" and "number" in old.types):
            yield _typed("type-added", old, new, walk, name)
    for name in sorted(old.types - new.types):
        if not (name == "integer" and "number" in new.types):
            yield _typed("type-removed", old, new, walk, name)


def _typed(rule: str, old: Schema, new: Schema, walk: Walk, value: str) -> PlaceDifference:
    return walk.found(rule, both(old, new, "type"), value=shown(value))


def _listed(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    before, after = _enumerated(old), _enumerated(new)
    at = both(old, new, "enum", "const")
    if before is None or after is None:
        if before is not after:
            rule, values = ("enum-opened", before) if after is None else ("enum-closed", after)
            yield walk.found(rule, at, value=shown(values))
    else:
        for rule, mine, others in (("enum-value-added", after, before), ("enum-value-removed", before, after)):
            for value in mine:
                if not any(_same(value, other) for other in others):
                    yield walk.found(rule, at, value=shown(value))
    known = {frozenset(map(repr, group)) for group in colliding(before or [])}
    for group in colliding(after or []):
        if frozenset(map(repr, group)) not in known:
            yield walk.found("enum-collision", at, value=" and ".join(shown(value) for value in group))


def _enumerated(schema: Schema) -> list[Any] | None:
    if "const" in schema.keywords:
        return [schema.keywords["const"]]
    listed = schema.keywords.get("enum")
    return None if listed is None else [value for value in listed if value is not None]


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other  # true is no 1


def _below(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in alternatives, members and items."""
    if _has_alternatives(old) or _has_alternatives(new):
        yield from _alternatives(old, new, walk)
        return
    yield from _members(old, new, walk)
    if old.items is not None and new.items is not None:
        yield from schema_findings(old.items, new.items, walk.into(f"{walk.name}[]"))


def _members(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    before, after = _visible(old, walk), _visible(new, walk)
    for name in dict.fromkeys((*before, *after)):
        path = f"{walk.name}.{name}" if walk.name else name
        if name not in before:
            yield from _added(old, new, name, walk.into(path))
        elif name not in after:
            rule = "member-removed-from-closed" if _is_closed(new) else "member-removed"
            advice = walk.advice(before[name].provenance)
            yield walk.found(rule, PlacePair(before[name].pointer, None), subject=shown(path), advice=advice)
        else:
            yield from schema_findings(before[name], after[name], walk.into(path))
    hidden = {*old.properties, *new.properties} - {*before, *after}
    for name in dict.fromkeys((*old.required, *new.required)):
        # What is new or gone is told as a whole; a name that is listed nowhere may be required all the same.
        if (name in old.required) == (name in new.required) or (name in before) != (name in after) or name in hidden:
            continue
        rule = "member-now-required" if name in new.required else "member-now-optional"
        path = f"{walk.name}.{name}" if walk.name else name
        advice = walk.advice(after.get(name, new).provenance)
        yield walk.found(rule, both(old, new, "required"), subject=shown(path), value=name, advice=advice)


def _added(old: Schema, new: Schema, name: str, walk: Walk) -> Iterator[PlaceDifference]:
    member = new.properties[name]
    rules = ["member-added-to-closed"] if _is_closed(old) else []
    if name in new.required:
        rules.append("member-added-required")
    advice = walk.advice(member.provenance)
    for rule in rules or ["member-added"]:
        yield walk.found(rule, PlacePair(None, member.pointer), subject=shown(walk.name), advice=advice)


def _visible(schema: Schema, walk: Walk) -> dict[str, Schema]:
    hidden = _HIDDEN[walk.side]
    return {name: each for name, each in schema.properties.items() if each.keywords.get(hidden) is not True}


def _is_closed(schema: Schema) -> bool:
    return schema.keywords.get("additionalProperties") is False


def _has_alternatives(schema: Schema) -> bool:
    return any(part.get(keyword) for part in schema.parts for keyword in _ALTERNATIVES)


def _alternatives(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Pair the alternatives that are the same, then those of one title, then those of the same types."""
    before, after = list(old.branches), list(new.branches)
    for likeness in (_written, _title, _kind):
        for one in list(before):
            other = next((each for each in after if likeness(one) and likeness(each) == likeness(one)), None)
            if other is not None:
                before.remove(one)
                after.remove(other)
                yield from schema_findings(one, other, walk)
    for rule, left in (("alternative-removed", before), ("alternative-added", after)):
        for branch in left:
            where = branch.pointer
            at = PlacePair(where, None) if rule == "alternative-removed" else PlacePair(None, where)
            yield walk.found(rule, at, value=_called(branch), advice=walk.advice(branch.provenance))


def _written(branch: Schema) -> str:
    root = branch.roots[0]
    return component(branch) or json.dumps(root.data, sort_keys=True, default=str)


def _title(branch: Schema) -> str:
    return str(branch.roots[0].get("title") or "")


def _kind(branch: Schema) -> str:
    return f"{sorted(branch.types)}{branch.is_file}" if branch.types else ""


def _called(branch: Schema) -> str:
    return shown(component(branch) or _title(branch) or sorted(branch.types) or tokens(branch.pointer)[-1])


def _names(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield where a schema has lost the name that a client calls its class by."""
    before, after = component(old), component(new)
    known = (new.document.data.get("components") or {}).get("schemas") or {}
    if before is None or before == after or before in known:
        return
    was, is_now = (pointer((*_COMPONENTS, name)) if name else None for name in (before, after))
    rule = "schema-renamed" if after else "schema-name-gone"
    at = PlacePair(was, is_now)
    yield walk.found(rule, at, subject=shown(before), before=shown(before), after=shown(after))
