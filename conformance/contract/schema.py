"""JSON Schema in normal form: references followed, `allOf` merged, types as a set with nullability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

import jsonschema_rs
from attrs import field, frozen

from conformance.contract.document import Document
from conformance.contract.merging import merged
from conformance.contract.node import Node, Provenance

__all__ = ["Bound", "Lifecycle", "Schema", "Stage"]

Stage = Literal["waiting", "running", "succeeded", "failed"]

_BOUNDS = (
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "const", "minItems", "maxItems", "uniqueItems"),
)
_ABOUT_THE_WHOLE = frozenset(
    {"minProperties", "maxProperties", "propertyNames", "patternProperties", "dependentRequired", "dependentSchemas"}
    | {"if", "not", "const", "enum", "unevaluatedProperties"}
)
_ALTERNATIVES = ("anyOf", "oneOf")
_TYPE_OF = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
BASE_URI = "urn:contract"


@frozen
class Lifecycle:
    """The constants that a status should take, each with the stage of a job that it stands for."""

    stages: Mapping[str, Stage]

    def stage(self, status: object) -> Stage | None:
        """Return the stage that a status stands for, or None where it has none."""
        return self.stages.get(status) if isinstance(status, str) else None

    def statuses(self, *stages: Stage) -> tuple[str, ...]:
        """Return the statuses of some stages, in the contract's order."""
        return tuple(name for name, stage in self.stages.items() if stage in stages)

    @property
    def terminal(self) -> tuple[str, ...]:
        """The statuses after which a job no longer changes."""
        return self.statuses("succeeded", "failed")


@frozen
class Bound:
    """A limit on values: a keyword of JSON Schema, and what it is set to."""

    keyword: str
    value: Any
    provenance: Provenance
    pointer: str


