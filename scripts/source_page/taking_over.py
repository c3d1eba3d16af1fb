"""Writes into the contract what a source has and what takes no judgement: values of enums, fields, examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from conformance.contract import MediaType, Schema
from conformance.contract.document import tokens
from conformance.contract.node import Node
from scripts.source_page.disagreements import Disagreement
from scripts.source_page.facts import DOCUMENTED, NewField, OperationFacts, StatedAnswer, StatedValue
from scripts.source_page.yaml_edits import YamlEdits

__all__ = ["TakenOver", "take_over"]

_PART_TYPES = {"file": "application/octet-stream", "object": "application/json"}
_NUMBERS = frozenset({"integer", "number"})


@frozen
class TakenOver:
    """One difference that was written into the contract, and what a person still has to do about it."""

    found: Disagreement
    left: tuple[str, ...] = ()


def take_over(text: str, found: Sequence[Disagreement]) -> tuple[str, tuple[TakenOver, ...]]:
    """Return the contract's text with what can be taken over, and what that was."""
    wanted = [each for each in found if each.why is None and each.source is not None and each.subject is not None]
    wanted = [each for each in wanted if each.kind in _WRITERS]
    if not wanted:
        return text, ()
    edits = YamlEdits(text)
    taken = []
    for each in wanted:
        left = _WRITERS[each.kind](edits, each)
        if left is not None:
            taken.append(TakenOver(each, tuple(left)))
    return edits.text(), tuple(taken)


def _add_value(edits: YamlEdits, found: Disagreement) -> list[str] | None:
    own, before = found.subject
    part = next((part for part in own.schema.parts if part.get("enum") and part.is_written), None)
    if part is None or found.source is None:
        return None
    value = found.source.value
    edits.add_item(tokens(f"{part.pointer}/enum"), value, after=before)
    if own.schema.lifecycle is None:
        return []
    return [f"say which stage `{value}` stands for, under `x-lifecycle` at {part.pointer}, if it is a constant to use"]


def _add_example(edits: YamlEdits, found: Disagreement) -> list[str] | None:
    _, own = found.subject
    if found.source is None:
        return None
    value = found.source.value
    part = next((part for part in own.schema.parts if part.is_written and part.get("examples")), None)
    if part is not None:
        edits.add_item(tokens(f"{part.pointer}/examples"), value, first=True)
    else:
        single = next((part for part in own.schema.parts if part.is_written and "example" in (part.data or {})), None)
        if single is not None:
            edits.replace(tokens(f"{single.pointer}/example"), value)
        else:
            edits.add_entry(tokens(own.spot.pointer), "examples", [value], after="description")
    left = [f"remove the old examples at {own.spot.pointer}, if they are gone for good"] if own.examples else []
    if own.schema.multiplies_cost:
        left.append(f"`x-cost`: tests may now send up to the largest example at {own.spot.pointer}")
    return left


def _add_field(edits: YamlEdits, found: Disagreement) -> list[str] | None:
    new: NewField = found.subject
    value = new.value
    if isinstance(new.owner, OperationFacts) and value.location != "body":
        return _add_parameter(edits, new, new.owner)
    holder = _holder(new)
    if holder is None:
        return None
    place = tokens(holder.pointer)
    schema = schema_of(value, new.below, new.example, DOCUMENTED if holder.provenance != DOCUMENTED else "")
    if edits.has((*place, "properties")):
        edits.add_entry((*place, "properties"), value.path[-1], schema, after=new.before)
    else:
        edits.add_entry(place, "properties", {value.path[-1]: schema})
    if value.required:
        _require(edits, place, value.path[-1], new.before)
    if isinstance(new.owner, OperationFacts) and new.owner.body is not None and len(value.path) == 1:
        _encode(edits, new.owner.body.pointer, new.owner.body.kind, value)
    return list(_left_of_field(f"{holder.pointer}/properties/{value.path[-1]}", value))


def _left_of_field(pointer: str, value: StatedValue) -> Iterator[str]:
    yield f"describe {pointer} in English, in your own words"
    yield f"say with `x-role` what {pointer} is for, if it is one of the roles that the lint knows"
    if value.location == "body" and value.kinds & _NUMBERS:
        yield f"set `x-cost: true` at {pointer}, if a larger number in it raises the bill"


def _add_parameter(edits: YamlEdits, new: NewField, owner: OperationFacts) -> list[str] | None:
    value = new.value
    schema = schema_of(value, new.below, new.example, "")
    made: dict[str, Any] = {"name": value.path[0], "in": value.location, "required": value.required}
    if owner.provenance != DOCUMENTED:
        made["x-provenance"] = DOCUMENTED
    made["schema"] = schema
    place = tokens(owner.pointer)
    if edits.has((*place, "parameters")):
        edits.add_item((*place, "parameters"), made)
    else:
        edits.add_entry(place, "parameters", [made], after="security")
    return [f"describe the parameter `{value.path[0]}` at {owner.pointer}/parameters in English, in your own words"]


def _holder(new: NewField) -> Node | None:
    """Return the place whose `properties` a new field joins: the one of the field in front of it, if there is one."""
    schema = _whole(new)
    while schema is not None and schema.items is not None:
        schema = schema.items
    if schema is None:
        return None
    parts = [part for each in (schema, *schema.branches) for part in each.parts if part.is_written]
    beside = [part for part in parts if part.get("properties")]
    found = [part for part in beside if new.before in part.data["properties"]] or beside
    plain = [part for part in parts if part.target() is None]
    return found[0] if found else plain[-1] if plain else None


