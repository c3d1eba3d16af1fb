"""The answer: what it says, how it is written, and how it leaves."""

from __future__ import annotations

import json
import uuid
from typing import Any

from attrs import evolve
from starlette.responses import Response as HttpResponse

from conformance.contract import Response, resolve
from conformance.reference.calls import Call, PreparedReply, Reply
from conformance.reference.shapes import error_body, followed, header_named, sample

__all__ = ["answer", "deliver", "refuse", "render"]

_JSON = "application/json"


async def answer(call: Call) -> Call:
    """Reply an accepted call as the contract has it."""
    operation = call.routed
    success = operation.success
    media_type = next(iter(success.media_types), _JSON)
    if call.job is not None and call.world.shows_job(operation):
        body: Any = call.world.shape(operation).body(call.job, call.world.result_url(call.job))
    elif success.schema_pointer is not None:
        body = _sample(call, success, media_type)
    elif call.job is not None and success.media_types:
        body = f"The result of {call.job.id}.\n".encode()
    else:
        body = b""
    return evolve(call, reply=Reply(success.status, body, media_type))


async def refuse(call: Call) -> Call:
    """Reply a refused call, in the contract's error schema."""
    refusal = call.refusal
    if refusal is None:
        raise LookupError("there is nothing to refuse")
    contract = call.world.contract
    owner = call.operation or contract.create
    documented = owner.response(refusal.status)
    response = documented or next(iter(owner.refusals), None)
    headers = dict(refusal.headers)
    retry_after = documented.header_by_role("retry-after") if documented else None
    if retry_after:
        headers.setdefault(retry_after, "1")
    body = error_body(contract, response, refusal)
    return evolve(call, reply=Reply(refusal.status, body, _JSON, headers))


async def render(call: Call) -> Call:
    """Write the answer as bytes, under a request id."""
    made = call.reply
    if made is None:
        raise LookupError("there is nothing to render")
    headers = {"Content-Type": made.media_type} if made.body != b"" else {}
    request_id = header_named(call.world.contract, "request-id")
    if request_id:
        headers[request_id] = f"{call.ordinal:08d}" if call.world.deterministic else uuid.uuid4().hex
    if call.script.applied:
        headers["Preference-Applied"] = ", ".join(call.script.applied)
    headers.update(made.headers)
    body = made.body if isinstance(made.body, bytes) else write_json(made.body)
    return evolve(call, prepared=PreparedReply(made.status, tuple(headers.items()), body))


async def deliver(call: Call) -> Call:
    """Send the answer."""
    message = call.prepared
    if message is None:
        raise LookupError("there is nothing to deliver")
    response = HttpResponse(message.body, message.status)
    declared = {name.lower() for name, _ in message.headers}
    raw = [(k, v) for k, v in response.raw_headers if k.decode() not in declared]
    response.raw_headers = raw + [(k.lower().encode(), v.encode("latin-1", "replace")) for k, v in message.headers]
    await response(call.request.scope, call.request.receive, call.send)
    return call


def write_json(value: Any) -> bytes:
    """Write JSON as UTF-8; what UTF-8 cannot hold (a lone surrogate) is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _sample(call: Call, response: Response, media_type: str) -> Any:
    contract = call.world.contract
    described = followed(contract, resolve(contract.document, response.pointer))["content"][media_type]
    for example in described.get("examples", {}).values():
        return example.get("value")
    return described.get("example", sample(contract, described.get("schema", {})))
