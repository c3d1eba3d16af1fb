"""Annotations and expressions for the generator's properties, in the words of Python source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from openapi_python_client.parser.properties import (
    AnyProperty,
    BooleanProperty,
    ConstProperty,
    FileProperty,
    FloatProperty,
    IntProperty,
    ListProperty,
    LiteralEnumProperty,
    ModelProperty,
    NoneProperty,
    UnionProperty,
)
from openapi_python_client.parser.properties.protocol import PropertyProtocol

__all__ = ["answered", "children", "either", "enums", "given", "holds", "part_kind", "reading", "scalar"]


def either(kinds: Sequence[str]) -> str:
    """The union of some annotations, each once, with None last."""
    unique = list(dict.fromkeys(part for kind in kinds for part in _alternatives(kind)))
    if "Any" in unique:
        return "Any"
    return " | ".join([kind for kind in unique if kind != "None"] + ["None"] * ("None" in unique))


def _alternatives(annotation: str) -> Iterator[str]:
    """The members of a union, those inside of brackets left together."""
    depth, begun = 0, 0
    for at, sign in enumerate(annotation):
        depth += (sign == "[") - (sign == "]")
        if not depth and annotation.startswith(" | ", at):
            yield annotation[begun:at]
            begun = at + 3
    yield annotation[begun:]


def given(prop: PropertyProtocol, *, is_open: bool = False) -> str:
    """The annotation of an input: as wide as what is accepted.

    Where a list of values is open, any text may stand beside them: what is listed is still offered for completion.
    """
    match prop:
        case FileProperty():
            return "FileInput"
        case ModelProperty():
            return f"{prop.class_info.name} | Mapping[str, Any]"
        case ListProperty():
            item = given(prop.inner_property, is_open=is_open)
            # A string is a sequence of strings: it must not pass for a list of them.
            is_text = "str" in _alternatives(item)
            return f"list[{item}] | tuple[{item}, ...]" if is_text else f"Sequence[{item}]"
        case UnionProperty():
            return either([given(inner, is_open=is_open) for inner in prop.inner_properties])
        case LiteralEnumProperty() if is_open and prop.value_type is str:
            return f"{prop.class_info.name} | str"
        case _:
            return answered(prop)


# Kind of property, its annotation in an answer, and the function that reads it where one is needed.
SCALARS: tuple[tuple[type[Any], str, str], ...] = (
    (IntProperty, "int", "integer"),
    (FloatProperty, "float", "number"),
    (BooleanProperty, "bool", "boolean"),
    (FileProperty, "bytes", ""),
    (NoneProperty, "None", ""),
    (AnyProperty, "Any", ""),
)


def scalar(prop: PropertyProtocol) -> tuple[str, str]:
    """The annotation and the reader of a value that holds no others; texts where nothing else fits."""
    found = ((annotation, reader) for kind, annotation, reader in SCALARS if isinstance(prop, kind))
    return next(found, ("str", "text"))


def answered(prop: PropertyProtocol) -> str:
    """The annotation of a value in an answer."""
    match prop:
        case ModelProperty() | LiteralEnumProperty():
            return str(prop.class_info.name)
        case ListProperty():
            return f"list[{answered(prop.inner_property)}]"
        case UnionProperty():
            return either([answered(inner) for inner in prop.inner_properties])
        case ConstProperty():
            return f"Literal[{prop.value.python_code.as_unembedded_code()}]"
        case _:
            return scalar(prop)[0]


def reading(prop: PropertyProtocol, source: str) -> str:
    """The expression that reads a JSON value as leniently as can be done without guessing."""
    match prop:
        case ModelProperty():
            return f"nested({prop.class_info.name}.from_dict, {source})"
        case ListProperty():
            item = reading(prop.inner_property, "item")
            simple = re.fullmatch(r"(\w+)\(item\)", item)
            reader = simple[1] if simple else f"lambda item: {item}"
            return source if item == "item" else f"each({reader}, {source})"
        case UnionProperty():
            values = [kind for kind in prop.inner_properties if not isinstance(kind, NoneProperty)]
            models = [kind for kind in values if isinstance(kind, ModelProperty)]
            if len(models) > 1:
                return f"choice({source}, {', '.join(map(_kind, models))})"
            # Between several kinds of scalars nothing is unambiguous.
            return reading((models or values)[0], source) if models or len(values) == 1 else source
        case ConstProperty():
            return source
        case _:
            reader = scalar(prop)[1]
            return f"{reader}({source})" if reader else source


def _kind(prop: ModelProperty) -> str:
    """What tells the objects of a model from those of others: required names, known names, fixed values."""
    own = [*(prop.required_properties or []), *(prop.optional_properties or [])]
    required = tuple(each.name.get_untrusted_value() for each in prop.required_properties or [])
    known = tuple(each.name.get_untrusted_value() for each in own)
    fixed = {each.name.get_untrusted_value(): each.value.raw_value for each in own if isinstance(each, ConstProperty)}
    return f"({prop.class_info.name}.from_dict, {required!r}, {known!r}, {fixed!r})"


def children(prop: PropertyProtocol | None) -> Iterator[str]:
    """The names of the models that a property mentions."""
    match prop:
        case ModelProperty():
            yield str(prop.class_info.name)
        case ListProperty():
            yield from children(prop.inner_property)
        case UnionProperty():
            for inner in prop.inner_properties:
                yield from children(inner)


def part_kind(prop: PropertyProtocol) -> str:
    """The function of `_form` that makes a part of a form from a value."""
    match prop:
        case FileProperty():
            return "file"
        case ModelProperty() | ListProperty():
            return "json"
        case UnionProperty() if holds(prop, FileProperty) and any(map(_is_text, prop.inner_properties)):
            return "file_or_text"
        case UnionProperty() | AnyProperty():
            return "either"
        case _:
            return "text"


def _is_text(prop: PropertyProtocol) -> bool:
    return answered(prop) == "str" or isinstance(prop, LiteralEnumProperty)


def enums(prop: PropertyProtocol) -> Iterator[tuple[str, str]]:
    """Module and name of each enumeration that a property mentions."""
    match prop:
        case LiteralEnumProperty():
            yield str(prop.class_info.module_name), str(prop.class_info.name)
        case ListProperty():
            yield from enums(prop.inner_property)
        case UnionProperty():
            for inner in prop.inner_properties:
                yield from enums(inner)


def holds(prop: PropertyProtocol, kind: type[Any]) -> bool:
    """Whether a property, an alternative of it or an item is of a kind."""
    match prop:
        case ListProperty():
            return isinstance(prop, kind) or holds(prop.inner_property, kind)
        case UnionProperty():
            return any(holds(inner, kind) for inner in prop.inner_properties)
        case _:
            return isinstance(prop, kind)
