"""Uvicorn's protocol on httptools, with what an ASGI application cannot do by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from conformance.reference.application import Application
from conformance.reference.calls import Call, PreparedReply

__all__ = ["Outlet", "Protocol", "outlet_of"]

_TRANSPORT = "transport"
_LINGERS_SECONDS = 1.0
_LARGEST_HEAD = 64 * 1024
_TOO_LARGE = 431


class Outlet:
    """A transport, but what is written to it can be changed on its way."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.change: Callable[[bytes], bytes] | None = None

    def write(self, data: bytes) -> None:
        """Write data, or what is made of it."""
        self._transport.write(data if self.change is None else self.change(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def outlet_of(call: Call) -> Outlet:
    """Return what the answer to a call goes out by; there is one for each connection."""
    found: Outlet = call.request.scope["state"][_TRANSPORT]
    return found


class Protocol(HttpToolsProtocol):
    """Lets the application reach the connection, and refuses bad HTTP in the contract's own shape."""

    _lingering = False
    _head_size: int | None = 0
    """How much of a head came in so far; None while a body does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Pass the connection on to the application, in the state of each request."""
        outlet = Outlet(transport)
        super().connection_made(cast(asyncio.Transport, outlet))
        self.app_state = {**self.app_state, _TRANSPORT: outlet}

    def data_received(self, data: bytes) -> None:
        """Take data, unless the connection only stays open for its last answer to be read."""
        if self._lingering:
            return
        data = self._application.pipeline.heard(data)
        if self._head_size is not None:
            self._head_size += len(data)
        super().data_received(data)
        if self._head_size is not None and self._head_size > _LARGEST_HEAD and not self._lingering:
            self._refuse_with(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Begin to answer; what follows is no head."""
        self._head_size = None
        if self.parser.get_http_version() == "1.1" and sum(name == b"host" for name, _ in self.headers) != 1:
            raise ValueError("RFC 9112, section 3.2, demands one Host")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the next head."""
        self._head_size = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Reply with the contract's error schema where uvicorn would answer in plain text."""
        del msg
        if self._is_answering():
            self.transport.close()
        else:
            self._refuse_with(400)

    @property
    def _application(self) -> Application:
        return cast(Application, self.config.app)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _refuse_with(self, status: int) -> None:
        self._lingering = True
        task = self.loop.create_task(self._refuse(status))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _refuse(self, status: int) -> None:
        message: PreparedReply = await self._application.unreadable(status)
        length = (b"content-length", str(len(message.body)).encode())
        own = [(name.lower().encode(), value.encode()) for name, value in message.headers]
        lines = (b": ".join(header) for header in (*self.server_state.default_headers, length, *own))
        self.transport.write(STATUS_LINE[message.status] + b"\r\n".join(lines) + b"\r\n\r\n" + message.body)
        # Closing now, with data still coming in, would reset the connection before the answer is read.
        with contextlib.suppress(OSError, RuntimeError):  # the other side is gone already
            self.transport.write_eof()
        await asyncio.sleep(_LINGERS_SECONDS)
        self.transport.close()
