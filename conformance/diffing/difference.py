"""In what two answers to the same bytes differ, and which requirement that is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import field, frozen

from conformance.checks import CHECKS, Context, Mark
from conformance.diffing.normal_form import NormalAnswer, normal_form
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Probe

__all__ = ["Difference", "Pair", "differences"]

DifferenceKind = Literal["outcome", "status", "media-type", "header", "member", "value", "text"]
_ABSENT = "absent"
_LONGEST = 120
_OF_HEADERS = {"allow": "http/allow", "www-authenticate": "http/challenge", "cache-control": "http/not-shared"}
_ASPECTS = ("required", "type", "enum", "lifecycle", "echo")


@frozen
class Pair:
    """What came of one probe on two servers."""

    first: Exchange
    second: Exchange

    @property
    def probe(self) -> Probe:
        """The one that was sent to both."""
        return self.first.probe

    @property
    def size(self) -> int:
        """How much there is to read in it."""
        return len(self.probe.request.body) + len(self.probe.request.path)


@frozen
class Difference:
    """One way in which two servers differ, with all the pairs that show it.

    Attributes:
        about: what differs: the name of a header or a member; empty where it is the answer as a whole.
        first: what the first server says of it, and `second` the other one.
        requirements: that it is about; empty where no requirement speaks of it.
        pairs: those that show it, the smallest first.
    """

    kind: DifferenceKind
    about: str
    operation: str
    first: str
    second: str
    requirements: tuple[str, ...]
    pairs: tuple[Pair, ...] = field(repr=False)


_Key = tuple[DifferenceKind, str, str, str]


def differences(context: Context, pairs: Sequence[Pair]) -> tuple[Difference, ...]:
    """Return all differences, each once, those that matter most first."""
    found: dict[tuple[object, ...], list[tuple[Pair, _Key]]] = {}
    for pair in pairs:
        for key in _compared(normal_form(pair.first), normal_form(pair.second)):
            named = _requirements(context, pair, key)
            found.setdefault((pair.probe.operation.id, named, *_alike(key)), []).append((pair, key))
    order = ("outcome", "status", "media-type", "header", "member", "value", "text")
    made = [_difference(showing, _requirements(context, *showing[0])) for showing in found.values()]
    return tuple(sorted(made, key=lambda one: order.index(one.kind)))


def _alike(key: _Key) -> tuple[str, ...]:
    """Return what makes differences one: of texts and values, that they are in one place, whatever they say."""
    kind, about, first, second = key
    if kind in ("value", "text"):
        return kind, about
    return (
        kind,
        about,
        *(("present", _ABSENT)[each == _ABSENT] if kind == "member" else each for each in (first, second)),
    )


def _difference(showing: Sequence[tuple[Pair, _Key]], named: tuple[str, ...]) -> Difference:
    pair, (kind, about, first, second) = min(showing, key=lambda one: one[0].size)
    others = tuple(other for other, _ in showing if other is not pair)
    return Difference(kind, about, pair.probe.operation.id, first, second, named, (pair, *others))


def _compared(first: NormalAnswer, second: NormalAnswer) -> Iterator[_Key]:
    """Yield in what two answers differ; where one was accepted and the other was not, all else follows from that."""
    if first.outcome != second.outcome or None in (first.status, second.status):
        if first.outcome != second.outcome:
            yield "outcome", "", _answered(first), _answered(second)
        return
    if first.status != second.status:
        yield "status", "", str(first.status), str(second.status)
    if first.media_type != second.media_type:
        yield "media-type", "", first.media_type or _ABSENT, second.media_type or _ABSENT
        return
    for name in dict.fromkeys((*first.headers, *second.headers)):
        one, other = first.headers.get(name, _ABSENT), second.headers.get(name, _ABSENT)
        if one != other:
            yield "header", name, _cut(one), _cut(other)
    for name in dict.fromkeys((*first.members, *second.members)):
        one, other = first.members.get(name, _ABSENT), second.members.get(name, _ABSENT)
        if one != other:
            yield "member" if _ABSENT in (one, other) else "value", name, _cut(one), _cut(other)
    if first.text != second.text:
        yield "text", "", _cut(first.text), _cut(second.text)


def _answered(form: NormalAnswer) -> str:
    return form.outcome if form.status is None else f"{form.outcome} ({form.status})"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _requirements(context: Context, pair: Pair, key: _Key) -> tuple[str, ...]:
    """Return the requirements that a difference is about: what one server breaks and the other one holds, or speaks of.

    What a probe is for names how it is answered; a member or a header has requirements of its own.
    """
    kind, about, _, _ = key
    probe, broken = pair.probe, sorted(_broken(context, pair.first) ^ _broken(context, pair.second))
    op = probe.operation.id
    if kind in ("outcome", "status", "text"):
        named = [*probe.decides, *probe.concerns, *probe.if_accepted, *probe.guards]
        own = [name for name in broken if name in named or f"{op}/response/" in name]
        answered = [f"{op}/response/{kind}-status" for kind in ("success", "error")]
        return tuple(dict.fromkeys(own)) or _known(context, named) or _known(context, answered)
    status = pair.first.status or 0
    documented = probe.operation.response(status)
    prefix = f"{op}/response/{'error' if status >= 400 or documented is None else documented.pattern}"
    if kind == "media-type":
        return _known(context, [f"{prefix}/content-type"])
    if kind == "header":
        return _known(context, [f"{prefix}/header/{about}", _OF_HEADERS.get(about, "http/request-id-kept")])
    steps = about.removesuffix("[]").split(".")
    places = [".".join(steps[:count]) for count in range(len(steps), 0, -1)]
    own = [name for name in broken if any(f"/{place}/" in name for place in places)]
    spoken = [f"{prefix}/{place}/{aspect}" for place in places for aspect in _ASPECTS]
    return tuple(own) or _known(context, [*spoken, f"{prefix}/reason", f"{prefix}/body"])[:1]


def _known(context: Context, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name in context.catalogue))


def _broken(context: Context, exchange: Exchange) -> frozenset[str]:
    found = (finding for check in CHECKS.values() for finding in check(context, exchange))
    return frozenset(finding.requirement for finding in found if finding.mark is Mark.FAIL)
