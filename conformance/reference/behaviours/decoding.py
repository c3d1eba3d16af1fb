"""Bodies: forms that are taken apart too loosely, too strictly, or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from attrs import evolve

from conformance.bodies.multipart import Framing, encode
from conformance.bodies.part import Part
from conformance.contract import FORM, Input
from conformance.reference.calls import Call, Refusal
from conformance.reference.heads import boundary, heads, with_header
from conformance.reference.pipeline import Handler
from conformance.reference.receiving import media_type
from conformance.reference.registry import after, around, before

__all__: list[str] = []

_FIRST_LINE = re.compile(rb"^--([^\r\n]+)\r?\n", re.MULTILINE)
_JSON, _URLENCODED = "application/json", "application/x-www-form-urlencoded"


@before("receive")
def refuses_before_reading(call: Call, *, status: int, message: str = "the request is not understood") -> Call:
    """Refuse without a look at the body."""
    raise Refusal(status, f"{message} ({call.request.method})")


@before("receive")
def refuses_unread(call: Call, *, status: int) -> Call:
    """Refuse a body that is still coming in, and close the connection."""
    raise Refusal(
        status,
        f"a body of {call.request.headers.get('content-length')} bytes is too large",
        headers={"Connection": "close"},
    )


@before("decode")
def cannot_decode(call: Call, *, status: int = 400, message: str = "the form cannot be read") -> Call:
    """Refuse a body as broken, or break down over it."""
    raise Refusal(status, f"{message} ({len(call.body)} bytes)")


@before("decode")
def closes_the_form(call: Call, *, anywhere: bool) -> Call:
    """Take a body without its last line as if it had one; `anywhere` even where a part is cut."""
    line = boundary(call)
    if line == b"--" or line + b"--" in call.body:
        return call
    if call.body.endswith(b"\r\n"):
        return call.but(body=call.body + line + b"--\r\n")
    return call.but(body=call.body + b"\r\n" + line + b"--\r\n") if anywhere else call


@before("decode")
def guesses_the_boundary(call: Call) -> Call:
    """Take the boundary from the body, whatever the header says."""
    match = _FIRST_LINE.search(call.body)
    if match is None or not media_type(call).startswith("multipart/"):
        return call
    return with_header(call, "content-type", f'{FORM}; boundary="{match[1].decode("latin-1")}"')


@around("decode")
async def forgives_the_body(call: Call, inner: Handler) -> Call:
    """Take a body that cannot be read, or is not there, for one that says all that it must."""
    try:
        return await inner(call)
    except Refusal:
        return call


@before("decode")
def takes_json_and_urlencoded(call: Call) -> Call:
    """Take a JSON object, or an urlencoded form, for the same multipart form."""
    given = media_type(call)
    if not call.body or given not in (_JSON, _URLENCODED):
        return call
    try:
        text = call.body.decode()
        if given == _URLENCODED:
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
            return _as_form(call, [Part(name, value.encode()) for name, value in pairs])
        members = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body cannot be read: {error}") from None
    if not isinstance(members, dict):
        raise Refusal(400, "the body is no JSON object")
    return _as_form(call, [part for name, value in members.items() for part in _from_json(call, name, value)])


@before("decode")
def limits_bodies(call: Call, *, size: int | None = None, parts: int | None = None) -> Call:
    """Refuse bodies that are larger, or have more parts, than others take."""
    if size is not None and len(call.body) > size:
        raise Refusal(413, f"the body is larger than {size} bytes")
    if parts is not None and len(heads(call)) > parts:
        raise Refusal(413, f"the form has more than {parts} parts")
    return call


@after("decode")
def drops_typed_texts(call: Call) -> Call:
    """Ignore text parts that declare a content type."""
    return _keep(call, lambda part: part.filename is not None or part.content_type != "text/plain")


@after("decode")
def drops_empty_texts(call: Call, *, fields: tuple[Input, ...]) -> Call:
    """Take an empty text for a field that was left out."""
    names = {field.name for field in fields}
    return _keep(call, lambda part: part.name not in names or bool(part.value))


@after("decode")
def keeps_the_last(call: Call) -> Call:
    """Where a field that is no array is repeated, take the last."""
    arrays = {field.name for field in call.routed.fields if field.schema.types == {"array"}}
    last = {part.name: index for index, part in enumerate(call.parts)}
    kept = (part for index, part in enumerate(call.parts) if part.name in arrays or last[part.name] == index)
    return call.but(parts=tuple(kept))


@after("decode")
def overrides_from_query(call: Call) -> Call:
    """Let the query of the URL override the form."""
    query = call.request.query_params
    kept = [part for part in call.parts if part.name not in query]
    named = [Part(name, value.encode()) for name, value in query.multi_items() if call.routed.field(name)]
    return call.but(parts=(*kept, *named))


@after("decode")
def fills_in_from_headers(call: Call) -> Call:
    """Take a field that the form lacks from a header, or else a cookie, that is named like it."""
    given = {part.name for part in call.parts}
    missing = [declared.name for declared in call.routed.fields if declared.name not in given]
    headers, cookies = call.request.headers, call.request.cookies
    found = {name: headers.get(f"x-{name.replace('_', '-')}") or cookies.get(name) for name in missing}
    is_json = call.media is not None and call.media.kind == "json"
    texts = {name: unquote_to_bytes(value) for name, value in found.items() if value}
    named = (Part(name, json.dumps(text.decode()).encode() if is_json else text) for name, text in texts.items())
    return call.but(parts=(*call.parts, *named))


@after("decode")
def fills_in_from_json(call: Call, *, field: Input) -> Call:
    """Take a field that the form lacks from a member of a JSON field."""
    given = {part.name for part in call.parts}
    found = (part for part in overrides_from_json(call, field=field).parts if part.name not in given)
    return call.but(parts=(*call.parts, *found))


@after("decode")
def overrides_from_json(call: Call, *, field: Input) -> Call:
    """Let members of a JSON field override the fields that they are named like."""
    given = next((part.value for part in call.parts if part.name == field.name), b"{}")
    try:
        members = json.loads(given)
    except (ValueError, RecursionError):
        return call
    named = {name: members[name] for name in members if call.routed.field(name)} if isinstance(members, dict) else {}
    kept = [part for part in call.parts if part.name not in named]
    return call.but(parts=(*kept, *(part for name, value in named.items() for part in _from_json(call, name, value))))


@after("decode")
def respells_numbers(call: Call, *, fields: tuple[Input, ...]) -> Call:
    """Read `+1`, `01` and `1.0` as the integer that they stand for."""
    names = {field.name for field in fields}
    return call.but(parts=tuple(_respelt(part) if part.name in names else part for part in call.parts))


@after("decode")
def reads_as_zero(call: Call, *, fields: tuple[Input, ...]) -> Call:
    """Read what is no integer as zero."""
    names = {field.name for field in fields}
    return evolve(
        call,
        parts=tuple(
            evolve(part, value=b"0") if part.name in names and not _INTEGER.fullmatch(part.value) else part
            for part in call.parts
        ),
    )


@after("decode")
def matches_without_case(call: Call, *, field: Input) -> Call:
    """Take a value of an enum in any case, and trim it."""
    known = {str(value).lower().encode(): str(value).encode() for value in field.schema.enum}
    parts = (
        evolve(part, value=known.get(part.value.strip().lower(), part.value)) if part.name == field.name else part
        for part in call.parts
    )
    return call.but(parts=tuple(parts))


_INTEGER = re.compile(rb"[+-]?[0-9]+")
_SPELLINGS = re.compile(rb"\s*\+?(-?)0*([0-9]+)(\.0*)?\s*")


def _respelt(part: Part) -> Part:
    match = _SPELLINGS.fullmatch(part.value)
    return evolve(part, value=match[1] + match[2]) if match else part


def _keep(call: Call, wanted: Callable[[Part], bool]) -> Call:
    return call.but(parts=tuple(part for part in call.parts if wanted(part)))


def _from_json(call: Call, name: str, value: Any) -> list[Part]:
    field = call.routed.field(name)
    array = field is not None and field.schema.types == {"array"}
    if array and isinstance(value, list):
        return [_json_part(name, item) for item in value]
    return [_json_part(name, value)]


def _json_part(name: str, value: Any) -> Part:
    if isinstance(value, str):
        return Part(name, value.encode("utf-8", "surrogatepass"))
    typed = _JSON if isinstance(value, (dict, list)) else None
    return Part(name, json.dumps(value).encode(), content_type=typed)


def _as_form(call: Call, parts: list[Part]) -> Call:
    framing = Framing()
    return evolve(with_header(call, "content-type", framing.content_type), body=encode(parts, framing))
