"""A requirement explained to people, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from conformance.contract import Contract
from conformance.reports.layout import block
from conformance.requirements import Requirement
from conformance.requirements.requirement import Layer
from conformance.requirements.sets import Member, is_own, sets_with
from conformance.vectors import explain_asked

__all__ = ["reasons", "render_explanation"]


def render_explanation(
    requirement: Requirement, contract: Contract, console: Console, faults: Sequence[str] = ()
) -> None:
    """Print what a requirement asks, how binding it is and why, what breaks without it, and how it is mended.

    Args:
        requirement: which.
        contract: that it is of.
        console: to print on.
        faults: that it finds, each with what it does; the first one is shown, and how many more there are.
    """
    console.print(Text(requirement.id, style="bold"), soft_wrap=True)
    block(console, "  ", requirement.statement)
    for label, text in _answers(requirement, contract):
        block(console, f"  {label:6}  ", text)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        block(console, "  fault   ", f"{faults[0]}{more}")


def _answers(requirement: Requirement, contract: Contract) -> Iterator[tuple[str, str]]:
    yield "level", requirement.level.value
    yield "layer", f"{requirement.layer.value}, mended in {requirement.layer.mended_in}"
    yield "source", _source(requirement, contract)
    if is_own(contract) and requirement.layer is not Layer.CLIENT:  # whose sets hold the vectors that test it
        yield "sets", ", ".join(map(_in_set, sets_with(requirement.id))) or "none yet: it is news, and fails no run"
    yield from reasons(requirement.id)


def reasons(requirement_id: str) -> Iterator[tuple[str, str]]:
    """Yield why a requirement matters, what breaks without it and how it is mended, each with its label."""
    explanation = explain_asked(requirement_id)
    if explanation is None:
        return
    if explanation.quote:
        yield "quote", f'"{explanation.quote}"'
    yield "why", explanation.why
    yield "breaks", explanation.breaks
    yield "mend", explanation.mend


def _in_set(found: tuple[str, Member]) -> str:
    name, member = found
    reason = f": {member.not_scored}" if member.not_scored is not None else ""
    return f"{name} ({member.level.value}{', not scored' + reason if reason else ''})"


def _source(requirement: Requirement, contract: Contract) -> str:
    reference = requirement.source.reference
    if not reference.startswith("#"):
        return str(requirement.source)
    path, line = contract.document.written(reference)
    return f"{requirement.source}, {path.name}:{line}"
