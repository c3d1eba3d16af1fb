"""Sample values: what an ordinary client would send, and what stands in for files."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from attrs import field, frozen

from conformance.bodies.parts import Part
from conformance.bodies.representations import Form, forms, write
from conformance.contract import Field

__all__ = ["UNLISTED", "EdgeCase", "edge_cases", "ordinary", "png", "samples"]

UNLISTED = "no-such-value-conformance"


@frozen
class EdgeCase:
    """An awkward value as bytes."""

    name: str
    kind: Literal["text", "number", "json", "file"]
    value: bytes = field(repr=False)


@cache
def png(width: int = 512, height: int = 512) -> bytes:
    """Return a real PNG image."""
    row = b"\0" + b"\x30\x60\x90" * width
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def samples(form: Form) -> tuple[Any, ...]:
    """Return valid values for a form: the contract's examples where it gives any."""
    if form.kind == "file":
        return (png(),)
    declared = form.schema.get("examples") or form.schema.get("enum")
    if form.schema is not form.field.schema and not declared:
        declared = [value for value in form.field.examples if _fits(form, value)]
    values = tuple(declared or (_blank(form.schema.get("type", "string")),))
    if form.kind == "items" and len(values[0]) > 1:
        values = (*values, values[0][:1])
    return values


def ordinary(declared: Field) -> tuple[Part, ...]:
    """Return a field as an ordinary client sends it."""
    form = forms(declared)[0]
    return write(form, samples(form)[0])


def _fits(form: Form, value: Any) -> bool:
    wanted = {"string": str, "object": dict, "array": list}.get(form.schema.get("type", "string"), object)
    return isinstance(value, wanted)


def _blank(kind: str) -> Any:
    return {"integer": 1, "number": 1, "boolean": True, "object": {"a": 1}, "array": ["a", "b"]}.get(kind, "sample")


@cache
def edge_cases() -> tuple[EdgeCase, ...]:
    """Return the awkward values of `edge_cases.yaml`."""
    text = (resources.files("conformance.probes") / "edge_cases.yaml").read_text(encoding="utf-8")
    return tuple(EdgeCase(entry["name"], entry["for"], _bytes(entry)) for entry in yaml.safe_load(text))


def _bytes(entry: dict[str, Any]) -> bytes:
    times: int = entry.get("times", 1)
    text: str
    if "hex" in entry:
        return bytes.fromhex(entry["hex"]) * times
    if "repeat" in entry:
        text = entry["nest"] + entry["core"] + entry["repeat"] * times + entry["close"]
    elif "nest" in entry:
        text = entry["nest"] * times + entry.get("core", "") + entry["close"] * times
    else:
        text = str(entry["text"]) * times
    return text.encode()
