"""The operations of a contract as functions and methods, in the words of Python source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen
from openapi_python_client.parser.bodies import Body
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ListProperty, ModelProperty, StringProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from conformance.contract import Document, Operation
from conformance.contract.document import tokens
from conformance.contract.node import Node
from scripts.generator import parameters
from scripts.generator.fields import ClientField
from scripts.generator.models import ClientModel
from scripts.generator.normal_form import Argument
from scripts.generator.properties import answered, children, either, enums, given, part_kind, reading

__all__ = ["ClientMethod", "DocumentedAnswer"]

# What every client has beside its operations.
_TAKEN = ("aclose", "close", "save", "send", "wait", "with_options", "with_raw_response")

_OPTIONS = {"multipart": "parts", "json": "json", "urlencoded": "content", "octets": "content"}


@frozen
class DocumentedAnswer:
    """One documented status of an operation, or a range of them.

    Attributes:
        pattern: the status, `4XX` or the like, or `default`.
        source: what the generator reads of an answer.
        place: where the contract describes it.
        name: the name under which the contract shares it, if it does.
    """

    pattern: str
    prop: PropertyProtocol = field(repr=False)
    source: str
    place: Node = field(repr=False)
    name: str

    @property
    def is_success(self) -> bool:
        """Whether it stands for what was asked for."""
        return self.pattern.startswith("2")

    @property
    def media_types(self) -> list[str]:
        """The media types that the contract gives it."""
        return [name for name, _ in self.place.children("content")]

    @property
    def annotation(self) -> str:
        """The annotation of what is read from it."""
        return {"response.content": "bytes", "response.text": "str", "None": "None"}.get(
            self.source, answered(self.prop)
        )


@frozen(slots=False)
class ClientMethod:
    """One operation as a function: its parameters, its body and its answers."""

    endpoint: Endpoint = field(repr=False)
    operation: Operation = field(repr=False)
    document: Document = field(repr=False)
    arguments: tuple[Argument, ...] = field(repr=False)
    models: Mapping[str, ClientModel] = field(repr=False)

    @property
    def name(self) -> str:
        """The name of its module and of its command."""
        return str(self.endpoint.name)

    @property
    def method_name(self) -> str:
        """The name of its method, which must not hide one that every client has."""
        return f"{self.name}_" if self.name in _TAKEN else self.name

    @property
    def module(self) -> str:
        """The module of its plain functions, inside the package."""
        return f"api.{self.endpoint.tags[0]}"

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.method

    @property
    def path(self) -> str:
        """The path as the contract writes it."""
        return self.operation.path

    @cached_property
    def place(self) -> Node:
        """Where the contract describes it."""
        return Node.root(self.document).at(*tokens(self.operation.pointer))

    @property
    def title(self) -> str:
        """Its summary as one sentence."""
        text = str(self.place.get("summary") or self.name.replace("_", " ").capitalize())
        return text.rstrip(".") + "."

    @property
    def doc(self) -> str:
        """What the contract says about it."""
        return str(self.place.get("description") or "")

    @cached_property
    def parameters(self) -> list[ClientField]:
        """What stands in the path, the query, the headers and the cookies."""
        known = {each.name: each.declared for each in self.arguments}
        found = []
        for prop in self.endpoint.query_parameters:
            declared = known[prop.name.get_untrusted_value()]
            found.append(ClientField(prop, declared.schema, declared))
        return [
            each for location in ("path", "query", "header", "cookie") for each in found if each.location == location
        ]

    def parameters_in(self, location: str) -> list[ClientField]:
        """The parameters at one place: path, query, header or cookie; those in the path in its order."""
        found = [each for each in self.parameters if each.location == location]
        return sorted(found, key=lambda each: self.path.find(f"{{{each.wire}}}")) if location == "path" else found

    @property
    def body(self) -> Body | None:
        """The body that is sent: the first that the contract allows."""
        return self.endpoint.bodies[0] if self.endpoint.bodies else None

    @property
    def body_kind(self) -> str:
        """How the body is written: multipart, json, urlencoded or octets."""
        return "" if self.operation.media is None else self.operation.media.kind

    @property
    def body_option(self) -> str:
        """The option of httpx's `build_request` that takes the body."""
        return _OPTIONS[self.body_kind]

    @property
    def body_source(self) -> str:
        """The expression of a body that is no form."""
        is_required = self.operation.body is not None and self.operation.body.required
        if self.body_kind == "octets" and self.body_type.startswith("bytes"):
            return "_form.octets(body)"
        if self.body_kind == "octets":
            return "body.encode()" if is_required else "body and body.encode()"
        if self.body_model is not None:
            # An optional body without anything in it is not sent.
            return "body.to_dict()" if is_required else "body.to_dict() or None"
        return "_form.plain(body)"

    @property
    def body_model(self) -> ClientModel | None:
        """The object that the body is, if it is one."""
        prop = self.body.prop if self.body else None
        return self.models[str(prop.class_info.name)] if isinstance(prop, ModelProperty) else None

    @property
    def body_type(self) -> str:
        """The annotation of the body as a whole."""
        if self.body_model is not None:
            return self.body_model.name
        if self.body is None:
            return "None"
        is_bytes = self.body_kind == "octets" and not isinstance(self.body.prop, StringProperty)
        return "bytes | Path" if is_bytes else given(self.body.prop)

    @property
    def body_default(self) -> str:
        """Annotation and default of the body as a whole."""
        return self.body_type if self.body_model is not None or self._whole.required else self._whole.given_default

    @property
    def _whole(self) -> ClientField:
        """The body as one argument, where it is no object with fields."""
        assert self.body is not None  # noqa: S101 - asked for only where there is one
        return ClientField(self.body.prop, self.operation.fields[0].schema, annotation=self.body_type)

    @property
    def fields(self) -> list[ClientField]:
        """Everything that a caller gives, required values first."""
        body = self.body_model.fields if self.body_model else []
        if self.body and not self.body_model:
            body = [self._whole]
        return sorted([*self.parameters, *body], key=lambda each: not each.required)

    @property
    def named(self) -> list[ClientField]:
        """What says which thing it is about: what stands in the path, and need not be called by its name."""
        return self.parameters_in("path")

    @property
    def others(self) -> list[ClientField]:
        """Everything else that a caller gives, required values first."""
        return [each for each in self.fields if each.location != "path"]

    def local(self, name: str) -> str:
        """A name for a variable inside of its method: the given one, unless an argument has it."""
        return f"{name}_" if any(each.python == name for each in self.fields) else name

    @property
    def url(self) -> str:
        """The path as a Python string, with each parameter in its place."""
        return parameters.path(self.document, self.path, self.parameters_in("path"))

    @property
    def query(self) -> list[str]:
        """The expressions that make the parts of the query."""
        return [parameters.query(self.document, each) for each in self.parameters_in("query")]

    @property
    def cookies(self) -> list[str]:
        """The expressions that make the cookies."""
        return [parameters.cookie(self.document, each) for each in self.parameters_in("cookie")]

    @property
    def headers(self) -> list[str]:
        """The expressions that make the headers, that of the body's media type among them."""
        made = [parameters.header(self.document, each) for each in self.parameters_in("header")]
        kind = self.content_type
        if not kind:
            return made
        if self.body_model is None and not self._whole.required:
            return [*made, f'**({{"Content-Type": {kind!r}}} if body is not None else {{}})']
        return [*made, f'"Content-Type": {kind!r}']

    @property
    def content_type(self) -> str:
        """The media type of the body, where httpx does not say it by itself."""
        name = "" if self.operation.media is None else self.operation.media.name
        if self.body_kind in ("", "multipart") or name == "application/json":
            return ""
        if name == "*/*":
            return "application/octet-stream"
        return f"{name}; charset=utf-8" if name.startswith("text/") and "charset" not in name else name

    def part(self, given: ClientField) -> str:
        """The expression that makes the parts of one form field, as the contract's encoding says."""
        encoding = self._encoding(given)
        accepted = [each.strip() for each in encoding.get("contentType", "").split(",") if each.strip()]
        types = "".join(f", {each!r}" for each in accepted)
        source = f"body.{given.python}"
        if isinstance(given.prop, ListProperty):
            return f"each(_form.{part_kind(given.prop.inner_property)}, {given.wire!r}, {source}{types})"
        return f"{part_kind(given.prop)}({given.wire!r}, {source}{types})"

    def pair(self, given: ClientField) -> str:
        """The expression that makes the pairs of one field of an urlencoded form."""
        explode = bool(self._encoding(given).get("explode", True))
        return parameters.listed(given, f"body.{given.python}", explode=explode)

    @property
    def pairs(self) -> list[str]:
        """The expressions that make the pairs of an urlencoded form."""
        if self.body_kind != "urlencoded" or self.body_model is None:
            return []
        made = [self.pair(each) for each in self.body_model.fields]
        return [*made, "_parameters.members(body.additional_properties)"] if self.body_model.allows_more else made

    def _encoding(self, given: ClientField) -> Mapping[str, Any]:
        media = self.operation.media
        place = {} if media is None else self.document.lookup(media.pointer)
        found: Mapping[str, Any] = (place.get("encoding") or {}).get(given.wire, {})
        return found

    @cached_property
    def answers(self) -> list[DocumentedAnswer]:
        """The documented statuses, exact ones before ranges."""
        places = dict(self.place.children("responses"))
        found = []
        for response in self.endpoint.responses:
            pattern = response.status_code.pattern
            reference = self.place.raw("responses", pattern).get("$ref")
            name = tokens(reference)[-1] if reference else ""
            found.append(DocumentedAnswer(pattern, response.prop, response.source["attribute"], places[pattern], name))
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
    def is_optional(self) -> bool:
        """Whether servers may do without it."""
        return self.operation.optional

    @property
    def is_download(self) -> bool:
        """Whether it fetches bytes, which may be too many for the memory."""
        return self.method == "GET" and self.result == "bytes"

    @property
    def media_types(self) -> list[str]:
        """The media types that the contract promises of a success."""
        found = [name.partition(";")[0].strip().lower() for each in self.successes for name in each.media_types]
        return list(dict.fromkeys(found))

    @property
    def any_result(self) -> str:
        """The annotation of what any documented answer gives."""
        return either([each.annotation for each in self.answers] or ["None"])

    def reader(self, answer: DocumentedAnswer, status: str = "") -> str:
        """The expression that reads the answers of one status.

        Whoever asks for a job by its id knows which one it is: it may show nothing but the named status.
        """
        if answer.annotation == "None":
            return "nothing"
        if answer.source == "response.content":
            return "content"
        if answer.source == "response.text":
            return "text_content"
        if not isinstance(answer.prop, ModelProperty):
            read = reading(answer.prop, "value")
            # Qualified, because the same short names make the parts of a form.
            read = re.sub(r"(?<![.'\"])\b(text|integer|number|boolean|nested|choice|each)\b", r"_reading.\1", read)
            return f"json_content(lambda value: {read})"
        model = self.models[answer.annotation]
        if not answer.is_success:
            return f"json_object({model.name}.from_dict)"
        identity = [each for each in model.fields if each.role in ("id", "legacy-id")]
        known = identity or [each for each in model.fields if each.required]
        names = "".join(f", {each.wire!r}" for each in known) + (", named=True" if identity else "")
        if status:
            names += f", shown={status!r}"
        refused = next((each for each in self.answers if not each.is_success), None)
        otherwise = ""
        if refused and isinstance(refused.prop, ModelProperty):
            otherwise = f", otherwise={refused.annotation}.from_dict"
        return f"json_object({model.name}.from_dict{names}{otherwise})"

    @property
    def expectation(self) -> str:
        """The expression that a client's method returns."""
        outer = self.result.partition("[")[0]
        optional = ", optional=True" if self.is_optional else ""
        if outer == "None":
            return f"expect(response, type(None){optional})"
        if outer in self.models or self.result in ("bool", "bytes", "int", "str"):
            return f"expect(response, {outer}{optional})"
        # Other annotations are no classes that could be asked for.
        return f"cast({self.result!r}, expect(response, {'list' if outer == 'list' else 'object'}{optional}))"

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
