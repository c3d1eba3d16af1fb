"""Probes that write one form in many ways (`framings.yaml`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml
from attrs import evolve, field, frozen

from conformance.bodies.parts import Framing, Part, encode
from conformance.bodies.representations import forms
from conformance.contract import Operation
from conformance.engine.probe import Expect, PreparedRequest, Probe
from conformance.errors import SuiteError
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.samples import png

__all__ = ["FramingCase", "framing_cases", "framing_probes", "write_framed"]


@frozen
class FramingCase:
    """One way to write a form."""

    requirement: str
    name: str
    expect: Expect
    framing: Framing
    edit: str | None = None
    billable: bool = False
    alone: bool = False

    @property
    def id(self) -> str:
        """Stable name."""
        return f"{self.requirement}/{self.name}" if self.name else self.requirement


@frozen
class _Draft:
    """A request before it is written."""

    operation: Operation = field(repr=False)
    parts: tuple[Part, ...]
    framing: Framing
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    chunked: bool = False

    def written(self) -> bytes:
        """Return the body, written if it was not."""
        return encode(self.parts, self.framing) if self.body is None else self.body

    def file(self, **changes: Any) -> _Draft:
        """Return the draft with a file in the first field that takes one."""
        declared = next((f for f in self.operation.fields if any(form.kind == "file" for form in forms(f))), None)
        if declared is None:
            return self
        part = Part(declared.name, **{"value": png(), "filename": "sample.png", "content_type": "image/png", **changes})
        return evolve(self, parts=(*(other for other in self.parts if other.name != declared.name), part))

    def optional(self, kind: str) -> tuple[str, ...]:
        """Return the names of optional fields of a kind."""
        return tuple(
            f.name
            for f in self.operation.fields
            if not f.required and any(form.kind == kind for form in forms(f)) and len(forms(f)) == 1
        )


Edit = Callable[[_Draft], _Draft]
_EDITS: dict[str, Edit] = {}


def _edit(function: Edit) -> Edit:
    _EDITS[function.__name__.strip("_").replace("_", "-")] = function
    return function


def write_framed(builder: Builder, parts: Sequence[Part], framing_case: FramingCase) -> PreparedRequest:
    """Write a form in one of the ways."""
    draft = _Draft(builder.operation, tuple(parts), framing_case.framing)
    if framing_case.edit is not None:
        draft = _EDITS[framing_case.edit](draft)
    content_type = (("Content-Type", draft.framing.content_type),)
    own = any(name == "Content-Type" for name, _ in draft.headers)
    message = builder.request(())
    return evolve(
        message,
        headers=draft.headers if own else content_type + draft.headers,
        body=draft.written(),
        chunked=draft.chunked,
    )


@cache
def framing_cases() -> tuple[FramingCase, ...]:
    """Return the ways of `framings.yaml`.

    Raises:
        SuiteError: an entry names an edit that does not exist.
    """
    text = (resources.files("conformance.probes") / "framings.yaml").read_text(encoding="utf-8")
    return tuple(_framing_case(entry) for entry in yaml.safe_load(text))


def _framing_case(entry: Mapping[str, Any]) -> FramingCase:
    if entry.get("edit") is not None and entry["edit"] not in _EDITS:
        raise SuiteError(f"framings.yaml: {entry['id']}: there is no edit {entry['edit']!r}")
    settings = {
        key: value.encode() if key in ("preamble", "epilogue") else value
        for key, value in entry.get("framing", {}).items()
    }
    return FramingCase(
        entry["id"],
        entry.get("name", ""),
        Expect(entry["expect"]),
        Framing(**settings),
        entry.get("edit"),
        entry.get("billable", False),
        entry.get("alone", False),
    )


def framing_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield the free probes: behind a defect where reading is under test, whole where refusal is."""
    defect = controls.defect()
    for framing_case in framing_cases():
        if defect is None and framing_case.expect is not Expect.REFUSE:
            continue
        parts = builder.required()
        hidden = defect if framing_case.expect is not Expect.REFUSE else None
        behind = ""
        if hidden is not None:
            parts, behind = hidden.apply(parts), f"/behind/{hidden.name}"
        yield builder.of(
            f"{builder.operation.id}/{framing_case.id}{behind}",
            write_framed(builder, parts, framing_case),
            framing_case.expect,
            framing_case.requirement,
            decides=(framing_case.requirement,),
            guards=(framing_case.requirement,),
            control=hidden.name if hidden and framing_case.expect is Expect.SAME else None,
            if_accepted=(hidden.requirement(builder.operation),) if hidden else (),
            alone=framing_case.alone,
        )


@_edit
def _unknown_part_headers(draft: _Draft) -> _Draft:
    extra = (("X-Conformance", "1"), ("Content-Language", "en"))
    return evolve(draft, parts=tuple(evolve(part, headers=extra) for part in draft.parts))


@_edit
def _text_content_type(draft: _Draft) -> _Draft:
    return evolve(draft, parts=tuple(_as_text(part, "utf-8") for part in draft.parts))


@_edit
def _text_content_type_upper(draft: _Draft) -> _Draft:
    return evolve(draft, parts=tuple(_as_text(part, "UTF-8") for part in draft.parts))


def _as_text(part: Part, charset: str) -> Part:
    return part if part.content_type or part.filename else evolve(part, content_type="text/plain", charset=charset)


