"""Small servers that refuse as each kind of gateway does; none of them makes anything, and each counts its creates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from tests.suite.runs import TOKEN

CREATE = "/v1/videos"
_MODELS = "/v1/models"
Answerer = Callable[[Request, bool], Response]


@define
class DialectServer:
    """One application: `answer` is given a request, and whether its token is right.

    Attributes:
        seen: method and path of each request, in their order.
        fields: how many bytes of a body each POST had.
    """

    answer: Answerer
    seen: list[tuple[str, str]] = field(factory=list)
    bodies: list[bytes] = field(factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.seen.append((request.method, request.url.path))
        if request.method == "POST":
            self.bodies.append(await request.body())
        is_known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        await self.answer(request, is_known)(scope, receive, send)


def _json(status: int, body: Mapping[str, Any], **headers: str) -> Response:
    return JSONResponse(dict(body), status, {name.replace("_", "-"): value for name, value in headers.items()})


def _job(request: Request) -> str | None:
    """Return what stands behind the address of creates, if anything."""
    _, there, name = request.url.path.partition(f"{CREATE}/")
    return name if there else None


def new_api(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Three shapes of errors, 400 for a job that nobody made, 404 for what has no route; an id on everything."""
    path, tag = request.url.path, {"X_Oneapi_Request_Id": "20261129123456"}
    middleware = {"code": "", "message": "Invalid token (request id: 20261129123456)", "type": "new_api_error"}
    routed = (request.method == "POST" and path == CREATE) or path == _MODELS or _job(request) is not None
    if not routed or request.method == "PUT":
        said = f"Invalid URL ({request.method} {path})"
        return _json(404, {"error": {"message": said, "type": "invalid_request_error", "param": "", "code": ""}}, **tag)
    if not is_known:
        return _json(401, {"error": middleware}, **tag)
    if path == _MODELS:
        return _json(200, {"object": "list", "data": [{"id": "a", "object": "model", "owned_by": "custom"}]}, **tag)
    if path.endswith("/content"):
        return _json(404, {"error": {"message": "Task not found", "type": "invalid_request_error"}}, **tag)
    if _job(request) is not None:
        return _json(400, {"code": "task_not_exist", "message": "task_not_exist", "data": None}, **tag)
    return _json(400, {"error": {**middleware, "message": "Model name not specified (request id: 20)"}}, **tag)


def openai(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """One shape of errors with four members; jobs are listed, and one that nobody made is not found."""

    def error(status: int, code: str | None, param: str | None = None) -> Response:
        said = {"message": "It cannot be done.", "type": "invalid_request_error", "param": param, "code": code}
        return _json(status, {"error": said}, openai_processing_ms="3")

    if not is_known:
        return error(401, "invalid_api_key")
    if _job(request) is not None:
        return error(404, None)
    if request.url.path == CREATE and request.method == "GET":
        return _json(200, {"object": "list", "data": [], "has_more": False})
    if request.url.path == _MODELS:
        return _json(200, {"object": "list", "data": [{"id": "sora-2", "owned_by": "openai"}]})
    return error(400, "missing_required_parameter", "prompt") if request.method == "POST" else error(404, None)


def vllm_omni(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Asks nobody who calls, writes the status into its errors, and says its version."""
    del is_known
    own = {"server": "uvicorn"}
    if request.url.path == "/version":
        return _json(200, {"version": "0.14.0"}, **own)
    if request.url.path == _MODELS:
        return _json(200, {"object": "list", "data": [{"id": "wan", "owned_by": "vllm-omni"}]}, **own)
    status = 400 if request.method == "POST" else 404
    said = {"message": "It is not there.", "type": "NotFoundError", "param": None, "code": status}
    return _json(status, {"error": said}, **own)


def sglang(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Asks nobody who calls, refuses as a framework does, and tells of its pipeline."""
    del is_known
    if request.url.path == "/models":
        return _json(200, {"model_path": "Wan-AI/Wan2.1", "task_type": "T2V", "pipeline_class": "WanPipeline"})
    if request.url.path == CREATE and request.method == "GET":
        return _json(200, {"data": [{"id": "a", "status": "completed", "file_path": "/out/a.mp4", "url": None}]})
    return _json(400 if request.method == "POST" else 404, {"detail": "It is not there."})


def litellm(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Stands in front of others, and says so in header fields."""
    own = {"x_litellm_version": "1.99.1", "x_litellm_call_id": "b0c1"}
    if not is_known:
        said = {"message": "No api key passed in.", "type": "auth_error", "param": "None", "code": "401"}
        return _json(401, {"error": said}, **own)
    status = 400 if request.method == "POST" else 404
    return _json(status, {"error": {"message": "No.", "type": "None", "param": "None", "code": str(status)}}, **own)


def aimock(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Names itself in its challenge, and lets pages of other sites read what they like."""
    own = {"X_Request_Id": "req-0n", "Access_Control_Expose_Headers": "X-Total-Count, X-Request-Id"}
    if not is_known:
        said = {"message": "Invalid API key", "type": "authentication_error", "code": "invalid_api_key"}
        return _json(401, {"error": said}, WWW_Authenticate='Bearer realm="aimock"', **own)
    if request.method == "POST" and request.url.path == CREATE:
        return _json(400, {"error": {"message": "prompt is missing", "type": "invalid_request_error"}}, **own)
    return _json(404, {"error": {"message": "Not found", "type": "not_found"}}, **own)


def stranger(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Refuses like nobody else."""
    del is_known
    return PlainTextResponse("nay\x1b[31m", 418 if request.method == "POST" else 410)


def two_at_once(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Has the pipeline of one dialect and the models of another."""
    if request.url.path == _MODELS:
        return vllm_omni(request, is_known)
    return sglang(request, is_known) if request.url.path == "/models" else stranger(request, is_known)


def generous(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
    """Makes a job of whatever is sent."""
    del is_known
    if request.method != "POST":
        return _json(404, {"error": {"message": "No."}})
    job = {"id": "video_1", "object": "video", "model": "sora-2", "status": "queued", "progress": 0, "created_at": 1}
    return _json(200, job)


def below(prefix: str, answer: Answerer) -> Answerer:
    """Return a server that has everything below a path, and nothing elsewhere."""

    def answered(request: Request, is_known: bool) -> Response:  # noqa: FBT001 - as every dialect is called
        if not request.url.path.startswith(f"{prefix}/"):
            return _json(404, {"detail": "Not Found"})
        inner = Request({**request.scope, "path": request.url.path.removeprefix(prefix)}, request.receive)
        return answer(inner, is_known)

    return answered
