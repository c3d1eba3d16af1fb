"""What a form is worth by the contract, judged on its bytes (DESIGN: wire truth).

Everything in a form is text, so a value is read as the contract's encoding says before it is judged. What
the contract leaves open is `UNSPECIFIED`: a server may take it or refuse it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from attrs import field, frozen

from conformance.bodies.parts import Part
from conformance.bodies.representations import is_file
from conformance.contract import Contract, Field, Operation

__all__ = ["Problem", "Reading", "StrictJsonError", "Validity", "judge", "strict_json"]

_CANONICAL_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_LOOSE_NUMBER = re.compile(r"\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_LARGEST_EXACT = 2**53 - 1  # what every JSON implementation can hold (RFC 8259, section 6)
_DEEPEST = 64


class Validity(IntEnum):
    """How good a form is; the worst of its problems decides."""

    VALID = 0
    DISCOURAGED = 1
    UNSPECIFIED = 2
    INVALID = 3


@frozen
class Problem:
    """Something about one field that is not plainly valid."""

    field: str
    aspect: str
    validity: Validity
    message: str


@frozen
class Reading:
    """A form read back: the values that it carries, and what is wrong with them."""

    values: Mapping[str, Any] = field(repr=False)
    problems: tuple[Problem, ...]

    @property
    def validity(self) -> Validity:
        """The worst of the problems."""
        return max((problem.validity for problem in self.problems), default=Validity.VALID)


class StrictJsonError(ValueError):
    """Text that is not JSON as RFC 8259 has it; `tolerable` where some parsers take it."""

    def __init__(self, message: str, *, tolerable: bool = False) -> None:
        super().__init__(message)
        self.tolerable = tolerable


class _Unreadable(Exception):
    def __init__(self, aspect: str, validity: Validity, message: str) -> None:
        super().__init__(message)
        self.problem = (aspect, validity, message)


def judge(contract: Contract, operation: Operation, parts: Sequence[Part]) -> Reading:
    """Read every field of a form and judge it."""
    by_name: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_name[part.name or ""].append(part)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for declared in operation.fields:
        given = by_name.pop(declared.name, [])
        if not given:
            if declared.required:
                problems.append(Problem(declared.name, "required", Validity.INVALID, "is required"))
            continue
        try:
            values[declared.name] = value = _value(declared, given)
        except _Unreadable as error:
            problems.append(Problem(declared.name, *error.problem))
            continue
        problems.extend(_violations(contract, declared, value))
    problems.extend(Problem(name, "unknown", Validity.UNSPECIFIED, "is not a field of this form") for name in by_name)
    return Reading(values, tuple(problems))


def strict_json(text: str) -> Any:
    """Parse JSON as RFC 8259 has it: no NaN, no duplicate names, no absurd depth.

    Raises:
        StrictJsonError: the text is something else.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise StrictJsonError("is nested too deeply", tolerable=True) from None
    except UnicodeEncodeError:
        raise StrictJsonError("has half of a surrogate pair", tolerable=True) from None
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"is not JSON: {error}") from None
    except StrictJsonError:
        raise
    except ValueError:  # Python reads no integer of thousands of digits
        raise StrictJsonError("has a number too large to read", tolerable=True) from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise StrictJsonError("has an object with a name twice", tolerable=True)
    return made


def _no_constant(name: str) -> Any:
    raise StrictJsonError(f"is not JSON: {name}", tolerable=True)


def _value(declared: Field, parts: Sequence[Part]) -> Any:
    array = next((branch for branch in declared.branches if branch.get("type") == "array"), None)
    if array is not None:
        return _array(array, parts)
    if len(parts) > 1:
        raise _Unreadable("repeated", Validity.UNSPECIFIED, "occurs more than once")
    return _single(declared.branches, parts[0])


def _array(schema: Mapping[str, Any], parts: Sequence[Part]) -> list[Any]:
    items = schema.get("items", {})
    if items.get("type", "object") == "object":
        if len(parts) == 1 and isinstance(whole := _json(parts[0]), list):
            return whole
        return [_json(part) for part in parts]
    return [_single((items,), part) for part in parts]


