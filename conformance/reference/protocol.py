"""Uvicorn's protocol, with what an ASGI application cannot do by itself."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.reference.application import Application
from conformance.reference.calls import PreparedReply

__all__ = ["TRANSPORT", "Protocol"]

TRANSPORT = "transport"
_LINGERS_SECONDS = 1.0


class Protocol(H11Protocol):
    """Lets the application reach the connection, and refuses bad HTTP in the contract's own shape."""

    _lingering = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Pass the connection on to the application, in the state of each request."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}

    def data_received(self, data: bytes) -> None:
        """Take data, unless the connection only stays open for its last answer to be read."""
        if not self._lingering:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Reply with the contract's error schema where uvicorn would answer in plain text."""
        del msg
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        self._lingering = True
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        task = self.loop.create_task(self._refuse(status))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _refuse(self, status: int) -> None:
        message: PreparedReply = await cast(Application, self.config.app).unreadable(status)
        length = (b"content-length", str(len(message.body)).encode())
        own = [(name.encode(), value.encode()) for name, value in message.headers]
        headers = [*self.server_state.default_headers, length, *own]
        for event in (
            h11.Response(status_code=message.status, headers=headers),
            h11.Data(data=message.body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        # Closing now, with data still coming in, would reset the connection before the answer is read.
        with contextlib.suppress(OSError):  # the other side is gone already
            self.transport.write_eof()
        await asyncio.sleep(_LINGERS_SECONDS)
        self.transport.close()
