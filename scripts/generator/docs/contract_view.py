"""What there is to show of a contract: its operations with all that goes in and comes out, and its schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen
from markupsafe import Markup

from conformance.contract import Contract, Input, Operation, Response, Schema
from conformance.contract.node import Node
from conformance.requirements.ids import input_prefix
from scripts.generator.docs.schema_view import (
    Fact,
    ListedValue,
    MemberView,
    component,
    description_of,
    facts,
    listed_values,
    members_of,
    provenance_of,
    type_phrase,
)

__all__ = ["PROVENANCES", "AnswerView", "BodyView", "ContractView", "OperationView", "SchemaView"]

PROVENANCES: Mapping[str, str] = {
    "documented": "stated by the published page of the API",
    "observed": "seen on real servers, and not on the page",
    "convention": "of this contract's own making",
}


@frozen
class BodyView:
    """A body in one media type."""

    name: str
    type: Markup
    component: str
    members: tuple[MemberView, ...]
    required: bool


@frozen
class AnswerView:
    """A documented answer: its bodies by media type, its headers, and what it looks like."""

    anchor: str
    pattern: str
    description: str
    provenance: str
    bodies: tuple[BodyView, ...]
    headers: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]


@frozen
class OperationView:
    """An operation."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    provenance: str
    is_optional: bool
    is_billable: bool
    access: str
    schemes: tuple[str, ...]
    parameters: tuple[MemberView, ...]
    bodies: tuple[BodyView, ...]
    answers: tuple[AnswerView, ...]


@frozen
class SchemaView:
    """A schema that has a name."""

    anchor: str
    name: str
    type: Markup
    description: str
    provenance: str
    facts: tuple[Fact, ...]
    values: tuple[ListedValue, ...]
    members: tuple[MemberView, ...]


@frozen(slots=False)
class ContractView:
    """A contract as its page shows it."""

    contract: Contract = field(repr=False)

    @property
    def summary(self) -> str:
        """What it is, in a sentence."""
        return str(self._info.get("summary", ""))

    @property
    def description(self) -> str:
        """What it says of itself."""
        return str(self._info.get("description", ""))

    @property
    def _info(self) -> Mapping[str, Any]:
        info: Mapping[str, Any] = self.contract.document.data["info"]
        return info

    @cached_property
    def operations(self) -> tuple[OperationView, ...]:
        """Its operations, in its order."""
        return tuple(map(self._operation, self.contract.operations))

    @cached_property
    def schemas(self) -> tuple[SchemaView, ...]:
        """Its schemas that have a name, but for those that are shown as the body of a request."""
        root = Node.root(self.contract.document)
        named = self.contract.document.data.get("components", {}).get("schemas", {})
        shown = {body.component for operation in self.operations for body in operation.bodies if body.members}
        return tuple(
            _schema(str(name), Schema((root.raw("components", "schemas", name),)))
            for name in named
            if name not in shown
        )

    @cached_property
    def provenances(self) -> Mapping[str, str]:
        """The provenances that occur in it, each with what it means."""
        found = {operation.provenance for operation in self.operations}
        found |= {answer.provenance for operation in self.operations for answer in operation.answers}
        found |= {member.provenance for schema in self.schemas for member in schema.members}
        return {name: meaning for name, meaning in PROVENANCES.items() if name in found}

    @cached_property
    def anchors(self) -> Mapping[str, str]:
        """The places of the page by the JSON pointers of what they show; the first one counts."""
        found: dict[str, str] = {}
        for operation in self.contract.operations:
            found.setdefault(operation.pointer, operation.id)
            for declared in operation.inputs:
                found.setdefault(declared.pointer, input_prefix(operation, declared))
            for response in operation.responses:
                anchor = _answer_anchor(operation, response)
                found.setdefault(f"{operation.pointer}/responses/{response.pattern}", anchor)
                found.setdefault(response.pointer, anchor)
                for header in response.headers.values():
                    found.setdefault(header.pointer, anchor)
        for schema in self.schemas:
            found.setdefault(f"#/components/schemas/{schema.name}", schema.anchor)
            for member in schema.members:
                found.setdefault(member.schema.pointer, member.anchor)
        return found

    def _operation(self, operation: Operation) -> OperationView:
        written = self.contract.document.lookup(operation.pointer)
        bodies = () if operation.body is None else operation.body.media
        return OperationView(
            anchor=operation.id,
            method=operation.method.upper(),
            path=operation.path,
            summary=str(written.get("summary", "")),
            description=str(written.get("description", "")),
            provenance=str(operation.provenance),
            is_optional=operation.optional,
            is_billable=operation.billable,
            access=_access(operation),
            schemes=tuple(self._schemes(operation)),
            parameters=tuple(_input(operation, declared) for declared in operation.parameters),
            bodies=tuple(
                BodyView(
                    media.name,
                    Markup("anything") if media.schema is None else type_phrase(media.schema),
                    "" if media.schema is None else component(media.schema) or "",
                    tuple(_input(operation, declared) for declared in media.inputs if not declared.is_whole),
                    operation.body is not None and operation.body.required,
                )
                for media in bodies
            ),
            answers=tuple(_answer(self.contract, operation, response) for response in operation.responses),
        )

    def _schemes(self, operation: Operation) -> Iterator[str]:
        """Yield what the contract says of the credentials that an operation takes."""
        for scheme in dict.fromkeys(scheme for all_of in operation.security for scheme in all_of):
            yield str(self.contract.document.lookup(scheme.pointer).get("description", ""))


