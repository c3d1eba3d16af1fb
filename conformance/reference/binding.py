"""Turns the parameters that the data files write into what the behaviours take.

The annotation of a parameter says how it is read: a `Property` by role or pointer, a `Field` by pointer (or
by the short name of either in `elements.yaml`), a `Choice` as some values of a field's enum, everything
else as plain data. What does not resolve in the contract is an error that says so.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from importlib import resources
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml
from attrs import frozen

from conformance.contract import Contract, Field, Property
from conformance.errors import UsageError
from conformance.reference.calls import Call
from conformance.reference.registry import nearest
from conformance.reference.shapes import header_named

__all__ = ["Choice", "Header", "bind"]

_ROLE = "role:"
_ELEMENTS: Mapping[str, str] = yaml.safe_load(
    (resources.files("conformance.reference") / "elements.yaml").read_text(encoding="utf-8")
)


@frozen
class Header:
    """The name of a response header, written as it is or as `role:ROLE` for one of the contract's."""

    name: str


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
    if get_origin(kind) is Literal:
        return _literal(value, get_args(kind), place)
    kind = get_origin(kind) or kind
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
    wanted = _ELEMENTS.get(str(value), str(value))
    for found in properties:
        if wanted in (f"{_ROLE}{found.role}" if found.role else None, found.pointer):
            return found
    known = [f"{_ROLE}{found.role}" for found in properties if found.role] + [found.pointer for found in properties]
    known += _ELEMENTS
    raise UsageError(f"{place}: the answer has no property {wanted!r}{nearest(wanted, known)}")


def _field(contract: Contract, value: Any, place: str) -> Field:
    fields = contract.create.fields
    wanted = _ELEMENTS.get(str(value), str(value))
    for found in fields:
        if found.pointer == wanted:
            return found
    known = [*_ELEMENTS, *(found.pointer for found in fields)]
    raise UsageError(f"{place}: the form has no field {wanted!r}{nearest(wanted, known)}")


def _header(contract: Contract, value: Any, place: str) -> Header:
    if not str(value).startswith(_ROLE):
        return Header(str(value))
    name = header_named(contract, str(value).removeprefix(_ROLE))
    if name is None:
        raise UsageError(f"{place}: no header of the contract has the {value}")
    return Header(name)


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


def _literal(value: Any, known: tuple[str, ...], place: str) -> Any:
    if value not in known:
        raise UsageError(f"{place}: {value!r} is none of {', '.join(known)}{nearest(str(value), known)}")
    return value


_READERS: Mapping[Any, Callable[[Contract, Any, str], Any]] = {
    Property: _property,
    Field: _field,
    Header: _header,
    Choice: _choice,
    re.Pattern: _pattern,
}
