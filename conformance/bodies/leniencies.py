"""What only lenient parsers take for a value of an input, each judged on its bytes before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from attrs import evolve

from conformance.bodies.near_misses import LENIENT_JSON, lenient_numbers
from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations, write
from conformance.bodies.requests import can_stand
from conformance.bodies.samples import samples
from conformance.bodies.validity import problems_of
from conformance.bodies.violations import Violation
from conformance.contract import Input, MediaType

__all__ = ["leniencies"]

_NO_PICTURES: Mapping[str, tuple[str, str, bytes]] = {
    "text": ("sample.txt", "text/plain", b"no picture"),
    "page": ("sample.html", "text/html", b"<html><body>no picture</body></html>"),
    "moving": ("sample.mp4", "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    "document": ("sample.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n"),
}


@lru_cache(maxsize=4096)
def leniencies(declared: Input, media: MediaType | None) -> tuple[Violation, ...]:
    """Return what only lenient parsers take for a value of an input: nothing that the contract calls valid."""
    kind = media.kind if media is not None and declared.location == "body" else None
    if kind in ("octets", "json"):
        return ()
    ways = representations(declared, kind)
    offered = [*_numbers(declared, ways[0]), *_json(declared, ways), *_repeated(declared, ways[0])]
    if kind == "multipart":
        offered += _of_another_media_type(declared, ways)
    placed = (evolve(v, parts=tuple(evolve(part, location=declared.location) for part in v.parts)) for v in offered)
    return tuple(v for v in placed if all(map(can_stand, v.parts)) and _is_wrong(declared, v, media))


def _is_wrong(declared: Input, violation: Violation, media: MediaType | None) -> bool:
    """Tell whether the contract does not call it valid; what stands for null where that may be is left alone."""
    problems = problems_of(declared, violation.parts, media)
    return bool(problems) and all(problem.aspect != "null" for problem in problems)


def _numbers(declared: Input, way: Representation) -> Iterator[Violation]:
    """Yield an ordinary number in spellings that the contract does not have."""
    if not declared.schema.types or not declared.schema.types <= {"integer", "number"}:
        return
    sample = samples(way)[0]
    for name, (text, share) in lenient_numbers(int(sample)).items() if sample == int(sample) else ():
        yield Violation("number-spelling", name, (Part(declared.name, text.encode()),), share=share)


def _json(declared: Input, ways: tuple[Representation, ...]) -> Iterator[Violation]:
    """Yield an object as only those read it that take more than JSON; where text is allowed too, it is that text."""
    way = next((way for way in ways if way.kind in ("json", "array")), None)
    if way is None or any(other.kind == "text" for other in ways) or way.schema.types not in ({"object"}, {"array"}):
        return
    for name, (text, share) in LENIENT_JSON.items():
        part = Part(declared.name, text.encode(), content_type="application/json")
        yield Violation("json-spelling", name, (part,), share=share)


def _repeated(declared: Input, way: Representation) -> Iterator[Violation]:
    """Yield a single value that occurs twice: two parts of a service may then read two requests, and two bills."""
    if declared.location != "body" or "array" in declared.schema.types or way.kind == "file":
        return
    found = samples(way)
    sort = "listed" if declared.schema.enum else way.kind if way.kind != "text" else "-".join(declared.schema.types)
    is_costly = declared.required or declared.schema.multiplies_cost
    name = f"twice-costly-{sort}" if is_costly else f"twice-{sort}"
    parts = (*write(way, found[0]), *write(way, found[-1]))
    yield Violation("repeated", name, parts, share=None if is_costly else 1)


def _of_another_media_type(declared: Input, ways: tuple[Representation, ...]) -> Iterator[Violation]:
    """Yield parts of a type that the contract does not have for them."""
    name, way = declared.name, ways[0]
    if way.kind == "file":
        for title, (filename, media_type, value) in _NO_PICTURES.items():
            yield Violation("part-type", title, (Part(name, value, filename, media_type),), share=2)
        if len(ways) == 1:
            yield Violation("part-type", "no-file", (Part(name, b"https://example.com/sample.png"),), share=2)
        return
    if declared.schema.enum or "array" in declared.schema.types:
        return
    value = write(way, samples(way)[0])[0].value
    sort = "-".join(declared.schema.types)
    part = Part(name, value, "sample.png", "image/png")
    yield Violation("part-type", f"picture-for-{sort}", (part,), share=1)
    if declared.schema.is_text:
        title = "latin-1-required" if declared.required else "latin-1"
        yield Violation("text-encoding", title, (Part(name, b"caf\xe9"),), share=1)
