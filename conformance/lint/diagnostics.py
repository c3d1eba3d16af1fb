"""Diagnostics, and how a rule of the lint is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from conformance.contract.document import pointer
from conformance.lint.elements import Outline

__all__ = ["Diagnostic", "Judge", "Rule", "rule"]


@frozen(order=True)
class Diagnostic:
    """One thing to mend in the contract.

    Attributes:
        overlay: the file of the overlay that it stands in; empty where that is the contract's own.
    """

    line: int
    pointer: str
    rule: str
    message: str
    overlay: str = ""

    def in_file(self, path: Path) -> str:
        """Return it as one line, file and line first, as editors and CI systems read it."""
        return f"{self.overlay or path}:{self.line}: {self.pointer} [{self.rule}] {self.message}"


Found = tuple[tuple[str, ...], str]
"""Where a finding stands, as the keys from the root, and what it says."""

Judge = Callable[[Outline], Iterator[Found]]


@frozen
class Rule:
    """One demand on the contract; `judge` yields the places that do not meet it."""

    id: str
    demand: str
    judge: Judge

    def findings(self, outline: Outline) -> Iterator[Diagnostic]:
        """Judge a document."""
        for tokens, message in self.judge(outline):
            path, line = outline.document.written(tokens)
            overlay = "" if path == outline.document.path else str(path)
            yield Diagnostic(line, pointer(tokens), self.id, message, overlay)


def rule(rule_id: str, demand: str) -> Callable[[Judge], Rule]:
    """Make a rule of a judging function."""

    def decorate(judge: Judge) -> Rule:
        return Rule(rule_id, demand, judge)

    return decorate
