"""Values that are awkward for many servers (`edge_cases.yaml`)."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from attrs import field, frozen

from conformance.bodies.part import Part
from conformance.bodies.sample_files import sample_file
from conformance.contract import Input
from conformance.data import read_data

__all__ = ["EdgeCase", "edge_cases"]

USUAL = "usual"


@frozen
class EdgeCase:
    """One awkward value as bytes; a billable one may ride on a create where the contract allows it.

    Attributes:
        is_doubtful: nobody can blame a server that refuses it, even where any text is asked for.
        is_plain: nobody can blame a client that sends it, so that its refusal counts wherever it is valid.
        filename: of a file, with its media type; `USUAL` stands for that of the sample file of the input.
        size: of a file that is the sample file of the input, made at least so long; None where it is `value`.
        items: how many items of an array it stands for.
        like: nobody can blame a client that sends it where all that the contract shows begins so.
        has_namesakes: the value is an object with members that are named like other inputs.
    """

    name: str
    kind: Literal["text", "number", "json", "file", "list"]
    value: bytes = field(repr=False)
    billable: bool = False
    is_doubtful: bool = False
    is_plain: bool = False
    filename: str = USUAL
    media_type: str | None = USUAL
    size: int | None = None
    items: int = 1
    like: str = ""
    has_namesakes: bool = False

    def file(self, declared: Input) -> Part:
        """Return it as a file for an input."""
        usual = sample_file(declared.content_types)
        return Part(
            declared.name,
            self.value if self.size is None else usual.value.ljust(self.size, b"\0"),
            usual.filename if self.filename == USUAL else self.filename,
            usual.media_type if self.media_type == USUAL else self.media_type,
        )


@cache
def edge_cases() -> tuple[EdgeCase, ...]:
    """Return the awkward values of `edge_cases.yaml`."""
    return tuple(
        EdgeCase(
            entry["name"],
            entry["for"],
            _bytes(entry),
            entry.get("billable", False),
            entry.get("doubtful", False),
            entry.get("plain", False),
            entry.get("filename", USUAL) * entry.get("filename-times", 1),
            entry.get("type", USUAL),
            _size(entry),
            entry.get("items", 1),
            entry.get("like", ""),
            entry.get("namesakes", False),
        )
        for entry in read_data("probes", "edge_cases.yaml")
    )


def _size(entry: dict[str, Any]) -> int | None:
    is_sample = entry["for"] == "file" and not {"hex", "text"} & entry.keys()
    return entry.get("pad", 0) if is_sample else None


def _bytes(entry: dict[str, Any]) -> bytes:
    times: int = entry.get("times", 1)
    text: str
    if entry["for"] == "list" or _size(entry) is not None:
        return b""
    if "hex" in entry:
        return bytes.fromhex(entry["hex"]) * times
    if "repeat" in entry:
        text = entry["nest"] + entry["core"] + entry["repeat"] * times + entry["close"]
    elif "nest" in entry:
        text = entry["nest"] * times + entry.get("core", "") + entry["close"] * times
    else:
        text = str(entry["text"]) * times
    return text.encode()
