"""Probes that write one request in many ways (`framings.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from attrs import evolve, fields, frozen

from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.contract import BodyKind
from conformance.data import read_data
from conformance.engine.probe import Expect, PreparedRequest, Probe
from conformance.errors import SuiteError
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.framing_edits import EDITS, Draft

__all__ = ["FramingCase", "billable_framings", "framing_cases", "framing_probes", "joined", "write_framed"]

_PLAIN = Framing()


@frozen
class FramingCase:
    """One way to write a request.

    Attributes:
        edits: names of what changes the parts, the bytes or the head, in that order.
        headers: header fields that are sent beside the usual ones, or in their place.
        omits: usual header fields that are not sent.
        may: statuses by which a server may refuse it, though it changes nothing.
        together: cases of one such name are tried in one request first.
        body: the kind of body that it is for, None for any.
        carries: the kind of part that it is about, which a request has to have.
        shows: what headers and body have to match for a request to be written so.
        cases: the ways that it is all of at once, where it is several.
    """

    requirement: str
    name: str
    expect: Expect
    framing: Framing
    edits: tuple[str, ...] = ()
    billable: bool = False
    alone: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    omits: tuple[str, ...] = ()
    may: tuple[int, ...] = ()
    together: str | None = None
    body: BodyKind | None = "multipart"
    carries: Literal["file", "json"] | None = None
    shows: tuple[re.Pattern[str], ...] = ()
    cases: tuple[FramingCase, ...] = ()

    @property
    def singles(self) -> tuple[FramingCase, ...]:
        """The ways that it is made of; itself where it is one."""
        return self.cases or (self,)

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
    for edit in case.edits:
        draft = EDITS[edit](draft)
    others = tuple(header for header in request.headers if header[0] != "Content-Type")
    return evolve(
        request,
        headers=(("Content-Type", draft.announced()), *others, *case.headers),
        body=draft.written(),
        chunked=draft.chunked,
        omits=case.omits,
        filler=draft.filler,
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
    return tuple(_case(entry) for entry in read_data("probes", "framings.yaml"))


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
        (entry["edit"],) if "edit" in entry else (),
        entry.get("billable", False),
        entry.get("alone", False),
        tuple((name, value * entry.get("times", 1)) for name, value in entry.get("headers", {}).items())
        * entry.get("copies", 1),
        tuple(entry.get("omits", ())),
        tuple(entry.get("may", ())),
        entry.get("together"),
        None if kind == "any" else kind,
        entry.get("carries"),
        (re.compile(entry["shows"], re.DOTALL),) if "shows" in entry else (),
    )


def joined(cases: Sequence[FramingCase]) -> FramingCase:
    """Return one way to write a request that is all of some ways at once.

    Raises:
        SuiteError: two of them set the same thing.
    """
    settings: dict[str, Any] = {}
    for case in cases:
        own = {item.name: getattr(case.framing, item.name) for item in fields(Framing)}
        changed = {name: value for name, value in own.items() if value != getattr(_PLAIN, name)}
        if taken := changed.keys() & settings.keys():
            raise SuiteError(f"framings.yaml: {case.id}: {min(taken)!r} is set by another case of {case.together!r}")
        settings |= changed
    first = cases[0]
    if len(cases) == 1:
        return first
    return FramingCase(
        "+".join(case.id for case in cases),
        "",
        first.expect,
        Framing(**settings),
        tuple(edit for case in cases for edit in case.edits),
        headers=tuple(header for case in cases for header in case.headers),
        omits=tuple(name for case in cases for name in case.omits),
        together=first.together,
        body=first.body,
        carries=next((case.carries for case in cases if case.carries is not None), None),
        shows=tuple(pattern for case in cases for pattern in case.shows),
        cases=tuple(cases),
    )


def billable_framings(body: BodyKind | None) -> tuple[FramingCase, ...]:
    """Return the ways that ride on creates: first many at once, then one by one."""
    able = [case for case in framing_cases(body) if case.billable]
    together: dict[str, list[FramingCase]] = {}
    for case in able:
        together.setdefault(case.together or case.id, []).append(case)
    return (*(joined(cases) for cases in together.values() if len(cases) > 1), *able)


def framing_probes(builder: Builder, controls: Controls, *, refused: bool) -> Iterator[Probe]:
    """Yield the free probes: behind a defect where reading is under test, whole where refusal is.

    What can be tried in one request is, and one by one only where that is not answered as expected.

    Args:
        builder: of the operation.
        controls: what the control requests have taught.
        refused: those that no server can read, or those that it can.
    """
    media = builder.operation.media
    together: dict[str, list[FramingCase]] = {}
    for case in framing_cases(media.kind if media is not None else None):
        if (case.expect is Expect.REFUSE) is not refused:
            continue
        if case.together is None:
            yield from _probes(builder, controls, case)
        else:
            together.setdefault(case.together, []).append(case)
    for cases in together.values():
        for some in _bundles(builder, cases):
            yield from _tried_together(builder, controls, some)


def _bundles(builder: Builder, cases: Sequence[FramingCase]) -> Iterator[Sequence[FramingCase]]:
    """Yield what fits into one request: as many cases about a file as there are fields for one."""
    room = sum(any(way.kind == "file" for way in builder.ways(declared)) for declared in builder.operation.fields)
    files = [case for case in cases if case.carries == "file"]
    begun = [case for case in cases if case.carries != "file"] + files[:room]
    if begun:
        yield begun
    for start in range(room, len(files) if room else 0, max(room, 1)):
        yield files[start : start + room]


def _tried_together(builder: Builder, controls: Controls, cases: Sequence[FramingCase]) -> Iterator[Probe]:
    apart = tuple(probe for case in cases for probe in _probes(builder, controls, case))
    for probe in _probes(builder, controls, joined(cases)) if len(apart) > 1 else ():
        decides = tuple(dict.fromkeys(name for single in apart for name in single.decides))
        yield evolve(probe, decides=decides, guards=decides, apart=apart)
    if len(apart) == 1:
        yield from apart


def _probes(builder: Builder, controls: Controls, case: FramingCase) -> Iterator[Probe]:
    """Yield the probe of one case, if there is something to hide it behind or nothing to hide, and what it is about."""
    ways = (way for declared in builder.operation.fields for way in builder.ways(declared))
    if case.carries is not None and all(way.kind != case.carries for way in ways):
        return
    hidden = controls.defect() if case.expect is not Expect.REFUSE else None
    if hidden is None and case.expect is not Expect.REFUSE:
        return
    behind = "" if hidden is None else f"/behind/{hidden.name}"
    offered = (builder.required(), builder.everything())
    written = [parts if hidden is None else hidden.apply(parts) for parts in offered]
    # Without a part in it, a body is written in no way at all.
    parts = next((some for some in written if any(part.location == "body" for part in some)), written[0])
    yield builder.of(
        f"{builder.operation.id}/{case.id}{behind}",
        write_framed(builder, parts, case),
        case.expect,
        case.id if case.together else case.requirement,
        decides=(case.requirement,),
        statuses=case.may,
        guards=(case.requirement,),
        control=hidden.name if hidden and case.expect is Expect.SAME else None,
        if_accepted=(hidden.requirement(builder.operation),) if hidden else (),
        alone=case.alone,
        shows=case.shows,
    )
