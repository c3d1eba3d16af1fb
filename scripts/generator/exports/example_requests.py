"""Requests to try a contract with by hand, whatever tool sends them: each as the parts that have to be on the wire."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

from attrs import evolve, field, frozen

from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations, write
from conformance.bodies.samples import ordinary, samples
from conformance.bodies.validity import Validity, judge
from conformance.bodies.wholes import smallest
from conformance.contract import Contract, Input, Operation
from conformance.contract.document import tokens
from conformance.contract.node import Node
from conformance.contract.resources import Resources, identity

__all__ = ["SPEND", "ExamplePart", "ExampleRequest", "example_requests", "slug"]

SPEND = "spend"
"""The variable that has to be `yes` before anything is sent that costs money."""


@frozen
class ExamplePart:
    """One named value of a request, whether it is sent as long as nobody changes that, and what it is for."""

    part: Part
    enabled: bool
    says: str

    @property
    def name(self) -> str:
        """As on the wire."""
        return self.part.name or ""

    @property
    def text(self) -> str:
        """What is sent, where that is no file."""
        return self.part.value.decode()


@frozen
class ExampleRequest:
    """One request.

    Attributes:
        variables: what stands for values that another request brings, by the name of the path parameter.
        kept: the variable that its answer brings, and the steps to it in there.
    """

    operation: Operation = field(repr=False)
    name: str
    parts: tuple[ExamplePart, ...] = field(repr=False)
    variables: Mapping[str, str] = field(factory=dict)
    kept: tuple[str, tuple[str, ...]] | None = None

    @property
    def sent(self) -> tuple[Part, ...]:
        """What is sent as long as nobody changes anything."""
        return tuple(each.part for each in self.parts if each.enabled)

    def at(self, location: str) -> tuple[ExamplePart, ...]:
        """Return the parts in one place of the request."""
        return tuple(each for each in self.parts if each.part.location == location)

    @property
    def path(self) -> str:
        """The path, with variables in double braces."""
        path = self.operation.path
        for name, variable in self.variables.items():
            path = path.replace(f"{{{name}}}", f"{{{{{variable}}}}}")
        return path

    @property
    def statuses(self) -> str:
        """A regular expression for the statuses that the contract documents."""
        patterns = (response.pattern.upper().replace("X", "[0-9]") for response in self.operation.responses)
        return f"^({'|'.join(patterns)})$"


def example_requests(contract: Contract) -> tuple[tuple[str, tuple[ExampleRequest, ...]], ...]:
    """Return the requests for each operation with its name, in the contract's order, but what removes things last."""
    naming, titles = _Naming(Resources(contract)), _titles(contract)
    ordered = sorted(contract.operations, key=lambda each: naming.resources.action(each) == "delete")
    return tuple(
        (titles[operation.id], tuple(filter(_is_valid, _all(operation, titles[operation.id], naming))))
        for operation in ordered
    )


@frozen
class _Naming:
    """The variables that carry what one request makes to those that name it."""

    resources: Resources

    def variables(self, operation: Operation) -> dict[str, str]:
        made = self.resources.names(operation)
        return {name: self.variable(maker) for name, maker in made.items()}

    def variable(self, maker: Operation) -> str:
        """Name what an operation makes as the first path does that names it, unless another has that name."""
        names: dict[str, Operation] = {}
        for operation in self.resources.contract.operations:
            for name, known in self.resources.names(operation).items():
                if known is maker and names.setdefault(name, maker) is maker:
                    return name
                names.setdefault(name, known)
        return f"{maker.id}_id"

    def kept(self, operation: Operation) -> tuple[str, tuple[str, ...]] | None:
        found = identity(operation.success)
        used = any(
            maker is operation
            for other in self.resources.contract.operations
            for maker in self.resources.names(other).values()
        )
        return (self.variable(operation), found.path) if found is not None and used else None


def _is_valid(request: ExampleRequest) -> bool:
    """Tell whether the body breaks no rule, of a member or of the whole."""
    body = [part for part in request.sent if part.location == "body"]
    names = {"", *(declared.name for declared in request.operation.fields)}
    problems = judge(request.operation, body, request.operation.media).problems
    return all(each.validity is not Validity.INVALID for each in problems if each.field in names)


