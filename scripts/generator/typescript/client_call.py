"""One operation as a method of the TypeScript client."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, Input, Operation, Schema
from conformance.contract.document import tokens
from conformance.contract.instance import instance
from scripts.generator.shapes import settled
from scripts.generator.typescript.literals import key, literal
from scripts.generator.typescript.naming import TypeNames, camel, identifier
from scripts.generator.typescript.tables import PLACES, answer_media, parameters, place

__all__ = ["CallParameter", "ClientCall"]


@frozen
class CallParameter:
    """One parameter of a method: its name, its type, and what it says of itself."""

    name: str
    type: str
    doc: str
    wire: str = ""


@frozen(slots=False)
class ClientCall:
    """One operation: what its method is called, takes and gives."""

    contract: Contract = field(repr=False)
    operation: Operation
    name: str
    names: TypeNames = field(repr=False)

    @property
    def key(self) -> str:
        """What the table calls the operation."""
        return camel(self.operation.id)

    @property
    def title(self) -> str:
        """Its summary as one sentence."""
        said = place(self.contract, self.operation).get("summary")
        return str(said or f"{self.operation.method} {self.operation.path}").rstrip(".") + "."

    @property
    def doc(self) -> str:
        """What the contract says about it."""
        return str(place(self.contract, self.operation).get("description") or "")

    @property
    def data(self) -> str:
        """The type of all that it is given."""
        return f"types.{self.names.find(f'{self.operation.id} data') or 'ClientOptions'}"

    @cached_property
    def path_parameters(self) -> list[CallParameter]:
        """What says which thing it is about, in the order of the path."""
        path = self.operation.path
        found = sorted(self.operation.inputs_in("path"), key=lambda each: path.find(f"{{{each.name}}}"))
        return [
            CallParameter(
                identifier(each.name),
                f'NonNullable<{self.data}["path"]>[{json.dumps(each.name)}]',
                str(self.contract.document.lookup(each.pointer).get("description") or ""),
                each.name,
            )
            for each in found
        ]

    @property
    def places(self) -> list[str]:
        """The places beside the path in which it has parameters."""
        found = [PLACES[each.location] for each in parameters(self.operation) if each.location != "path"]
        return list(dict.fromkeys(found))

    @property
    def needs_more(self) -> bool:
        """Whether something beside the path and the body has to be given."""
        return any(each.required for each in parameters(self.operation) if each.location != "path")

    @property
    def body_type(self) -> str:
        """The type of its body, empty where it has none."""
        return "" if self.operation.body is None else f'{self.data}["body"]'

    @property
    def is_body_required(self) -> bool:
        """Whether a body must be given."""
        return self.operation.body is not None and self.operation.body.required

    @property
    def parameters_type(self) -> str:
        """The type of its parameters beside the path."""
        return self._picked(self.places)

    @property
    def given_type(self) -> str:
        """The type of everything that it is given."""
        path, body = (["path"] if self.path_parameters else []), (["body"] if self.body_type else [])
        return self._picked([*path, *self.places, *body]) or "Record<never, never>"

    def _picked(self, places: list[str]) -> str:
        # What is in cookies has no generated type.
        typed = " | ".join(json.dumps(each) for each in places if each != "cookies")
        picked = f"Pick<{self.data}, {typed}>" if typed else ""
        cookies = "{ readonly cookies?: Readonly<Record<string, unknown>> }" if "cookies" in places else ""
        return " & ".join(filter(None, (picked, cookies)))

    @property
    def is_download(self) -> bool:
        """Whether it answers with bytes."""
        media = answer_media(self.operation.success) if self.operation.successes else None
        return media is not None and media.kind == "octets" and not media.name.startswith("text/")

    @property
    def result(self) -> str:
        """The type of what it answers."""
        if self.is_download:
            return "Download"
        found = self.names.find(f"{self.operation.id} response")
        return f"types.{found}" if found else "unknown"

    @property
    def job_type(self) -> str:
        """The type of the job that it answers with: that of the schema where it has a name, else its own."""
        schema = self.operation.success.schema
        steps = tokens(settled(schema).pointer) if schema is not None else ()
        named = self.names.find(steps[-1]) if steps[:2] == ("components", "schemas") and len(steps) == 3 else None
        return named or self.names.find(f"{self.operation.id} response") or "unknown"

    @property
    def shown_parameters(self) -> list[str]:
        """The names of its parameters, but for the options."""
        own = [each.name for each in self.path_parameters] + (["body"] if self.body_type else [])
        return own + (["parameters"] if self.places else [])

    @property
    def takes_members(self) -> bool:
        """Whether its body is an object with members."""
        media = self.operation.media
        return media is not None and any(not each.is_whole for each in media.inputs)

    @property
    def sample(self) -> str:
        """Arguments for a sample: what has to be given."""
        return self._arguments([])

    @property
    def with_file(self) -> str:
        """Arguments for a sample with a file; empty where nothing in its body can be one."""
        files = [each for each in self.operation.fields if not each.is_whole and settled(each.schema).is_file]
        return self._arguments(files[:1]) if files else ""

    def _arguments(self, more: list[Input]) -> str:
        given = [_value(each.schema) for each in self.operation.inputs_in("path")]
        fields = [each for each in self.operation.fields if each.required and not each.is_whole]
        members = [f"{key(each.name)}: {_value(each.schema)}" for each in dict.fromkeys([*fields, *more])]
        if members:
            given.append(f"{{ {', '.join(members)} }}")
        elif self.is_body_required:
            given.append(next((_value(each.schema) for each in self.operation.fields if each.is_whole), "{}"))
        queries = [each for each in parameters(self.operation) if each.required and each.location != "path"]
        if queries:
            places = dict.fromkeys(PLACES[each.location] for each in queries)
            inner = {
                place: ", ".join(
                    f"{key(each.name)}: {_value(each.schema)}" for each in queries if PLACES[each.location] == place
                )
                for place in places
            }
            given.append("{ " + ", ".join(f"{place}: {{ {text} }}" for place, text in inner.items()) + " }")
        return ", ".join(given)


def _value(schema: Schema) -> str:
    """Return a value that a schema allows, as source."""
    if settled(schema).is_file:
        return "file"
    if schema.types == {"array"} and schema.items is not None and settled(schema.items).is_file:
        return "[file]"
    shown: Any = instance(schema)
    return literal(shown)
