"""The edits that `framings.yaml` names: each changes one thing about how a body is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from conformance.bodies.codecs import codec, essence
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.sample_files import sample_file
from conformance.bodies.violations import UNLISTED
from conformance.contract import MediaType, Operation
from conformance.probes.builder import Builder

__all__ = ["EDITS", "Draft"]


@frozen
class Draft:
    """A body before it is written, and what announces it; `edited` are the fields whose files were changed."""

    builder: Builder = field(repr=False)
    media: MediaType
    parts: tuple[Part, ...]
    framing: Framing
    content_type: str | None = None
    body: bytes | None = field(default=None, repr=False)
    chunked: bool = False
    filler: int = 0
    edited: frozenset[str | None] = frozenset()

    @property
    def operation(self) -> Operation:
        """The operation that it is for."""
        return self.builder.operation

    def written(self) -> bytes:
        """Return the body, written if it was not."""
        return codec(self.media).encode(self.media, self.parts, self.framing) if self.body is None else self.body

    def announced(self) -> str:
        """Return the `Content-Type` header."""
        return (
            codec(self.media).content_type(self.media, self.framing) if self.content_type is None else self.content_type
        )

    def file(self, **changes: Any) -> Draft:
        """Return the draft with a file in the field that has one, or else in the first one that takes one."""
        return self.files(changes)

    def files(self, *changes: Mapping[str, Any]) -> Draft:
        """Return the draft with files in the first fields that take one, each with its own changes."""
        given = {part.name for part in self.parts if part.filename is not None}
        takers = [declared.name for declared in self.operation.fields if self._has(declared.name, "file")]
        able = sorted(takers, key=lambda name: (name in self.edited, name not in given))
        made = [self._sample(name, **change) for name, change in zip(able, changes, strict=False)]
        taken = {part.name for part in made}
        kept = (other for other in self.parts if other.name not in taken)
        return evolve(self, parts=(*kept, *made), edited=self.edited | taken)

    def _sample(self, name: str, *, size: int = 0, **changes: Any) -> Part:
        """Return the file that a field usually gets, of this size at least, changed."""
        declared = self.operation.field(name)
        usual = sample_file(declared.content_types if declared is not None else ())
        part = Part(name, usual.value.ljust(size, b"\0"), usual.filename, usual.media_type)
        return evolve(part, **changes)

    def optional_texts(self) -> tuple[str, ...]:
        """Return the names of the optional fields that are nothing but text."""
        ways = {f.name: [way.kind for way in self.builder.ways(f)] for f in self.operation.fields if not f.required}
        return tuple(name for name, kinds in ways.items() if kinds == ["text"])

    def _has(self, name: str, kind: str) -> bool:
        declared = self.operation.field(name)
        return declared is not None and any(way.kind == kind for way in self.builder.ways(declared))


_KIB = 1024
_ODD_NAMES = ("a" * 300, 'a"b', "a\r\nb", "a.b.c", "a[b][c]", "constructor", "toString", "../a")

Edit = Callable[[Draft], Draft]
EDITS: dict[str, Edit] = {}


def edit(function: Edit) -> Edit:
    """Register an edit under its name, with hyphens."""
    EDITS[function.__name__.replace("_", "-")] = function
    return function


@edit
def unknown_part_headers(draft: Draft) -> Draft:
    """Give every part headers that nobody has to know."""
    extra = (("X-Conformance", "1"), ("Content-Language", "en"))
    return evolve(draft, parts=tuple(evolve(part, headers=extra) for part in draft.parts))


@edit
def text_content_type(draft: Draft) -> Draft:
    """Say of every text what it is anyway."""
    return evolve(draft, parts=tuple(_as_text(part, "utf-8") for part in draft.parts))


@edit
def text_content_type_upper(draft: Draft) -> Draft:
    """Say of every text what it is anyway, with the charset in capitals."""
    return evolve(draft, parts=tuple(_as_text(part, "UTF-8") for part in draft.parts))


def _as_text(part: Part, charset: str) -> Part:
    return part if part.content_type or part.filename else evolve(part, content_type="text/plain", charset=charset)


@edit
def part_lengths(draft: Draft) -> Draft:
    """Give every part its length, and say that it is not encoded."""
    extra = (("Content-Transfer-Encoding", "binary"),)
    lengths = (evolve(p, headers=(*extra, ("Content-Length", str(len(p.value))))) for p in draft.parts)
    return evolve(draft, parts=tuple(lengths))


@edit
def json_part_charset(draft: Draft) -> Draft:
    """Announce the charset that JSON has anyway, in every part that is JSON."""
    typed = (evolve(p, charset="utf-8") if p.content_type == "application/json" else p for p in draft.parts)
    return evolve(draft, parts=tuple(typed))


@edit
def boundary_like_text(draft: Draft) -> Draft:
    """Put lines that resemble the boundary into a text that may be any text; if possible, one that nobody needs."""
    near = draft.framing.boundary[:-1]
    text = f"\r\n--{near}\r\n-- {draft.framing.boundary}\r\n--{near}--\r\n a--{draft.framing.boundary}--".encode()
    plain = [f for f in draft.operation.fields if f.schema.is_text and not f.schema.multiplies_cost]
    names = [declared.name for declared in sorted(plain, key=lambda declared: declared.required)]
    given = {part.name: part for part in draft.parts if part.name in names}
    taken = next((given[name] for name in names if name in given), None)
    if taken is not None:
        return evolve(draft, parts=tuple(evolve(p, value=p.value + text) if p is taken else p for p in draft.parts))
    optional = sorted(declared.name for declared in plain if not declared.required)
    return evolve(draft, parts=(*draft.parts, Part(optional[-1], b"text" + text))) if optional else draft


@edit
def boundary_parameter_case(draft: Draft) -> Draft:
    """Write the name of the boundary parameter with a capital."""
    return evolve(draft, content_type=draft.announced().replace("boundary=", "Boundary="))


@edit
def boundary_parameter_last(draft: Draft) -> Draft:
    """Put another parameter before the boundary, and no white space between them."""
    media_type, _, parameters = draft.announced().partition("; ")
    return evolve(draft, content_type=f"{media_type};charset=utf-8;{parameters}")


@edit
def media_type_case(draft: Draft) -> Draft:
    """Write the media type with capitals."""
    media_type, semicolon, parameters = draft.announced().partition(";")
    return evolve(draft, content_type=media_type.title() + semicolon + parameters)


@edit
def filename_non_ascii(draft: Draft) -> Draft:
    """Send a file whose name is outside of ASCII."""
    return draft.file(filename="chat \u00e9l\u00e9gant \U0001f408.png")


@edit
def chunked(draft: Draft) -> Draft:
    """Send the body in the chunked transfer coding."""
    return evolve(draft, chunked=True)


@edit
def drop_boundary(draft: Draft) -> Draft:
    """Announce the form without its boundary."""
    return evolve(draft, content_type=essence(draft.announced()))


@edit
def other_boundary(draft: Draft) -> Draft:
    """Announce another boundary than the one that is used."""
    return evolve(
        draft, body=draft.written(), content_type=evolve(draft.framing, boundary="another-boundary").content_type
    )


@edit
def truncate(draft: Draft) -> Draft:
    """Break the body off within its last part."""
    body = draft.written()
    return evolve(draft, body=body[: len(body) - len(draft.framing.boundary) - 8])


@edit
def filename_missing(draft: Draft) -> Draft:
    """Send a file without a name."""
    return draft.file(filename=None)


@edit
def filename_path(draft: Draft) -> Draft:
    """Send a file whose name leads out of any folder."""
    return draft.file(filename="../../../../etc/passwd.png")


@edit
def filename_quotes(draft: Draft) -> Draft:
    """Send a file whose name has quotes, separators and control characters."""
    return draft.file(filename="a\\\"b'; filename=c;\tC:\\d\\e.png")


@edit
def filename_empty(draft: Draft) -> Draft:
    """Send a file whose name is empty."""
    return draft.file(filename="")


@edit
def nameless(draft: Draft) -> Draft:
    """Add a part without a name."""
    return evolve(draft, parts=(*draft.parts, Part(None, b"nameless")))


@edit
def no_disposition(draft: Draft) -> Draft:
    """Add a part without a `Content-Disposition`."""
    end = f"--{draft.framing.boundary}--".encode()
    extra = f"--{draft.framing.boundary}\r\nContent-Type: text/plain\r\n\r\nbare\r\n".encode()
    return evolve(draft, body=draft.written().replace(end, extra + end))


@edit
def bare_lf(draft: Draft) -> Draft:
    """End lines in a bare line feed."""
    return evolve(draft, framing=evolve(draft.framing, newline=b"\n"))


@edit
def many_parts(draft: Draft) -> Draft:
    """Add thousands of parts."""
    return evolve(draft, parts=(*draft.parts, *(Part(f"conformance{index}", b"1") for index in range(5000))))


@edit
def huge_header(draft: Draft) -> Draft:
    """Add a part with a very long header."""
    part = Part("conformance", b"1", headers=(("X-Conformance", "a" * 100_000),))
    return evolve(draft, parts=(*draft.parts, part))


@edit
def huge_filename(draft: Draft) -> Draft:
    """Send a file with a very long name."""
    return draft.file(filename="a" * 60_000 + ".png")


@edit
def empty_file(draft: Draft) -> Draft:
    """Send a file of no bytes."""
    return draft.file(value=b"")


@edit
def empty_fields(draft: Draft) -> Draft:
    """Send the optional texts empty, as browsers do."""
    return evolve(draft, parts=(*draft.parts, *(Part(name, b"") for name in draft.optional_texts())))


@edit
def repeated_fields(draft: Draft) -> Draft:
    """Send every part twice."""
    return evolve(draft, parts=tuple(part for part in draft.parts for _ in range(2)))


@edit
def repeated_with_another(draft: Draft) -> Draft:
    """Send every text twice, the second time with a value that is not listed anywhere."""
    again = (evolve(part, value=UNLISTED.encode()) for part in draft.parts if part.filename is None)
    return evolve(draft, parts=(*draft.parts, *again))


@edit
def unknown_fields(draft: Draft) -> Draft:
    """Add fields that the contract does not name, those of its arrays in brackets among them."""
    arrays = [declared.name for declared in draft.operation.fields if declared.schema.types == {"array"}]
    extra = (
        Part("conformance", b"1"),
        Part("conformance[]", b"2"),
        Part("__proto__", b"{}"),
        Part("\u00e9\u732b", b"3"),
        *(Part(name, b"5") for name in _ODD_NAMES),
        *(Part(f"{name}{brackets}", b"4") for name in arrays for brackets in ("[]", "[0]")),
    )
    return evolve(draft, parts=(*draft.parts, *extra))


@edit
def file_bare(draft: Draft) -> Draft:
    """Send a file without a type, whose name has no dot."""
    return draft.file(filename="sample", content_type=None)


@edit
def file_of_another_type(draft: Draft) -> Draft:
    """Send files that are no pictures of dots."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    page = b"<html><body>no picture</body></html>"
    return draft.files(
        {"value": svg, "filename": "sample.svg", "content_type": "image/svg+xml"},
        {"value": page, "filename": "sample.html", "content_type": "text/html"},
    )


