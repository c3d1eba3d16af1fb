"""Surveys a document, anybody's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from attrs import evolve

from conformance.contract.document import Document, Tokens, pointer
from conformance.contract.versions import modern
from conformance.errors import ContractError
from conformance.lint import addresses, constraints, counts, encodings, extensions, listings, operations, structure
from conformance.lint.diagnostics import Diagnostic, Rule
from conformance.lint.elements import Outline
from conformance.lint.survey.error_coverage import error_coverage
from conformance.lint.survey.gathering import GatheredDocument, gathered
from conformance.lint.survey.illustrations import illustrations
from conformance.lint.survey.origins import origins
from conformance.lint.survey.parts import parts
from conformance.lint.survey.spec_report import SpecReport, SurveySection
from conformance.lint.vocabulary import EXTENSIONS

__all__ = ["surveyed"]

_VERSION = re.compile(r"3\.[012](\.\d+)?(-.*)?")
_OF_ANY = (
    *(rule for rule in structure.RULES if rule is not structure.structure),
    *operations.OF_ANY,
    *encodings.OF_ANY,
    *addresses.RULES,
    *listings.RULES,
    *constraints.RULES,
)
_OF_OURS = (*extensions.RULES, *counts.RULES, *counts.LAST)
# What a rule may stumble over in a document that is not what it says it is.
_STUMBLES = (AttributeError, IndexError, KeyError, TypeError, ValueError, re.error, ContractError)


def surveyed(document: Document) -> SpecReport:
    """Return how a document stands; it may have been read as it comes, without demands.

    Raises:
        ContractError: a file that it refers to is no YAML, or it is no OpenAPI document of version 3.
        UsageError: what reads its specification is not installed.
    """
    version = _version(document)
    as_written = Outline.of(document)
    whole = gathered(document)
    # A schema of 3.0 is read as one of 3.1; every element keeps its place.
    read_as = (
        evolve(whole.document, data=modern(whole.document.data), made=whole.document.nodes)
        if version == "3.0"
        else whole.document
    )
    outline = Outline.of(read_as)
    broken: list[str] = []
    rules = _rules(as_written, outline, version, whole.lost, broken)
    sections = (illustrations(outline), error_coverage(outline), parts(outline), origins(outline), rules)
    notes = list(_notes(whole, broken))
    stated = document.data.get("info")
    info = stated if isinstance(stated, Mapping) else {}
    return SpecReport(
        document.path,
        str(document.data["openapi"]),
        str(info.get("title", "")),
        str(info.get("version", "")),
        sum(1 for _ in outline.of_kind("operation")),
        sum(1 for element in outline.of_kind("schema") if element.keyword == "schemas"),
        sections,
        tuple(notes),
    )


def _version(document: Document) -> str:
    """Return the version of the specification without its last number.

    Raises:
        ContractError: it is none that is read here.
    """
    said = document.data.get("openapi")
    if isinstance(said, str) and _VERSION.fullmatch(said):
        return said[:3]
    if said is not None:
        raise document.error(
            "#/openapi", f"`openapi: {said}` is no version that is read here; it is 3.0.x, 3.1.x or 3.2.x"
        )
    if "swagger" in document.data:
        raise document.error("#/swagger", f"is Swagger {document.data['swagger']}; convert it to OpenAPI 3 first")
    raise document.error("#", "is no OpenAPI document: `openapi: 3.1.x` is missing at the top")


def _notes(whole: GatheredDocument, broken: list[str]) -> Iterator[str]:
    if whole.files:
        count = len(whole.files)
        yield f"read together with {count} other {'file' if count == 1 else 'files'} that it refers to"
    if whole.remote:
        yield f"{whole.remote} references lead to the network, and are not followed"
    if broken:
        yield f"rules that cannot be asked of a document that is so broken: {', '.join(broken)}"


def _rules(
    as_written: Outline, outline: Outline, version: str, lost: Mapping[Tokens, str], broken: list[str]
) -> SurveySection:
    """Ask the rules that hold for any document, and for one with extensions of ours theirs too."""
    form = Rule("structure", structure.structure.demand, partial(structure.as_specified, version=version))
    found: set[Diagnostic] = set()
    for rule in structure.TEXT:
        found.update(rule.findings(as_written))
    found.update(_asked(form, as_written, broken))
    is_ours = any(key in EXTENSIONS for element in outline.elements for key in element.node)
    for rule in (*_OF_ANY, *(_OF_OURS if is_ours else ())):
        found.update(_asked(rule, outline, broken))
    told = {pointer((*place, "$ref")): f"leads nowhere: {why}; correct it" for place, why in lost.items()}
    found = {evolve(one, message=told[one.pointer]) if one.pointer in told else one for one in found}
    findings = tuple(sorted(found, key=lambda finding: (finding.overlay, finding)))
    counted = Counter(finding.rule for finding in findings)
    figures = {"found": len(findings), "by_rule": dict(counted.most_common()), "extensions": is_ours}
    if findings:
        most = ", ".join(f"{name} {count}" for name, count in counted.most_common())
        says = f"{len(findings)} to mend: {most}."
    else:
        says = "Nothing to mend."
    return SurveySection("rules", (says,), figures, findings)


def _asked(rule: Rule, outline: Outline, broken: list[str]) -> Iterator[Diagnostic]:
    try:
        yield from list(rule.findings(outline))
    except _STUMBLES:
        broken.append(rule.id)
