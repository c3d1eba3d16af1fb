"""What a document says of refusals and failures: which operations lack the statuses that callers have to meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from conformance.lint.diagnostics import Diagnostic, Found, Rule
from conformance.lint.elements import Element, Outline
from conformance.lint.survey.spec_report import SurveySection, share

__all__ = ["error_coverage"]


@frozen
class _Operation:
    """An operation, with the answers that it documents by status."""

    element: Element
    outline: Outline = field(repr=False)
    answers: Mapping[str, Element] = field(repr=False)

    @property
    def name(self) -> str:
        path = "" if self.element.parent is None else self.element.parent.name
        return f"{self.element.name.upper()} {path}"

    @property
    def asks_for_credentials(self) -> bool:
        node = self.element.node
        asked = node.get("security", self.outline.document.data.get("security"))
        return isinstance(asked, list) and bool(asked) and {} not in asked

    @property
    def takes_input(self) -> bool:
        return "requestBody" in self.element.node or any(self._parameters("query", "header", "cookie"))

    @property
    def names_a_thing(self) -> bool:
        return "{" in ("" if self.element.parent is None else self.element.parent.name)

    def documents(self, *statuses: str) -> str:
        """Return `yes` where one of some statuses is documented, by itself or by its range, `default` or `no`."""
        for status in statuses:
            if status in self.answers or f"{status[0]}XX" in self.answers or f"{status[0]}xx" in self.answers:
                return "yes"
        if any(status.endswith("XX") and any(a.startswith(status[0]) for a in self.answers) for status in statuses):
            return "yes"
        return "default" if "default" in self.answers else "no"

    def _parameters(self, *places: str) -> Iterator[Element]:
        for owner in (self.element.parent, self.element):
            for written in self.outline.children(owner, "parameters") if owner is not None else ():
                named = self.outline.target(written)
                if named is not None and named.node.get("in") in places:
                    yield named


@frozen
class _Duty:
    """A status that an operation of some kind should document, and why callers need it."""

    name: str
    statuses: tuple[str, ...]
    applies: Callable[[_Operation], bool]
    among: str
    why: str


_DUTIES = (
    _Duty(
        "400", ("400", "422"), lambda one: one.takes_input, "that take input", "a refusal of wrong input (400 or 422)"
    ),
    _Duty(
        "401",
        ("401", "403"),
        lambda one: one.asks_for_credentials,
        "that ask for credentials",
        "a refusal of wrong credentials (401 or 403)",
    ),
    _Duty(
        "404",
        ("404", "410"),
        lambda one: one.names_a_thing,
        "with a variable in the path",
        "what comes where nothing is by that name (404)",
    ),
    _Duty("429", ("429",), lambda _: True, "", "what comes to those who call too often (429)"),
    _Duty("5xx", ("5XX",), lambda _: True, "", "a failure of the server (5xx)"),
)
_HEADERS = (("401", "WWW-Authenticate"), ("429", "Retry-After"), ("503", "Retry-After"))


def error_coverage(outline: Outline) -> SurveySection:
    """Look at what the operations of a document say of refusals."""
    operations = [_Operation(element, outline, dict(_answers(outline, element))) for element in _called(outline)]
    troubles = [*_missing(operations), *_bare(outline, operations), *_headless(outline, operations)]
    rule = Rule(
        "error-coverage", "every operation documents the refusals that its callers meet", lambda _: iter(troubles)
    )
    findings: tuple[Diagnostic, ...] = tuple(sorted(set(rule.findings(outline))))
    rows = [
        [one.name, *(one.documents(*duty.statuses) if duty.applies(one) else "-" for duty in _DUTIES)]
        for one in operations
    ]
    figures = {
        "operations": [dict(zip(("operation", *(duty.name for duty in _DUTIES)), row, strict=True)) for row in rows],
        "statuses": {duty.name: _figures(operations, duty) for duty in _DUTIES},
        "answers": _bodies(outline, operations),
        "security_unsaid": sum("security" not in one.element.node for one in operations)
        if "security" not in outline.document.data
        else 0,
    }
    heading = ("operation", *(duty.name for duty in _DUTIES))
    table = (heading, *(tuple(row) for row in rows)) if rows else ()
    return SurveySection("errors", tuple(_sentences(figures)), figures, findings, table)


def _sentences(figures: Mapping[str, Any]) -> Iterator[str]:
    if not figures["operations"]:
        yield "There is no operation."
        return
    told = []
    for duty in _DUTIES:
        count = figures["statuses"][duty.name]
        if count["of"]:
            told.append(share(count["documented"], count["of"], f"operations {duty.among}".strip()))
            default = f" ({count['by_default']} more by `default` alone)" if count["by_default"] else ""
            told[-1] = f"{duty.name} by {told[-1]}{default}"
    yield f"Documented are {'; '.join(told)}."
    bodies = figures["answers"]
    if bodies["errors"]:
        forms = bodies["forms"]
        kinds = f", in {forms} {'form' if forms == 1 else 'forms'}" if forms else ""
        yield f"{bodies['with_schema']} of {bodies['errors']} refusals and failures say what their body is{kinds}."
    else:
        yield "No refusal and no failure is documented."
    if figures["security_unsaid"]:
        yield f"{figures['security_unsaid']} operations do not say who may call them (`security`)."


def _called(outline: Outline) -> Iterator[Element]:
    """Yield the operations that callers call, and not those that the server calls."""
    for element in outline.of_kind("operation"):
        item = element.parent
        if item is not None and item.parent is not None and item.parent.kind == "paths":
            yield element


def _answers(outline: Outline, operation: Element) -> Iterator[tuple[str, Element]]:
    for responses in outline.children(operation, "responses"):
        for written in outline.children(responses):
            yield written.name, outline.target(written) or written


def _figures(operations: list[_Operation], duty: _Duty) -> dict[str, int]:
    found = [one.documents(*duty.statuses) for one in operations if duty.applies(one)]
    return {"documented": found.count("yes"), "by_default": found.count("default"), "of": len(found)}


def _missing(operations: list[_Operation]) -> Iterator[Found]:
    for one in operations:
        lacks = [duty.why for duty in _DUTIES if duty.applies(one) and one.documents(*duty.statuses) == "no"]
        if lacks:
            yield one.element.tokens, f"{one.name} does not document {', nor '.join(lacks)}"


def _errors(operations: list[_Operation]) -> dict[tuple[str, ...], tuple[str, Element]]:
    """Return the refusals and failures of all operations by their place; what several refer to counts once."""
    return {
        answer.tokens: (status, answer)
        for one in operations
        for status, answer in one.answers.items()
        if status[:1] in ("4", "5") or status == "default"
    }


def _bare(outline: Outline, operations: list[_Operation]) -> Iterator[Found]:
    for status, answer in _errors(operations).values():
        if not any("schema" in media.node for media in outline.children(answer, "content")):
            yield answer.tokens, f"the answer {status} says nothing of its body; give it a `content` with a `schema`"


def _headless(outline: Outline, operations: list[_Operation]) -> Iterator[Found]:
    for status, answer in _errors(operations).values():
        names = {header.name.lower() for header in outline.children(answer, "headers")}
        for wanted, header in _HEADERS:
            if status == wanted and header.lower() not in names:
                yield (
                    answer.tokens,
                    f"the answer {status} does not document `{header}`, by which callers know what to do",
                )


def _bodies(outline: Outline, operations: list[_Operation]) -> dict[str, int]:
    answers = [answer for _, answer in _errors(operations).values()]
    schemas = [
        next(
            (outline.body_schema(media) for media in outline.children(answer, "content") if "schema" in media.node),
            None,
        )
        for answer in answers
    ]
    told = [schema for schema in schemas if schema is not None]
    forms = {schema.ref or str(schema.tokens) for schema in told}
    return {"errors": len(answers), "with_schema": len(told), "forms": len(forms)}
