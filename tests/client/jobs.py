"""A job as servers tell of it, and how often a client looks."""

from __future__ import annotations

from typing import Any

import httpx

from aiid_videos.models import Video
from conformance.contract import load
from tests.client.recorder import JOB

__all__ = ["ASKED", "AT_ONCE", "DONE", "ID", "LOOKS", "MADE", "PAGE", "REFUSAL", "RUNNING", "busy", "job"]

# Between two looks: longer each time, less a fifth of jitter.
AT_ONCE = (0.0, 0.0)
LOOKS = ((1.6, 2.0), (2.4, 3.0), (3.6, 4.5), (5.4, 6.75), (8.1, 10.125))
RUNNING, DONE = {"status": "in_progress", "progress": 30}, {"status": "completed", "progress": 100}
MADE = Video.from_dict(JOB)
ID = MADE.id
PAGE = httpx.Response(200, html="<title>Our service</title>")
REFUSAL = httpx.Response(200, json={"success": False, "message": "no channel"})
ASKED = next(operation for operation in load().operations if operation.path.endswith("}"))


def job(**fields: Any) -> httpx.Response:
    """A job as a server may tell of it: nothing but these fields."""
    return httpx.Response(200, json=fields)


def busy(status: int, after: str) -> httpx.Response:
    """An answer that asks for patience."""
    return httpx.Response(status, headers={"Retry-After": after}, json={**JOB, **RUNNING})
