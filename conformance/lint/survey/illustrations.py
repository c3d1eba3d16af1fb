"""Examples: which are there, and whether each is valid by the schema that it illustrates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.lint.diagnostics import Found, Rule
from conformance.lint.elements import Element, Outline
from conformance.lint.examples import judged, owner, shown
from conformance.lint.survey.spec_report import SurveySection, share

__all__ = ["illustrations"]

_KINDS = ("body", "answer", "parameter", "header", "schema", "default")
_PLURALS = {"body": "bodies", "default": "defaults", "schema": "of schemas"}


def illustrations(outline: Outline) -> SurveySection:
    """Judge the examples of a document."""
    examples = tuple(shown(outline))
    verdicts = judged(outline.document.data, examples)
    counted, valid, unjudged = Counter[str](), Counter[str](), 0
    troubles: list[Found] = []
    for number, example in enumerate(examples):
        counted[example.kind] += 1
        if not example.is_json or number in verdicts.unjudged:
            unjudged += 1
        elif number in verdicts.troubles:
            noun = "default" if example.kind == "default" else "example"
            said = f"the {noun} does not validate{verdicts.troubles[number]}; mend it, or the schema"
            troubles.append((example.tokens, said))
        else:
            valid[example.kind] += 1
    rule = Rule("example", "every example and default validates against its schema", lambda _: iter(troubles))
    findings = tuple(sorted(set(rule.findings(outline))))
    total, good = sum(counted.values()), sum(valid.values())
    found = {what: _with_example(outline, what) for what in ("body", "answer")}
    figures = {
        "examples": total,
        "valid": good,
        "invalid": len(findings),
        "not_judged": unjudged,
        "kinds": {kind: {"examples": counted[kind], "valid": valid[kind]} for kind in _KINDS if counted[kind]},
        "shown": {what: {"with": some, "of": all_} for what, (some, all_) in found.items()},
    }
    return SurveySection("examples", tuple(_sentences(figures)), figures, findings)


def _sentences(figures: Mapping[str, Any]) -> Iterator[str]:
    if not figures["examples"]:
        yield "There is none."
    else:
        known = figures["examples"] - figures["not_judged"]
        kinds = (
            f"{count['examples']} {_PLURALS.get(kind, kind + 's')}" if count["examples"] != 1 else f"1 {kind}"
            for kind, count in figures["kinds"].items()
        )
        said = f"{figures['valid']} of {known} are valid by their schemas" if known else "None can be judged"
        yield f"{said} ({', '.join(kinds)})."
    if unjudged := figures["not_judged"]:
        yield f"{unjudged} {'is' if unjudged == 1 else 'are'} not judged: no JSON, or of a schema that cannot be used."
    bodies, answers = figures["shown"]["body"], figures["shown"]["answer"]
    shown = [
        share(one["with"], one["of"], what)
        for one, what in ((bodies, "request bodies"), (answers, "answers with a body"))
        if one["of"]
    ]
    if shown:
        yield f"An example is shown for {' and '.join(shown)}."


def _with_example(outline: Outline, what: str) -> tuple[int, int]:
    """Return how many bodies of requests or answers have an example, their own or their schema's, and of how many."""
    found = [media for media in outline.of_kind("media type") if owner(media) == what and "schema" in media.node]
    return sum(_is_shown(outline, media) for media in found), len(found)


def _is_shown(outline: Outline, media: Element) -> bool:
    if "example" in media.node or media.node.get("examples"):
        return True
    schema = outline.body_schema(media)
    if schema is None:
        return False
    if any("example" in part.node or part.node.get("examples") for part in outline.same_value(schema)):
        return True
    properties = outline.properties(schema).values()
    return bool(properties) and all(
        any({"example", "examples", "enum", "const"} & part.node.keys() for part in outline.same_value(one))
        for one in properties
    )