def _single(branches: Sequence[Mapping[str, Any]], part: Part) -> Any:
    kinds = {"file" if is_file(branch) else str(branch.get("type", "string")): branch for branch in branches}
    if part.filename is not None:
        if "file" in kinds:
            return part.value
        raise _Unreadable("type", Validity.UNSPECIFIED, "is a file where text is expected")
    if part.content_type == "application/json" and "object" in kinds:
        try:
            return _json(part)
        except _Unreadable as error:
            if "string" not in kinds:
                raise
            raise _Unreadable("json", Validity.UNSPECIFIED, str(error)) from None
    if "string" in kinds:
        return _text(part)
    if "object" in kinds:
        return _json(part)
    if "file" in kinds:
        raise _Unreadable("type", Validity.UNSPECIFIED, "is text where a file with a filename is expected")
    return _scalar(next(iter(kinds)), _text(part))


def _text(part: Part) -> str:
    if (part.content_type or "text/plain") != "text/plain" or (part.charset or "utf-8").lower() not in (
        "utf-8",
        "utf8",
    ):
        raise _Unreadable("encoding", Validity.UNSPECIFIED, "is not plain UTF-8 text")
    try:
        text = part.value.decode()
    except UnicodeDecodeError as error:
        raise _Unreadable("encoding", Validity.UNSPECIFIED, f"is not UTF-8: {error.reason}") from None
    if "\0" in text:
        raise _Unreadable("encoding", Validity.UNSPECIFIED, "contains a NUL character")
    return text


def _json(part: Part) -> Any:
    if part.filename is not None:
        raise _Unreadable("type", Validity.UNSPECIFIED, "is a file where JSON is expected")
    if part.content_type not in (None, "application/json", "text/plain"):
        raise _Unreadable("encoding", Validity.UNSPECIFIED, "is neither JSON nor plain text")
    try:
        value = strict_json(part.value.decode())
    except UnicodeDecodeError as error:
        raise _Unreadable("json", Validity.UNSPECIFIED, f"is not UTF-8: {error.reason}") from None
    except StrictJsonError as error:
        validity = Validity.UNSPECIFIED if error.tolerable else Validity.INVALID
        raise _Unreadable("json", validity, str(error)) from None
    if _depth(value) > _DEEPEST:
        raise _Unreadable("json", Validity.UNSPECIFIED, "is nested too deeply")
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth


def _scalar(kind: str, text: str) -> Any:
    if not text:
        raise _Unreadable("empty", Validity.UNSPECIFIED, "is empty, as a browser sends a field that was left out")
    if kind == "boolean":
        if text in ("true", "false"):
            return text == "true"
        loose = text.lower() in ("true", "false", "1", "0", "on", "off", "yes", "no")
        raise _Unreadable("type", Validity.UNSPECIFIED if loose else Validity.INVALID, "is not a boolean")
    if _CANONICAL_INTEGER.fullmatch(text):
        if len(text) > 20 or abs(value := int(text)) > _LARGEST_EXACT:
            raise _Unreadable("range", Validity.UNSPECIFIED, "is larger than every JSON parser can hold")
        return value
    match = _LOOSE_NUMBER.fullmatch(text)
    if kind == "number" and match and text.isascii():
        return float(text.replace("_", ""))
    if match and _whole(text):
        raise _Unreadable("type", Validity.UNSPECIFIED, "is an integer in an unusual spelling")
    raise _Unreadable("type", Validity.INVALID, f"is not {'an integer' if kind == 'integer' else 'a number'}")


def _whole(text: str) -> bool:
    try:
        return float(text).is_integer() or float(text) in (float("inf"), float("-inf"))
    except ValueError:
        return False


def _violations(contract: Contract, declared: Field, value: Any) -> list[Problem]:
    problems = []
    if value is None and not declared.required:
        return [Problem(declared.name, "null", Validity.UNSPECIFIED, "is null, as if it had been left out")]
    if not isinstance(value, bytes):
        for error in contract.validator(declared.pointer).iter_errors(value):
            aspect = _aspect(error)
            problems.append(Problem(declared.name, aspect, Validity.INVALID, error.message))
        if not problems and declared.should is not None:
            problems.extend(
                Problem(declared.name, _aspect(error), Validity.DISCOURAGED, error.message)
                for error in contract.validator(declared.should).iter_errors(value)
            )
    return problems


def _aspect(error: Any) -> str:
    return str(error.schema_path[-1]) if error.schema_path else "schema"
