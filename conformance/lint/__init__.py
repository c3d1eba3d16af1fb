"""The lint: rules of this project's own for a contract, beyond the specification's.

Each rule is a pure function from a document to places and sentences. The first group asks whether the document
is OpenAPI at all; where a group finds something the next is not asked, because it would only repeat that.
"""

from __future__ import annotations

from pathlib import Path

from conformance.contract.document import Document
from conformance.contract.source import ContractSource
from conformance.lint import (
    addresses,
    constraints,
    counts,
    encodings,
    examples,
    extensions,
    listings,
    operations,
    provenance,
    structure,
)
from conformance.lint.diagnostics import Diagnostic, Rule
from conformance.lint.elements import Outline

__all__ = ["RULES", "Diagnostic", "Rule", "lint", "lint_file"]

_FORM = structure.RULES
_MEANING = (
    *provenance.RULES,
    *operations.RULES,
    *encodings.RULES,
    *examples.RULES,
    *extensions.RULES,
    *counts.RULES,
)
_GENERAL = (*addresses.RULES, *listings.RULES, *constraints.RULES)
# What the specification's validator finds has no place, and much of it has been found with one by then.
_REST = (*counts.LAST, structure.specification)

RULES: tuple[Rule, ...] = (*structure.TEXT, *_FORM, *_MEANING, *_GENERAL, *_REST)
"""All rules, in the order in which they are asked."""


def lint(document: Document) -> tuple[Diagnostic, ...]:
    """Return what is to be mended in a document, in the order of its lines."""
    outline = Outline.of(document)
    for group in (structure.TEXT, _FORM, _MEANING, _GENERAL, _REST):
        if found := {finding for rule in group for finding in rule.findings(outline)}:
            return tuple(sorted(found, key=lambda finding: (finding.overlay, finding)))
    return ()


def lint_file(path: Path, overlays: tuple[Path, ...] = ()) -> tuple[Diagnostic, ...]:
    """Read a file, apply overlays to it, and lint what that makes.

    Raises:
        ContractError: a file is missing, unreadable, empty or not YAML, or an overlay does not fit.
    """
    return lint(ContractSource(path, overlays).document(strict=False))
