"""Files that clients garble (`files.yaml`), as cases for an input that takes files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from conformance.bodies.sample_files import png, sample_file
from conformance.contract import BodyKind, Input
from conformance.data import read_data
from conformance.vectors.arguments import GivenFile
from conformance.vectors.cases import RequestCase

__all__ = ["file_cases", "plain_file"]

_PICTURE = png(1, 1)
_EVERY_BYTE = bytes(range(256))


def file_cases(declared: Input, body: BodyKind | None) -> Iterator[RequestCase]:
    """Yield the files for an input; only in a form they have names and types of their own."""
    for name, content, told in (
        ("every-byte", _EVERY_BYTE, "holds every byte, none of which may change"),
        ("large", _EVERY_BYTE * 300, "is larger than the buffers that most programs read with"),
    ):
        given = GivenFile(content, *_told(declared))
        yield RequestCase(name, f"is a file that {told}", given, "client/request/file")
    for entry in _entries():
        if body != "multipart" and "content" not in entry:
            continue
        filename, media_type = _told(declared)
        media_type = entry.get("type", media_type)
        if "type" in entry and not any(fnmatchcase(media_type, allowed) for allowed in declared.content_types):
            continue
        name = entry.get("filename", filename) * entry.get("times", 1) + entry.get("ending", "")
        arrives = entry.get("arrives")
        given = GivenFile(
            entry["content"].encode() if "content" in entry else _PICTURE,
            None if entry.get("is_nameless") else name,
            None if entry.get("is_untyped") or entry.get("is_nameless") else media_type,
            None if arrives is None else () if arrives == "any" else tuple(arrives),
        )
        yield RequestCase(
            entry["name"], f"is a file {entry['says']}", given, entry["asks"],
            is_refusable=entry.get("refusable", False),
        )  # fmt: skip


def plain_file() -> RequestCase:
    """Return a file with neither name nor type, for inputs that are not the first that take files."""
    sentence = "is a file of which the caller gives the bytes alone"
    return RequestCase("bytes-alone", sentence, GivenFile(_PICTURE), "client/request/file")


def _told(declared: Input) -> tuple[str, str]:
    sample = sample_file(declared.content_types)
    return sample.filename, sample.media_type


@cache
def _entries() -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = read_data("vectors", "files.yaml")
    return entries
