"""Forms: which parts of them are files, objects or lists, and which are left to each generator to encode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.lint.diagnostics import Found, Rule
from conformance.lint.elements import Element, Outline
from conformance.lint.encodings import forms, is_plain
from conformance.lint.survey.spec_report import SurveySection

__all__ = ["parts"]

_MULTIPART = "multipart/"
_URLENCODED = "application/x-www-form-urlencoded"
_KINDS = ("file", "files", "object", "objects", "list", "choice", "plain")
_NOUNS = {"file": "a file", "files": "a list of files", "object": "an object", "objects": "a list of objects"}
_NOUNS |= {"list": "a list", "choice": "of several types", "plain": "of plain text"}
_OF_SEVERAL = {"file": "files", "files": "lists of files", "object": "objects", "objects": "lists of objects"}
_OF_SEVERAL |= {"list": "lists", "choice": "of several types", "plain": "of plain text"}


def parts(outline: Outline) -> SurveySection:
    """Look at the forms of a document."""
    counted: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    troubles: list[Found] = []
    for media, schema in forms(outline):
        name = media.name.partition(";")[0].strip().lower()
        if not name.startswith(_MULTIPART) and name != _URLENCODED:
            continue
        sizes["multipart" if name.startswith(_MULTIPART) else "urlencoded"] += 1
        encodings = {child.name: child.node for child in outline.children(media, "encoding")}
        for part, declared in outline.properties(schema).items():
            kind = _kind(outline, declared)
            counted[kind] += 1
            troubles.extend(_troubles(media, part, kind, encodings.get(part), is_form=name == _URLENCODED))
    rule = Rule(
        "encoding", "every part of a form that is not plain text says how it is written", lambda _: iter(troubles)
    )
    findings = tuple(sorted(set(rule.findings(outline))))
    figures = {
        "multipart": sizes["multipart"],
        "urlencoded": sizes["urlencoded"],
        "parts": {kind: counted[kind] for kind in _KINDS if counted[kind]},
        "unsaid": len(findings),
    }
    return SurveySection("encodings", tuple(_sentences(figures)), figures, findings)


def _sentences(figures: Mapping[str, Any]) -> Iterator[str]:
    if not figures["multipart"] and not figures["urlencoded"]:
        yield "There is no form."
        return
    shapes = [f"{figures[kind]} {kind}" for kind in ("multipart", "urlencoded") if figures[kind]]
    noun = "form" if figures["multipart"] + figures["urlencoded"] == 1 else "forms"
    total = sum(figures["parts"].values())
    counts = ", ".join(f"{count} {_of(kind, count)}" for kind, count in figures["parts"].items())
    yield f"{' and '.join(shapes)} {noun}, with {total} parts{f': {counts}' if counts else ''}."
    risky = total - figures["parts"].get("plain", 0)
    if risky:
        yield f"{risky - figures['unsaid']} of {risky} parts that are not plain text say how they are written."


def _troubles(
    media: Element, part: str, kind: str, encoding: Mapping[str, Any] | None, *, is_form: bool
) -> Iterator[Found]:
    if kind == "plain":
        return
    place = (*media.tokens, "encoding", part) if encoding is not None else media.tokens
    if is_form and kind in ("file", "files"):
        yield place, f"`{part}` is a file, which an urlencoded form cannot carry; use multipart/form-data"
    elif not any((encoding or {}).get(key) for key in ("contentType", *(("style",) if is_form else ()))):
        wanted = "`contentType` or `style`" if is_form else "`contentType`"
        yield (
            place,
            f"`{part}` is {_NOUNS[kind]}, which generators write in ways of their own; say its {wanted} in `encoding`",
        )


def _of(kind: str, count: int) -> str:
    return _OF_SEVERAL[kind] if count != 1 else _NOUNS[kind].removeprefix("a ").removeprefix("an ")


def _kind(outline: Outline, schema: Element) -> str:
    """Return what a part is; a list may be sent as several parts of a name, or as one."""
    if is_plain(outline, schema):
        return "plain"
    nodes = [part.node for part in outline.same_value(schema)]
    types = {one for node in nodes for one in _types(node.get("type"))} - {"null"}
    if any(_is_file(node) for node in nodes):
        return "file"
    if any(node.keys() & {"anyOf", "oneOf"} for node in nodes) or len(types) > 1:
        return "choice"
    if types == {"array"}:
        item = next((i for part in outline.same_value(schema) for i in outline.children(part, "items")), None)
        kind = "plain" if item is None else _kind(outline, item)
        return {"file": "files", "object": "objects"}.get(kind, "list")
    if types == {"object"} or any("properties" in node for node in nodes):
        return "object"
    return "plain" if types else "choice"


def _is_file(node: Mapping[str, Any]) -> bool:
    if node.get("format") == "binary" or "contentEncoding" in node:
        return True
    media = node.get("contentMediaType")
    return isinstance(media, str) and "json" not in media


def _types(declared: Any) -> list[str]:
    named = declared if isinstance(declared, list) else [declared]
    return [one for one in named if isinstance(one, str)]
