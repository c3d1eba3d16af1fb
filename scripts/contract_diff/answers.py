"""Compares what servers answer: statuses, header fields and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.contract import Header, MediaType, Operation, Response
from scripts.contract_diff.bodies import media_findings
from scripts.contract_diff.changes import PlaceDifference, Walk, shown
from scripts.contract_diff.meaning import role_findings
from scripts.contract_diff.places import PlacePair, below, step
from scripts.contract_diff.schemas import schema_findings

__all__ = ["answer_findings"]


def answer_findings(old: Operation, new: Operation, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in what two operations answer."""
    before, after = ({answer.pattern: answer for answer in operation.responses} for operation in (old, new))
    for pattern in dict.fromkeys((*before, *after)):
        one, other = before.get(pattern) or _range(old, after[pattern]), after.get(pattern)
        if other is None and one is not None:
            other = _range(new, one)
        if one is None and other is not None:
            rule = "success-added" if other.is_success else "refusal-added"
            yield _status(rule, new, other, walk, is_new=True)
        elif other is None and one is not None:
            rule = "success-removed" if one.is_success else "refusal-removed"
            yield _status(rule, old, one, walk, is_new=False)
        elif one is not None and other is not None:
            yield from _answer(one, other, walk)


def _range(operation: Operation, answer: Response) -> Response | None:
    """Return the documented range, such as 4XX, that a status of the other contract falls into."""
    found = operation.response(answer.status) if answer.pattern.isdigit() else None
    return None if found is None or found.pattern.isdigit() else found


def _status(rule: str, operation: Operation, answer: Response, walk: Walk, *, is_new: bool) -> PlaceDifference:
    where = step(operation.pointer, "responses", answer.pattern)
    at = PlacePair(None, where) if is_new else PlacePair(where, None)
    line, advice = f"{operation.method} {operation.path}", walk.advice(answer.provenance)
    return walk.found(rule, at, subject=line, value=answer.pattern, advice=advice)


def _answer(old: Response, new: Response, walk: Walk) -> Iterator[PlaceDifference]:
    inside = Walk("answer", f"{walk.use} {new.pattern}", "", walk.advises, walk.visited)
    yield from _headers(old, new, inside)
    whole = inside.into(f"the answer {new.pattern}")
    yield from media_findings(old.media, new.media, whole, partial(_body, walk=inside))


def _body(old: MediaType, new: MediaType, walk: Walk) -> Iterator[PlaceDifference]:
    if old.schema is not None and new.schema is not None:
        yield from schema_findings(old.schema, new.schema, walk)


def _headers(old: Response, new: Response, walk: Walk) -> Iterator[PlaceDifference]:
    before, after = ({name.lower(): header for name, header in answer.headers.items()} for answer in (old, new))
    whole = walk.into(f"the answer {new.pattern}")
    for name in dict.fromkeys((*before, *after)):
        if name not in before:
            header = after[name]
            at = PlacePair(None, step(new.pointer, "headers", header.name))
            yield _header("header-added-required" if header.required else "header-added", at, header, whole)
        elif name not in after:
            header = before[name]
            yield _header("header-removed", PlacePair(step(old.pointer, "headers", header.name), None), header, whole)
        else:
            yield from _same_header(before[name], after[name], whole)


def _header(rule: str, at: PlacePair, header: Header, walk: Walk) -> PlaceDifference:
    return walk.found(rule, at, subject=shown(header.name), advice=walk.advice(header.provenance))


def _same_header(old: Header, new: Header, walk: Walk) -> Iterator[PlaceDifference]:
    if old.required != new.required:
        rule = "header-now-required" if new.required else "header-now-optional"
        yield _header(rule, below(old.pointer, new.pointer, "required"), new, walk)
    inside = walk.into(new.name)
    yield from role_findings(old.role, new.role, below(old.pointer, new.pointer, "x-role"), inside)
    if old.schema is not None and new.schema is not None:
        yield from schema_findings(old.schema, new.schema, inside)
