"""Probes that write one request in many ways (`framings.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from attrs import evolve, frozen

from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.contract import BodyKind
from conformance.engine.probe import Expect, PreparedRequest, Probe
from conformance.errors import SuiteError
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.framing_edits import EDITS, Draft

__all__ = ["FramingCase", "framing_cases", "framing_probes", "write_framed"]


@frozen
class FramingCase:
    """One way to write a request; `body` is the kind of body that it is for, None for any.

    Attributes:
        carries: the kind of part that it is about, which a request has to have.
    """

    requirement: str
    name: str
    expect: Expect
    framing: Framing
    edit: str | None = None
    billable: bool = False
    alone: bool = False
    body: BodyKind | None = "multipart"
    carries: Literal["file"] | None = None

    @property
    def id(self) -> str:
        """Stable name."""
        return f"{self.requirement}/{self.name}" if self.name else self.requirement


def write_framed(builder: Builder, parts: Sequence[Part], case: FramingCase) -> PreparedRequest:
    """Write a request in one of the ways."""
    request, media = builder.request(parts, case.framing), builder.operation.media
    if media is None or not request.body:
        return request
    draft = Draft(builder, media, tuple(part for part in parts if part.location == "body"), case.framing)
    if case.edit is not None:
        draft = EDITS[case.edit](draft)
    others = tuple(header for header in request.headers if header[0] != "Content-Type")
    return evolve(
        request,
        headers=(("Content-Type", draft.announced()), *others, *draft.headers),
        body=draft.written(),
        chunked=draft.chunked,
    )


def framing_cases(body: BodyKind | None) -> tuple[FramingCase, ...]:
    """Return the ways to write a kind of body."""
    return tuple(case for case in _cases() if body is not None and case.body in (None, body))


@cache
def _cases() -> tuple[FramingCase, ...]:
    """Return the ways of `framings.yaml`.

    Raises:
        SuiteError: an entry names an edit that does not exist.
    """
    text = (resources.files("conformance.probes") / "framings.yaml").read_text(encoding="utf-8")
    return tuple(_case(entry) for entry in yaml.safe_load(text))


def _case(entry: Mapping[str, Any]) -> FramingCase:
    if entry.get("edit") is not None and entry["edit"] not in EDITS:
        raise SuiteError(f"framings.yaml: {entry['id']}: there is no edit {entry['edit']!r}")
    settings = {
        key: value.encode() if key in ("preamble", "epilogue") else value
        for key, value in entry.get("framing", {}).items()
    }
    kind = entry.get("for", "multipart")
    return FramingCase(
        entry["id"],
        entry.get("name", ""),
        Expect(entry["expect"]),
        Framing(**settings),
        entry.get("edit"),
        entry.get("billable", False),
        entry.get("alone", False),
        None if kind == "any" else kind,
        entry.get("carries"),
    )


def framing_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield the free probes: behind a defect where reading is under test, whole where refusal is."""
    media = builder.operation.media
    for case in framing_cases(media.kind if media is not None else None):
        hidden = controls.defect() if case.expect is not Expect.REFUSE else None
        if hidden is None and case.expect is not Expect.REFUSE:
            continue
        parts = builder.required() if builder.request(builder.required()).body else builder.everything()
        behind = ""
        if hidden is not None:
            parts, behind = hidden.apply(parts), f"/behind/{hidden.name}"
        yield builder.of(
            f"{builder.operation.id}/{case.id}{behind}",
            write_framed(builder, parts, case),
            case.expect,
            case.requirement,
            decides=(case.requirement,),
            guards=(case.requirement,),
            control=hidden.name if hidden and case.expect is Expect.SAME else None,
            if_accepted=(hidden.requirement(builder.operation),) if hidden else (),
            alone=case.alone,
        )
