"""Servers that do without some operations: routers in front of the reference server, as frameworks and gateways are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

from attrs import frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.contract import Contract, Operation


@frozen
class Nothing:
    """What is answered where nothing is; in the text stand the method and the path, and what is another each time."""

    status: int
    media_type: str
    text: str
    pages: bool = False

    def answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        said = self.text.replace("METHOD", method).replace("PATH", path).replace("RANDOM", uuid4().hex[:7])
        if self.pages and method not in ("GET", "HEAD"):
            return 404, self.media_type, said.encode()
        return self.status, self.media_type, said.encode()


_HTML, _JSON = "text/html; charset=utf-8", "application/json"
STYLES: Mapping[str, Nothing] = {
    "a-page-that-names-the-path": Nothing(404, _HTML, "<!DOCTYPE html>\n<pre>Cannot METHOD PATH</pre>\n"),
    "plain-text": Nothing(404, "text/plain; charset=utf-8", "404 page not found\n"),
    "json-of-a-framework": Nothing(404, _JSON, '{"detail":"Not Found"}'),
    "a-gateway-that-names-the-path": Nothing(
        404, _JSON, '{"error":{"message":"Invalid URL (METHOD PATH)","type":"invalid_request_error","code":""}}'
    ),
    "another-text-each-time": Nothing(404, _JSON, '{"error":{"message":"no such route","ray":"RANDOM"}}'),
    "403-of-a-cloud": Nothing(403, _JSON, '{"message":"Missing Authentication Token"}'),
    "a-web-application-everywhere": Nothing(200, _HTML, "<!doctype html><title>Console</title>", pages=True),
    "405": Nothing(405, _JSON, '{"detail":"Method Not Allowed"}'),
}


def without(
    application: ASGIApp,
    contract: Contract,
    nothing: Nothing,
    lacking: Sequence[Operation] | None = None,
    *,
    beside: bool = True,
) -> ASGIApp:
    """The application without what its contract calls optional.

    Args:
        application: that has it all.
        contract: of the application.
        nothing: what is answered in its place.
        lacking: what it does without; all that is optional, where nothing is said.
        beside: whether that is answered wherever the contract has nothing, too.
    """
    optional = [o for o in contract.operations if o.optional] if lacking is None else lacking
    others = [operation for operation in contract.operations if operation not in optional]

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode("latin-1")
        is_left_out = any(operation.serves(path) for operation in optional)
        is_known = any(operation.serves(path) for operation in others)
        if is_left_out or (beside and not is_known):
            await _answer(send, *nothing.answer(scope["method"], path))
        else:
            await application(scope, receive, send)

    return routed


def behind_a_prefix(application: ASGIApp, prefix: str, nothing: Nothing) -> ASGIApp:
    """An application behind a proxy that sends only what is at or below one path on to it."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode("latin-1")
        if path == prefix or path.startswith(f"{prefix}/"):
            await application(scope, receive, send)
        else:
            await _answer(send, *nothing.answer(scope["method"], path))

    return routed


def answering_alike(application: ASGIApp, contract: Contract, nothing: Nothing, status: int = 404) -> ASGIApp:
    """An application that says of an unknown id, with a status, what it says of a path where nothing is."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        path, started = scope["raw_path"].decode("latin-1"), []

        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 404:
                code, media_type, body = nothing.answer(scope["method"], path)
                is_known = any(operation.serves(path) for operation in contract.operations)
                await _answer(send, status if is_known else code, media_type, body)
                started.append(path)
            elif not started:
                await send(message)

        await application(scope, receive, passed)

    return answered


async def _answer(send: Send, status: int, media_type: str, body: bytes) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