@frozen(eq=False)
class Schema:
    """What values may be; everything about them is asked here and never of the raw document.

    Attributes:
        roots: the places that judge the same value together; the first one is where the schema is written.
        within: further places that a value has to satisfy, where this is one alternative of theirs.
    """

    roots: tuple[Node, ...] = field(repr=False)
    within: tuple[Node, ...] = field(default=(), repr=False)

    @property
    def pointer(self) -> str:
        """Where the schema is written, or what it is a part of."""
        return self.roots[0].written_at

    @property
    def document(self) -> Document:
        """The document that it is part of."""
        return self.roots[0].document

    @cached_property
    def provenance(self) -> Provenance:
        """Where the schema comes from: what it says itself, then what it refers to."""
        own = self.roots[0]
        named = own.target()
        return own.provenance if named is None or own.get("x-provenance") else named.provenance

    @cached_property
    def parts(self) -> tuple[Node, ...]:
        """Every place that the value is judged by: the roots, what they refer to, and their `allOf`.

        Raises:
            ContractError: one of them is part of itself.
        """
        found: dict[str, Node] = {}
        pending: list[tuple[Node, frozenset[str]]] = [(root, frozenset()) for root in self.roots]
        while pending:
            node, above = pending.pop(0)
            if node.pointer in above:
                raise node.document.error(node.pointer, "refers to itself; a reference has to lead to something")
            if node.pointer in found:
                continue
            found[node.pointer] = node
            named = node.target()
            below = [node.raw("allOf", index) for index in range(len(node.get("allOf") or ()))]
            inside = above | {node.pointer}
            pending = [*((part, inside) for part in ([named] if named is not None else []) + below), *pending]
        return tuple(found.values())

    @cached_property
    def keywords(self) -> Mapping[str, Any]:
        """The keywords of all parts, merged; schemas below it are asked for by the other attributes."""
        return merged([part.data for part in self.parts if isinstance(part.data, Mapping)])

    @cached_property
    def nullable(self) -> bool:
        """Whether null is among the values."""
        stated = self.keywords.get("type")
        listed = self.keywords.get("enum")
        if stated is not None and "null" not in ([stated] if isinstance(stated, str) else stated):
            return False
        if listed is not None:
            return None in listed
        if "const" in self.keywords:
            return self.keywords["const"] is None
        return stated is not None or any(branch.nullable for branch in self._alternatives)

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types of its values, null left out; empty where nothing is said."""
        stated = self.keywords.get("type")
        if stated is not None:
            return frozenset([stated] if isinstance(stated, str) else stated) - {"null"}
        values = [self.keywords["const"]] if "const" in self.keywords else self.keywords.get("enum")
        if values is not None:
            return frozenset(name for value in values if (name := _type_of(value)) is not None)
        if self._alternatives:
            kinds = [branch.types for branch in self._alternatives if branch.types or not branch.nullable]
            return frozenset().union(*kinds) if all(kinds) else frozenset()
        return frozenset({"object"}) if "properties" in self.keywords else frozenset()

    @cached_property
    def judges_whole(self) -> bool:
        """Whether an object can be wrong though each of its members is right and none is missing."""
        return bool(self._alternatives) or bool(self.keywords.keys() & _ABOUT_THE_WHOLE)

    @property
    def states_type(self) -> bool:
        """Whether a value of another type breaks a rule about types, and not only one about values."""
        return "type" in self.keywords or bool(self._alternatives)

    @cached_property
    def branches(self) -> tuple[Schema, ...]:
        """The alternatives, one for each type and each `anyOf` or `oneOf`, null left out; itself where it has none."""
        if self._alternatives:
            kept = [branch for branch in self._alternatives if branch.types or not branch.nullable]
            return tuple(inner for branch in kept for inner in branch.branches)
        if len(self.types) < 2 or "enum" in self.keywords:
            return (self,)
        ordered = [name for name in self.keywords["type"] if name != "null"]
        return tuple(
            Schema((*self.roots, self.roots[0].unwritten({"type": name}, name)), self.within) for name in ordered
        )

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        """The schemas of an object's members, in the contract's order."""
        found: dict[str, list[Node]] = {}
        for part in self.parts:
            for name in part.get("properties") or ():
                found.setdefault(str(name), []).append(part.raw("properties", name))
        return {name: Schema(tuple(nodes)) for name, nodes in found.items()}

    @cached_property
    def items(self) -> Schema | None:
        """The schema of an array's items, where there is one."""
        nodes = tuple(part.raw("items") for part in self.parts if isinstance(part.get("items"), Mapping))
        return Schema(nodes) if nodes else None

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the members that an object must have."""
        return tuple(self.keywords.get("required", ()))

    @cached_property
    def enum(self) -> tuple[Any, ...]:
        """The listed values without null; empty where any value will do."""
        return tuple(value for value in self.keywords.get("enum", ()) if value is not None)

    @property
    def examples(self) -> tuple[Any, ...]:
        """The values that the contract shows."""
        single = (self.keywords["example"],) if "example" in self.keywords else ()
        return (*self.keywords.get("examples", ()), *single)

    @cached_property
    def is_file(self) -> bool:
        """Whether values are bytes and not text."""
        return self.types == {"string"} and (
            self.keywords.get("format") == "binary"
            or ("contentMediaType" in self.keywords and "contentEncoding" not in self.keywords)
        )

    @cached_property
    def is_text(self) -> bool:
        """Whether any text is a value, as far as types go."""
        return self.types == {"string"} and not self.is_file and "enum" not in self.keywords

    @property
    def role(self) -> str | None:
        """What the value is for (`x-role`)."""
        return self.keywords.get("x-role")

    @property
    def multiplies_cost(self) -> bool:
        """Whether a larger number in a value raises the bill (`x-cost`)."""
        return self.keywords.get("x-cost") is True

    @property
    def should(self) -> Mapping[str, Any] | None:
        """The schema that values SHOULD satisfy (`x-should`), as it is written."""
        return self.keywords.get("x-should")

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The stages of its values, where it is a status (`x-lifecycle`)."""
        stages = self.keywords.get("x-lifecycle")
        return None if stages is None else Lifecycle(stages)

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """What the contract demands, and what it suggests, beyond the type: `minimum: 1` and the like."""
        demanded = [
            Bound(keyword, self.keywords[keyword], self.provenance, f"{self._place(keyword)}/{keyword}")
            for keyword in _BOUNDS
            if keyword in self.keywords
        ]
        where = f"{self._place('x-should')}/x-should"
        suggested = [Bound(k, v, "convention", f"{where}/{k}") for k, v in (self.should or {}).items()]
        return (*demanded, *suggested)

    @cached_property
    def _judge(self) -> jsonschema_rs.Draft202012Validator:
        written = [root for root in (*self.roots, *self.within) if root.is_written]
        targets: list[Any] = [{"$ref": BASE_URI + root.pointer} for root in written]
        targets += [{"type": root.data["type"]} for root in self.roots if not root.is_written and root.get("type")]
        # One reference alone keeps the paths of errors as short as the contract has them.
        target = targets[0] if len(targets) == 1 else {"allOf": targets}
        return jsonschema_rs.Draft202012Validator(target, registry=_registry(self.roots[0]))

    @cached_property
    def _adviser(self) -> jsonschema_rs.Draft202012Validator | None:
        if self.should is None:
            return None
        target = {"$ref": f"{BASE_URI}{self._place('x-should')}/x-should"}
        return jsonschema_rs.Draft202012Validator(target, registry=_registry(self.roots[0]))

    def is_valid(self, value: Any) -> bool:
        """Tell whether a value is what the contract demands."""
        return self._judge.is_valid(value)

    def is_advisable(self, value: Any) -> bool:
        """Tell whether a value is what the contract says that it should be."""
        return self._adviser is None or self._adviser.is_valid(value)

    def errors(self, value: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Yield where a value is not what the contract demands."""
        return self._judge.iter_errors(value)

    def advice(self, value: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Yield where a value is not what the contract says that it should be."""
        return iter(()) if self._adviser is None else self._adviser.iter_errors(value)

    @cached_property
    def _alternatives(self) -> tuple[Schema, ...]:
        """The branches of the parts that have any, each combined with what stands beside them."""
        sets = [
            [part.raw(keyword, index) for index in range(len(part.data[keyword]))]
            for part in self.parts
            for keyword in _ALTERNATIVES
            if part.get(keyword)
        ]
        if not sets:
            return ()
        stated = [(part, _without_alternatives(part.data)) for part in self.parts if isinstance(part.data, Mapping)]
        beside = [part.unwritten(data, "beside") for part, data in stated if data]
        chosen: list[tuple[Node, ...]] = [()]
        for nodes in sets:
            chosen = [(*others, node) for others in chosen for node in nodes]
        whole = (*(root for root in self.roots if root.is_written), *self.within)
        return tuple(Schema((*nodes, *beside), whole) for nodes in chosen)

    def _place(self, keyword: str) -> str:
        """Return the pointer of the part that states a keyword."""
        return next((part.pointer for part in self.parts if part.get(keyword) is not None), self.pointer)


def _without_alternatives(data: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what every branch has to be as well; what describes the whole describes no branch."""
    told = {*_ALTERNATIVES, "$ref", "allOf", "title", "description", "examples", "example", "default"}
    return {key: value for key, value in data.items() if key not in told and not key.startswith("x-")}


def _type_of(value: Any) -> str | None:
    return next((name for kind, name in _TYPE_OF if isinstance(value, kind)), None)


_REGISTRIES: dict[int, tuple[Any, jsonschema_rs.Registry]] = {}


def _registry(node: Node) -> jsonschema_rs.Registry:
    """Return the document for validators, which is prepared once for each document."""
    key = id(node.document)
    if key not in _REGISTRIES:  # the document is kept too, so that its id is not used again
        made = jsonschema_rs.Registry([(BASE_URI, dict(node.document.data))], draft=jsonschema_rs.Draft202012)
        _REGISTRIES[key] = (node.document, made)
    return _REGISTRIES[key][1]
