"""A correct server on aiohttp: its own server, and its own reader of multipart."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from judging import CHALLENGE, TERMS, Refusal, is_authorised, is_form, job_for, refusal


@web.middleware
async def as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Say in JSON what aiohttp says in plain text; its headers, such as Allow, stay."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        kept = {name: value for name, value in error.headers.items() if name in ("Allow", "WWW-Authenticate")}
        return web.json_response(refusal(error.text or error.reason), status=error.status, headers=kept)


async def create(request: web.Request) -> web.Response:
    """Make a job."""
    if not is_authorised(request.headers.get("Authorization")):
        raise web.HTTPUnauthorized(headers=CHALLENGE, text="a valid API key is required")
    if not is_form(request.headers.get("Content-Type")):
        raise web.HTTPUnsupportedMediaType(text=f"send {TERMS['media_type']}")
    texts: dict[str, list[str]] = defaultdict(list)
    files = set()
    try:
        form = await request.post()
    except (ValueError, LookupError, HttpProcessingError) as error:
        raise web.HTTPBadRequest(text=f"the form cannot be read: {type(error).__name__}") from error
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files.add(name)
        else:
            texts[name].append(value if isinstance(value, str) else value.decode(errors="replace"))
    try:
        return web.json_response(job_for(texts, files))
    except Refusal as error:
        raise web.HTTPBadRequest(text=str(error)) from error


app = web.Application(middlewares=[as_json])
app.router.add_route(TERMS["method"], TERMS["path"], create)

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
