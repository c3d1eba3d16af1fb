"""What operations do to the things that they are about, told from paths, methods and schemas alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from conformance.contract.model import Contract, Input, Operation, Property, Response
from conformance.contract.schema import Schema

__all__ = ["Action", "Resources", "identity"]

Action = Literal["create", "read", "list", "change", "delete", "fetch", "other"]
_IDENTITY = "id"


@frozen(eq=False)
class Resources:
    """Who makes what a path names, and which operation does what with it."""

    contract: Contract = field(repr=False)

    def action(self, operation: Operation) -> Action:
        """Return what an operation does."""
        named = self.names(operation)
        shown = identity(operation.success) is not None
        if operation.billable or (shown and (operation.method == "POST" or (operation.method == "PUT" and not named))):
            return "create"
        if operation.method == "DELETE" and named:
            return "delete"
        if operation.method in ("PUT", "PATCH", "POST") and named and shown:
            return "change"
        if operation.method != "GET":
            return "other"
        if named:
            return "read" if shown else "fetch"
        return "list" if self.listed(operation) is not None else "other"

    def names(self, operation: Operation) -> Mapping[str, Operation]:
        """Return the path parameters that name something which another operation makes, each with that operation."""
        found = ((declared, self.maker(operation, declared)) for declared in operation.parameters)
        return {declared.name: maker for declared, maker in found if maker is not None}

    def maker(self, operation: Operation, declared: Input) -> Operation | None:
        """Return the operation whose answers hold the values of a path parameter.

        It is the one that creates at the path in front of the parameter; where there is none, one that creates
        and answers with the same schema.
        """
        if declared.location != "path":
            return None
        collection = operation.path.partition(f"/{{{declared.name}}}")[0]
        makers = [other for other in self.contract.operations if _makes(other) and other is not operation]
        here = next((other for other in makers if other.path.rstrip("/") == collection), None)
        if here is not None or declared.schema.enum or declared.schema.examples:
            return here
        kind = _kind(operation.success.schema)
        return next((other for other in makers if kind is not None and _kind(other.success.schema) == kind), None)

    def reader(self, operation: Operation) -> Operation | None:
        """Return the operation that shows, or else fetches, what the last name in a path stands for."""
        named = list(self.names(operation))
        if not named:
            return None
        path = operation.path.partition(f"{{{named[-1]}}}")[0]
        at_path = [
            other
            for other in self.contract.operations
            if other.method == "GET"
            and other.path.startswith(path)
            and list(self.names(other))
            and other.path.endswith("}")
        ]
        return next((other for other in at_path if len(self.names(other)) == len(named)), None)

    def implied(self, operation: Operation) -> frozenset[int]:
        """Return the refusals that HTTP itself has for what an operation asks, documented or not."""
        found = {401} if operation.scheme is not None else set()
        found |= {400} if operation.body is not None or operation.parameters else set()
        return frozenset(found | ({404} if self.names(operation) else set()))

    def collection(self, operation: Operation) -> str | None:
        """Return a name for the things that an operation is about; those of one schema are of one collection."""
        kind = _kind(operation.success.schema) if identity(operation.success) is not None else None
        if kind is not None:
            return kind
        makers = list(self.names(operation).values())
        if makers:
            return self.collection(makers[-1])
        found = self.listed(operation)
        return None if found is None else _kind(found[1])

    def listed(self, operation: Operation) -> tuple[tuple[str, ...], Schema] | None:
        """Return where an answer lists things that have an identity, and their schema; None where it lists none."""
        schema = operation.success.schema
        if operation.method != "GET" or schema is None:
            return None
        members = [((), schema), *(((name,), member) for name, member in schema.properties.items())]
        for path, member in members:
            if member.types == {"array"} and member.items is not None and _identity_of(member.items) is not None:
                return path, member.items
        return None


def identity(response: Response) -> Property | None:
    """Return the property of an answer that identifies what it shows, if there is one."""
    return response.by_role(_IDENTITY)


def _makes(operation: Operation) -> bool:
    return operation.method in ("POST", "PUT") and identity(operation.success) is not None


def _identity_of(schema: Schema) -> Schema | None:
    return next((member for member in schema.properties.values() if member.role == _IDENTITY), None)


def _kind(schema: Schema | None) -> str | None:
    """Return what tells a schema from others: where its first own part is written, references followed."""
    if schema is None:
        return None
    for part in schema.parts:
        if part.is_written and part.target() is None:
            return part.pointer
    return schema.pointer
