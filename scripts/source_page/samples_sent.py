"""Holds the sample request of a page to the contract: what it sends must exist, and be valid."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from conformance.contract import Schema
from scripts.source_page.disagreements import Claim, Disagreement
from scripts.source_page.facts import OperationFacts, Sample, StatedValue

__all__ = ["decoded", "wrong_samples"]


def wrong_samples(source: OperationFacts, own: OperationFacts) -> Iterator[Disagreement]:
    """Yield the fields that only the sample has, values that the contract refuses, and required fields left out."""
    listed = {value.path[0] for value in source.values}
    for sample in source.samples:
        value = own.value(("body", (sample.name,)))
        stated = source.value(("body", (sample.name,)))
        element = f"the sample's `{sample.name}`"
        if value is None:
            if sample.name not in listed:
                yield Disagreement("sample", own.title, element, Claim(sample.value, sample.spot), None, (own.pointer,))
        elif not sample.is_placeholder and not _is_valid(sample, value) and not _is_listed(sample, stated):
            against = Claim(value.kind, value.spot)
            yield Disagreement(
                "sample", own.title, element, Claim(sample.value, sample.spot), against, (value.spot.pointer,)
            )
    sent = {sample.name for sample in source.samples}
    for value in own.values:
        is_whole = len(value.path) > 1 or value.location != "body"
        if source.samples and value.required and not is_whole and value.path[0] not in sent:
            element, at = f"the sample's `{value.name}`", (value.spot.pointer,)
            yield Disagreement("sample", own.title, element, None, Claim(value.kind, value.spot), at)


def _is_listed(sample: Sample, stated: StatedValue | None) -> bool:
    """Tell whether the page itself lists the value, which is then a difference of its own."""
    return stated is not None and (
        sample.value in [shown.value for shown in stated.values] or decoded(sample.value, stated) in stated.examples
    )


def decoded(text: Any, stated: StatedValue) -> Any:
    """Return what a sample's text stands for, by the type that the source gives the field."""
    if stated.kinds & {"string", "enum<string>"} or not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_valid(sample: Sample, value: StatedValue) -> bool:
    if value.schema is None or "file" in value.kinds:
        return True
    if not sample.is_text:
        return value.schema.is_valid(sample.value)
    return any(value.schema.is_valid(read) for read in _readings(str(sample.value), value.schema))


def _readings(text: str, schema: Schema) -> Iterator[Any]:
    """Yield what a part of a form may stand for: text, JSON, or an item of a list."""
    found: list[Any] = [text]
    with contextlib.suppress(ValueError, RecursionError):
        found.append(json.loads(text))
    yield from found
    if "array" in schema.types:
        yield from ([value] for value in found)
