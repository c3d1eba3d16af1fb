"""What stands between the suite and a server in the world: certificates, proxies, relays and HTTP/2, on loopback."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import trustme
from attrs import define, field
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, WindowUpdated
from h2.exceptions import StreamClosedError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.contract import Contract
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from tests.suite.runs import TOKEN
from tests.suite.servers import listening, serving


def correct(contract: Contract, *behaviours: str) -> ASGIApp:
    """The reference server's application, correct or wrong in named ways."""
    return Application(World(contract, TOKEN), pipeline_for(contract, behaviours))


@define
class Seen:
    """Counts what comes by, and keeps the heads of requests to a proxy, and the addresses that it goes on from."""

    connections: int = 0
    heads: list[str] = field(factory=list)
    outgoing: set[tuple[str, int]] = field(factory=set)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, seen: Seen) -> None:
    """Pass on what two sides say to each other, until one of them has gone."""
    behind_reader, behind_writer = await asyncio.open_connection(host, port)
    seen.outgoing.add(behind_writer.get_extra_info("sockname")[:2])
    both = [asyncio.create_task(_pump(reader, behind_writer)), asyncio.create_task(_pump(behind_reader, writer))]
    try:
        await both[1]  # who is served may have said all, but who serves decides when it is over
    finally:
        for task in both:
            task.cancel()
        behind_writer.close()


@contextmanager
def relay(url: str) -> Iterator[tuple[str, Seen]]:
    """A wire that counts the connections over it; yields its URL."""
    scheme, _, place = url.partition("://")
    host, _, port = place.rpartition(":")
    seen = Seen()

    async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        await _join(reader, writer, host.strip("[]"), int(port), seen)

    with listening(passing) as peer:
        yield peer.url.replace("http", scheme, 1), seen


@contextmanager
def proxy(refusal: bytes | None = None) -> Iterator[tuple[str, Seen]]:
    """An HTTP proxy that tunnels, or answers everything with a refusal."""
    seen = Seen()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        seen.heads.append(head)
        method, place, _ = head.split(" ", 2)
        if refusal is not None or method != "CONNECT":
            writer.write(refusal or b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        host, _, port = place.rpartition(":")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join(reader, writer, host.strip("[]"), int(port), seen)

    with listening(tunnel) as peer:
        yield peer.url, seen


@define
class Files:
    """Certificates in files: of a CA that nobody knows, and what it has signed."""

    folder: Path
    ca: trustme.CA
    cacert: Path = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.cacert = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.cacert)

    def issue(self, name: str, *hosts: str, **more: Any) -> tuple[Path, Path]:
        """Return certificate and key for some hosts."""
        made = self.ca.issue_cert(*hosts, **more)
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        key.write_bytes(made.private_key_pem.bytes())
        cert.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        return cert, key

    def tls(self, *hosts: str, **more: Any) -> dict[str, Any]:
        """The settings of a server that shows a certificate for some hosts."""
        cert, key = self.issue("server", *hosts, **more)
        return {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}


