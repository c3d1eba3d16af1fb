"""Rules about the contract's own extensions: known words, in places where they mean something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from conformance.errors import ContractError
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline
from conformance.lint.vocabulary import DEPARTURES, EXTENSIONS, ROLES, STAGES

__all__ = ["RULES"]

_EXPRESSION = re.compile(r"\$request\.body#((?:/(?:[^~/]|~[01])+)+)")
_TERMINAL = ("succeeded", "failed")


@rule("extension", "every extension is a known one, on a kind of element that it has a meaning for")
def extension(outline: Outline) -> Iterator[Found]:
    """A misspelt extension would silently switch off what reads it."""
    for element in outline.elements:
        for key in element.node:
            name = str(key)
            if not name.startswith("x-"):
                continue
            place = (*element.tokens, name)
            if name not in EXTENSIONS:
                yield place, f"`{name}` is no extension of this contract{_nearest(name, EXTENSIONS)}"
            elif (kinds := EXTENSIONS[name]) is not None and element.kind not in kinds:
                yield (
                    place,
                    f"`{name}` has no meaning on a {element.kind}; use it on a {' or '.join(sorted(kinds))}",
                )


@rule("billable", "`x-billable` is true or false")
def billable(outline: Outline) -> Iterator[Found]:
    """Quoted, `false` is text, which counts as true and costs money."""
    for element in outline.elements:
        if not isinstance(element.node.get("x-billable", False), bool):
            yield (*element.tokens, "x-billable"), "`x-billable` is `true` or `false`, without quotes"


@rule("optional", "`x-optional` is true or false, and not every operation is optional")
def optional(outline: Outline) -> Iterator[Found]:
    """Nothing is asked of a server that may do without everything."""
    operations = list(outline.of_kind("operation"))
    for operation in operations:
        if not isinstance(operation.node.get("x-optional", False), bool):
            yield (*operation.tokens, "x-optional"), "`x-optional` is `true` or `false`, without quotes"
    if operations and all(operation.node.get("x-optional") is True for operation in operations):
        message = "every operation is optional, so that nothing is asked of a server; take one mark away"
        yield (*operations[0].tokens, "x-optional"), message


@rule("cost", "`x-cost` is true or false, on a request property whose examples show a number")
def cost(outline: Outline) -> Iterator[Found]:
    """The largest number of the examples is the most that a test may ask for; without one there is no limit."""
    for element in outline.of_kind("schema"):
        value = element.node.get("x-cost", False)
        if not isinstance(value, bool):
            yield (*element.tokens, "x-cost"), "`x-cost` is `true` or `false`, without quotes"
        elif value and not any(re.search("[0-9]", str(shown)) for shown in element.node.get("examples") or ()):
            yield (*element.tokens, "x-cost"), "`x-cost` needs `examples` with a number: the most that a test may send"


@rule("role", "every role is a known one, and no object has two values of one role")
def role(outline: Outline) -> Iterator[Found]:
    """Code looks a value up by its role, so there can be one, and its name must be right."""
    for element in outline.of_kind("schema", "header"):
        value = element.node.get("x-role", next(iter(ROLES)))
        if not isinstance(value, str) or value not in ROLES:
            message = f"`{value}` is no role{_nearest(str(value), ROLES)}; a new one is added to the lint's vocabulary"
            yield (*element.tokens, "x-role"), message
    for owner in outline.elements:
        for keyword in ("properties", "headers"):
            yield from _twice(outline, list(outline.children(owner, keyword)))


@rule("echo", "`x-echoes` names request properties of an operation that answers with this schema")
def echo(outline: Outline) -> Iterator[Found]:
    """In OpenAPI's own runtime expressions, such as `$request.body#/name`."""
    answers = _answers(outline)
    for element in outline.of_kind("schema"):
        if "x-echoes" not in element.node:
            continue
        expressions = element.node["x-echoes"]
        place = (*element.tokens, "x-echoes")
        operations = answers.get(element.tokens, [])
        if not isinstance(expressions, list) or not expressions:
            yield place, "`x-echoes` is a list of runtime expressions, such as `$request.body#/name`"
        elif not operations:
            yield place, "no operation answers with this schema, so there is no request to repeat; remove `x-echoes`"
        else:
            for index, expression in enumerate(expressions):
                if trouble := _echo_trouble(outline, operations, expression):
                    yield (*place, str(index)), trouble


@rule("lifecycle", "`x-lifecycle` maps members of the enum to the stages of a job, a terminal one among them")
def lifecycle(outline: Outline) -> Iterator[Found]:
    """The stages are what code knows; the constants are the contract's."""
    for element in outline.of_kind("schema"):
        if "x-lifecycle" not in element.node:
            continue
        stages, place = element.node["x-lifecycle"], (*element.tokens, "x-lifecycle")
        if not isinstance(stages, Mapping) or not stages:
            yield place, f"`x-lifecycle` maps statuses to stages: {', '.join(STAGES)}"
            continue
        members = element.node.get("enum", ())
        for status, stage in stages.items():
            if status not in members:
                yield (*place, status), f"`{status}` is no member of the enum beside it; correct or remove it"
            if stage not in STAGES:
                yield (*place, status), f"`{stage}` is no stage; use one of {', '.join(STAGES)}"
        if not any(stage in _TERMINAL for stage in stages.values()):
            yield place, "no status ends a job; map one to `succeeded` or `failed`"


