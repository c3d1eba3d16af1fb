"""Refusals: their status, their shape, and what they give away."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve

from conformance.contract import Input
from conformance.reference.calls import Call, Refusal
from conformance.reference.registry import after, before
from conformance.reference.security import presented

__all__: list[str] = []


@before("refuse")
def refuses_with(call: Call, *, status: int, headers: dict[str, str] | None = None) -> Call:
    """Refuse with another status."""
    refusal = _refusal(call)
    headers = dict(refusal.headers) if headers is None else headers
    return call.but(refusal=Refusal(status, refusal.message, field=refusal.field, headers=headers))


@before("refuse")
def explains_with(call: Call, *, text: str) -> Call:
    """Explain every refusal in the same way; `{message}`, `{token}`, `{given}` and `{path}` are filled in."""
    refusal = _refusal(call)
    for name, value in (
        ("{message}", refusal.message),
        ("{token}", call.world.token),
        ("{given}", ", ".join(presented(call))),
        ("{path}", str(call.request.scope["path"])),
    ):
        text = text.replace(name, value)
    return call.but(refusal=Refusal(refusal.status, text, field=refusal.field, headers=refusal.headers))


@before("refuse")
def blames(call: Call, *, field: Input) -> Call:
    """Name the same field as being at fault, whichever is."""
    refusal = _refusal(call)
    blamed = field.name if refusal.field else refusal.field
    return call.but(refusal=Refusal(refusal.status, refusal.message, field=blamed, headers=refusal.headers))


@after("refuse")
def answers_error(call: Call, *, body: Any) -> Call:
    """Reply every refusal with a body of another shape.

    In its texts, `{message}`, `{field}`, `{method}`, `{path}` and `{request}` are filled in.
    """
    refusal = _refusal(call)
    filled = _filled(
        body,
        {
            "{message}": refusal.message,
            "{field}": refusal.field or "",
            "{method}": call.request.method,
            "{path}": str(call.request.scope["path"]),
            "{request}": f"{call.ordinal:08d}",
        },
    )
    return _with_body(call, filled)


@after("refuse")
def answers_error_with_input(call: Call) -> Call:
    """Reply with a list of details that repeat the input, the whole of it where a field is missing, as FastAPI does."""
    refusal = _refusal(call)
    said: dict[str | None, Any] = {part.name: part.value.decode("utf-8", "replace") for part in call.parts}
    said |= {part.name: {"filename": part.filename, "file": {}} for part in call.parts if part.filename is not None}
    detail = {
        "type": "value_error",
        "loc": ["body", *([refusal.field] if refusal.field else [])],
        "msg": refusal.message,
        "input": said.get(refusal.field, said),
    }
    return _with_body(call, {"detail": [detail]})


def _with_body(call: Call, body: Any) -> Call:
    return call.but(reply=evolve(call.reply, body=body)) if call.reply else call


def _filled(value: Any, told: dict[str, str]) -> Any:
    text = json.dumps(value)
    for name, replacement in told.items():
        text = text.replace(name, json.dumps(replacement)[1:-1])
    return json.loads(text)


def _refusal(call: Call) -> Refusal:
    if call.refusal is None:
        raise LookupError("the call was not refused")
    return call.refusal
