"""The report on a document as values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from conformance.lint.diagnostics import Diagnostic

__all__ = ["SECTIONS", "SpecReport", "SurveySection", "share"]

SECTIONS = ("examples", "errors", "encodings", "provenance", "rules")


@frozen
class SurveySection:
    """What is said of one side of a document.

    Attributes:
        says: sentences, the most important one first.
        table: a heading and rows, where the figures are more than a sentence holds.
        figures: the same for programs.
        findings: what is to be mended.
    """

    name: str
    says: tuple[str, ...]
    figures: Mapping[str, Any] = field(repr=False)
    findings: tuple[Diagnostic, ...] = field(default=(), repr=False)
    table: tuple[tuple[str, ...], ...] = field(default=(), repr=False)


@frozen
class SpecReport:
    """How a document stands.

    Attributes:
        openapi: the version of the specification that it says it follows.
        notes: what was not looked at, and why.
    """

    path: Path
    openapi: str
    title: str
    version: str
    operations: int
    schemas: int
    sections: tuple[SurveySection, ...] = field(repr=False)
    notes: tuple[str, ...] = ()

    def section(self, name: str) -> SurveySection:
        """Return what is said of one side."""
        return next(section for section in self.sections if section.name == name)

    def as_json(self) -> dict[str, Any]:
        """Return it for other tools."""
        return {
            "file": str(self.path),
            "openapi": self.openapi,
            "title": self.title,
            "version": self.version,
            "operations": self.operations,
            "schemas": self.schemas,
            "notes": list(self.notes),
            **{
                section.name: {
                    **section.figures,
                    "findings": [
                        {
                            "file": finding.overlay or str(self.path),
                            "line": finding.line,
                            "pointer": finding.pointer,
                            "rule": finding.rule,
                            "message": finding.message,
                        }
                        for finding in section.findings
                    ],
                }
                for section in self.sections
            },
        }


def share(part: int, whole: int, what: str) -> str:
    """Write how many of some there are, such as `3 of 12 bodies`."""
    return f"{part} of {whole} {what}"