def _access(operation: Operation) -> str:
    """Say who may call, in words."""
    ways = [" and ".join(f"`{scheme.name}`" for scheme in all_of) or "nothing" for all_of in operation.security]
    return " or ".join(ways) if ways else "nothing"


def _input(operation: Operation, declared: Input) -> MemberView:
    schema = declared.schema
    return MemberView(
        input_prefix(operation, declared),
        declared.name,
        0,
        type_phrase(schema),
        declared.required,
        schema.keywords.get("deprecated") is True,
        str(declared.provenance),
        description_of(schema) or _beside(declared),
        (
            *([] if declared.location == "body" else [Fact("in", declared.location)]),
            *facts(schema, declared.content_types),
        ),
        tuple(listed_values(schema)),
        schema,
    )


def _beside(declared: Input) -> str:
    """Return the description of a parameter, which stands beside its schema."""
    written = declared.schema.document.lookup(declared.pointer)
    return str(written.get("description", "")) if isinstance(written, Mapping) else ""


def _answer(contract: Contract, operation: Operation, response: Response) -> AnswerView:
    written = contract.document.lookup(response.pointer)
    anchor = _answer_anchor(operation, response)
    return AnswerView(
        anchor=anchor,
        pattern=response.pattern,
        description=str(written.get("description", "")),
        provenance=str(response.provenance),
        bodies=tuple(
            BodyView(
                media.name,
                Markup("anything") if media.schema is None else type_phrase(media.schema),
                "" if media.schema is None else component(media.schema) or "",
                tuple(members_of(media.schema, anchor)) if media.schema and component(media.schema) is None else (),
                required=True,
            )
            for media in response.media
        ),
        headers=tuple((name, header.role or "") for name, header in response.headers.items()),
        examples=tuple(_examples(contract, response)),
    )


def _answer_anchor(operation: Operation, response: Response) -> str:
    return f"{operation.id}/response/{response.pattern}"


def _examples(contract: Contract, response: Response) -> Iterator[tuple[str, str]]:
    for media in response.media:
        written = contract.document.lookup(media.pointer)
        shown = written.get("examples", {}) if isinstance(written, Mapping) else {}
        for name, example in shown.items():
            if isinstance(example, Mapping) and "value" in example:
                title = str(example.get("summary") or name)
                yield title, json.dumps(example["value"], indent=2, ensure_ascii=False)


def _schema(name: str, schema: Schema) -> SchemaView:
    anchor = f"schema/{name}"
    return SchemaView(
        anchor=anchor,
        name=name,
        type=type_phrase(schema),
        description=description_of(schema),
        provenance=provenance_of(schema),
        facts=tuple(facts(schema)),
        values=tuple(listed_values(schema)),
        members=tuple(members_of(schema, anchor)),
    )
