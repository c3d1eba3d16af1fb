"""What a call gives for the inputs of an operation, before anybody has written it in any way."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from attrs import field, frozen

from conformance.bodies.representations import Representation, representations
from conformance.bodies.sample_files import png, sample_file
from conformance.bodies.samples import samples
from conformance.bodies.wholes import smallest
from conformance.contract import Input, Operation
from conformance.contract.instance import instance

__all__ = ["GivenFile", "GivenValue", "arguments_json", "needed", "ordinary_argument", "ways"]


@frozen
class GivenFile:
    """A file as a caller gives it; what is None is left to the client.

    Attributes:
        arrives: the filenames that may stand on the wire; any of them if empty, the one that was given if None.
    """

    value: bytes = field(repr=False)
    filename: str | None = None
    content_type: str | None = None
    arrives: tuple[str, ...] | None = None

    @property
    def filename_on_the_wire(self) -> Any:
        """The filename that has to be there, as expectations have it."""
        if self.filename is None or self.arrives == ():
            return {"any": True}
        names = dict.fromkeys([*(self.arrives or [self.filename]), *_percent_encoded(self.filename)])
        return list(names) if self.arrives or len(names) > 1 else self.filename

    def as_json(self) -> dict[str, Any]:
        """Return it as the vectors have it."""
        told = {"filename": self.filename, "content_type": self.content_type}
        said = {name: value for name, value in told.items() if value is not None}
        return {"$file": {**said, "base64": base64.b64encode(self.value).decode()}}


def _percent_encoded(filename: str) -> tuple[str, str]:
    """Return a filename as a `file:` URL has it, which RFC 7578, 4.2, allows: as little encoded as may be, and all."""
    return quote(filename, safe="/!$&'()*+,;=:@"), quote(filename, safe="")


@frozen
class GivenValue:
    """What is given for one input; `value` is JSON, a file, or a list of files."""

    declared: Input = field(repr=False)
    value: Any


def ways(operation: Operation, declared: Input) -> tuple[Representation, ...]:
    """Return the documented ways to write an input of an operation."""
    media = operation.media
    return representations(declared, media.kind if media is not None and declared.location == "body" else None)


@lru_cache(maxsize=4096)
def ordinary_argument(way: Representation) -> GivenValue:
    """Return an input as an ordinary caller gives it, so that it is written in one of the ways."""
    if way.kind == "file" and way.schema.is_text:
        return GivenValue(way.field, instance(way.schema))
    value = samples(way)[0]
    if way.kind == "file":
        value = _file(way.field, value)
    elif isinstance(value, list) and any(isinstance(item, bytes) for item in value):
        value = [_file(way.field, item) for item in value]
    return GivenValue(way.field, value)


def _file(declared: Input, value: bytes) -> GivenFile:
    sample = sample_file(declared.content_types)
    return GivenFile(png(1, 1) if value == png() else value, sample.filename, sample.media_type)  # as real, and small


def needed(operation: Operation) -> tuple[GivenValue, ...]:
    """Return the arguments of the smallest call."""
    names = {part.name for part in smallest(operation)} if operation.media is not None else set()
    required = [declared for declared in operation.parameters if declared.required]
    members = [declared for declared in operation.fields if declared.name in names or _is_the_body(operation, declared)]
    return tuple(ordinary_argument(ways(operation, declared)[0]) for declared in (*required, *members))


def _is_the_body(operation: Operation, declared: Input) -> bool:
    return declared.is_whole and operation.body is not None and operation.body.required


def arguments_json(arguments: Iterable[GivenValue]) -> Mapping[str, Any]:
    """Return arguments as a call has them: by place and name; a body that is no object stands as it is."""
    found: dict[str, Any] = {}
    for argument in sorted(arguments, key=lambda each: each.declared.location == "body"):
        value = _plain(argument.value)
        if argument.declared.is_whole:
            found["body"] = value
        else:
            found.setdefault(argument.declared.location, {})[argument.declared.name] = value
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return list(_items(value))
    return value.as_json() if isinstance(value, GivenFile) else value


def _items(values: Iterable[Any]) -> Iterator[Any]:
    return (value.as_json() if isinstance(value, GivenFile) else value for value in values)
