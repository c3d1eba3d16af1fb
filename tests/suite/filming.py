"""A service of other people's making: jobs behind Starlette, their files sent by its own `FileResponse`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.suite.contracts import Json, answers, document_of
from tests.suite.runs import TOKEN

__all__ = ["document", "films"]

_TEXT: Json = {"type": "string"}
_REFUSAL: Json = {"type": "object", "properties": {"message": {**_TEXT, "x-role": "error-message"}}}
_NO: Json = {"description": "No.", "content": {"application/json": {"schema": _REFUSAL}}}
_FILM: Json = {
    "type": "object",
    "required": ["name", "stands", "wish"],
    "properties": {
        "name": {**_TEXT, "x-role": "id"},
        "wish": {**_TEXT, "x-echoes": ["$request.body#/wish"]},
        "stands": {
            **_TEXT,
            "enum": ["ordered", "cut", "shown"],
            "x-role": "status",
            "x-lifecycle": {"ordered": "waiting", "cut": "running", "shown": "succeeded"},
        },
    },
}
_WISH: Json = {"type": "object", "required": ["wish"], "properties": {"wish": {**_TEXT, "examples": ["a cat"]}}}
_NAME: Json = {"name": "name", "in": "path", "required": True, "schema": _TEXT}
_LOOKS = 2

Handler = Callable[[Request], Awaitable[Response]]


def document() -> Json:
    """Return the contract of the service."""
    refused = {f"_{status}": _NO for status in (400, 401, 404, 409)}
    film = answers({"type": "string", "format": "binary"}, **refused)
    film["200"]["content"] = {"video/mp4": film["200"]["content"]["application/json"]}
    body = {"required": True, "content": {"application/json": {"schema": _WISH}}}
    paths: Json = {
        "/films": {"post": {"operationId": "order", "requestBody": body, "responses": answers(_FILM, **refused)}},
        "/films/{name}": {
            "get": {"operationId": "ask", "parameters": [_NAME], "responses": answers(_FILM, **refused)},
        },
        "/films/{name}/file": {"get": {"operationId": "take", "parameters": [_NAME], "responses": film}},
    }
    scheme = {"key": {"type": "http", "scheme": "bearer"}}
    return document_of(paths, security=[{"key": []}], components={"securitySchemes": scheme})


def films(file: Path) -> Starlette:
    """Return the service; all its films are one file."""
    known: dict[str, Json] = {}

    async def order(request: Request) -> Response:
        wish = await _wish(request)
        if not isinstance(wish, str):
            return _refusal(400, "say in words what you wish")
        name = f"film-{len(known)}-{time.time_ns()}"
        known[name] = {"name": name, "wish": wish, "looks": 0}
        return JSONResponse(_shown(known[name]))

    async def ask(request: Request) -> Response:
        found = known.get(request.path_params["name"])
        if found is None:
            return _refusal(404, "no such film")
        found["looks"] += 1
        return JSONResponse(_shown(found))

    async def take(request: Request) -> Response:
        found = known.get(request.path_params["name"])
        if found is None:
            return _refusal(404, "no such film")
        return FileResponse(file, media_type="video/mp4") if found["looks"] >= _LOOKS else _refusal(409, "not yet")

    return Starlette(
        routes=[
            Route("/films", _for_members(order), methods=["POST"]),
            Route("/films/{name}", _for_members(ask)),
            Route("/films/{name}/file", _for_members(take)),
        ]
    )


def _for_members(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return await handler(request)
        return _refusal(401, "who are you?")

    return guarded


async def _wish(request: Request) -> Any:
    try:
        return (await request.json())["wish"]
    except (ValueError, LookupError, TypeError):
        return None


def _refusal(status: int, message: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse({"message": message}, status, headers)


def _shown(film: Json) -> Json:
    stands = ("ordered", "cut", "shown")[min(film["looks"], _LOOKS)]
    return {"name": film["name"], "wish": film["wish"], "stands": stands}