@edit
def file_64k(draft: Draft) -> Draft:
    """Send files about as large as what many servers hold in memory: just above, and exactly."""
    return draft.files({"size": 64 * _KIB + 1}, {"size": 64 * _KIB})


@edit
def file_1m(draft: Draft) -> Draft:
    """Send files about as large as what many servers take by default: just above, and exactly."""
    return draft.files({"size": _KIB * _KIB + 1}, {"size": _KIB * _KIB})


@edit
def endless(draft: Draft) -> Draft:
    """Announce a file above any sensible limit, of which no more is sent than it takes to get an answer."""
    begun = draft.file()
    body = begun.written()
    end = f"\r\n--{draft.framing.boundary}--\r\n".encode()
    return evolve(begun, body=body.removesuffix(end), filler=64 * _KIB * _KIB)


@edit
def nested(draft: Draft) -> Draft:
    """Add a part that is itself in parts."""
    inner = b'--inner\r\nContent-Disposition: file; filename="a.png"\r\n\r\na\r\n--inner--\r\n'
    return evolve(
        draft, parts=(*draft.parts, Part("conformance", inner, content_type="multipart/mixed; boundary=inner"))
    )


@edit
def transfer_encoding(draft: Draft) -> Draft:
    """Claim a transfer encoding that is not there."""
    extra = (("Content-Transfer-Encoding", "base64"),)
    return evolve(draft, parts=tuple(evolve(part, headers=extra) for part in draft.parts))


