"""Control requests: plain refusals, sent first, that later answers are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import field, frozen

from conformance.exchange import Exchange, Outcome
from conformance.probe import Auth, Expect, Probe
from conformance.probes.builder import Anchor, Builder, anchors
from conformance.probes.samples import UNLISTED
from conformance.signature import Signature, signature
from conformance.wire.parts import Part

__all__ = ["Controls", "anonymous", "controls", "read_controls"]

_EMPTY = "empty"
_REPEATS = 2


@frozen
class Controls:
    """What the control requests taught.

    Attributes:
        anchors: defects that this server refuses, the best first: refused for a reason of its own, and late,
            so that the rest of the form has been looked at.
        signatures: the stable part of each control's answer, by control name.
        telling: anchors whose refusal shows that the form was read.
        foils: the same as `signatures`, with the unlisted value taken out.
        echo: whether refusals repeat other values of the form.
    """

    anchors: tuple[Anchor, ...]
    telling: tuple[Anchor, ...]
    signatures: Mapping[str, Signature] = field(repr=False)
    foils: Mapping[str, Signature] = field(factory=dict, repr=False)
    echo: bool = False

    def pair(self, field_name: str, anchor: Anchor) -> str | None:
        """Return the name of the control that has an anchor and an unlisted value of a field."""
        unlisted = Anchor(field_name, "unlisted")
        names = (_pair_name(unlisted, anchor), _pair_name(anchor, unlisted))
        return next((name for name in names if name in self.signatures), None)

    @property
    def order(self) -> tuple[Anchor, ...]:
        """The defects that can be hidden behind, the best first."""
        return tuple(dict.fromkeys((*self.telling, *self.anchors)))

    def anchor(self, subject: str | None = None) -> Anchor | None:
        """Return the best defect that leaves a field alone."""
        return next((anchor for anchor in self.order if anchor.field != subject), None)

    @classmethod
    def assumed(cls, builder: Builder, best: Anchor | None = None) -> Controls:
        """Return what a server that follows the contract would teach; for plans that are not carried out."""
        found = tuple(sorted(anchors(builder.operation), key=lambda anchor: anchor != best))
        return cls(found, found, {})


def controls(builder: Builder) -> Iterator[Probe]:
    """Yield the control requests: an empty form, each defect alone, and each pair of defects."""
    found = anchors(builder.operation)
    omitted = tuple(anchor.requirement(builder.operation) for anchor in found if anchor.kind == "omitted")
    yield from _repeated(builder, _EMPTY, (Part("conformance", b"1"),), (), if_accepted=omitted)
    for anchor in found:
        parts = anchor.apply(builder.required())
        yield from _repeated(builder, anchor.name, parts, (anchor.requirement(builder.operation),))
        if builder.operation.security:
            yield from _repeated(builder, anonymous(anchor), parts, (), Auth(None))
    for first, second in _pairs(found):
        parts = second.apply(first.apply(builder.required()))
        broken = (first.requirement(builder.operation), second.requirement(builder.operation))
        yield from _repeated(builder, _pair_name(first, second), parts, (), if_accepted=broken)


def read_controls(builder: Builder, exchanges: Sequence[Exchange]) -> Controls:
    """Learn from the answers to the control requests which defects to hide behind."""
    by_name: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        by_name.setdefault(exchange.probe.id.split("/")[2], []).append(exchange)
    signatures = {name: signature(group) for name, group in by_name.items()}
    empty = signatures.get(_EMPTY)
    found = anchors(builder.operation)
    refused = [anchor for anchor in found if _is_refused(by_name.get(anchor.name, ()))]
    telling = [anchor for anchor in refused if empty is None or not signatures[anchor.name].matches(empty)]

    def lateness(anchor: Anchor) -> int:
        """How many other defects hide this one: the more, the later it is found."""
        return sum(
            _hides(signatures, other, anchor, signatures.get(_pair_name(*pair)))
            for pair in _pairs(found)
            for other in pair
            if anchor in pair and other is not anchor
        )

    telling.sort(key=lateness, reverse=True)
    foils = {name: signature(group, UNLISTED) for name, group in by_name.items()}
    listed = {declared.name for declared in builder.operation.fields if "enum" in declared.schema}
    sent = [part.value.decode() for part in builder.required() if part.name not in listed]
    echo = any(signatures[anchor.name].mentions(text) for anchor in telling for text in sent)
    return Controls(tuple(refused), tuple(telling), signatures, foils, echo)


def _hides(signatures: Mapping[str, Signature], first: Anchor, second: Anchor, both: Signature | None) -> bool:
    """Tell whether the answer to both defects is the answer to the first alone."""
    return both is not None and signatures[first.name].matches(both) and not signatures[second.name].matches(both)


def anonymous(anchor: Anchor) -> str:
    """Return the name of the control that has a defect and no credentials."""
    return f"{anchor.name}+anonymous"


def _repeated(
    builder: Builder,
    name: str,
    parts: Sequence[Part],
    decides: tuple[str, ...],
    auth: Auth | None = None,
    if_accepted: tuple[str, ...] = (),
) -> Iterator[Probe]:
    for index in range(_REPEATS):
        yield builder.of(
            f"{builder.operation.id}/control/{name}/{index + 1}",
            builder.message(parts, auth=auth),
            Expect.EITHER if auth else Expect.REFUSE,
            decides[0] if decides else f"{builder.operation.id}/control/{name}",
            decides=decides,
            if_accepted=if_accepted,
        )


def _pairs(found: Sequence[Anchor]) -> Iterator[tuple[Anchor, Anchor]]:
    for index, first in enumerate(found):
        for second in found[index + 1 :]:
            if first.field != second.field:
                yield first, second


def _pair_name(first: Anchor, second: Anchor) -> str:
    return f"{first.name}+{second.name}"


def _is_refused(exchanges: Sequence[Exchange]) -> bool:
    refusals = (Outcome.REFUSED, Outcome.UNAVAILABLE)
    return bool(exchanges) and all(exchange.outcome in refusals for exchange in exchanges)