@_edit
def _boundary_like_text(draft: _Draft) -> _Draft:
    near = draft.framing.boundary[:-1]
    text = f"\r\n--{near}\r\n-- {draft.framing.boundary}\r\n--{near}--\r\n a--{draft.framing.boundary}--".encode()
    plain = {f.name for f in draft.operation.fields if "enum" not in f.schema and f.schema.get("type") == "string"}
    first = next((part for part in draft.parts if part.name in plain), None)
    if first is None:
        names = sorted(
            plain
            - {f.name for f in draft.operation.fields if any(form.kind == "file" for form in forms(f)) or f.required}
        )
        return evolve(draft, parts=(*draft.parts, Part(names[-1], b"text" + text)))
    return evolve(draft, parts=tuple(evolve(p, value=p.value + text) if p is first else p for p in draft.parts))


@_edit
def _boundary_parameter_case(draft: _Draft) -> _Draft:
    value = draft.framing.content_type.replace("boundary=", "Boundary=")
    return evolve(draft, headers=(("Content-Type", value),))


@_edit
def _filename_non_ascii(draft: _Draft) -> _Draft:
    return draft.file(filename="chat \u00e9l\u00e9gant \U0001f408.png")


@_edit
def _chunked(draft: _Draft) -> _Draft:
    return evolve(draft, chunked=True)


@_edit
def _unknown_header(draft: _Draft) -> _Draft:
    extra = (
        ("X-Conformance", "1"),
        ("Accept-Language", "vi, en;q=0.5"),
        ("Traceparent", "00-" + "0" * 31 + "1-" + "0" * 15 + "1-00"),
    )
    return evolve(draft, headers=extra)


@_edit
def _drop_boundary(draft: _Draft) -> _Draft:
    return evolve(draft, headers=(("Content-Type", "multipart/form-data"),))


@_edit
def _other_boundary(draft: _Draft) -> _Draft:
    return evolve(draft, body=draft.written(), framing=evolve(draft.framing, boundary="another-boundary"))


@_edit
def _truncate(draft: _Draft) -> _Draft:
    body = draft.written()
    return evolve(draft, body=body[: len(body) - len(draft.framing.boundary) - 8])


@_edit
def _filename_missing(draft: _Draft) -> _Draft:
    return draft.file(filename=None)


@_edit
def _filename_path(draft: _Draft) -> _Draft:
    return draft.file(filename="../../../../etc/passwd\0.png")


@_edit
def _filename_quotes(draft: _Draft) -> _Draft:
    return draft.file(filename="a\\\"b'; filename=c;\tC:\\d\\e.png")


@_edit
def _filename_empty(draft: _Draft) -> _Draft:
    return draft.file(filename="")


@_edit
def _nameless(draft: _Draft) -> _Draft:
    return evolve(draft, parts=(*draft.parts, Part(None, b"nameless")))


@_edit
def _no_disposition(draft: _Draft) -> _Draft:
    end = f"--{draft.framing.boundary}--".encode()
    extra = f"--{draft.framing.boundary}\r\nContent-Type: text/plain\r\n\r\nbare\r\n".encode()
    return evolve(draft, body=draft.written().replace(end, extra + end))


@_edit
def _bare_lf(draft: _Draft) -> _Draft:
    return evolve(draft, framing=evolve(draft.framing, newline=b"\n"))


@_edit
def _many_parts(draft: _Draft) -> _Draft:
    return evolve(draft, parts=(*draft.parts, *(Part(f"conformance{index}", b"1") for index in range(5000))))


@_edit
def _huge_header(draft: _Draft) -> _Draft:
    part = Part("conformance", b"1", headers=(("X-Conformance", "a" * 100_000),))
    return evolve(draft, parts=(*draft.parts, part))


@_edit
def _huge_filename(draft: _Draft) -> _Draft:
    return draft.file(filename="a" * 60_000 + ".png")


@_edit
def _empty_file(draft: _Draft) -> _Draft:
    return draft.file(value=b"")


@_edit
def _empty_fields(draft: _Draft) -> _Draft:
    return evolve(draft, parts=(*draft.parts, *(Part(name, b"") for name in draft.optional("text"))))


@_edit
def _repeated_fields(draft: _Draft) -> _Draft:
    return evolve(draft, parts=tuple(part for part in draft.parts for _ in range(2)))


@_edit
def _unknown_fields(draft: _Draft) -> _Draft:
    extra = (
        Part("conformance", b"1"),
        Part("conformance[]", b"2"),
        Part("__proto__", b"{}"),
        Part("\u00e9\u732b", b"3"),
    )
    return evolve(draft, parts=(*draft.parts, *extra))


@_edit
def _nested(draft: _Draft) -> _Draft:
    inner = b'--inner\r\nContent-Disposition: file; filename="a.png"\r\n\r\na\r\n--inner--\r\n'
    return evolve(
        draft, parts=(*draft.parts, Part("conformance", inner, content_type="multipart/mixed; boundary=inner"))
    )


@_edit
def _transfer_encoding(draft: _Draft) -> _Draft:
    extra = (("Content-Transfer-Encoding", "base64"),)
    return evolve(draft, parts=tuple(evolve(part, headers=extra) for part in draft.parts))
