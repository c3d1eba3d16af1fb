"""Holds the body of a request against what a vector expects, part by part."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl

from conformance.bodies import multipart
from conformance.bodies.codecs import essence
from conformance.bodies.part import Part
from conformance.bodies.strict_json import StrictJsonError, strict_json, write_json
from conformance.bodies.troubles import Limits, MalformedBody
from conformance.clients.flaw import ClientFlaw
from conformance.clients.likeness import same_json
from conformance.clients.received import Received
from conformance.contract.model import kind_of

__all__ = ["body_flaws", "boundary", "pair_flaws", "shown"]

_LIMITS = Limits(body_size=128 * 1024 * 1024, header_size=1024 * 1024, part_count=10_000)
_EXCERPT = 80
_NEAR = 24
_INDEXED = re.compile(r"(.+?)(\[\d*\]|\.\d+)+")
_PLAIN = (None, "text/plain")


def body_flaws(expected: Mapping[str, Any] | None, request: Received) -> list[ClientFlaw]:
    """Return what is wrong with a body; where `expected` is None there has to be none."""
    if expected is None:
        return (
            [ClientFlaw("body", f"has a body of {len(request.body)} bytes, and should have none")]
            if request.body
            else []
        )
    given, wanted = essence(request.header("content-type")), essence(expected["media_type"])
    if given != wanted:
        return [
            ClientFlaw("media-type", f"the body is sent as {given or 'nothing (no Content-Type)'}, and not as {wanted}")
        ]
    if "parts" in expected:
        return list(_form(expected["parts"], request))
    if "fields" in expected:
        return list(_fields(expected["fields"], request))
    if "json" in expected:
        return _json(expected["json"], request.body, "the body")
    wanted_bytes = _bytes(expected)
    return [] if request.body == wanted_bytes else [_other_bytes("the body", wanted_bytes, request.body)]


def boundary(request: Received) -> str | None:
    """Return the boundary that a request announces, where it is a form."""
    content_type = request.header("content-type")
    if kind_of(content_type or "") != "multipart":
        return None
    found = re.search(r'boundary="?([^";]+)', content_type or "")
    return found[1] if found else None


def shown(data: bytes | str) -> str:
    """Return what was sent for people: as text where it is one, and not all of it."""
    text = data if isinstance(data, str) else data.decode("utf-8", "backslashreplace")
    cut = text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
    return repr(cut)


def _form(expected: Sequence[Mapping[str, Any]], request: Received) -> Iterator[ClientFlaw]:
    try:
        found = multipart.read(request.header("content-type"), request.body, _LIMITS)
    except MalformedBody as error:
        yield ClientFlaw("form", f"{error}")
        return
    by_name: dict[str, list[Part]] = defaultdict(list)
    for part in found:
        by_name[part.name or ""].append(part)
    wanted = _by_name(expected)
    for name, alternatives in wanted.items():
        parts = by_name.pop(name, [])
        if not parts and (misnamed := _misnamed(name, by_name)):
            yield ClientFlaw("indexed-names", f"`{name}` is sent as {', '.join(f'`{other}`' for other in misnamed)}")
            for other in misnamed:
                del by_name[other]
            continue
        tried = [list(_parts(name, alternative, parts)) for alternative in alternatives]
        yield from min(tried, key=len)
    for name, parts in by_name.items():
        yield ClientFlaw("extra-part", f"part `{name}` was not asked for: {shown(parts[0].value)}")


def _by_name(expected: Sequence[Mapping[str, Any]]) -> Mapping[str, list[list[Mapping[str, Any]]]]:
    """Return the alternatives of each name: lists of parts, of which one has to be there."""
    wanted: dict[str, list[list[Mapping[str, Any]]]] = {}
    for part in expected:
        if "any_of" in part:
            wanted[part["name"]] = [list(alternative) for alternative in part["any_of"]]
        else:
            wanted.setdefault(part["name"], [[]])[0].append(part)
    return wanted


def _misnamed(name: str, by_name: Mapping[str, list[Part]]) -> list[str]:
    """Return the names that some clients make of a list: `images[0]`, `images[]`, `images.0`."""
    found = ((other, _INDEXED.fullmatch(other)) for other in by_name)
    return [other for other, match in found if match is not None and match[1] == name]


def _parts(name: str, expected: Sequence[Mapping[str, Any]], parts: Sequence[Part]) -> Iterator[ClientFlaw]:
    if not parts and expected:
        yield ClientFlaw("missing-part", f"part `{name}` is missing")
        return
    if len(parts) != len(expected):
        yield ClientFlaw("part-count", f"part `{name}` was sent {len(parts)} times, and not {len(expected)} times")
        return
    for index, (wanted, part) in enumerate(zip(expected, parts, strict=True)):
        label = f"part `{name}`" if len(expected) == 1 else f"part `{name}`, number {index + 1}"
        yield from _part(label, wanted, part)


def _part(label: str, wanted: Mapping[str, Any], part: Part) -> Iterator[ClientFlaw]:
    if not _is_named(wanted.get("filename"), part.filename):
        given = "no filename" if part.filename is None else f"the filename {shown(part.filename)}"
        yield ClientFlaw("filename", f"{label} has {given}, and should have {_names(wanted.get('filename'))}")
    given_type = _label(part)
    allowed = wanted.get("content_type") or [None]
    if not any(_is_labelled(one, given_type) for one in allowed):
        said = " or ".join("text/plain" if one is None else one for one in allowed)
        yield ClientFlaw("part-type", f"{label} is labelled {given_type or 'nothing'}, and should be {said}")
    if part.charset is not None and part.charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        yield ClientFlaw("charset", f"{label} is announced as {part.charset}, and not as UTF-8")
    if "json" in wanted:
        yield from _json(wanted["json"], part.value, label)
        return
    data = _bytes(wanted)
    if part.value != data:
        yield _other_bytes(label, data, part.value)


def _is_named(wanted: Any, filename: str | None) -> bool:
    if isinstance(wanted, Mapping):
        return filename is not None
    names = wanted if isinstance(wanted, list) else [wanted]
    return filename in (*names, *(_unescaped(name) for name in names if name is not None))


def _unescaped(name: str) -> str:
    """Return a filename as our parser reads it, which takes back what HTML escapes."""
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _names(wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        return "one"
    names = wanted if isinstance(wanted, list) else [wanted]
    return " or ".join("none" if name is None else shown(name) for name in names)


def _label(part: Part) -> str | None:
    """Return the media type that a part says it has; what parsers assume is not said."""
    written = next((value for name, value in part.headers if name.lower() == "content-type"), None)
    return None if written is None else essence(written)


def _is_labelled(wanted: str | None, given: str | None) -> bool:
    return given in _PLAIN if wanted is None else given is not None and fnmatchcase(given, essence(wanted))


def _json(wanted: Any, data: bytes, label: str) -> list[ClientFlaw]:
    try:
        found = strict_json(data.decode("utf-8"))
    except UnicodeDecodeError:
        return [ClientFlaw("charset", f"{label} is not UTF-8: {shown(data)}")]
    except StrictJsonError as error:
        return [ClientFlaw(_kind_of_text(data, "json"), f"{label} {error}: {shown(data)}")]
    if same_json(wanted, found):
        return []
    return [ClientFlaw("json", f"{label} is {shown(data)}, and should be {shown(write_json(wanted))}")]


def _fields(expected: Sequence[Sequence[Any]], request: Received) -> Iterator[ClientFlaw]:
    try:
        pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(request.body))
    except ValueError as error:
        yield ClientFlaw("form", f"the form cannot be read: {error}")
        return
    yield from pair_flaws("field", expected, pairs)


def pair_flaws(what: str, expected: Sequence[Sequence[Any]], pairs: Sequence[tuple[str, str]]) -> Iterator[ClientFlaw]:
    """Yield what is wrong with names and values; the order counts among those of one name alone.

    Args:
        what: they are called.
        expected: names and values, each a text, or an object with JSON, which is compared as a value.
        pairs: what was sent.
    """
    found: dict[str, list[str]] = defaultdict(list)
    wanted: dict[str, list[Any]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value)
    for name, value in expected:
        wanted[name].append(value)
    for name in {**wanted, **found}:
        is_alike = len(found[name]) == len(wanted[name]) and all(map(_is_value, wanted[name], found[name]))
        if not is_alike:
            given = " and ".join(map(shown, found[name])) or "missing"
            said = " and ".join(
                shown(value) if isinstance(value, str) else shown(write_json(value["json"])) for value in wanted[name]
            )
            yield ClientFlaw(what, f"{what} `{name}` is {given}, and should be {said or 'absent'}")


def _is_value(wanted: Any, found: str) -> bool:
    return wanted == found if isinstance(wanted, str) else not _json(wanted["json"], found.encode(), "the value")


def _bytes(wanted: Mapping[str, Any]) -> bytes:
    return str(wanted["text"]).encode() if "text" in wanted else base64.b64decode(wanted.get("base64", ""))


def _other_bytes(label: str, wanted: bytes, found: bytes) -> ClientFlaw:
    kind = "part-bytes"
    if found.decode("utf-8", "ignore").encode() != found and wanted.decode("utf-8", "ignore").encode() == wanted:
        kind = "charset"
    elif found == wanted.replace(b"\r\n", b"\n") or found.replace(b"\r\n", b"\n") == wanted.replace(b"\r\n", b"\n"):
        kind = "line-ends"
    elif found == b"\xef\xbb\xbf" + wanted:
        kind = "byte-order-mark"
    first = next((index for index, (one, two) in enumerate(zip(wanted, found, strict=False)) if one != two), None)
    if max(len(wanted), len(found)) > _EXCERPT and first is None:
        first = min(len(wanted), len(found))
    if first is None or max(len(wanted), len(found)) <= _EXCERPT:
        return ClientFlaw(_kind_of_text(found, kind), f"{label} is {shown(found)}, and should be {shown(wanted)}")
    there = f"of {len(found)} bytes, and should have {len(wanted)}; they differ from byte {first} on"
    return ClientFlaw(
        _kind_of_text(found, kind),
        f"{label} is {there}: {shown(found[first:][:_NEAR])} for {shown(wanted[first:][:_NEAR])}",
    )


def _kind_of_text(data: bytes, otherwise: str) -> str:
    """Tell what is no value at all, but what a language makes of one that it cannot write."""
    if b"[object " in data:
        return "object-object"
    return "null-text" if data in (b"null", b"None", b"undefined", b"nil") else otherwise
