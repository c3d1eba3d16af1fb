"""Shows what was found: as lines for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from scripts.source_page.disagreements import Claim, Disagreement, ExplainedDeparture
from scripts.source_page.taking_over import TakenOver

__all__ = ["WitnessReport", "as_json", "as_text"]

_SIGNS = {"source": "+", "contract": "-", "both": "!"}
_LONGEST = 120


@frozen
class WitnessReport:
    """Everything that there is to say.

    Attributes:
        idle: explanations of what is no difference any more.
        taken: what can be taken over, or was.
        lint: what the lint finds in the contract as it was written.
        is_written: whether `taken` is in the contract now.
    """

    sources: tuple[str, ...]
    contract: Path
    version: str
    found: tuple[Disagreement, ...]
    idle: tuple[ExplainedDeparture, ...] = ()
    taken: tuple[TakenOver, ...] = ()
    lint: tuple[str, ...] = ()
    is_written: bool = False

    @property
    def unexplained(self) -> tuple[Disagreement, ...]:
        """The differences that the contract does not explain."""
        return tuple(each for each in self.found if each.why is None)

    @property
    def open(self) -> tuple[Disagreement, ...]:
        """The differences that are left."""
        gone = [each.found for each in self.taken] if self.is_written else []
        return tuple(each for each in self.unexplained if each not in gone)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left to do, but for what taking over leaves to people."""
        return not (self.open or self.idle or self.lint)


def as_text(said: WitnessReport) -> str:
    """Return the lines for people."""
    return "".join(f"{_printable(line)}\n" for line in _lines(said))


def _lines(said: WitnessReport) -> Iterator[str]:
    yield f"{', '.join(said.sources)} against {said.contract.name} {said.version}"
    yield from _differences("", said.open)
    if said.is_written:
        yield from _differences(f"written into {said.contract.name}", [each.found for each in said.taken])
        yield from _listed("left to do by hand", [task for each in said.taken for task in each.left])
        yield from _listed("what the lint says of the contract now", said.lint)
    yield from _explained([each for each in said.found if each.why is not None])
    yield from _listed(
        "explanations of what is no difference any more (x-departures)",
        [f"{said.contract.name}:{each.line} {each.kind} at {each.pointer}; remove it" for each in said.idle],
    )
    yield ""
    yield from _summary(said)


def _summary(said: WitnessReport) -> Iterator[str]:
    count, reasons = len(said.open), len(said.found) - len(said.unexplained)
    behind = f" but {reasons} that the contract explains" if reasons else ""
    if not count:
        yield f"no difference{' is left' if said.is_written else ''}{behind}"
    else:
        yield f"{count} difference{'s' * (count > 1)}: + only the source has it, - only the contract, ! they differ"
        yield "what the contract is right about, it explains under `x-departures`"
    if said.taken and not said.is_written:
        yield f"--apply writes {len(said.taken)} of them into {said.contract.name}"
    if said.is_written and not said.lint:
        yield "the contract's lint passes; ./scripts/regenerate carries it on"


def _differences(title: str, found: Sequence[Disagreement]) -> Iterator[str]:
    if found and title:
        yield from ("", f"{title}:")
    operation: str | None = None
    for each in found:
        if each.operation != operation:
            operation = each.operation
            yield from ("", operation) if not title else (operation,)
        yield f"  {_SIGNS[each.holder]} {each.element}: {_sides(each)}"


def _explained(found: Sequence[Disagreement]) -> Iterator[str]:
    """Yield each reason once, with everything that it explains."""
    reasons: dict[tuple[str, str | None], list[str]] = {}
    for each in found:
        reasons.setdefault((each.kind, each.why), []).append(each.element)
    if reasons:
        yield from ("", "explained by the contract (--json says where):")
    for (kind, why), elements in reasons.items():
        yield f"  {kind.replace('-', ' ')} of {', '.join(elements)}"
        yield f"      {why}"


def _sides(found: Disagreement) -> str:
    kind = found.kind.replace("-", " ")
    if found.source is None or found.contract is None:
        side = found.source or found.contract
        return f"{kind} {_shown(side)}" if side is not None else kind
    stated, own = _apart(found.source, found.contract)
    return f"{kind} {_shown(stated)}, in the contract {_shown(own)}"


def _apart(first: Claim, second: Claim) -> tuple[Claim, Claim]:
    """Leave out the members that two objects have in common."""
    if not isinstance(first.value, dict) or not isinstance(second.value, dict):
        return first, second
    same = {key for key, value in first.value.items() if key in second.value and second.value[key] == value}
    stated, own = ({k: v for k, v in side.value.items() if k not in same} for side in (first, second))
    return evolve(first, value=stated), evolve(second, value=own)


def _shown(side: Claim) -> str:
    text = json.dumps(side.value, ensure_ascii=False, default=str)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"{text} ({side.spot})"


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"{title}:")
        yield from (f"  - {line}" for line in lines)


def _printable(text: str) -> str:
    """Keep what a page says from steering a terminal."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def as_json(said: WitnessReport) -> str:
    """Return the same for programs."""
    left = {id(each.found): each.left for each in said.taken}
    return (
        json.dumps(
            {
                "sources": list(said.sources),
                "contract": {"path": str(said.contract), "version": said.version},
                "differences": [_entry(each, left) for each in said.found],
                "idle_explanations": [{"line": each.line, "what": each.kind, "at": each.pointer} for each in said.idle],
                "written": said.is_written,
                "lint": list(said.lint),
                "clean": said.is_clean,
            },
            indent=2,
            ensure_ascii=False,
            default=str,
        )
        + "\n"
    )


def _entry(found: Disagreement, left: dict[int, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "holder": found.holder,
        "operation": found.operation,
        "element": found.element,
        "source": _side(found.source),
        "contract": _side(found.contract),
        "explained": found.why,
        "can_be_applied": id(found) in left,
        "by_hand": list(left.get(id(found), ())),
    }


def _side(side: Claim | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {"value": side.value, "file": side.spot.file, "line": side.spot.line, "pointer": side.spot.pointer or None}
