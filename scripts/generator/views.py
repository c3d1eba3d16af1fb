"""What the client's templates need to know of a contract, in the words of Python source."""

from __future__ import annotations

import http
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import field, frozen
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import LiteralEnumProperty, ModelProperty
from openapi_python_client.strings import pascal_case, snake_case

from conformance.contract import METHODS, Contract
from conformance.contract.node import Node
from scripts.generator import samples
from scripts.generator.credentials import ClientCredentials
from scripts.generator.fields import ClientField
from scripts.generator.jobs import JobViews, readers
from scripts.generator.methods import ClientMethod
from scripts.generator.models import ClientModel
from scripts.generator.normal_form import NormalForm
from scripts.generator.properties import children, enums

__all__ = ["Views"]


@frozen(slots=False)
class Views:
    """The whole contract, seen from the templates."""

    contract: Contract = field(repr=False)
    normal: NormalForm = field(repr=False)
    data: GeneratorData = field(repr=False)

    @cached_property
    def models(self) -> dict[str, ClientModel]:
        """Every model by its name, with the ways on which it travels."""
        found = {str(each.class_info.name): each for each in self.data.models}
        direct = {name: list(_uses(prop)) for name, prop in found.items()}
        reach = {name: _closure(direct, direct[name]) for name in found}
        ends = [each for c in self.data.endpoint_collections_by_tag.values() for each in c.endpoints]
        sent = _closure(direct, [name for end in ends for body in end.bodies for name in children(body.prop)])
        answered_ = _closure(direct, [n for end in ends for r in end.responses for n in children(r.prop)])
        forms = {
            str(body.prop.class_info.name)
            for end in ends
            for body in end.bodies
            if body.body_type in (BodyType.FILES, BodyType.DATA) and isinstance(body.prop, ModelProperty)
        }
        return {
            name: ClientModel(
                prop,
                self.normal.classes[name],
                is_sent=name in sent,
                is_answered=name in answered_,
                is_form=name in forms,
                cyclic=frozenset(other for other in direct[name] if name in reach[other]) - {name},
            )
            for name, prop in found.items()
        }

    @cached_property
    def operations(self) -> list[ClientMethod]:
        """Every operation once, in the contract's order."""
        ends = [each for c in self.data.endpoint_collections_by_tag.values() for each in c.endpoints]
        return [
            ClientMethod(
                each,
                self.normal.operations[each.name],
                self.contract.document,
                self.normal.arguments[each.name],
                self.models,
            )
            for each in ends
        ]

    @property
    def _all_fields(self) -> list[ClientField]:
        of_models = [each for model in self.models.values() if model.is_sent for each in model.fields]
        return [*of_models, *(each for operation in self.operations for each in operation.parameters)]

    @property
    def needs_unset(self) -> bool:
        """Whether null and absence differ anywhere in what is sent."""
        return any(each.nullable and not each.required for each in self._all_fields)

    @property
    def has_parameters(self) -> bool:
        """Whether any call writes a parameter, or an urlencoded form."""
        return self.writes_with("")

    def writes_with(self, function: str) -> bool:
        """Whether any call writes a parameter, or a field of an urlencoded form, with a function of the given name."""
        written = [
            text
            for each in self.operations
            for text in (each.url, *each.query, *each.headers, *each.cookies, *each.pairs)
        ]
        return any(re.search(rf"_parameters\.({function or '.*'})\b", text) for text in written)

    @property
    def has_query(self) -> bool:
        """Whether any parameter stands in the query."""
        return any(operation.query for operation in self.operations)

    @property
    def has_octets(self) -> bool:
        """Whether any body is sent as bytes."""
        return any(operation.body and operation.body_source == "_form.octets(body)" for operation in self.operations)

    @property
    def has_optional(self) -> bool:
        """Whether servers may do without any operation."""
        return any(operation.is_optional for operation in self.operations)

    @property
    def downloads(self) -> list[ClientMethod]:
        """The operations that fetch bytes, which are saved as they come."""
        return [operation for operation in self.operations if operation.is_download]

    @property
    def download_of_job(self) -> ClientMethod | None:
        """The operation that fetches what a job has made, if one asks for nothing but the job's id."""
        if not self.polls:
            return None
        named = [each.wire for each in self.polls[0].named]
        beneath = (each for each in self.downloads if each.path.startswith(f"{self.polls[0].path}/"))
        needed = ((each, [given.wire for given in each.fields if given.required]) for each in beneath)
        return next((each for each, names in needed if names == named), None)

    def suffix(self, download: ClientMethod) -> str:
        """How the name of a file with what a download fetches ends."""
        # A table of its own: that of the module is the machine's.
        table = mimetypes.MimeTypes()
        found = (table.guess_extension(each) for each in download.media_types)
        return next((suffix for suffix in found if suffix), ".bin")

    @property
    def has_forms(self) -> bool:
        """Whether anything is sent as a multipart form."""
        return any(operation.body_kind == "multipart" for operation in self.operations)

    @property
    def has_files(self) -> bool:
        """Whether anything that is sent can be a file."""
        flat = [each for operation in self.operations for each in operation.fields]
        return any("FileInput" in each.given for each in (*self._all_fields, *flat))

    @property
    def has_times(self) -> bool:
        """Whether any answer holds a point in time."""
        answered = [model for model in self.models.values() if model.is_answered]
        return any(each.role.endswith("-time") for model in answered for each in model.fields)

    def reads(self, reader: str) -> bool:
        """Whether any model or answer is read with a function of the given name."""
        sources = [
            each.reading("source") for model in self.models.values() if not model.is_form for each in model.fields
        ]
        sources += [operation.reader(answer) for operation in self.operations for answer in operation.answers]
        return any(re.search(rf"(?<!['\"])\b{reader}\b(?!_)", source) for source in sources)

    def answers_with(self, reader: str) -> bool:
        """Whether any answer is read with a function of the given name."""
        readers = [operation.reader(answer) for operation in self.operations for answer in operation.answers]
        return any(re.match(rf"{reader}\b", each) for each in readers)

    @property
    def summary(self) -> str:
        """What the contract is about, in one sentence."""
        info = self.contract.document.data["info"]
        return " ".join(str(info.get("summary") or info.get("title")).split()).rstrip(".") + "."

    @property
    def license(self) -> str | None:
        """The identifier of the license, if the contract names one."""
        identifier: str | None = self.contract.document.data["info"].get("license", {}).get("identifier")
        return identifier

    def reason(self, status: int) -> str:
        """What the contract says about a refusal."""
        found = next(each for operation in self.operations for each in operation.answers if each.pattern == str(status))
        return " ".join(str(found.place.get("description") or "").split()).rstrip(".") or http.HTTPStatus(status).phrase

    @property
    def signature_models(self) -> list[str]:
        """The models and enumerations that the clients' signatures mention."""
        words = {
            word
            for operation in self.operations
            for text in (*(each.given for each in operation.fields), operation.result)
            for word in re.findall(r"\w+", text)
        }
        enums = {str(each.class_info.name) for each in self.data.enums}
        return sorted(words & (set(self.models) | enums))

    def operation(self, endpoint: Endpoint) -> ClientMethod:
        """The method that calls one of the generator's endpoints."""
        return next(each for each in self.operations if each.endpoint is endpoint)

    @property
    def tag(self) -> str:
        """What the contract is about: the first tag, or else its title."""
        tags = self.contract.document.data.get("tags") or [{"name": self.contract.document.data["info"]["title"]}]
        return snake_case(str(tags[0]["name"]))

    @property
    def prefix(self) -> str:
        """The tag as the beginning of class names."""
        return pascal_case(self.tag)

    @property
    def server(self) -> str | None:
        """The first server of the contract, where its URL is usable as it stands."""
        servers = self.contract.document.data.get("servers") or [{}]
        url = str(servers[0].get("url", ""))
        return url.rstrip("/") if url.startswith("http") and "{" not in url else None

    @property
    def base(self) -> str:
        """The argument that says where the server is, for samples; nothing where the contract says it."""
        return "" if self.server else 'base_url="https://server.example"'

    @cached_property
    def credentials(self) -> ClientCredentials:
        """How callers say who they are."""
        return ClientCredentials(self.contract)

    @property
    def token(self) -> tuple[str, str] | None:
        """The header of the one secret that every operation needs, and what stands before it in there."""
        return self.credentials.header

    @property
    def has_credentials(self) -> bool:
        """Whether there is more to say who calls than one token for all."""
        return bool(self.credentials.all) and not self.token

    @property
    def webhooks(self) -> list[str]:
        """What the server may send by itself, each as one sentence."""
        found = []
        for name, item in Node.root(self.contract.document).children("webhooks"):
            told = next((item.at(method) for method in METHODS if item.get(method) is not None), item)
            text = " ".join(str(told.get("summary") or told.get("description") or "").split()).rstrip(".")
            found.append(f"`{name}`: {text}." if text else f"`{name}`.")
        return found

    @cached_property
    def statuses(self) -> dict[int, str]:
        """Every documented refusal, with a name for its exception."""
        found: dict[int, str] = {}
        for operation in self.operations:
            for answer in operation.answers:
                if answer.pattern.isdigit() and int(answer.pattern) >= 400:
                    status = int(answer.pattern)
                    name = answer.name or pascal_case(http.HTTPStatus(status).name.lower())
                    found.setdefault(status, name.removesuffix("Error") + "Error")
        return dict(sorted(found.items()))

    @cached_property
    def _refusals(self) -> list[str]:
        return list(
            dict.fromkeys(
                name
                for operation in self.operations
                for answer in operation.answers
                if not answer.is_success
                for name in children(answer.prop)
            )
        )

    def wire_names(self, role: str) -> list[str]:
        """The names of all properties of refusals that have a role."""
        direct = {name: model.uses for name, model in self.models.items()}
        reached = _closure(direct, self._refusals)
        found = [each.wire for name in sorted(reached) for each in self.models[name].fields if each.role == role]
        return list(dict.fromkeys(found))

    @property
    def nothing_made(self) -> tuple[Any, ...]:
        """The codes of refusals with which a server says that nothing was made, whatever the status."""
        reached = _closure({name: model.uses for name, model in self.models.items()}, self._refusals)
        fields = [each for name in sorted(reached) for each in self.models[name].fields]
        return tuple(dict.fromkeys(code for each in fields for code in each.schema.keywords.get("x-nothing-made", ())))

    @property
    def text_names(self) -> list[str]:
        """The names of properties of refusals that can hold the reason as a text."""
        found = [
            each.wire
            for name in self._refusals
            for each in self.models[name].fields
            if each.role in ("", "error", "error-detail")
            and any(word in ("str", "Any") for word in re.findall(r"\w+", each.given))
        ]
        return list(dict.fromkeys(found))

    def header(self, role: str) -> str | None:
        """The name of the answer header that has a role."""
        for operation in self.contract.operations:
            for response in operation.responses:
                if (name := response.header_by_role(role)) is not None:
                    return name
        return None

    def lifecycle(self, enum: LiteralEnumProperty) -> dict[str, str]:
        """The stages that the values of an enumeration stand for."""
        found = self.normal.classes[str(enum.class_info.name)].lifecycle
        return {} if found is None else dict(found.stages)

    def values(self, enum: LiteralEnumProperty) -> tuple[Any, ...]:
        """The values of an enumeration, in the contract's order."""
        return self.normal.values(str(enum.class_info.name))

    def stages(self, model: ClientModel) -> str:
        """The name of the enumeration that carries a model's lifecycle, or nothing."""
        status = model.with_role("status")
        if status and isinstance(status.prop, LiteralEnumProperty) and self.lifecycle(status.prop):
            return str(status.prop.class_info.name)
        return ""

    def command(self, operation: ClientMethod) -> str:
        """The command of an operation: its name without the noun that the whole program is about."""
        nouns = {self.tag, self.tag.removesuffix("s")}
        words = [word for word in snake_case(operation.name).split("_") if word not in nouns]
        return "-".join(words) or operation.name.replace("_", "-")

    @property
    def enum_names(self) -> list[str]:
        """The enumerations that options of the command suggest."""
        found = [name for operation in self.operations for each in operation.fields for _, name in enums(each.prop)]
        return sorted(set(found))

    def sample(self, *kinds: str) -> str:
        """Arguments for the operation that samples show: the required ones, and the first of some kinds."""
        return samples.arguments(self.main, *kinds)

    @property
    def shell_sample(self) -> str:
        """The required arguments of the main operation, as one writes them in a shell."""
        return samples.shell(self.main)

    def has_option(self, kind: str) -> bool:
        """Whether any option of the command is of a kind."""
        return any(kind in each.option for operation in self.operations for each in operation.fields)

    @cached_property
    def jobs(self) -> JobViews:
        """What is done with jobs in one go."""
        return JobViews(self.operations, self.polls, [self.command(each) for each in self.operations])

    @property
    def main(self) -> ClientMethod:
        """The operation that samples show: the first with a body."""
        return next((each for each in self.operations if each.body_model), self.operations[0])

    def steps(self, role: str) -> str:
        """The names that lead from a job to what has a role, as arguments; nothing where nothing has it."""
        found = self.polls[0].result_model
        return "" if found is None else self.steps_of(found.steps_to(role, self.models))

    def steps_of(self, fields: Sequence[ClientField]) -> str:
        """The names of some fields, as arguments."""
        return ", ".join(repr(each.python) for each in fields)

    @property
    def links_to_results(self) -> bool:
        """Whether any job says where its result is."""
        models = self.models.values()
        return any(self.stages(model) and model.steps_to("result-url", self.models) for model in models)

    @cached_property
    def polls(self) -> list[ClientMethod]:
        """The operations that read a job which another operation returns: those make `wait` possible."""
        return readers(self.operations, self.stages)


def _uses(prop: ModelProperty) -> Iterator[str]:
    for each in [*(prop.required_properties or []), *(prop.optional_properties or [])]:
        yield from children(each)


def _closure(direct: Mapping[str, Sequence[str]], start: Sequence[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(direct.get(name, ()))
    return found
