"""Pages of documentation made from a contract, as a documentation site would show it, to be edited and rendered.

Only what is documented is on them. Where the contract explains a departure from its page, they say what it says that
the page does.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from attrs import define, field

from conformance.contract import Bound, Contract, Operation, Schema
from conformance.contract.members import named_members


class _Absence(Enum):
    """A value that survives being copied."""

    NOTHING = 0


NOTHING: Final = _Absence.NOTHING
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")


@define
class PageField:
    name: str
    type: str
    required: bool
    location: str = ""
    options: list[Any] = field(factory=list)
    example: Any = NOTHING
    deprecated: bool = False
    default: Any = NOTHING
    limits: dict[str, Any] = field(factory=dict)


@define
class ReferencePage:
    method: str
    path: str
    server: str
    media: str
    credential: str
    word: str
    parameters: list[PageField]
    request: list[PageField]
    answer: list[PageField]
    statuses: list[str]
    example: Any = NOTHING
    sample: dict[str, str] = field(factory=dict)

    @classmethod
    def of(cls, contract: Contract, operation: Operation) -> ReferencePage:
        """The page of one operation."""
        shown = departures(contract)
        success = operation.success
        media = next((each for each in success.media if each.kind == "json" and each.schema), None)
        answer = list(_members(media.schema, (), shown)) if media is not None and media.schema is not None else []
        examples = [
            value
            for root in (media.schema.roots[1:] if media and media.schema else ())
            for value in root.get("examples")
        ]
        parameters = [
            _field(each.name, each.schema, shown, required=each.required, location=each.location)
            for each in operation.parameters
            if each.provenance == "documented"
        ]
        request = [made for each in operation.fields for made in _request(each.name, each, shown)]
        page = cls(
            operation.method,
            operation.path,
            contract.servers[0],
            operation.media.name if operation.media is not None else "",
            operation.scheme.parameter if operation.scheme is not None else "",
            operation.scheme.word if operation.scheme is not None else "",
            parameters,
            request,
            answer,
            [each.pattern for each in operation.responses if each.provenance == "documented"],
            copy.deepcopy(examples[0]) if examples else NOTHING,
        )
        page.sample = {each.name: _sent(each) for each in request if "." not in each.name}
        return page

    def field(self, name: str) -> PageField:
        return next(each for each in self.request if each.name == name)

    def answered(self, name: str) -> PageField:
        return next(each for each in self.answer if each.name == name)


def departures(contract: Contract) -> dict[tuple[str, str], Any]:
    """What the page says by pointer and kind, where the contract explains that it says something else."""
    found = {}
    for entry in contract.document.data.get("x-departures", ()):
        for pointer in [entry["at"]] if isinstance(entry["at"], str) else entry["at"]:
            found[pointer, entry["what"]] = entry.get("page", NOTHING)
    return found


def type_word(schema: Schema) -> str:
    """The type of a schema as pages write it."""
    words = []
    for branch in schema.branches:
        for name in sorted(branch.types):
            if branch.enum or "const" in branch.keywords:
                words.append(f"enum<{name}>")
            elif branch.is_file:
                words.append("file")
            elif name == "array":
                words.append(f"{type_word(branch.items) if branch.items is not None else 'any'}[]")
            else:
                words.append(f"{name}<{branch.keywords['format']}>" if "format" in branch.keywords else name)
    return " | ".join([*words, *(["null"] if schema.nullable else [])]) or "any"


def _is_ours(bound: Bound) -> bool:
    return "/x-should/" in bound.pointer


def _request(name: str, declared: Any, shown: dict[tuple[str, str], Any]) -> Iterator[PageField]:
    if declared.provenance == "documented":
        yield _field(name, declared.schema, shown, required=declared.required)
        yield from _members(declared.schema, (name,), shown)


def _members(schema: Schema, above: tuple[str, ...], shown: dict[tuple[str, str], Any]) -> Iterator[PageField]:
    while schema.items is not None:
        schema = schema.items
    required = {name for each in (schema, *schema.branches) for name in each.required}
    for name, member in named_members(schema).items():
        if member.provenance == "documented" and len(above) < 3:
            yield _field(".".join((*above, name)), member, shown, required=name in required)
            yield from _members(member, (*above, name), shown)


def _field(
    name: str, schema: Schema, shown: dict[tuple[str, str], Any], *, required: bool, location: str = ""
) -> PageField:
    at = schema.pointer
    listed = [schema.keywords["const"]] if "const" in schema.keywords else list(schema.enum)
    return PageField(
        name,
        shown.get((at, "type"), type_word(schema)),
        shown.get((at, "required"), required),
        location,
        listed,
        copy.deepcopy(shown.get((at, "example"), schema.examples[0] if schema.examples else NOTHING)),
        shown.get((at, "deprecated"), schema.keywords.get("deprecated", False)),
        schema.keywords.get("default", NOTHING),
        {bound.keyword: bound.value for bound in schema.bounds if bound.keyword in LIMITS and not _is_ours(bound)},
    )


def _sent(each: PageField) -> str:
    """What the sample sends: the example, or the placeholder of such sites."""
    if each.type == "file":
        return "@example-file"
    if each.example is not NOTHING and isinstance(each.example, str | int):
        return each.example if isinstance(each.example, str) else json.dumps(each.example)
    return {"integer": "123", "boolean": "true", "object": "{}", "object[]": "{}"}.get(each.type, "<string>")