@rule("nothing-made", "`x-nothing-made` lists codes, on a value with the role `error-code`")
def nothing_made(outline: Outline) -> Iterator[Found]:
    """Callers try again after such a code without fear of paying twice, so it has to be one that they will meet."""
    for element in outline.of_kind("schema"):
        if "x-nothing-made" not in element.node:
            continue
        codes, place = element.node["x-nothing-made"], (*element.tokens, "x-nothing-made")
        if element.node.get("x-role") != "error-code":
            yield place, "no program looks here for the reason of a refusal; it needs `x-role: error-code` beside it"
        elif not isinstance(codes, list) or not codes:
            yield place, "`x-nothing-made` is a list of codes"
        else:
            for index, code in enumerate(codes):
                if isinstance(code, bool) or not isinstance(code, str | int) or code == "":
                    yield (*place, str(index)), f"`{code}` is no code; a code is a text or a whole number"


@rule("departure", "`x-departures` says for places of the contract in what they differ from the page, and why")
def departure(outline: Outline) -> Iterator[Found]:
    """What explains a difference has to name a place that is there, or it will explain the next one by accident."""
    listed = outline.document.data.get("x-departures", [])
    if not isinstance(listed, list):
        yield ("x-departures",), "`x-departures` is a list of entries with `at`, `what`, `page` and `why`"
        return
    for index, entry in enumerate(listed):
        place = ("x-departures", str(index))
        if not isinstance(entry, Mapping) or not {"at", "what", "why"} <= entry.keys() <= {"at", "what", "page", "why"}:
            yield place, "an entry has `at` (pointers), `what` (is different), `page` (what it says there) and `why`"
            continue
        if entry["what"] not in DEPARTURES:
            yield (*place, "what"), f"`{entry['what']}` is nothing to differ in; use one of {', '.join(DEPARTURES)}"
        if not isinstance(entry["why"], str) or not entry["why"].strip():
            yield (*place, "why"), "`why` is a sentence that says why the contract does not follow the page"
        yield from _pointers(outline, (*place, "at"), entry["at"])


def _pointers(outline: Outline, place: tuple[str, ...], at: object) -> Iterator[Found]:
    pointers = at if isinstance(at, list) else [at]
    for index, named in enumerate(pointers):
        where = (*place, str(index)) if isinstance(at, list) else place
        if not isinstance(named, str) or not named.startswith("#/"):
            yield where, f"`{named}` is no JSON pointer, such as `#/components/schemas/Name`"
            continue
        try:
            outline.document.lookup(named)
        except ContractError:
            if outline.document.overlays:  # one of them may have taken the place away
                continue
            yield where, f"`{named}` names nothing in this document; correct it, or remove it"


def _twice(outline: Outline, siblings: list[Element]) -> Iterator[Found]:
    first: dict[object, str] = {}
    for sibling in siblings:
        holder = sibling if "x-role" in sibling.node else outline.target(sibling)
        value = None if holder is None else holder.node.get("x-role")
        if isinstance(value, str) and value in first:
            place = (*sibling.tokens, "x-role") if holder is sibling else sibling.tokens
            yield place, f"the role `{value}` is already that of `{first[value]}`; an object has one value of a role"
        elif isinstance(value, str):
            first[value] = sibling.name


def _nearest(word: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(f'`{name}`' for name in known)}"


def _answers(outline: Outline) -> dict[tuple[str, ...], list[Element]]:
    """Map the place of each schema to the operations whose answers contain it."""
    found: dict[tuple[str, ...], list[Element]] = {}
    for operation in outline.of_kind("operation"):
        reached: set[tuple[str, ...]] = set()
        for responses in outline.children(operation, "responses"):
            _reach(outline, responses, reached)
        for tokens in reached:
            found.setdefault(tokens, []).append(operation)
    return found


def _reach(outline: Outline, start: Element, reached: set[tuple[str, ...]]) -> None:
    pending = [start]
    while pending:
        element = pending.pop()
        if element.tokens in reached:
            continue
        reached.add(element.tokens)
        pending.extend(outline.children(element))
        if element.ref is not None and (named := outline.at(element.ref)) is not None:
            pending.append(named)


def _echo_trouble(outline: Outline, operations: list[Element], expression: object) -> str | None:
    match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
    if match is None:
        return f"`{expression}` is not of the form `$request.body#/name`"
    names = [token.replace("~1", "/").replace("~0", "~") for token in match[1].split("/")[1:]]
    if any(_has_property(outline, operation, names) for operation in operations):
        return None
    ids = ", ".join(str(operation.node.get("operationId", operation.name)) for operation in operations)
    return f"`{expression}` names no property of the request of {ids}; correct it"


def _has_property(outline: Outline, operation: Element, names: list[str]) -> bool:
    for written in outline.children(operation, "requestBody"):
        body = outline.target(written)
        for media_type in outline.children(body, "content") if body is not None else ():
            schema = outline.body_schema(media_type)
            for name in names:
                schema = outline.properties(schema).get(name) if schema is not None else None
            if schema is not None:
                return True
    return False


RULES = (extension, billable, optional, cost, role, echo, lifecycle, nothing_made, departure)
