"""Rules about what a document lists: its licence, tags, scopes, components, and how operations are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.document import tokens
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline, listed

__all__ = ["RULES"]

_PROSE = ("title", "summary", "description")
_ACTIVE = re.compile(r"<(?:script|iframe|object|embed)\b|<[^>]*\son\w+\s*=|\]\(\s*javascript:", re.IGNORECASE)
_SAFE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]+")
_COMPONENT = ("components", "schemas", "Name")


@rule("license", "the document says under which licence it may be used")
def license_(outline: Outline) -> Iterator[Found]:
    """By its name and where to read it, or by its SPDX identifier."""
    for info in outline.of_kind("info"):
        stated = info.node.get("license")
        if not isinstance(stated, Mapping):
            yield info.tokens, "`info` has no `license`; state its `name`, and `identifier` (SPDX) or `url`"
        elif not stated.get("url") and not stated.get("identifier"):
            yield (*info.tokens, "license"), "the licence has a name alone; add its `identifier` (SPDX) or `url`"


@rule("tag", "every tag of an operation is declared, once, with a description")
def tag(outline: Outline) -> Iterator[Found]:
    """Documentation and clients are arranged by them."""
    first: dict[object, Element] = {}
    for element in outline.of_kind("tag"):
        name = element.node.get("name")
        if first.setdefault(name, element) is not element:
            line = outline.document.line(first[name].tokens)
            yield (*element.tokens, "name"), f"`{name}` is declared twice, first in line {line}; remove one"
        elif not element.node.get("description"):
            yield element.tokens, f"`{name}` has no description; say what its operations have in common"
    for operation in outline.of_kind("operation"):
        for index, name in enumerate(listed(operation.node.get("tags"))):
            if name not in first:
                place = (*operation.tokens, "tags", str(index))
                yield place, f"`{name}` is no tag of the document; declare it under `tags` at the root, or correct it"


@rule("operation-summary", "every operation says in a line what it does")
def operation_summary(outline: Outline) -> Iterator[Found]:
    """Lists of operations have nothing else to show."""
    for operation in outline.of_kind("operation"):
        if not str(operation.node.get("summary") or "").strip():
            yield operation.tokens, "the operation has no `summary`; say in a line what it does"


@rule("operation-id-form", "an `operationId` has only signs that need no escape in a URL")
def operation_id_form(outline: Outline) -> Iterator[Found]:
    """Documentation links to it, and generators make names of it."""
    for operation in outline.of_kind("operation"):
        name = operation.node.get("operationId", "x")
        if not _SAFE.fullmatch(str(name)):
            yield (
                (*operation.tokens, "operationId"),
                f"`{name}` has signs that a URL cannot have; use letters and digits",
            )


@rule("security-scope", "every scope that is asked for is one of its scheme's")
def security_scope(outline: Outline) -> Iterator[Found]:
    """Nobody can be given another one."""
    known = {scheme.name: _scopes(scheme.node) for scheme in outline.of_kind("security scheme")}
    for element in outline.of_kind("document", "operation"):
        for index, requirement in enumerate(listed(element.node.get("security"))):
            for name, asked in requirement.items():
                scopes = known.get(name)
                for number, scope in enumerate(asked if scopes is not None else ()):
                    if scope not in (scopes or ()):
                        place = (*element.tokens, "security", str(index), name, str(number))
                        yield place, f"`{scope}` is no scope of `{name}`; declare it there, or correct it"


@rule("active-markup", "no text for people has scripts in it")
def active_markup(outline: Outline) -> Iterator[Found]:
    """Documentation shows descriptions as they are, in other people's browsers."""
    for element in outline.elements:
        for key in _PROSE:
            text = element.node.get(key)
            if isinstance(text, str) and (found := _ACTIVE.search(text)):
                yield (
                    (*element.tokens, key),
                    f"`{found[0][:30]}` would run in a reader's browser; write it in backticks",
                )


@rule("unused-component", "every component is used")
def unused_component(outline: Outline) -> Iterator[Found]:
    """By a path or webhook, or by something that they use."""
    used = _used(outline)
    asked = {
        name
        for element in outline.of_kind("document", "operation")
        for requirement in listed(element.node.get("security"))
        for name in requirement
    }
    for element in outline.elements:
        if element.parent is None or element.parent.kind != "components":
            continue
        is_used = element.name in asked if element.kind == "security scheme" else element.tokens in used
        if not is_used:
            yield element.tokens, f"nothing uses this {element.kind}; use it, or remove it"


def _used(outline: Outline) -> set[tuple[str, ...]]:
    """Return the places of the components that paths and webhooks lead to."""
    inside: dict[tuple[str, ...], list[Element]] = {}
    pending: list[Element] = []
    heirs: dict[str, list[tuple[str, ...]]] = {}
    for element in outline.elements:
        if element.tokens[:1] != ("components",):
            pending.append(element)
        elif len(element.tokens) >= len(_COMPONENT):
            inside.setdefault(element.tokens[: len(_COMPONENT)], []).append(element)
            if element.keyword == "allOf" and element.ref is not None:
                heirs.setdefault(element.ref, []).append(element.tokens[: len(_COMPONENT)])
    used: set[tuple[str, ...]] = set()
    while pending:
        for place in _named(pending.pop(), heirs):
            if place not in used:
                used.add(place)
                pending.extend(inside.get(place, ()))
    return used


def _named(element: Element, heirs: Mapping[str, list[tuple[str, ...]]]) -> Iterator[tuple[str, ...]]:
    """Yield the components that an element names; where a discriminator tells heirs apart, they are named by it."""
    if element.ref is not None and element.ref.startswith("#"):
        yield tokens(element.ref)[: len(_COMPONENT)]
    discriminator = element.node.get("discriminator")
    if element.kind == "schema" and isinstance(discriminator, Mapping):
        yield from heirs.get("#/" + "/".join(element.tokens), ())
        for named in (discriminator.get("mapping") or {}).values():
            yield tokens(named) if str(named).startswith("#") else (*_COMPONENT[:2], str(named))


def _scopes(scheme: Mapping[str, Any]) -> set[str] | None:
    """Return the scopes of a scheme; None where it is not of the kind that declares them."""
    if scheme.get("type") != "oauth2":
        return None
    flows = (scheme.get("flows") or {}).values()
    return {str(scope) for flow in flows if isinstance(flow, Mapping) for scope in flow.get("scopes") or ()}


RULES = (license_, tag, operation_summary, operation_id_form, security_scope, active_markup, unused_component)
