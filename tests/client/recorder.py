"""A server on loopback that keeps the bytes of what it is sent, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections import deque
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from attrs import field, frozen

JOB: dict[str, Any] = {
    "id": "video_abc123",
    "object": "video",
    "model": "sora-2",
    "status": "queued",
    "progress": 0,
    "created_at": 1764347090922,
    "seconds": "8",
}


@frozen
class Recorded:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: Message
    body: bytes = field(repr=False)
    chunked: bool


@frozen
class ScriptedAnswer:
    """What the server says next.

    Attributes:
        hang_up: whether it says nothing at all.
        missing: how many bytes it announces that never come.
    """

    status: int = 200
    body: bytes = field(default=json.dumps(JOB).encode())
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    hang_up: bool = False
    missing: int = 0

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> ScriptedAnswer:
        """Answer with JSON; underscores in header names stand for hyphens."""
        given = tuple((name.replace("_", "-"), text) for name, text in headers.items())
        return cls(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *given))


#: What is done without anything to say.
NOTHING = ScriptedAnswer(204, b"", ())


class QuietServer(ThreadingHTTPServer):
    """A server that has nothing to say about clients which leave before the end."""

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


class RequestRecorder:
    """The server; answers with a queued job unless `answers` holds something else."""

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self.answers: deque[ScriptedAnswer] = deque()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def last(self) -> Recorded:
        """The request that came last."""
        return self.requests[-1]

    def __enter__(self) -> Self:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                chunked = self.headers.get("Transfer-Encoding", "") == "chunked"
                body = self._chunks() if chunked else self.rfile.read(int(self.headers.get("Content-Length", 0)))
                recorder.requests.append(Recorded(self.command, self.path, self.headers, body, chunked))
                answer = recorder.answers.popleft() if recorder.answers else ScriptedAnswer()
                if answer.hang_up:
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) + answer.missing))
                self.end_headers()
                self.wfile.write(answer.body)
                self.close_connection = self.close_connection or answer.missing > 0

            def _chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - named by the base class

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
                """Say nothing."""

        return Handler
