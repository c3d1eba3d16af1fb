"""Control requests: plain refusals, sent first, that later answers are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import field, frozen

from conformance.bodies.part import Part
from conformance.bodies.violations import UNLISTED
from conformance.contract import Input
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import Fingerprint, fingerprint, mentions
from conformance.engine.probe import Credentials, Expect, Probe
from conformance.probes.builder import Builder
from conformance.requirements.known_defects import KnownDefect

__all__ = ["Controls", "anonymous", "controls", "read_controls", "risk"]

_EMPTY = "empty"
_ANONYMOUS = "anonymous"
_REPEATS = 2


@frozen
class Controls:
    """What the control requests taught.

    Attributes:
        defects: that this server refuses, the best first: refused for a reason of its own, and late, so that
            the rest of the request has been looked at.
        telling: defects whose refusal shows that the request was read.
        fingerprints: the stable part of each control's answer, by control name.
        contrasts: the same, with the unlisted value taken out.
        echo: whether refusals repeat other values of the request.
    """

    defects: tuple[KnownDefect, ...]
    telling: tuple[KnownDefect, ...]
    fingerprints: Mapping[str, Fingerprint] = field(repr=False)
    contrasts: Mapping[str, Fingerprint] = field(factory=dict, repr=False)
    echo: bool = False

    def pair(self, declared: Input, defect: KnownDefect) -> str | None:
        """Return the name of the control that has a defect and an unlisted value of an input."""
        unlisted = KnownDefect(declared, "unlisted")
        names = (_pair_name(unlisted, defect), _pair_name(defect, unlisted))
        return next((name for name in names if name in self.fingerprints), None)

    @property
    def order(self) -> tuple[KnownDefect, ...]:
        """The defects that can be hidden behind, the best first."""
        return tuple(dict.fromkeys((*self.telling, *self.defects)))

    def defect(self, subject: Input | None = None) -> KnownDefect | None:
        """Return the best defect that leaves an input alone."""
        return next((defect for defect in self.order if defect.input is not subject), None)

    @classmethod
    def assumed(cls, builder: Builder, best: KnownDefect | None = None) -> Controls:
        """Return what a server that follows the contract would teach; for plans that are not carried out."""
        found = tuple(sorted(builder.defects, key=lambda defect: defect != best))
        return cls(found, found, {})


def controls(builder: Builder) -> Iterator[Probe]:
    """Yield the control requests: an empty one, each defect alone, and each pair of defects."""
    found = builder.defects
    if not found:
        return
    omitted = tuple(defect.requirement(builder.operation) for defect in found if defect.kind == "omitted")
    if omitted:
        empty = (*builder.base(), *((Part("conformance", b"1"),) if builder.operation.body is not None else ()))
        yield from _repeated(builder, _EMPTY, empty, (), if_accepted=omitted)
    for defect in found:
        parts = defect.apply(builder.required())
        yield from _repeated(builder, defect.name, parts, (defect.requirement(builder.operation),))
        if (scheme := builder.operation.scheme) is not None:
            yield from _repeated(builder, anonymous(defect), parts, (), Credentials(scheme))
    for first, second in _pairs(found):
        parts = second.apply(first.apply(builder.required()))
        broken = (first.requirement(builder.operation), second.requirement(builder.operation))
        yield from _repeated(builder, _pair_name(first, second), parts, (), if_accepted=broken)


def risk(builder: Builder, control: Probe) -> int:
    """Return how far a control may be taken for something to be made: 0 hardly, 1 perhaps, 2 behind what is known.

    What is left out is refused by every server that looks; a value that is not listed goes to an upstream on some.
    """
    unlisted = {defect.name for defect in builder.defects if defect.kind == "unlisted"}
    words = {*control.id.split("/")[2].split("+")} - {_ANONYMOUS}
    return 0 if not words & unlisted else 1 if words <= unlisted else 2


def read_controls(builder: Builder, exchanges: Sequence[Exchange]) -> Controls:
    """Learn from the answers to the control requests which defects to hide behind."""
    by_name: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        by_name.setdefault(exchange.probe.id.split("/")[2], []).append(exchange)
    fingerprints = {name: fingerprint(group) for name, group in by_name.items()}
    empty = fingerprints.get(_EMPTY)
    found = builder.defects
    refused = [defect for defect in found if _is_refused(by_name.get(defect.name, ()))]
    telling = [defect for defect in refused if empty is None or not fingerprints[defect.name].matches(empty)]

    def lateness(defect: KnownDefect) -> int:
        """How many other defects hide this one: the more, the later it is found."""
        return sum(
            _hides(fingerprints, other, defect, fingerprints.get(_pair_name(*pair)))
            for pair in _pairs(found)
            for other in pair
            if defect in pair and other is not defect
        )

    telling.sort(key=lateness, reverse=True)
    contrasts = {name: fingerprint(group, UNLISTED) for name, group in by_name.items()}
    listed = {declared.name for declared in builder.operation.inputs if declared.schema.enum}
    sent = [part.value.decode("utf-8", "replace") for part in builder.required() if part.name not in listed]
    answers = [exchange.answer for defect in telling for exchange in by_name[defect.name]]
    echo = any(mentions(answer, text) for answer in answers if answer is not None for text in sent)
    return Controls(tuple(refused), tuple(telling), fingerprints, contrasts, echo)


def _hides(
    fingerprints: Mapping[str, Fingerprint], first: KnownDefect, second: KnownDefect, both: Fingerprint | None
) -> bool:
    """Tell whether the answer to both defects is the answer to the first alone."""
    if both is None or first.name not in fingerprints or second.name not in fingerprints:
        return False
    return fingerprints[first.name].matches(both) and not fingerprints[second.name].matches(both)


def anonymous(defect: KnownDefect) -> str:
    """Return the name of the control that has a defect and no credentials."""
    return f"{defect.name}+{_ANONYMOUS}"


def _repeated(
    builder: Builder,
    name: str,
    parts: Sequence[Part],
    decides: tuple[str, ...],
    credentials: Credentials | None = None,
    if_accepted: tuple[str, ...] = (),
) -> Iterator[Probe]:
    for index in range(_REPEATS if credentials is None else 1):  # of what nobody may, the status says enough
        yield builder.of(
            f"{builder.operation.id}/control/{name}/{index + 1}",
            builder.request(parts, credentials=credentials),
            Expect.EITHER if credentials else Expect.REFUSE,
            decides[0] if decides else f"{builder.operation.id}/control/{name}",
            decides=decides,
            if_accepted=if_accepted,
        )


def _pairs(found: Sequence[KnownDefect]) -> Iterator[tuple[KnownDefect, KnownDefect]]:
    for index, first in enumerate(found):
        for second in found[index + 1 :]:
            if first.input is not second.input:
                yield first, second


def _pair_name(first: KnownDefect, second: KnownDefect) -> str:
    return f"{first.name}+{second.name}"


def _is_refused(exchanges: Sequence[Exchange]) -> bool:
    return bool(exchanges) and all(exchange.outcome is Outcome.REFUSED for exchange in exchanges)
