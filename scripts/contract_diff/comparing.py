"""Compares two contracts by both readers, and says what Redocly alone has seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from conformance.contract import Contract, Document
from conformance.contract.document import tokens
from scripts.contract_diff.changes import (
    NO_VALUE,
    ContractComparison,
    PlaceDifference,
    TextChange,
    merged_changes,
    shown,
)
from scripts.contract_diff.limits import COMPARED
from scripts.contract_diff.meaning import EXTENSIONS
from scripts.contract_diff.operations import findings
from scripts.contract_diff.places import PlacePair
from scripts.contract_diff.redocly import text_changes

__all__ = ["compared"]

_VERSION = "#/info/version"
_PROVENANCE = "x-provenance"
_PROSE = frozenset(
    {"description", "summary", "title", "examples", "example", "externalDocs", "tags", "version", "$comment"}
)
_PROSE_TYPES = frozenset({"Info", "Contact", "License", "Tag", "TagList", "ExternalDocs", "Example", "ExamplesMap"})
# What the normal form holds: a change in them that it does not show is none of meaning.
_COMPARED_TYPES = frozenset(
    {"PathItem", "Operation", "Parameter", "ParameterList", "RequestBody", "Response", "Header", "MediaType"}
    | {"SecurityRequirement", "SecurityRequirementList", "SecurityScheme", "Encoding", "EncodingMap"}
)
_UNDERSTOOD = COMPARED | EXTENSIONS
_READ = EXTENSIONS | {"x-optional", "x-billable"}


def compared(old: Contract, new: Contract) -> ContractComparison:
    """Return all that is different in two contracts.

    Raises:
        UsageError: Redocly cannot read one of them.
    """
    visited: tuple[set[str], set[str]] = (set(), set())
    found = tuple(findings(old, new, visited))
    texts = [text for text in text_changes(old.document, new.document) if text.place.new != _VERSION]
    more = tuple(_seen_by_redocly_alone(old, new, found, texts, visited))
    changes = tuple(merged_changes((*found, *more), texts))
    if not changes and _unversioned(old) != _unversioned(new):
        changes = tuple(merged_changes([PlaceDifference("rearranged-as-a-whole", PlacePair("#", "#"))], texts))
    return ContractComparison(old, new, changes)


def _seen_by_redocly_alone(
    old: Contract,
    new: Contract,
    found: Collection[PlaceDifference],
    texts: Iterable[TextChange],
    visited: tuple[set[str], set[str]],
) -> Iterator[PlaceDifference]:
    for text in texts:
        if text.keyword == _PROVENANCE:
            yield from _provenance(old.document, new.document, text)
        elif not any(finding.concerns(text) for finding in found):
            yield _named(_rule(text, visited), text)


def _provenance(old: Document, new: Document, text: TextChange) -> Iterator[PlaceDifference]:
    """Yield that a branch of the document comes from elsewhere; what is inherited counts like what is written."""
    before, after = (
        document.inherited(str(place).removesuffix(f"/{_PROVENANCE}"), _PROVENANCE) or _unsaid(document)
        for document, place in ((old, text.place.old), (new, text.place.new))
    )
    if before == after:
        yield _named("rearranged", text)
        return
    rule = "raised" if after == "documented" else "lowered" if before == "documented" else "moved"
    where = shown(text.place.new or text.place.old)
    yield PlaceDifference(
        f"provenance-{rule}", text.place, name=where, before=_said(before), after=_said(after),
        is_whole=False,
    )  # fmt: skip


def _unversioned(contract: Contract) -> dict[str, Any]:
    """Return what a contract says, whichever version it says that it is."""
    data = dict(contract.document.data)
    return {**data, "info": {**data["info"], "version": None}}


def _unsaid(document: Document) -> str:
    """Return what counts where nothing is said: a document that says it nowhere demands all that it says."""
    return "convention" if _PROVENANCE.encode() in document.raw else "documented"


def _rule(text: TextChange, visited: tuple[set[str], set[str]]) -> str:  # noqa: PLR0911 - a table of questions
    steps = tokens(text.path)
    if text.keyword in _PROSE or text.type_name in _PROSE_TYPES:
        return "prose"
    if text.keyword == "deprecated":
        return "deprecated" if text.after is True else "undeprecated"
    if text.type_name.startswith("Server"):
        return "server-changed"
    if "default" in steps[3:5] and "responses" in steps[3:4]:
        return f"unread-{text.impact}"  # the normal form has no answer but those of statuses
    if steps[:1] == ("webhooks",):
        return "webhook-added" if text.kind == "added" else "webhook-changed"
    if steps[:1] == ("components",) and not _is_visited(text, visited):
        return "unused"
    if _is_visited(text, visited) and _UNDERSTOOD.intersection([text.keyword] if text.keyword else steps[-2:]):
        return "rearranged"
    if text.keyword in _READ or (text.type_name in _COMPARED_TYPES and text.keyword in ("", "key")):
        return "rearranged"
    if text.keyword.startswith("x-") or text.type_name == "SpecExtension":
        return "extension-unread"
    return f"unread-{text.impact}"


def _is_visited(text: TextChange, visited: tuple[set[str], set[str]]) -> bool:
    """Tell whether a changed place is a part of a schema that was compared, or stands in one."""
    for place, known in zip((text.place.old, text.place.new), visited, strict=True):
        if place is not None and any(place.startswith(f"{each}/") or place == each for each in _above(place, known)):
            return True
    return False


def _above(place: str, known: set[str]) -> Iterator[str]:
    """Yield the nearest known place at or above one."""
    while place not in known and "/" in place:
        place = place.rpartition("/")[0]
    if place in known:
        yield place


def _named(rule: str, text: TextChange) -> PlaceDifference:
    where = shown(text.place.new or text.place.old)
    if rule == "server-changed":
        return PlaceDifference(rule, text.place, before=_said(text.before), after=_said(text.after))
    if rule.startswith("webhook-"):
        return PlaceDifference(rule, text.place, subject=where)
    told = f"{text.kind} ({text.type_name})" if not text.keyword else f"`{text.keyword}` {text.kind}"
    return PlaceDifference(rule, text.place, name=where, subject=told)


def _said(value: Any) -> str:
    return NO_VALUE if value is None else shown(value)
