"""What the fixtures of the suite's tests give: servers to start, and the one full run that many tests read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import field, frozen

from conformance.reference import ReferenceServer
from tests.suite.runs import Said

Serve = Callable[..., ReferenceServer]
"""Starts a reference server with named behaviours; the fixture stops it."""


@frozen
class Shared:
    """A full run as a process of its own against the correct server, and the files that it wrote."""

    said: Said
    path: Path
    events: Path
    report: dict[str, Any] = field(repr=False)
    requests: int
    creates: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.events.read_text(encoding="utf-8").strip().split("\n")]
