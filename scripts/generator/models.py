"""Properties and models of a contract, in the words of Python source."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import field, frozen
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

from scripts.generator.contract import Contract

__all__ = ["ClientField", "ClientModel", "answered", "children", "either", "enums", "given", "part_kind", "reading"]

# A name that an annotation needs, or that a generated method defines, cannot be a field as well.
TAKEN = frozenset(
    {"additional_properties", "bool", "bytes", "dict", "done", "float", "from_dict", "int", "list", "max_retries"}
    | {"property", "raw", "self", "stage", "str", "timeout", "to_dict", "tuple"}
)


@frozen
class ClientField:
    """A property, a parameter or an item: one value with a name on the wire and one in Python."""

    prop: PropertyProtocol
    schema: Mapping[str, Any] = field(repr=False)
    location: str = "body"
    target: Mapping[str, Any] = field(factory=dict, repr=False)
    annotation: str = ""

    @property
    def wire(self) -> str:
        """The name that the contract gives it."""
        return self.prop.name.get_untrusted_value()

    @property
    def python(self) -> str:
        """The name that Python code gives it: the wire's, unless that is no usable identifier."""
        name = str(self.prop.python_name)
        plain = name.removesuffix("_")
        if name != plain and plain == self.wire and not keyword.iskeyword(plain):
            name = plain
        return f"{name}_" if name in TAKEN else name

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.prop.required

    @property
    def nullable(self) -> bool:
        """Whether null means something else than leaving it out."""
        kinds = getattr(self.prop, "inner_properties", [self.prop])
        return any(isinstance(kind, NoneProperty) for kind in kinds)

    @property
    def doc(self) -> str:
        """What the contract says about it."""
        text = " ".join(str(self.schema.get("description") or "").split())
        return f"Deprecated. {text}".strip() if self.schema.get("deprecated") else text

    @property
    def role(self) -> str:
        """What the contract says that it is for."""
        return str(self.schema.get("x-role", ""))

    @property
    def shown(self) -> Any:
        """A value that the contract shows, or the first of an enumeration, or None."""
        schema = self.target or self.schema
        shown = self.schema.get("examples") or schema.get("examples") or schema.get("enum")
        return shown[0] if shown else schema.get("example")

    @property
    def kind(self) -> str:
        """What a sample of it would show: a file, an object, a list or a scalar."""
        kinds: tuple[tuple[type, str], ...] = (
            (FileProperty, "file"),
            (ModelProperty, "object"),
            (ListProperty, "list"),
        )
        return next((name for kind, name in kinds if isinstance(self.prop, kind)), "scalar")

    @property
    def sample(self) -> str:
        """A value for a sample, as Python source."""
        if self.kind == "file":
            return f'Path("{self.python}.png")'
        return repr(self.shown if self.shown is not None else "…")

    @property
    def has_file(self) -> bool:
        """Whether it can be a file."""
        kinds = getattr(self.prop, "inner_properties", [self.prop])
        return any(isinstance(kind, FileProperty) for kind in kinds)

    @property
    def given(self) -> str:
        """The annotation of a value that a user gives, without its default."""
        return self.annotation or given(self.prop)

    @property
    def given_default(self) -> str:
        """Annotation and default of a value that a user gives."""
        if self.required:
            return self.given
        if self.nullable:
            return f"{self.given} | Unset = UNSET"
        return f"{self.given} | None = None"

    @property
    def answered_default(self) -> str:
        """Annotation and default of a value that a server sends."""
        if self.required:
            return answered(self.prop)
        return f"{either([answered(self.prop), 'None'])} = None"

    @property
    def option(self) -> str:
        """What makes it an option of the command, after the option's names."""
        kind, many = self.prop, ""
        if isinstance(kind, ListProperty):
            kind, many = kind.inner_property, ", multiple=True"
        match kind:
            case FileProperty():
                option = "type=FILE"
            case LiteralEnumProperty():
                option = f"shell_complete=suggest({kind.class_info.name})"
            case UnionProperty() if self.has_file:
                option = "type=file_or_text, metavar='@PATH|JSON|TEXT'"
            case ModelProperty() | AnyProperty() | ListProperty():
                option = "type=as_json, metavar='JSON'"
            case _:
                option = f"type={scalar(kind)[0]}"
        return option + many

    def reading(self, source: str) -> str:
        """The expression that reads what a server sent."""
        return reading(self.prop, source)

    def sending(self, source: str) -> str:
        """The expression that makes what JSON can hold."""
        return f"plain({source})" if any(children(self.prop)) else source