def _whole(new: NewField) -> Schema | None:
    if new.above is not None:
        return new.above.schema
    if isinstance(new.owner, OperationFacts):
        return new.owner.body.schema if new.owner.body is not None else None
    return new.owner.response.schema if new.owner.response is not None else None


def _require(edits: YamlEdits, place: Sequence[str], name: str, before: str | None) -> None:
    if edits.has((*place, "required")):
        edits.add_item((*place, "required"), name, after=before)
    else:
        edits.add_entry(place, "required", [name], after="description")


def _encode(edits: YamlEdits, media: str, kind: str, value: StatedValue) -> None:
    """Say how a part of a form is written, where it is not plain text."""
    inner = next(iter(value.kinds)).removesuffix("[]") if len(value.kinds) == 1 else "string"
    is_plain = len(value.kinds) == 1 and not value.kind.endswith("[]") and inner not in _PART_TYPES
    if kind != "multipart" or is_plain:
        return
    content_type = {"contentType": _PART_TYPES.get(inner.partition("<")[0], "text/plain")}
    place = tokens(media)
    if edits.has((*place, "encoding")):
        edits.add_entry((*place, "encoding"), value.path[0], content_type)
    else:
        edits.add_entry(place, "encoding", {value.path[0]: content_type})


def schema_of(
    value: StatedValue, below: Sequence[StatedValue], example: Sequence[Any], provenance: str
) -> dict[str, Any]:
    """Return the schema that a source's field stands for."""
    made = _typed(value)
    if provenance:
        made["x-provenance"] = provenance
    made |= {"deprecated": True} if value.deprecated else {}
    made |= {"default": value.default[0]} if value.default else {}
    made |= value.limits
    made |= {"examples": list(example)} if example else {}
    children = [each for each in below if len(each.path) == len(value.path) + 1]
    if children:
        owner = made
        while "items" in owner:
            owner = owner["items"]
        required = [each.path[-1] for each in children if each.required]
        owner |= {"required": required} if required else {}
        owner["properties"] = {
            each.path[-1]: schema_of(
                each, [other for other in below if other.path[: len(each.path)] == each.path], each.examples, ""
            )
            for each in children
        }
    return made


def _typed(value: StatedValue) -> dict[str, Any]:
    listed = [shown.value for shown in value.values]
    kinds = sorted(value.kinds - {"null"})
    plain = [kind.removeprefix("enum<").rstrip(">") if kind.startswith("enum<") else kind for kind in kinds]
    nullable = "null" in value.kinds
    if all(_is_plain(kind) for kind in plain):
        names = [*plain, *(["null"] if nullable else [])]
        made: dict[str, Any] = {"type": names[0] if len(names) == 1 else names}
        return made | ({"enum": [*listed, *([None] if nullable else [])]} if listed else {})
    choices = [_one(kind) for kind in plain] + ([{"type": "null"}] if nullable else [])
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def _is_plain(kind: str) -> bool:
    return kind in ("string", "integer", "number", "boolean", "object")


def _one(kind: str) -> dict[str, Any]:
    if kind.endswith("[]"):
        inner = kind.removesuffix("[]").strip("()")
        choices = [_one(each) for each in inner.split(" | ")]
        return {"type": "array", "items": choices[0] if len(choices) == 1 else {"anyOf": choices}}
    if kind == "any":
        return {}
    if kind == "file":
        return {"type": "string", "format": "binary"}
    base, _, form = kind.rstrip(">").partition("<")
    return {"type": base} | ({"format": form} if form else {})


def _change_example(edits: YamlEdits, found: Disagreement) -> list[str] | None:
    """Let the contract's example answer become the source's, member by member."""
    own: StatedAnswer = found.subject
    media = next((media for media in own.response.media if media.kind == "json"), None) if own.response else None
    if media is None or found.source is None:
        return None
    value, place = found.source.value, tokens(media.pointer)
    if found.contract is None:
        if edits.has((*place, "examples")) or edits.has((*place, "example")):
            return None
        edits.add_entry(place, "examples", {"page": {"value": value}})
        return []
    written = _example_place(media, found.contract.value)
    if written is None or not edits.has(written):
        return None
    _become(edits, written, found.contract.value, value)
    return []


def _example_place(media: MediaType, value: Any) -> tuple[str, ...] | None:
    """Return where the contract shows a value, by what the media type names or refers to."""
    if media.schema is None:
        return None
    document, place = media.schema.document, tokens(media.pointer)
    node = document.lookup(media.pointer)
    if "example" in node and node["example"] == value:
        return (*place, "example")
    for name, entry in (node.get("examples") or {}).items():
        reference = entry.get("$ref")
        held = document.lookup(reference) if reference else entry
        if held.get("value") == value:
            return (*(tokens(reference) if reference else (*place, "examples", name)), "value")
    return None


def _become(edits: YamlEdits, place: tuple[str, ...], old: Any, new: Any) -> None:
    is_block = isinstance(old, dict) and isinstance(new, dict) and edits.is_block(place)
    if not is_block or not old.keys() & new.keys():
        edits.replace(place, new)
        return
    before: str | None = None
    for name, value in new.items():
        if name not in old:
            edits.add_entry(place, name, value, after=before)
            continue
        if old[name] != value or type(old[name]) is not type(value):
            _become(edits, (*place, name), old[name], value)
        before = name
    for name in old.keys() - new.keys():
        edits.remove_entry(place, name)


_WRITERS = {
    "value": _add_value,
    "example": _add_example,
    "field": _add_field,
    "answer-example": _change_example,
}
