"""The stages that answer: what is said, how it is written, and how it leaves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from itertools import islice
from typing import Any

from conformance.contract import Operation, Response
from conformance.reference.calls import Call, PreparedReply, Refusal, Reply
from conformance.reference.ranges import part_of
from conformance.reference.refusals import PROBLEM, error_shape, phrase
from conformance.reference.scripting import told
from conformance.reference.services import Listing, with_items

__all__ = ["answer", "deliver", "refuse", "render"]

_BODILESS = (204, 304)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


async def answer(call: Call) -> Call:
    """Reply an accepted call as the contract has it."""
    service = call.served
    status = call.routed.success.status
    if service.media_type is None:
        return call.but(reply=Reply(status, b"", None))
    body: Any = service.content
    if service.listing is not None and service.template is not None:
        body = _list(call, service.template.show(None, call.values), service.listing)
    elif service.template is not None:
        body = service.template.show(call.thing, _values(call), _result_url(call))
    elif service.media is not None and service.media.kind == "json":
        body = {}
    elif call.thing is not None and service.action == "fetch":
        body = service.content + f"The result of {call.thing.id}.\n".encode()  # to each its own
    made = Reply(status, body, service.media_type)
    return call.but(reply=part_of(call, made) if service.action == "fetch" else made)


async def refuse(call: Call) -> Call:
    """Reply a refused call, in the contract's error schema."""
    refusal = call.refusal
    if refusal is None:
        raise LookupError("there is nothing to refuse")
    operation = call.routed if call.service is not None else _first(call)
    documented = operation.response(refusal.status)
    if documented is not None and documented.is_success:
        documented = None  # a refusal dressed as success reads as refusals do
    headers = dict(refusal.headers)
    retry_after = documented.header_by_role("retry-after") if documented else None
    if retry_after:
        headers.setdefault(retry_after, "1")
    media_type, body = _explained(refusal, documented or _any_refusal(operation))
    return call.but(reply=Reply(refusal.status, body, media_type, headers))


async def render(call: Call) -> Call:
    """Write the answer as bytes, under a request id."""
    made = call.reply
    if made is None:
        raise LookupError("there is nothing to render")
    headers = {"Content-Type": made.media_type} if made.media_type is not None and made.body != b"" else {}
    request_id = call.world.request_id_header
    if request_id:
        headers[request_id] = f"{call.ordinal:08d}" if call.world.deterministic else secrets.token_hex(16)
    if call.script.applied or call.script.ignored:
        headers["Preference-Applied"] = told(call.script)
    headers.update(made.headers)
    body = made.body if isinstance(made.body, bytes) else write_json(made.body)
    return call.but(prepared=PreparedReply(made.status, tuple(headers.items()), body))


async def deliver(call: Call) -> Call:
    """Send the answer."""
    message = call.prepared
    if message is None:
        raise LookupError("there is nothing to deliver")
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in message.headers]
    if message.status not in _BODILESS and not any(name == b"content-length" for name, _ in raw):
        raw.insert(0, (b"content-length", b"%d" % len(message.body)))
    await call.send({"type": "http.response.start", "status": message.status, "headers": raw})
    await call.send({"type": "http.response.body", "body": message.body})
    return call


def write_json(value: Any) -> bytes:
    """Write JSON as UTF-8; what UTF-8 cannot hold (a lone surrogate) is escaped."""
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _list(call: Call, body: Any, listing: Listing) -> Any:
    owner = call.thing
    known = call.world.things(call.served.collection, call.account)
    things = (thing for thing in known if owner is None or thing.parent == owner.id)
    size = call.values.get(listing.size) if listing.size is not None else None
    return with_items(body, listing, islice(things, size if isinstance(size, int) and size >= 0 else None))


def _values(call: Call) -> Mapping[str, Any]:
    """Return what the answer may repeat: of a thing what was once sent for it, and what this call says."""
    if call.thing is None:
        return call.values
    said = call.own_values if call.served.action in ("read", "change") else call.values
    return {**call.thing.values, **said}


def _result_url(call: Call) -> str | None:
    if call.thing is None or call.thing.stage != "succeeded":
        return None
    return call.world.result_url(call.served, call.thing, call.request.headers.get("host"))


def _first(call: Call) -> Operation:
    """Return the operation whose errors are sent where none was called."""
    contract = call.world.contract
    return next(iter((*contract.billable, *contract.operations)))


def _any_refusal(operation: Operation) -> Response | None:
    return next((response for response in operation.refusals if error_shape(response) is not None), None)


def _explained(refusal: Refusal, response: Response | None) -> tuple[str | None, Any]:
    """Return the media type and the body of a refusal; without a schema, it is a problem document (RFC 9457)."""
    if response is None:
        return PROBLEM, {"title": phrase(refusal.status), "status": refusal.status, "detail": refusal.message}
    shape = error_shape(response)
    if shape is not None:
        return shape.media_type, shape.body(refusal)
    other = next(iter(response.media_types), None)
    return other, b"" if other is None else f"{refusal.message}\n".encode()
