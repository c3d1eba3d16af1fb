"""When a behaviour shows: conditions on what was sent, on what came of it, and on how often."""

from __future__ import annotations

import re
from typing import Literal

from conformance.contract import Input
from conformance.reference.binding import Choice
from conformance.reference.calls import Call
from conformance.reference.heads import boundary, declared_boundary, heads
from conformance.reference.registry import condition
from conformance.reference.security import presented

__all__: list[str] = []

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_OPENING, _CLOSING = b"[{", b"]}"


@condition
def accepted(call: Call) -> bool:
    """The call was not refused."""
    return call.refusal is None


@condition
def refused(call: Call) -> bool:
    """The call was refused."""
    return call.refusal is not None


@condition
def refused_with(call: Call, *, statuses: tuple[int, ...]) -> bool:
    """The call was refused with one of some statuses."""
    return call.refusal is not None and call.refusal.status in statuses


@condition
def refused_for(call: Call, *, fields: tuple[Input, ...]) -> bool:
    """The call was refused for one of some fields."""
    return call.refusal is not None and call.refusal.field in {field.name for field in fields}


@condition
def not_refused_for(call: Call, *, fields: tuple[Input, ...]) -> bool:
    """The call was refused for a field other than some."""
    field = call.refusal.field if call.refusal else None
    return field is not None and field not in {field.name for field in fields}


@condition
def every(call: Call, *, nth: int) -> bool:
    """Every so many requests."""
    return call.ordinal % nth == 0


@condition
def every_time(call: Call, *, nth: int) -> bool:
    """Every so many times that a call comes so far."""
    times = call.world.memory["times"] = call.world.memory.get("times", 0) + 1
    return bool(times % nth == 0)


@condition
def every_create(call: Call, *, nth: int) -> bool:
    """Every so many jobs; for stages after the job was made."""
    return call.world.creates % nth == 0


@condition
def chosen(call: Call, *, values: Choice) -> bool:
    """The form has one of some values of a field."""
    return values.chosen(call)


@condition
def has_field(call: Call, *, field: Input) -> bool:
    """The form has a field."""
    return bool(call.texts(field.name))


@condition
def lacks_field(call: Call, *, field: Input) -> bool:
    """The form lacks a field."""
    return not call.texts(field.name)


@condition
def many_fields(call: Call, *, at_least: int) -> bool:
    """The form has many different fields."""
    return len({part.name for part in call.parts}) >= at_least


@condition
def many_parts(call: Call, *, more_than: int) -> bool:
    """The body has many parts."""
    return len(heads(call)) > more_than


@condition
def unknown_field(call: Call) -> bool:
    """The form has a field that the contract does not name."""
    return any(call.routed.field(part.name or "") is None for part in call.parts)


@condition
def repeated_field(call: Call) -> bool:
    """A field that is no array occurs more than once."""
    single = [field for field in call.routed.fields if field.schema.types != {"array"}]
    return any(len(call.texts(field.name)) > 1 for field in single)


@condition
def sent_as(call: Call, *, field: Input, form: Literal["file", "json", "text", "items", "array"]) -> bool:
    """A field was sent in one of its forms: file, json, text, items (a part for each) or array (one part)."""
    parts = call.sent(field.name)
    if not parts:
        return False
    one_array = len(parts) == 1 and parts[0].value.lstrip()[:1] == b"["
    return {
        "file": any(part.filename is not None for part in parts),
        "json": any(part.content_type == "application/json" for part in parts),
        "text": all(part.filename is None and part.content_type != "application/json" for part in parts),
        "items": not one_array,
        "array": one_array,
    }[form]


@condition
def text_matches(call: Call, *, fields: tuple[Input, ...], pattern: re.Pattern[str]) -> bool:
    """A field has a value in which a pattern occurs; bytes that are not UTF-8 read as surrogates."""
    return any(
        pattern.search(text.decode("utf-8", "surrogateescape")) for field in fields for text in call.texts(field.name)
    )


@condition
def number_reaches(call: Call, *, fields: tuple[Input, ...], bits: int) -> bool:
    """A field has an integer that some bits cannot hold."""
    texts = [text.decode("latin-1") for field in fields for text in call.texts(field.name)]
    return any(_INTEGER.fullmatch(text) and (len(text) > 40 or abs(int(text)) >= 1 << bits) for text in texts)


@condition
def nested_deeper(call: Call, *, fields: tuple[Input, ...], than: int) -> bool:
    """A field has JSON nested deeper than a number of levels."""
    return any(_depth(text) > than for field in fields for text in call.texts(field.name))


@condition
def empty_part(call: Call, *, file: bool) -> bool:
    """A part has no bytes: a file, or a text."""
    return any(not part.value and (part.filename is not None) is file for part in call.parts)


@condition
def part_head_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The headers of a part have a pattern in them."""
    return any(pattern.search(head) for head in heads(call))


@condition
def part_head_lacks(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The headers of a part do not have a pattern in them."""
    return any(not pattern.search(head) for head in heads(call))


@condition
def boundary_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The boundary has a pattern in it."""
    return bool(pattern.search(declared_boundary(call)))


@condition
def boundary_in_a_value(call: Call, *, length: int) -> bool:
    """A value has the beginning of the line that parts begin with in it."""
    return any(boundary(call)[:length] in part.value for part in call.parts)


@condition
def has_preamble(call: Call) -> bool:
    """Something comes before the first part."""
    return boundary(call) != b"--" and not call.body.startswith(boundary(call))


@condition
def has_epilogue(call: Call) -> bool:
    """Something comes after the last part."""
    _, closing, rest = call.body.rpartition(b"\r\n" + boundary(call) + b"--")
    return bool(closing) and bool(rest.strip(b"\r\n"))


@condition
def out_of_order(call: Call, *, first: Input, then: Input) -> bool:
    """One field comes after another that it usually precedes."""
    names = [part.name for part in call.parts]
    return first.name in names and then.name in names and names.index(first.name) > names.index(then.name)


@condition
def bare_line_feeds(call: Call) -> bool:
    """The lines of the body end without a carriage return."""
    return boundary(call) + b"\n" in call.body


@condition
def request_header_matches(call: Call, *, header: str, pattern: re.Pattern[str]) -> bool:
    """A request header has a pattern in it."""
    return any(pattern.search(value) for value in call.request.headers.getlist(header))


@condition
def some_header_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """Some request header has a name in which a pattern occurs."""
    return any(pattern.search(name) for name in call.request.headers)


@condition
def has_query(call: Call) -> bool:
    """The URL has a query."""
    return bool(call.request.url.query)


@condition
def method_is(call: Call, *, methods: tuple[str, ...]) -> bool:
    """The method is one of some."""
    return call.request.method in methods


@condition
def no_credential(call: Call) -> bool:
    """The call brings no credential."""
    return not presented(call)


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for byte in text:
        depth += (byte in _OPENING) - (byte in _CLOSING)
        deepest = max(deepest, depth)
    return deepest
