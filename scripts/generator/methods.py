"""Operations of a contract, in the words of Python source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen
from openapi_python_client.parser.bodies import Body, BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ListProperty, ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from scripts.generator.contract import Contract, pointer
from scripts.generator.models import (
    ClientField,
    ClientModel,
    answered,
    children,
    either,
    enums,
    given,
    part_kind,
    reading,
)

__all__ = ["ClientMethod", "DocumentedAnswer"]


@frozen
class DocumentedAnswer:
    """One documented status of an operation."""

    pattern: str
    prop: PropertyProtocol
    source: str
    name: str

    @property
    def is_success(self) -> bool:
        """Whether it stands for what was asked for."""
        return self.pattern.startswith("2")

    @property
    def annotation(self) -> str:
        """The annotation of what is read from it."""
        return {"response.content": "bytes", "response.text": "str", "None": "None"}.get(
            self.source, answered(self.prop)
        )


@frozen(slots=False)
class ClientMethod:
    """One endpoint as a function: its parameters, its body and its answers."""

    endpoint: Endpoint
    contract: Contract = field(repr=False)
    models: Mapping[str, ClientModel] = field(repr=False)

    @property
    def name(self) -> str:
        """The name of its module and of its command."""
        return str(self.endpoint.name)

    @property
    def method_name(self) -> str:
        """The name of its method, which must not hide one that every client has."""
        return f"{self.name}_" if self.name in ("aclose", "close", "send", "wait") else self.name

    @property
    def module(self) -> str:
        """The module of its plain functions, inside the package."""
        return f"api.{self.endpoint.tags[0]}"

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.endpoint.method.upper()

    @property
    def path(self) -> str:
        """The path as the contract writes it."""
        return self.endpoint.path.get_untrusted_value()

    @property
    def title(self) -> str:
        """Its summary as one sentence."""
        text = self.endpoint.summary.get_untrusted_value() or self.endpoint.name.replace("_", " ").capitalize()
        return text.rstrip(".") + "."

    @property
    def doc(self) -> str:
        """What the contract says about it."""
        return self.endpoint.description.get_untrusted_value()

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        """The operation as the contract writes it."""
        found: Mapping[str, Any] = self.contract.at(["paths", self.path, self.endpoint.method])
        return found

    @cached_property
    def parameters(self) -> list[ClientField]:
        """What stands in the path, the query, the headers and the cookies."""
        shared = self.contract.at(["paths", self.path]).get("parameters", [])
        raw = [self.contract.resolve(each) for each in [*self.raw.get("parameters", []), *shared]]
        found = []
        for location in ("path", "query", "header", "cookie"):
            for prop in getattr(self.endpoint, f"{location}_parameters"):
                name = prop.name.get_untrusted_value()
                schema: Mapping[str, Any] = next(
                    (each for each in raw if each["name"] == name and each["in"] == location), {}
                )
                found.append(ClientField(prop, schema, location))
        return found

    def parameters_in(self, location: str) -> list[ClientField]:
        """The parameters at one place: path, query, header or cookie."""
        return [each for each in self.parameters if each.location == location]

    @property
    def body(self) -> Body | None:
        """The body that is sent: the first that the contract allows."""
        return self.endpoint.bodies[0] if self.endpoint.bodies else None

    @property
    def body_kind(self) -> str:
        """The option of httpx's `build_request` that takes the body."""
        kinds = {BodyType.FILES: "files", BodyType.JSON: "json", BodyType.DATA: "data"}
        return kinds.get(self.body.body_type, "content") if self.body is not None else "content"

    @property
    def body_type(self) -> str:
        """The annotation of the body as a whole."""
        if self.body_model is not None:
            return self.body_model.name
        return "bytes" if self.body is None or self.body_kind == "content" else given(self.body.prop)

    @property
    def body_model(self) -> ClientModel | None:
        """The object that the body is, if it is one."""
        prop = self.body.prop if self.body else None
        return self.models[str(prop.class_info.name)] if isinstance(prop, ModelProperty) else None

    @property
    def fields(self) -> list[ClientField]:
        """Everything that a caller gives, required values first."""
        body = self.body_model.fields if self.body_model else []
        if self.body and not self.body_model:
            body = [ClientField(self.body.prop, {"description": "What is sent."}, annotation=self.body_type)]
        return sorted([*self.parameters, *body], key=lambda each: not each.required)

    @property
    def url(self) -> str:
        """The path as a Python string, with each parameter in its place."""
        names = {each.wire: each.python for each in self.parameters_in("path")}
        if not names:
            return repr(self.path)
        parts = re.split(r"\{([^{}]+)\}", self.path)
        for at in range(1, len(parts), 2):
            parts[at] = f"{{segment({names[parts[at]]})}}"
        return "f" + repr("".join(parts))

    def part(self, given: ClientField) -> str:
        """The expression that makes the parts of one form field, as the contract's encoding says."""
        media = self.contract.resolve(self.raw["requestBody"])["content"]
        content = media[self.body.content_type.get_untrusted_value()] if self.body is not None else {}
        encoding = content.get("encoding", {}).get(given.wire, {})
        accepted = [each.strip() for each in encoding.get("contentType", "").split(",") if each.strip()]
        types = "".join(f", {each!r}" for each in accepted)
        source = f"body.{given.python}"
        if isinstance(given.prop, ListProperty):
            return f"each(_form.{part_kind(given.prop.inner_property)}, {given.wire!r}, {source}{types})"
        return f"{part_kind(given.prop)}({given.wire!r}, {source}{types})"

    @cached_property
    def answers(self) -> list[DocumentedAnswer]:
        """The documented statuses, exact ones before ranges."""
        found = []
        for response in self.endpoint.responses:
            pattern = response.status_code.pattern
            raw = self.raw["responses"].get(pattern, self.raw["responses"].get(_number(pattern), {}))
            name = pointer(raw["$ref"])[-1] if "$ref" in raw else ""
            found.append(DocumentedAnswer(pattern, response.prop, response.source["attribute"], name))
        return found

    @property
    def successes(self) -> list[DocumentedAnswer]:
        """The documented answers that stand for what was asked for."""
        return [each for each in self.answers if each.is_success]

    @property
    def result(self) -> str:
        """The annotation of what a successful call gives."""
        return either([each.annotation for each in self.successes] or ["None"])

    @property
    def result_model(self) -> ClientModel | None:
        """The model of a successful answer, where there is just one."""
        kinds = {each.annotation for each in self.successes}
        return self.models.get(kinds.pop()) if len(kinds) == 1 else None

    @property
    def any_result(self) -> str:
        """The annotation of what any documented answer gives."""
        return either([each.annotation for each in self.answers] or ["None"])

    def reader(self, answer: DocumentedAnswer) -> str:
        """The expression that reads the answers of one status."""
        if answer.annotation == "None":
            return "nothing"
        if answer.source == "response.content":
            return "content"
        if answer.source == "response.text":
            return "text_content"
        if not isinstance(answer.prop, ModelProperty):
            read = reading(answer.prop, "value")
            # Qualified, because the same short names make the parts of a form.
            read = re.sub(r"(?<![.])\b(text|integer|number|boolean|nested|each)\b", r"_reading.\1", read)
            return f"json_content(lambda value: {read})"
        model = self.models[answer.annotation]
        if not answer.is_success:
            return f"json_object({model.name}.from_dict)"
        identity = [each for each in model.fields if each.role in ("id", "legacy-id")]
        known = identity or [each for each in model.fields if each.required]
        names = "".join(f", {each.wire!r}" for each in known)
        refused = next((each for each in self.answers if not each.is_success), None)
        otherwise = ""
        if refused and isinstance(refused.prop, ModelProperty):
            otherwise = f", otherwise={refused.annotation}.from_dict"
        return f"json_object({model.name}.from_dict{names}{otherwise})"

    def pairs(self, location: str) -> str:
        """The expression of the parameters at one place, without those that are left out."""
        return (
            "_form.pairs(" + ", ".join(f"({each.wire!r}, {each.python})" for each in self.parameters_in(location)) + ")"
        )

    @property
    def expectation(self) -> str:
        """The expression that a client's method returns."""
        outer = self.result.partition("[")[0]
        if outer == "None":
            return "expect(response, type(None))"
        if outer == "Any" or " | " in self.result:
            return f"cast({self.result!r}, expect(response, object))"
        if outer != self.result:
            return f"cast({self.result!r}, expect(response, {outer}))"
        return f"expect(response, {outer})"

    @property
    def call_models(self) -> list[str]:
        """The models that a client's method needs when it runs."""
        wanted = [model.name for model in (self.body_model, self.result_model) if model]
        return list(dict.fromkeys(wanted))

    @property
    def uses(self) -> list[str]:
        """The models that its signature and its answers mention."""
        mentioned = [name for each in self.fields for name in children(each.prop)]
        mentioned += [name for each in self.answers for name in children(each.prop)]
        mentioned += [self.body_model.name] if self.body_model else []
        mentioned += [name for each in self.fields for _, name in enums(each.prop)]
        mentioned += [name for each in self.answers for _, name in enums(each.prop)]
        return list(dict.fromkeys(mentioned))


def _number(pattern: str) -> Any:
    return int(pattern) if pattern.isdigit() else pattern
