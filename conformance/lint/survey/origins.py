"""Provenance: how much of a document says where it comes from."""

from __future__ import annotations

from collections import Counter

from conformance.lint import provenance
from conformance.lint.diagnostics import Diagnostic
from conformance.lint.elements import CONTAINERS, Outline
from conformance.lint.survey.spec_report import SurveySection
from conformance.lint.vocabulary import PROVENANCES

__all__ = ["origins"]

_KEY = "x-provenance"
_ABSENT = "absent"


def origins(outline: Outline) -> SurveySection:
    """Count the elements of a document by their provenance, which is inherited downwards."""
    counted: Counter[str] = Counter()
    for element in outline.elements:
        if element.kind not in CONTAINERS:
            said = element.inherited(_KEY)
            counted[said if said in PROVENANCES else _ABSENT] += 1
    total = sum(counted.values())
    findings: tuple[Diagnostic, ...] = ()
    if counted[_ABSENT] < total:  # whoever does not mark anything is not asked for it
        findings = tuple(sorted({found for rule in provenance.RULES for found in rule.findings(outline)}))
    names = (*PROVENANCES, _ABSENT)
    figures = {"elements": total, **{name: counted[name] for name in names}}
    if not total:
        says = "There is no element."
    elif counted[_ABSENT] == total:
        says = f"None of {total} elements says where it comes from (`{_KEY}`): what is measured, and what is meant?"
    else:
        shares = ", ".join(f"{counted[name] / total:.0%} {name}" for name in names)
        says = f"Of {total} elements: {shares}."
    return SurveySection("provenance", (says,), figures, findings)
