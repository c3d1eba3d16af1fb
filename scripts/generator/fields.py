"""One value that a caller gives or a server sends, in the words of Python source."""

from __future__ import annotations

import keyword
from typing import Any

from attrs import field, frozen
from openapi_python_client.parser.properties import (
    AnyProperty,
    FileProperty,
    ListProperty,
    LiteralEnumProperty,
    ModelProperty,
    NoneProperty,
    UnionProperty,
)
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from conformance.contract import Input, Schema
from conformance.contract.instance import instance
from scripts.generator.filters import sentence
from scripts.generator.properties import answered, children, either, given, holds, reading, scalar

__all__ = ["ClientField"]

# A name that an annotation needs, or that a generated method defines, cannot be a field as well.
_TAKEN = frozenset(
    {"additional_properties", "bool", "bytes", "dict", "done", "expect", "extra_fields", "extra_headers", "float"}
    | {"from_dict", "int", "list", "max_retries", "property", "raw", "request_id", "self", "stage", "str", "timeout"}
    | {"to_dict", "tuple"}
)


@frozen
class ClientField:
    """A property, a parameter or a whole body: one value with a name on the wire and one in Python.

    Attributes:
        declared: the contract's own words for what a caller gives outside of a body.
        tells_null: whether null can be sent, and means something else than leaving it out.
    """

    prop: PropertyProtocol = field(repr=False)
    schema: Schema = field(repr=False)
    declared: Input | None = field(default=None, repr=False)
    tells_null: bool = False
    annotation: str = ""

    @property
    def location(self) -> str:
        """Where it is sent: path, query, header, cookie or body."""
        return "body" if self.declared is None else self.declared.location

    @property
    def wire(self) -> str:
        """The name that the contract gives it."""
        return self.prop.name.get_untrusted_value() if self.declared is None else self.declared.name

    @property
    def python(self) -> str:
        """The name that Python code gives it: the wire's, unless that is no usable identifier."""
        name = str(self.prop.python_name)
        plain = name.removesuffix("_")
        if name != plain and plain == self.wire and not keyword.iskeyword(plain):
            name = plain
        return f"{name}_" if name in _TAKEN else name

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.prop.required

    @property
    def nullable(self) -> bool:
        """Whether null means something else than leaving it out."""
        kinds = getattr(self.prop, "inner_properties", [self.prop])
        return self.tells_null and any(isinstance(kind, NoneProperty) for kind in kinds)

    @property
    def doc(self) -> str:
        """What the contract says about it."""
        described = self._described or self.schema.keywords.get("description")
        text = sentence(str(described or ""))
        return f"Deprecated. {text}".strip() if self.schema.keywords.get("deprecated") else text

    @property
    def _described(self) -> Any:
        """What a parameter says of itself, beside its schema."""
        return "" if self.declared is None else self.schema.document.lookup(self.declared.pointer).get("description")

    @property
    def role(self) -> str:
        """What the contract says that it is for."""
        return self.schema.role or ""

    @property
    def is_shown(self) -> bool:
        """Whether the contract shows a value of it."""
        return bool(self.schema.examples or self.schema.enum)

    @property
    def shown(self) -> Any:
        """A value for a sample: one that the contract shows, or the smallest that it allows."""
        return instance(self.schema)

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
        if self.has_file and self.kind in ("file", "list"):
            path = f'Path("{self.python}.png")'
            return path if self.kind == "file" else f"[{path}]"
        return repr(self.shown)

    @property
    def has_file(self) -> bool:
        """Whether it can be a file."""
        return holds(self.prop, FileProperty)

    @property
    def given(self) -> str:
        """The annotation of a value that a user gives, without its default.

        Models come and go, and their names from files of settings; of other lists a typing error is the likelier news.
        """
        return self.annotation or given(self.prop, is_open=self.role == "model")

    @property
    def given_default(self) -> str:
        """Annotation and default of a value that a user gives."""
        if self.required:
            return self.given
        if self.nullable:
            return f"{self.given} | Unset = UNSET"
        return f"{either([self.given, 'None'])} = None"

    @property
    def answered_default(self) -> str:
        """Annotation and default of a value that a server sends."""
        if self.required:
            return answered(self.prop)
        return f"{either([answered(self.prop), 'None'])} = None"

    @property
    def option(self) -> str:
        """What makes it an option of the command, after the option's names."""
        kind, many = _without_null(self.prop), ""
        if isinstance(kind, ListProperty):
            kind, many = _without_null(kind.inner_property), ", multiple=True"
        match kind:
            case FileProperty():
                option = "type=FILE"
            case LiteralEnumProperty() if kind.value_type is str:
                option = f"shell_complete=suggest({kind.class_info.name})"
            case LiteralEnumProperty():
                option = "type=int"
            case UnionProperty() if self.has_file:
                option = "type=file_or_text, metavar='@PATH|JSON|TEXT'"
            case ModelProperty() | AnyProperty() | ListProperty():
                option = "type=as_json, metavar='JSON'"
            case UnionProperty():
                option = "type=json_or_text, metavar='JSON|TEXT'"
            case _:
                option = f"type={scalar(kind)[0]}"
        return option + many

    def reading(self, source: str) -> str:
        """The expression that reads what a server sent."""
        return reading(self.prop, source)

    def sending(self, source: str) -> str:
        """The expression that makes what JSON can hold."""
        return f"plain({source})" if any(children(self.prop)) or holds(self.prop, AnyProperty) else source


def _without_null(prop: PropertyProtocol) -> PropertyProtocol:
    """The one kind of values that a property has beside null; itself if there are several."""
    kinds = [kind for kind in getattr(prop, "inner_properties", []) if not isinstance(kind, NoneProperty)]
    return kinds[0] if len(kinds) == 1 else prop