def _all(operation: Operation, title: str, naming: _Naming) -> Iterator[ExampleRequest]:
    """Yield the requests in each media type that the body may have."""
    variables, kept = naming.variables(operation), naming.kept(operation)
    yield from _requests(operation, title, variables, kept)
    body = operation.body
    if body is None:
        return
    for media in body.media[1:]:
        # Whatever asks for the media type of an operation gets the first one.
        in_that = evolve(operation, body=evolve(body, media=(media,)))
        yield from _requests(in_that, f"{title} as {media.name}", variables, kept)


def _requests(
    operation: Operation, title: str, variables: Mapping[str, str], kept: tuple[str, tuple[str, ...]] | None
) -> Iterator[ExampleRequest]:
    parameters = tuple(_parameters(operation, variables))

    def request(name: str, parts: tuple[ExamplePart, ...]) -> ExampleRequest:
        return ExampleRequest(operation, name, (*parameters, *parts), variables, kept)

    needed = {part.name for part in smallest(operation)}
    fields = [(declared, _ways(operation, declared)) for declared in operation.fields]
    yield request(title, tuple(_chosen(fields, {d.name: d.name in needed for d, _ in fields})))
    if any(declared.name not in needed for declared, _ in fields):
        yield request(f"{title}, every field", tuple(_chosen(fields, {d.name: True for d, _ in fields})))
    for declared, ways in fields:
        for index, way in enumerate(ways[1:], 1):
            enabled = {d.name: d.name in needed or d is declared for d, _ in fields}
            parts = tuple(_chosen(fields, enabled, {declared.name: index}))
            yield request(f"{title}, {declared.name} as {_KINDS.get(way.kind, way.kind)}", parts)


_KINDS = {"text": "text", "json": "an object", "items": "a list", "file": "a file", "json-untyped": "an object"}


def _chosen(
    fields: list[tuple[Input, tuple[Representation, ...]]], enabled: Mapping[str, bool], ways: Mapping[str, int] = {}
) -> Iterator[ExamplePart]:
    """Yield every field in the way that is asked for, or else its first one, enabled or not."""
    for declared, known in fields:
        way = known[ways.get(declared.name, 0)]
        for part in write(way, samples(way)[0]):
            yield ExamplePart(_without_variables(part, is_json=way.is_json), enabled[declared.name], _says(declared))


def _ways(operation: Operation, declared: Input) -> tuple[Representation, ...]:
    """Return one way for each alternative of a field."""
    known = representations(declared, operation.media.kind if operation.media is not None else None)
    first: dict[int, Representation] = {}
    for way in known:
        first.setdefault(id(way.schema), way)
    return tuple(way for way in first.values() if way.kind != "null")


def _parameters(operation: Operation, variables: Mapping[str, str]) -> Iterator[ExamplePart]:
    for declared in operation.parameters:
        for part in ordinary(declared, None):
            named = declared.name in variables
            given = (
                evolve(part, value=f"{{{{{variables[declared.name]}}}}}".encode())
                if named
                else _without_variables(part)
            )
            yield ExamplePart(given, declared.required or declared.location == "path", _says(declared))


def _without_variables(part: Part, *, is_json: bool = False) -> Part:
    """Return a part in which tools find no variable, for which none of them has an escape; JSON has one of its own."""
    plain = b"{\\u007b" if is_json else b"{ {"
    return part if part.filename is not None else evolve(part, value=part.value.replace(b"{{", plain))


def _says(declared: Input) -> str:
    """Return what is said about an input, whether it must be there, and whether it decides the price."""
    text = " ".join(str(declared.schema.keywords.get("description", "")).split())
    cost = "A larger number costs more." if declared.schema.multiplies_cost else ""
    return " ".join(filter(None, ("Required." if declared.required else "", text, cost)))


def _titles(contract: Contract) -> Mapping[str, str]:
    """Return what each operation does in a few words that no other has, by its id."""
    root = Node.root(contract.document)
    written = {each.id: root.at(*tokens(each.pointer)).get("summary") for each in contract.operations}
    said = {name: " ".join(str(summary or name).split()) for name, summary in written.items()}
    count = Counter(slug(text) for text in said.values())
    return {name: text if slug(text) and count[slug(text)] == 1 else f"{text} ({name})" for name, text in said.items()}


def slug(text: str) -> str:
    """Return a text as the name of a file, in letters that every system knows."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