@contextmanager
def speaking_http2(
    application: ASGIApp, certificate: tuple[Path, Path], *, also_http1: bool = True
) -> Iterator[tuple[str, Seen]]:
    """Serve an application over TLS, in HTTP/2 where that is agreed on and else, perhaps, in HTTP/1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_alpn_protocols(["h2", "http/1.1"] if also_http1 else ["h2"])
    seen = Seen()
    with serving(application) as plain:
        port = int(plain.rpartition(":")[2])

        async def agreed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.connections += 1
            if writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
                await _Streams(application, reader, writer).serve()
            elif also_http1:
                await _join(reader, writer, "127.0.0.1", port, seen)

        with listening(agreed, context) as peer:
            yield peer.url.replace("http:", "https:"), seen


@define
class _Streams:
    """One connection in HTTP/2: a request is handed to the application when it is whole."""

    application: ASGIApp
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    connection: H2Connection = field(
        factory=lambda: H2Connection(H2Configuration(client_side=False, header_encoding=None))
    )
    heads: dict[int, list[tuple[bytes, bytes]]] = field(factory=dict)
    bodies: dict[int, bytearray] = field(factory=dict)
    tasks: set[asyncio.Task[None]] = field(factory=set)
    window: asyncio.Event = field(factory=asyncio.Event)

    async def serve(self) -> None:
        self.connection.initiate_connection()
        self._flush()
        while data := await self.reader.read(65536):
            for event in self.connection.receive_data(data):
                self._happened(event)
            self._flush()
        for task in self.tasks:
            task.cancel()

    def _happened(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.heads[event.stream_id], self.bodies[event.stream_id] = list(event.headers), bytearray()
        elif isinstance(event, DataReceived):
            self.bodies[event.stream_id] += event.data
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, WindowUpdated):
            self.window.set()
        elif isinstance(event, StreamEnded):
            task = asyncio.create_task(self._answer(event.stream_id))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _answer(self, stream: int) -> None:
        pseudo = {name: value for name, value in self.heads[stream] if name.startswith(b":")}
        path, _, query = pseudo[b":path"].partition(b"?")
        headers = [(b"host", pseudo[b":authority"]), *(h for h in self.heads[stream] if not h[0].startswith(b":"))]
        scope = {
            "type": "http", "http_version": "2", "method": pseudo[b":method"].decode(), "scheme": "https",
            "path": unquote(path.decode()), "raw_path": path, "query_string": query, "root_path": "",
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 443), "asgi": {"version": "3.0"},
        }  # fmt: skip
        incoming = [{"type": "http.request", "body": bytes(self.bodies[stream]), "more_body": False}]

        async def receive() -> Message:
            return incoming.pop() if incoming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = [(b":status", str(message["status"]).encode())]
                hop = (b"connection", b"transfer-encoding", b"keep-alive")
                kept = [(n.lower(), v) for n, v in message["headers"] if n.lower() not in hop]
                self.connection.send_headers(stream, [*status, *kept])
            else:
                await self._send(stream, b"" if pseudo[b":method"] == b"HEAD" else message.get("body", b""))
                if not message.get("more_body", False):
                    self.connection.end_stream(stream)
            self._flush()

        with suppress(StreamClosedError):
            await self.application(scope, receive, send)

    async def _send(self, stream: int, data: bytes) -> None:
        while data:
            self.window.clear()
            room = min(self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size)
            if not room:
                await self.window.wait()
                continue
            self.connection.send_data(stream, data[:room])
            self._flush()
            data = data[room:]

    def _flush(self) -> None:
        self.writer.write(self.connection.data_to_send())


@contextmanager
def demanding(application: ASGIApp, files: Files, version: ssl.TLSVersion) -> Iterator[str]:
    """Serve an application to who shows a certificate of the CA; others are told so as OpenSSL does, in an alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files.issue("server", "127.0.0.1"))
    context.load_verify_locations(files.cacert)
    context.verify_mode, context.minimum_version, context.maximum_version = ssl.CERT_REQUIRED, version, version
    listener = socket.create_server(("127.0.0.1", 0))
    with serving(application) as plain, listener:
        behind = ("127.0.0.1", int(plain.rpartition(":")[2]))

        def answer(peer: socket.socket) -> None:
            # asyncio closes a connection whose handshake fails before its alert is written.
            with (
                suppress(OSError),
                peer,
                context.wrap_socket(peer, server_side=True, do_handshake_on_connect=False) as shown,
                socket.create_connection(behind) as inner,
            ):
                try:
                    shown.do_handshake()
                except ssl.SSLError:
                    shown.shutdown(socket.SHUT_WR)
                    while shown.recv(65536):  # or what was not read would reset the connection, alert and all
                        pass
                    return
                while True:
                    ready, _, _ = select.select([shown, inner], [], [], 0 if shown.pending() else None)
                    for end, other in ((shown, inner), (inner, shown)):
                        if end in ready or (end is shown and shown.pending()):
                            data = end.recv(65536)
                            if not data:
                                return
                            other.sendall(data)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@define
class Gate:
    """Lets in who shows a header field, and keeps all heads; the rest is refused at once."""

    application: ASGIApp
    admits: Callable[[dict[bytes, bytes]], bool] = lambda _: True
    root_path: str = ""
    heads: list[tuple[str, dict[bytes, bytes]]] = field(factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        self.heads.append((scope["http_version"], headers))
        path: str = scope["path"]
        if not self.admits(headers) or not path.startswith(self.root_path):
            await JSONResponse({"error": {"message": "no such tenant"}}, 403)(scope, receive, send)
            return
        inner = path.removeprefix(self.root_path)
        raw = scope["raw_path"].removeprefix(self.root_path.encode())
        await self.application({**scope, "path": inner, "raw_path": raw}, receive, send)
