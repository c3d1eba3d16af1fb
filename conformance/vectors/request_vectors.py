"""Vectors of requests: what is given for the inputs of an operation, and what must then be on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, field, frozen

from conformance.bodies.representations import Representation
from conformance.contract import BodyKind, Input, Location, Operation
from conformance.requirements.ids import input_prefix
from conformance.vectors.arguments import GivenValue, arguments_json, needed, ordinary_argument, ways
from conformance.vectors.cases import RequestCase, Spread
from conformance.vectors.expected import expected_request, with_labels
from conformance.vectors.given_files import file_cases, plain_file
from conformance.vectors.obligations import Asked
from conformance.vectors.plain_values import value_cases
from conformance.vectors.texts import mixed_texts, refused_texts, text_cases
from conformance.vectors.vector import Count, Expectation, Vector, VectorCall

__all__ = ["request_vectors"]

_NO_CHOICE = ("json-untyped", "array")
"""Ways that differ from another one in nothing that a caller gives."""

_WORDS: Mapping[str, str] = {
    "text": "as text", "file": "as a file", "json": "as an object", "items": "as a list", "null": "as null",
    "value": "as JSON has it", "integer": "as an integer", "number": "as a number", "boolean": "as a boolean",
    "string": "as text", "object": "as an object", "json-untyped": "as an object", "array": "as a list",
}  # fmt: skip
_OBLIGATIONS: Mapping[str, str] = {
    "text": "text", "string": "text", "file": "file", "json": "object", "object": "object", "json-untyped": "object",
    "items": "list", "array": "list", "integer": "number", "number": "number", "boolean": "boolean",
}  # fmt: skip


def request_vectors(asked: Asked) -> Iterator[Vector]:
    """Yield the vectors of every operation, in the contract's order.

    What clients do alike for all of their operations is tried in full with the first one that has a place for it.
    """
    first: dict[tuple[Location, BodyKind | None], Operation] = {}
    for operation in asked.contract.operations:
        for declared in operation.inputs:
            if any(map(_is_free_text, ways(operation, declared))):
                first.setdefault(_place(operation, declared.location), operation)
        yield from _Requests(asked, operation, needed(operation), first).all()


def _place(operation: Operation, location: Location) -> tuple[Location, BodyKind | None]:
    media = operation.media
    return location, media.kind if media is not None and location == "body" else None


@frozen
class _Requests:
    """The vectors of one operation; `base` is its smallest call, `first` the first operation with texts in a place."""

    asked: Asked
    operation: Operation
    base: tuple[GivenValue, ...] = field(repr=False)
    first: Mapping[tuple[Location, BodyKind | None], Operation] = field(repr=False)

    @property
    def inputs(self) -> list[Input]:
        """All but objects outside of bodies, which have many styles (`deepObject` and others)."""
        return [
            declared for declared in self.operation.inputs
            if declared.location == "body" or not any(branch.types == {"object"} for branch in declared.branches)
        ]  # fmt: skip

    def all(self) -> Iterator[Vector]:
        """Yield all of them."""
        operation = self.operation
        yield self._vector(
            "request/smallest", "client/request/only-given", "The smallest call that is valid.", self.base
        )
        everything = [ordinary_argument(ways(operation, declared)[0]) for declared in self.inputs]
        if len(everything) > len(self.base):
            sentence = "Everything that the operation takes is given at once."
            yield self._vector("request/everything", "client/request/only-given", sentence, everything)
        if operation.scheme is not None:
            sentence = "The credential stands in its place, and nowhere else."
            yield self._vector("request/credentials", "client/request/credentials", sentence, self.base)
        for declared in self.inputs:
            yield from self._forms(declared)
            yield from self._listed(declared)
        for name in ("path", "query", "header", "cookie", "body"):
            yield from self._cases(name)

    def _forms(self, declared: Input) -> Iterator[Vector]:
        """One vector for each form of a value that a caller can choose."""
        offered = ways(self.operation, declared)
        chosen = [way for way in offered if way.kind not in _NO_CHOICE] or list(offered[:1])
        prefix = input_prefix(self.operation, declared)
        for way in chosen:
            own = f"{prefix}/accepted" if way is offered[0] else f"{prefix}/form/{way.kind}"
            requirement = self.asked.first(own, _obligation(way))
            sentence = f"`{declared.name}` is given {_WORDS[way.kind]}."
            vector = self._given(declared, way.kind, requirement, sentence, ordinary_argument(way))
            yield vector
            if way.kind == "json" and declared.location == "body":
                yield evolve(
                    vector, id=f"{prefix}/labelled", requirement="client/request/part-type",
                    level=self.asked.level("client/request/part-type", self.operation),
                    sentence=f"`{declared.name}` is given {_WORDS[way.kind]}, and its part says that it is JSON.",
                    expect=evolve(vector.expect, request=with_labels(vector.expect.request or {}, declared.name)),
                )  # fmt: skip

    def _listed(self, declared: Input) -> Iterator[Vector]:
        items = declared.schema.items
        for value in items.enum if items is not None else ():
            told = f"`{declared.name}` is a list with `{value}`."
            argument = GivenValue(declared, [value])
            if declared.schema.is_valid([value]):
                yield self._given(declared, f"value/{value}", "client/request/value", told, argument)
        for value in declared.schema.enum:
            name = f"value/{value}"
            requirement = self.asked.first(f"{input_prefix(self.operation, declared)}/{name}", "client/request/value")
            yield self._given(
                declared, name, requirement, f"`{declared.name}` is `{value}`.", GivenValue(declared, value)
            )
        if any(isinstance(value, str) for value in declared.schema.enum):
            sentence = f"`{declared.name}` is a value that the contract does not list, and that a server may know."
            argument = GivenValue(declared, "no-such-value-conformance")
            yield self._given(declared, "unlisted", "client/request/open-enum", sentence, argument)

    def _cases(self, place: Location) -> Iterator[Vector]:
        """What clients garble, each case in the first input of a place that takes it."""
        key = _place(self.operation, place)
        is_first = self.first.get(key) is self.operation
        texts = Spread(text_cases(*key) if is_first else ())
        has_text = has_file = False
        tried: frozenset[str] = frozenset()
        inputs = [declared for declared in self.inputs if declared.location == place]
        for declared in sorted(inputs, key=lambda each: not each.required):
            for way in ways(self.operation, declared):
                cases: Iterable[RequestCase] = ()
                if _is_free_text(way):
                    mixed = [] if is_first and not has_text else mixed_texts(place)
                    refused = [] if has_text else refused_texts(place)
                    cases = (*texts.dealt(declared), *(case for case in mixed if _takes(way, case)), *refused)
                    has_text = True
                elif way.kind == "file" and place == "body" and not way.schema.is_text:
                    cases = [plain_file()] if has_file else file_cases(declared, way.body)
                    has_file = True
                elif way.kind not in _NO_CHOICE:
                    cases = value_cases(way, is_first=not way.schema.types & tried)
                    tried |= way.schema.types
                yield from (self._case(declared, case) for case in cases)

    def _case(self, declared: Input, case: RequestCase) -> Vector:
        sentence = f"`{declared.name}` {case.sentence}."
        vector = self._given(declared, case.name, case.requirement, sentence, GivenValue(declared, case.value))
        refusal = {"kind": "invalid_request"}
        if case.is_refused:
            expect = Expectation(requests=Count(0, 0), outcome=("error",), error=refusal)
        elif case.is_refusable:
            expect = evolve(vector.expect, requests=Count(0, 1), outcome=("value", "error"), error=refusal)
        else:
            return vector
        return evolve(vector, expect=expect)

    def _given(self, declared: Input, name: str, requirement: str, sentence: str, argument: GivenValue) -> Vector:
        prefix = input_prefix(self.operation, declared).partition("/")[2]
        return self._vector(f"{prefix}/{name}", requirement, sentence, _with(self.base, argument))

    def _vector(self, name: str, requirement: str, sentence: str, arguments: Sequence[GivenValue]) -> Vector:
        level = self.asked.level(requirement, self.operation)
        return Vector(
            f"{self.operation.id}/{name}", "request", level, requirement, sentence,
            VectorCall(self.operation.id, arguments_json(arguments)),
            Expectation(expected_request(self.operation, arguments), outcome=("value",)),
        )  # fmt: skip


def _obligation(way: Representation) -> str:
    """Return what a form of a value tests, where the catalogue has no sentence for the input."""
    if way.field.location == "path":
        return "client/request/path"
    return f"client/request/{_OBLIGATIONS.get(way.kind, 'value')}"


def _is_free_text(way: Representation) -> bool:
    return way.schema.is_text and way.kind in ("text", "string", "value")


def _takes(way: Representation, case: RequestCase) -> bool:
    return way.schema.is_valid(case.value) and way.field.schema.is_advisable(case.value)


def _with(base: Sequence[GivenValue], argument: GivenValue) -> tuple[GivenValue, ...]:
    """Return a call with an argument in the place of what it has for the same input, or behind the others."""
    if all(each.declared is not argument.declared for each in base):
        return (*base, argument)
    return tuple(argument if each.declared is argument.declared else each for each in base)
