"""Turns the parameters that the data files write into what the behaviours take.

The annotation of a parameter says how it is read: a `Property` by role or pointer, a `Field` by pointer, a
`Choice` as some values of a field's enum, everything else as plain data. What does not resolve in the
contract is an error that says so.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import frozen

from conformance.contract import Contract, Field, Property
from conformance.errors import UsageError
from conformance.reference.calls import Call
from conformance.reference.registry import nearest

__all__ = ["Choice", "bind"]

_ROLE = "role:"


@frozen
class Choice:
    """Some values of a field: written `{field: POINTER, matching: REGEX}`."""

    field: Field
    values: frozenset[str]

    def chosen(self, call: Call) -> bool:
        """Tell whether a form carries one of the values."""
        return any(text.decode("utf-8", "replace") in self.values for text in call.texts(self.field.name))


def bind(function: Callable[..., Any], given: Mapping[str, Any], contract: Contract, place: str) -> dict[str, Any]:
    """Return the arguments of a behaviour or condition, resolved in the contract.

    Raises:
        UsageError: a parameter is unknown, missing, of another type, or names nothing in the contract.
    """
    hints = get_type_hints(function)
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    for name in given:
        if name not in parameters:
            raise UsageError(f"{place}: {function.__name__} takes no {name!r}{nearest(name, parameters)}")
    for name, parameter in parameters.items():
        if name not in given and parameter.default is inspect.Parameter.empty:
            raise UsageError(f"{place}: {function.__name__} needs {name!r}")
    return {name: _resolved(contract, hints[name], value, f"{place}: {name}") for name, value in given.items()}


def _resolved(contract: Contract, kind: Any, value: Any, place: str) -> Any:
    if isinstance(kind, UnionType):
        (kind,) = (member for member in get_args(kind) if member is not type(None))
    if get_origin(kind) is tuple:
        values = _spread(contract, get_args(kind)[0], value)
        return tuple(_resolved(contract, get_args(kind)[0], item, place) for item in values)
    if kind in _READERS:
        return _READERS[kind](contract, value, place)
    if kind is float and isinstance(value, int):
        return float(value)
    if kind is not Any and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        raise UsageError(f"{place}: expected {kind.__name__}, got {value!r}")
    return value


def _spread(contract: Contract, kind: Any, value: Any) -> list[Any]:
    if value == "all" and kind is Field:
        return [field.pointer for field in contract.create.fields]
    return value if isinstance(value, list) else [value]


def _property(contract: Contract, value: Any, place: str) -> Property:
    properties = contract.create.success.properties
    wanted = str(value)
    for found in properties:
        if wanted in (f"{_ROLE}{found.role}" if found.role else None, found.pointer):
            return found
    known = [f"{_ROLE}{found.role}" for found in properties if found.role] + [found.pointer for found in properties]
    raise UsageError(f"{place}: the answer has no property {wanted!r}{nearest(wanted, known)}")


def _field(contract: Contract, value: Any, place: str) -> Field:
    fields = contract.create.fields
    for found in fields:
        if found.pointer == value:
            return found
    raise UsageError(f"{place}: the form has no field {value!r}{nearest(str(value), [f.pointer for f in fields])}")


def _choice(contract: Contract, value: Any, place: str) -> Choice:
    if not isinstance(value, Mapping) or set(value) != {"field", "matching"}:
        raise UsageError(f"{place}: expected {{field: POINTER, matching: REGEX}}, got {value!r}")
    field = _field(contract, value["field"], place)
    pattern = _pattern(contract, value["matching"], place)
    values = frozenset(str(item) for item in field.schema.get("enum", ()) if pattern.search(str(item)))
    if not values:
        raise UsageError(f"{place}: no value of {field.pointer} matches {pattern.pattern!r}")
    return Choice(field, values)


def _pattern(_: Contract, value: Any, place: str) -> re.Pattern[str]:
    try:
        return re.compile(str(value), re.DOTALL)
    except re.error as error:
        raise UsageError(f"{place}: {value!r} is not a regular expression: {error}") from None


_READERS: Mapping[Any, Callable[[Contract, Any, str], Any]] = {
    Property: _property,
    Field: _field,
    Choice: _choice,
    re.Pattern: _pattern,
}
