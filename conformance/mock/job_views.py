"""What the page shows of the things that a server made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from conformance.contract import Input
from conformance.reference.services import Service
from conformance.reference.things import Thing
from conformance.reference.world import World

__all__ = ["job_views"]

_MOST = 100
_LONGEST = 300


def job_views(world: World) -> dict[str, dict[str, Any]]:
    """Return the newest things of each collection as they now stand, by what tells them apart."""
    makers: dict[str | None, Service] = {}
    for service in world.services:
        if service.makes:
            makers.setdefault(service.collection, service)
    return {
        f"{collection} {thing.id}": _view(thing, maker)
        for collection, maker in makers.items()
        for thing in islice(world.things(collection), _MOST)
    }


def _view(thing: Thing, maker: Service) -> dict[str, Any]:
    lives, template = maker.lives, maker.template
    status = thing.says or (template.status(thing.stage) if template is not None else None)
    return {
        "job": str(thing.id),
        "made": datetime.fromtimestamp(thing.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "by": maker.operation.id,
        "stage": thing.stage if lives else None,
        "status": status if lives else None,
        "progress": thing.progress if lives else None,
        "said": [text for declared in _told(maker) for text in _texts(thing, declared)],
    }


def _told(maker: Service) -> Iterator[Input]:
    """Yield the inputs by which a person knows a thing again: the model, and what has to be said in words."""
    for declared in maker.operation.inputs:
        is_words = declared.required and "string" in declared.schema.types and not declared.schema.enum
        if declared.schema.role == "model" or is_words:
            yield declared


def _texts(thing: Thing, declared: Input) -> Iterator[str]:
    value = thing.values.get(declared.name)
    if isinstance(value, str):
        yield value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
