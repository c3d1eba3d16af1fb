"""A video as servers send it, and what is promised of it."""

from __future__ import annotations

from pathlib import Path

from conformance.contract import load
from tests.client.recorder import ScriptedAnswer

__all__ = ["FETCH", "PROMISED", "VIDEO", "content", "files_in"]

FETCH = next(each for each in load().operations if each.method == "GET" and each.success.schema is None)
(PROMISED,) = FETCH.success.media_types
VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 4000


def content(body: bytes = VIDEO, status: int = 200, *, missing: int = 0, **headers: str) -> ScriptedAnswer:
    """A video, unless the headers say otherwise; underscores in their names stand for hyphens."""
    told = {"Content-Type": PROMISED} | {name.replace("_", "-"): value for name, value in headers.items()}
    return ScriptedAnswer(status, body, tuple((name, value) for name, value in told.items() if value), missing=missing)


def files_in(folder: Path) -> dict[str, bytes]:
    """What a folder holds."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
