"""Turns the parameters that the data files write into what the behaviours take.

The annotation of a parameter says how it is read: an `Input` by its name (of a member of a body, or of a
parameter), a `Property` of an answer as `answer.NAME` or `role:ROLE`, either by JSON pointer too; a `Choice` as
some values of an enum, everything else as plain data. Operations that cost money are looked through first.
What does not resolve in the contract is an error that says so.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from itertools import chain
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from attrs import frozen

from conformance.contract import Contract, Input, Operation, Property
from conformance.errors import UsageError
from conformance.reference.calls import Call
from conformance.reference.nearest import nearest
from conformance.reference.refusals import header_named

__all__ = ["Choice", "HeaderName", "bind"]

_ANSWER, _ROLE = "answer.", "role:"


@frozen
class HeaderName:
    """The name of a response header, written as it is or as `role:ROLE` for one of the contract's."""

    name: str


@frozen
class Choice:
    """Some values of an input: written `{field: NAME, matching: REGEX}`."""

    field: Input
    values: frozenset[str]

    def chosen(self, call: Call) -> bool:
        """Tell whether a request carries one of the values."""
        return any(text.decode("utf-8", "replace") in self.values for text in call.texts(self.field))


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
    if kind in _READERS and isinstance(value, kind):
        return value
    if kind in _READERS:
        return _READERS[kind](contract, value, place)
    if kind is float and isinstance(value, int):
        return float(value)
    if kind is not Any and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        raise UsageError(f"{place}: expected {kind.__name__}, got {value!r}")
    return value


def _spread(contract: Contract, kind: Any, value: Any) -> list[Any]:
    if value == "all" and kind is Input:
        owners = contract.billable or contract.operations
        return [declared for operation in owners for declared in operation.fields]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _ordered(contract: Contract) -> list[Operation]:
    return sorted(contract.operations, key=lambda operation: not operation.billable)


def _property(contract: Contract, value: Any, place: str) -> Property:
    successes = chain.from_iterable(operation.successes for operation in _ordered(contract))
    properties = [found for success in successes for found in success.properties]
    for found in properties:
        if value in _names(found):
            return found
    known = [name for found in properties for name in _names(found)]
    raise UsageError(f"{place}: no answer has a property {value!r}{nearest(str(value), known)}")


def _names(found: Property) -> list[str]:
    roles = [f"{_ROLE}{found.role}"] if found.role else []
    return [*roles, f"{_ANSWER}{found.name}", found.pointer]


def _input(contract: Contract, value: Any, place: str) -> Input:
    operations = _ordered(contract)
    inputs = [
        *chain.from_iterable(operation.fields for operation in operations),
        *chain.from_iterable(operation.parameters for operation in operations),
    ]
    for found in inputs:
        if value in (found.name, found.pointer):
            return found
    known = [name for found in inputs for name in (found.name, found.pointer)]
    raise UsageError(f"{place}: no request has a field {value!r}{nearest(str(value), known)}")


def _operation(contract: Contract, value: Any, place: str) -> Operation:
    try:
        return contract.operation(str(value))
    except KeyError:
        known = [operation.id for operation in contract.operations]
        raise UsageError(f"{place}: there is no operation {value!r}{nearest(str(value), known)}") from None


def _header(contract: Contract, value: Any, place: str) -> HeaderName:
    if not str(value).startswith(_ROLE):
        return HeaderName(str(value))
    name = header_named(contract, str(value).removeprefix(_ROLE))
    if name is None:
        raise UsageError(f"{place}: no header of the contract has the {value}")
    return HeaderName(name)


def _choice(contract: Contract, value: Any, place: str) -> Choice:
    if not isinstance(value, Mapping) or set(value) != {"field", "matching"}:
        raise UsageError(f"{place}: expected {{field: NAME, matching: REGEX}}, got {value!r}")
    declared = _input(contract, value["field"], place)
    pattern = _pattern(contract, value["matching"], place)
    values = frozenset(str(item) for item in declared.schema.enum if pattern.search(str(item)))
    if not values:
        raise UsageError(f"{place}: no value of {declared.pointer} matches {pattern.pattern!r}")
    return Choice(declared, values)


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
    Input: _input,
    Operation: _operation,
    HeaderName: _header,
    Choice: _choice,
    re.Pattern: _pattern,
}
