"""In what two answers to the same bytes differ, and which requirement that is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import field, frozen

from conformance.checks import CHECKS, Context, Mark
from conformance.diffing.normal_form import NormalForm, normal_form
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Probe

__all__ = ["Difference", "Pair", "differences"]

Kind = Literal["outcome", "status", "media-type", "header", "member", "value", "text"]
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


@frozen
class Difference:
    """One way in which two servers differ, with all the pairs that show it.

    Attributes:
        about: what differs: the name of a header or a member; empty where it is the answer as a whole.
        first: what the first server says of it, and `second` the other one.
        requirements: that it is about; empty where no requirement speaks of it.
    """

    kind: Kind
    about: str
    operation: str
    first: str
    second: str
    requirements: tuple[str, ...]
    pairs: tuple[Pair, ...] = field(repr=False)


_Key = tuple[Kind, str, str, str]


def differences(context: Context, pairs: Sequence[Pair]) -> tuple[Difference, ...]:
    """Return all differences, each once, those that matter most first."""
    found: dict[tuple[str, _Key, tuple[str, ...]], list[Pair]] = {}
    for pair in pairs:
        for key in _compared(normal_form(pair.first), normal_form(pair.second)):
            named = _requirements(context, pair, key)
            found.setdefault((pair.probe.operation.id, key, named), []).append(pair)
    order = ("outcome", "status", "media-type", "header", "member", "value", "text")
    made = [
        Difference(kind, about, operation, first, second, named, tuple(showing))
        for (operation, (kind, about, first, second), named), showing in found.items()
    ]
    return tuple(sorted(made, key=lambda one: order.index(one.kind)))


def _compared(first: NormalForm, second: NormalForm) -> Iterator[_Key]:
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


def _answered(form: NormalForm) -> str:
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
        return tuple(dict.fromkeys(own)) or _known(context, named)
    documented = probe.operation.response(pair.first.status or 0)
    prefix = f"{op}/response/{'error' if (pair.first.status or 0) >= 400 or documented is None else documented.pattern}"
    if kind == "media-type":
        return _known(context, [f"{prefix}/content-type"])
    if kind == "header":
        return _known(context, [f"{prefix}/header/{about}", _OF_HEADERS.get(about, "http/request-id-kept")])
    member = about.removesuffix("[]")
    own = [name for name in broken if f"/{member}/" in name]
    return tuple(own) or _known(context, [f"{prefix}/{member}/{aspect}" for aspect in _ASPECTS])[:1]


def _known(context: Context, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name in context.catalogue))


def _broken(context: Context, exchange: Exchange) -> frozenset[str]:
    found = (finding for check in CHECKS.values() for finding in check(context, exchange))
    return frozenset(finding.requirement for finding in found if finding.mark is Mark.FAIL)
