"""Servers that say one thing after the other, and time that passes only where somebody sleeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest

import aiid_videos
from tests.client.recorder import JOB

__all__ = ["Clock", "Handler", "Told", "client_of", "handler"]

Told = dict[str, Any] | int | Exception | httpx.Response
Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

        async def sleep(seconds: float) -> None:
            self.sleep(seconds)

        monkeypatch.setattr(asyncio, "sleep", sleep)

    def sleep(self, seconds: float) -> None:
        """Let some time pass."""
        self.pauses.append(seconds)
        self.now += seconds

    def assert_paused(self, *expected: tuple[float, float]) -> None:
        """Hold each pause that was made to the shortest and the longest that it may be."""
        assert len(self.pauses) == len(expected), self.pauses
        for pause, (least, most) in zip(self.pauses, expected, strict=True):
            assert least <= pause <= most


def handler(*answers: Told) -> tuple[Handler, list[httpx.Request]]:
    """A server that gives some answers in turn, the last one for ever: a job, a status, silence or anything else."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        said = answers[min(len(seen), len(answers) - 1)]
        seen.append(request)
        if isinstance(said, Exception):
            raise said
        if isinstance(said, httpx.Response):
            return httpx.Response(said.status_code, headers=said.headers, content=said.content)
        return httpx.Response(said) if isinstance(said, int) else httpx.Response(200, json={**JOB, **said})

    return answer, seen


def client_of(answer: Handler, package: ModuleType = aiid_videos) -> Any:
    """A client, of the project's contract unless another one is named, that asks such a server."""
    return package.VideosClient(token="t", http_client=httpx.Client(transport=httpx.MockTransport(answer)))
