"""The classes of a contract's objects, in the words of Python source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen
from openapi_python_client.parser.properties import ModelProperty

from conformance.contract import Schema
from scripts.generator.fields import ClientField
from scripts.generator.properties import answered, children, enums
from scripts.generator.shapes import members

__all__ = ["ClientModel"]


@frozen(slots=False)
class ClientModel:
    """The class of one object schema, and on which way its objects travel."""

    prop: ModelProperty = field(repr=False)
    schema: Schema = field(repr=False)
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
        return str(self.schema.keywords.get("description") or self.name)

    @property
    def allows_more(self) -> bool:
        """Whether it may hold what the contract does not name."""
        return self.prop.additional_properties is not None

    @cached_property
    def fields(self) -> list[ClientField]:
        """Its properties, the required ones first."""
        schemas, _ = members(self.schema)
        own = [*(self.prop.required_properties or []), *(self.prop.optional_properties or [])]
        return [
            ClientField(prop, schemas[prop.name.get_untrusted_value()], tells_null=not self.is_form) for prop in own
        ]

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

    def declaration(self, each: ClientField) -> str:
        """Annotation and default of a field."""
        if not self.is_answered:
            return each.given_default
        may_be_unset = self.is_sent and each.nullable and not each.required
        return f"{answered(each.prop)} | Unset = UNSET" if may_be_unset else each.answered_default

    def argument(self, each: ClientField) -> str:
        """The expression that hands on what a caller gave for a field.

        A class whose objects travel both ways says what a server sends, and takes dicts and tuples all the same.
        """
        declared, given = (text.partition(" = ")[0] for text in (self.declaration(each), each.given_default))
        return each.python if declared == given else f"cast({declared!r}, {each.python})"

    def source(self, each: ClientField) -> str:
        """The expression that finds what was sent for a field."""
        absent = "UNSET" if self.is_sent and each.nullable and not each.required else "None"
        default = "" if absent == "None" and not self.allows_more else f", {absent}"
        return f"{'rest.pop' if self.allows_more else 'data.get'}({each.wire!r}{default})"

    def steps_to(self, role: str, models: Mapping[str, ClientModel]) -> list[ClientField]:
        """The fields that lead to the one with a role, in this object or in one that it holds; none without it."""
        paths = [[each] for each in self.fields]
        known = {self.name}
        for path in paths:
            if path[-1].role == role:
                return path
            for name in children(path[-1].prop):
                if name not in known and path[-1].kind != "list":
                    known.add(name)
                    paths += [[*path, inner] for inner in models[name].fields]
        return []

    def with_role(self, role: str) -> ClientField | None:
        """The field with a role, if there is one."""
        return next((each for each in self.fields if each.role == role), None)
