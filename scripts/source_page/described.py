"""States what an OpenAPI document in normal form says, so that it can be held against a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract import Contract, Operation, Provenance, Response, Schema
from conformance.contract.members import named_members
from scripts.source_page.facts import Credential, OperationFacts, Shown, Spot, StatedAnswer, StatedSource, StatedValue

__all__ = ["FILLED", "described"]

FILLED = "x-filled-in"
"""Marks an answer that was put in because the normal form wants a success; it states nothing."""

_DEEPEST = 5
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")

_Locate = Callable[[str], Spot]


def described(contract: Contract, file: str, *, first_line: int = 1) -> StatedSource:
    """Return what a contract states; `first_line` is where the document begins in its file."""

    def spot(pointer: str) -> Spot:
        return Spot(file, contract.document.line(pointer) + first_line - 1, pointer)

    servers = tuple(Shown(url, spot(f"#/servers/{index}/url")) for index, url in enumerate(contract.servers))
    operations = tuple(_operation(operation, spot) for operation in contract.operations)
    return StatedSource(file, operations, servers, is_page=False)


def kinds_of(schema: Schema) -> frozenset[str]:
    """Return the types of a schema in the words of pages."""
    found = {"null"} if schema.nullable and schema.types else set()
    for branch in schema.branches:
        found |= set(_branch_kinds(branch))
    return frozenset(found) or frozenset({"any"})


def _branch_kinds(schema: Schema) -> Iterator[str]:
    for name in schema.types:
        if schema.enum or "const" in schema.keywords:
            yield f"enum<{name}>"
        elif schema.is_file:
            yield "file"
        elif name == "array":
            inner = kinds_of(schema.items) if schema.items is not None else frozenset({"any"})
            yield f"{next(iter(inner))}[]" if len(inner) == 1 else f"({' | '.join(sorted(inner))})[]"
        else:
            form = schema.keywords.get("format")
            yield f"{name}<{form}>" if form else name


def _operation(operation: Operation, spot: _Locate) -> OperationFacts:
    values: list[StatedValue] = []
    for declared in operation.inputs:
        location = declared.location
        values += _stated(
            declared.schema, location, (declared.name,), declared.provenance, spot, required=declared.required
        )
    carriers = [(scheme, spot(scheme.pointer)) for alternative in operation.security for scheme in alternative]
    media = operation.body.media if operation.body is not None else ()
    return OperationFacts(
        operation.method,
        operation.path,
        spot(operation.pointer),
        tuple(values),
        tuple(_answer(response, spot) for response in operation.responses if FILLED not in response.headers),
        credentials=tuple((Credential(each.location, each.parameter, each.word), where) for each, where in carriers),
        media=tuple((each.name, spot(each.pointer)) for each in media),
        provenance=operation.provenance,
        body=operation.media,
        pointer=operation.pointer,
    )


def _answer(response: Response, spot: _Locate) -> StatedAnswer:
    values: list[StatedValue] = []
    examples: list[Shown] = []
    for media in response.media:
        if media.kind == "json" and media.schema is not None:
            if not values:
                values = list(_members(media.schema, "answer", (), spot))
            examples += [Shown(value, spot(f"{media.pointer}/examples")) for value in _shown(media.schema)]
    return StatedAnswer(
        response.pattern, spot(response.pointer), tuple(values), tuple(examples), response.media_types,
        response.provenance, response,
    )  # fmt: skip


def _shown(schema: Schema) -> tuple[object, ...]:
    """Return what the media type shows, apart from what the schema does."""
    return tuple(value for root in schema.roots[1:] for value in root.get("examples") or ())


def _members(schema: Schema, location: str, path: tuple[str, ...], spot: _Locate) -> Iterator[StatedValue]:
    hidden = "writeOnly" if location == "answer" else "readOnly"
    required = {name for each in (schema, *schema.branches) for name in each.required}
    for name, member in named_members(schema).items():
        if member.keywords.get(hidden) is not True:
            yield from _stated(member, location, (*path, name), member.provenance, spot, required=name in required)


def _stated(
    schema: Schema, location: str, path: tuple[str, ...], provenance: Provenance, spot: _Locate, *, required: bool
) -> Iterator[StatedValue]:
    keywords = schema.keywords
    listed = (keywords["const"],) if "const" in keywords else schema.enum
    place = next((f"{part.pointer}/enum" for part in schema.parts if part.get("enum")), schema.pointer)
    where = [spot(f"{place}/{index}") for index in range(len(listed))]
    yield StatedValue(
        location,
        path,
        kinds_of(schema),
        required,
        spot(schema.pointer),
        tuple(map(Shown, listed, where)),
        schema.examples,
        (keywords["default"],) if "default" in keywords else (),
        {name: keywords[name] for name in _LIMITS if name in keywords},
        keywords.get("deprecated") is True,
        provenance,
        schema,
    )
    if len(path) <= _DEEPEST:
        holder = schema
        while holder.items is not None:
            holder = holder.items
        yield from _members(holder, location, path, spot)