@edit
def json_white_space(draft: Draft) -> Draft:
    """Put white space around every token."""
    text = json.dumps(json.loads(draft.written()), indent="\t", ensure_ascii=False)
    return evolve(draft, body=f" \r\n{text}\n ".encode())


@edit
def json_member_order(draft: Draft) -> Draft:
    """Turn the order of the members round."""
    return evolve(draft, parts=draft.parts[::-1])


@edit
def json_escapes(draft: Draft) -> Draft:
    """Escape the first character of every name, as any writer of JSON may."""
    members = (
        f'"\\u{ord(name[0]):04x}{json.dumps(name[1:], ensure_ascii=False)[1:]}:'.encode() + part.value
        for part in draft.parts
        if (name := part.name or " ")
    )
    return evolve(draft, body=b"{" + b",".join(members) + b"}")


@edit
def json_charset(draft: Draft) -> Draft:
    """Announce the charset that JSON has anyway."""
    return evolve(draft, content_type=f"{draft.announced()}; charset=utf-8")


@edit
def json_truncate(draft: Draft) -> Draft:
    """Leave the last byte out."""
    return evolve(draft, body=draft.written()[:-1])


@edit
def json_trailing(draft: Draft) -> Draft:
    """Add something after the end."""
    return evolve(draft, body=draft.written() + b"}")