def either(kinds: Sequence[str]) -> str:
    """The union of some annotations, each once, with None last."""
    unique = list(dict.fromkeys(part for kind in kinds for part in kind.split(" | ")))
    if "Any" in unique:
        return "Any"
    return " | ".join([kind for kind in unique if kind != "None"] + ["None"] * ("None" in unique))


def given(prop: PropertyProtocol) -> str:
    """The annotation of an input: as wide as what is accepted."""
    match prop:
        case FileProperty():
            return "FileInput"
        case ModelProperty():
            return f"{prop.class_info.name} | Mapping[str, Any]"
        case ListProperty():
            item = given(prop.inner_property)
            # A string is a sequence of strings: it must not pass for a list of them.
            return f"list[{item}] | tuple[{item}, ...]" if item == "str" else f"Sequence[{item}]"
        case UnionProperty():
            return either([given(inner) for inner in prop.inner_properties])
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
            # Between several kinds of scalars nothing is unambiguous.
            return reading((models or values)[0], source) if models or len(values) == 1 else source
        case ConstProperty():
            return source
        case _:
            reader = scalar(prop)[1]
            return f"{reader}({source})" if reader else source


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
        case UnionProperty() | AnyProperty():
            return "either"
        case _:
            return "text"


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


@frozen(slots=False)
class ClientModel:
    """One object schema, and on which way it travels."""

    prop: ModelProperty = field(repr=False)
    contract: Contract = field(repr=False)
    is_sent: bool
    is_answered: bool
    is_form: bool
    cyclic: frozenset[str]

    @property
    def name(self) -> str:
        """The name of its class."""
        return str(self.prop.class_info.name)

    @property
    def doc(self) -> str:
        """What the contract says about it."""
        return str(self.prop.description.get_untrusted_value() if self.prop.description else self.name)

    @property
    def allows_more(self) -> bool:
        """Whether it may hold what the contract does not name."""
        return self.prop.additional_properties is not None

    @cached_property
    def fields(self) -> list[ClientField]:
        """Its properties, the required ones first."""
        schemas = {
            name.get_untrusted_value(): _plain(schema) for name, schema in (self.prop.data.properties or {}).items()
        }
        own = [*(self.prop.required_properties or []), *(self.prop.optional_properties or [])]
        found = []
        for prop in own:
            schema = schemas.get(prop.name.get_untrusted_value(), {})
            found.append(ClientField(prop, schema, target=self.contract.resolve(schema) or {}))
        return found

    @property
    def uses(self) -> list[str]:
        """The models that its properties mention, itself left out."""
        named = [name for each in self.fields for name in children(each.prop)]
        return [name for name in dict.fromkeys(named) if name != self.name]

    @property
    def module(self) -> str:
        """The module of its class."""
        return str(self.prop.class_info.module_name)

    @property
    def enums(self) -> list[tuple[str, str]]:
        """Module and name of each enumeration that its properties mention."""
        return list(dict.fromkeys(pair for each in self.fields for pair in enums(each.prop)))

    @property
    def is_kept(self) -> str:
        """The condition under which a field is sent."""
        nullable = tuple(each.wire for each in self.fields if each.nullable)
        return f"value is not UNSET and (value is not None or name in {nullable})" if nullable else "value is not None"

    def source(self, each: ClientField) -> str:
        """The expression that finds what was sent for a field."""
        absent = "UNSET" if self.is_sent and each.nullable and not each.required else "None"
        default = "" if absent == "None" and not self.allows_more else f", {absent}"
        return f"{'rest.pop' if self.allows_more else 'data.get'}({each.wire!r}{default})"

    def with_role(self, role: str) -> ClientField | None:
        """The field with a role, if there is one."""
        return next((each for each in self.fields if each.role == role), None)


def _plain(schema: Any) -> dict[str, Any]:
    known = schema.model_dump(by_alias=True, exclude_unset=True, mode="json")
    return {**known, **(schema.model_extra or {})}
