"""How a schema shows a thing: the contract's own instance, overlaid by roles and echoes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen

from conformance.contract import Lifecycle, Property, Schema, Stage
from conformance.contract.instance import instance
from conformance.contract.members import members, named_members
from conformance.reference.things import Thing

__all__ = ["AnswerTemplate", "copied", "place", "template"]

_DEEPEST = 5
_NOTHING = object()
_EARLIEST_MILLISECONDS = 100_000_000_000  # in seconds this is the year 5138
_TIMES = ("created-time", "completed-time", "expiry-time")
_ROLES = frozenset(
    ("id", "legacy-id", "status", "progress", "parent-id", "error-code", "error-message", "result-url", *_TIMES)
)


@frozen
class FilledMember:
    """A member of an object that is filled in, or has such members below it.

    Attributes:
        base: the object that its own members are filled into, where there was none yet.
    """

    name: str
    role: str | None
    echoes: tuple[str, ...]
    is_text: bool
    nullable: bool
    base: Mapping[str, Any] = field(repr=False)
    members: tuple[FilledMember, ...] = field(repr=False)


@frozen
class AnswerTemplate:
    """An answer with places to fill in: made once, filled for every request."""

    schema: Schema = field(repr=False)
    base: Any = field(repr=False)
    members: tuple[FilledMember, ...] = field(repr=False)
    lifecycle: Lifecycle
    unit: int

    def show(self, thing: Thing | None, values: Mapping[str, Any], result_url: str | None = None) -> Any:
        """Return the answer that shows a thing, or that has no more to show than what was sent."""
        body = copied(self.base)
        if not self.members:
            return body
        told = self._told(thing, result_url) if thing is not None else {}
        return {**body, **_changes(self.members, told, values, body)}

    def status(self, stage: Stage) -> str | None:
        """Return the status that a stage goes by."""
        return next(iter(self.lifecycle.statuses(stage)), None)

    def time(self, seconds: float | None) -> Any:
        """Return a time as the contract writes it: as text, or in the unit of its example."""
        if seconds is None:
            return None
        if self.unit == 0:
            return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
        return int(seconds * self.unit)

    def _told(self, thing: Thing, result_url: str | None) -> dict[str | None, Any]:
        stage = thing.stage
        failed = stage == "failed"
        return {
            "id": thing.id,
            "legacy-id": thing.id,
            "status": thing.says or self.status(stage),
            "progress": thing.progress,
            "created-time": self.time(thing.created),
            "completed-time": self.time(thing.completed),
            "expiry-time": self.time(thing.expires),
            "parent-id": thing.parent,
            "error-code": "generation_failed" if failed else None,
            "error-message": "The job was asked to fail." if failed else None,
            "result-url": result_url if stage == "succeeded" else None,
        }


def template(schema: Schema) -> AnswerTemplate:
    """Work out once how a schema shows things.

    Raises:
        ContractError: no valid instance of it can be made.
    """
    base = copied(instance(schema))
    filled: tuple[FilledMember, ...] = ()
    if isinstance(base, dict):
        filled = tuple(_members(schema, base, 0))
    roles = {member.role: member for _, member in members(schema) if member.role is not None}
    status = roles.get("status")
    lifecycle = status.lifecycle if status is not None else None
    return AnswerTemplate(schema, base, filled, lifecycle or Lifecycle({}), _unit(roles))


def place(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value at a path, making the objects on the way."""
    for key in path[:-1]:
        if not isinstance(body.get(key), dict):
            body[key] = {}
        body = body[key]
    body[path[-1]] = value


def copied(value: Any) -> Any:
    """Return JSON data that can be changed without changing the other."""
    if isinstance(value, dict):
        return {key: copied(child) if isinstance(child, (dict, list)) else child for key, child in value.items()}
    return [copied(child) for child in value] if isinstance(value, list) else value


def _members(schema: Schema, base: dict[str, Any], depth: int) -> Iterator[FilledMember]:
    """Yield what is filled in, and take from the base what nobody may promise before it is known.

    What has no meaning that code knows is shown as the contract's example shows it.
    """
    if depth >= _DEEPEST:
        return
    required = {name for branch in (schema, *schema.branches) for name in branch.required}
    for name, member in named_members(schema).items():
        echoes = Property((name,), member, name in required).echoes
        role = member.role if member.role in _ROLES else None
        inner = base.get(name)
        below = inner if isinstance(inner, dict) else _object(member)
        nested = tuple(_members(member, below, depth + 1)) if below is not None else ()
        if not (role or echoes or nested):
            if name not in base and member.role is None:
                base.update((name, copied(shown)) for shown in member.examples[:1])
            continue
        if name not in required:
            base.pop(name, None)
        elif member.nullable and (role or nested):
            base[name] = None
        elif isinstance(inner, dict):
            base[name] = below
        yield FilledMember(name, role, echoes, member.types == {"string"}, member.nullable, below or {}, nested)


def _object(schema: Schema) -> dict[str, Any] | None:
    """Return an object that a schema allows, where it allows one that has members of its own."""
    for branch in schema.branches:
        if "object" in branch.types and branch.properties:
            made = copied(instance(branch))
            return made if isinstance(made, dict) else None
    return None


def _unit(roles: Mapping[str, Schema]) -> int:
    """Return how many of the contract's units of time make a second; 0 where times are text."""
    shown = [roles[role] for role in _TIMES if role in roles]
    if any(schema.types == {"string"} for schema in shown):
        return 0
    examples = [value for schema in shown for value in schema.examples if isinstance(value, int)]
    return 1000 if any(value > _EARLIEST_MILLISECONDS for value in examples) else 1


def _changes(
    filled: tuple[FilledMember, ...], told: Mapping[str | None, Any], values: Mapping[str, Any], body: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the members of a body that are filled in."""
    made: dict[str, Any] = {}
    for member in filled:
        value = _value(member, told, values)
        if value is not _NOTHING:
            made[member.name] = str(value) if member.is_text and value is not None else value
        elif member.members:
            own = body.get(member.name)
            base = own if isinstance(own, dict) else member.base
            if inner := _changes(member.members, told, values, base):
                made[member.name] = {**copied(base), **inner}
    return made


def _value(member: FilledMember, told: Mapping[str | None, Any], values: Mapping[str, Any]) -> Any:
    """Return what a member shows: what its role tells, or else the first of the values that it repeats."""
    value = told.get(member.role)
    if value is not None:
        return value
    for name in member.echoes:
        if name in values:
            value = values[name]
            is_shown = member.nullable if value is None else not _has_bytes(value)
            return value if is_shown else _NOTHING
    return _NOTHING


def _has_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, list) and any(isinstance(item, bytes) for item in value))
