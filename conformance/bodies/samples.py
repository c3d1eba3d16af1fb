"""Sample values of inputs: what an ordinary client would send."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations, write
from conformance.bodies.sample_files import sample_file
from conformance.contract import BodyKind, Input, Schema
from conformance.contract.instance import instance

__all__ = ["has_several_samples", "ordinary", "samples"]

_PROSE = ("first\nsecond", "\U0001f3ac", "a" * 2000)


def samples(way: Representation) -> tuple[Any, ...]:
    """Return valid values for a representation: the contract's examples where it gives any.

    Raises:
        ContractError: no valid value can be made; the message names the place that needs an example.
    """
    if way.kind == "file":
        return (sample_file(way.field.content_types).value,)
    if way.kind == "null":
        return (None,)
    if way.kind == "items" and way.schema.items is not None and way.schema.items.is_file:
        return ([sample_file(way.field.content_types).value] * 2,)
    shown = way.schema.examples or way.schema.enum or way.field.schema.examples
    values = tuple(value for value in shown if value is not None and way.schema.is_valid(value))
    if not values:
        values = (_filled(way.schema, instance(way.schema)),)
    if way.kind == "items" and way.body != "json" and len(values[0]) > 1:
        shorter = values[0][:1]
        values = (*values, shorter) if way.schema.is_valid(shorter) else values
    return values


def has_several_samples(way: Representation) -> bool:
    """Tell whether more than one value of an input is tried: its samples, or any text where any is valid."""
    return len(samples(way)) > 1 or (
        way.schema.is_text and way.field.location == "body" and any(map(way.field.schema.is_valid, _PROSE))
    )


@lru_cache(maxsize=4096)
def ordinary(declared: Input, body: BodyKind | None) -> tuple[Part, ...]:
    """Return an input as an ordinary client sends it."""
    way = representations(declared, body)[0]
    return write(way, samples(way)[0])


def _filled(schema: Schema, value: Any) -> Any:
    """Put something into an empty array or object: nothing shows on the wire of one that is empty."""
    if value == [] and schema.items is not None:
        items = [instance(schema.items)]
        return items if schema.is_valid(items) else value
    if value == {}:
        return next((filled for filled in ({"a": 1}, {"a": "sample"}) if schema.is_valid(filled)), value)
    return value
