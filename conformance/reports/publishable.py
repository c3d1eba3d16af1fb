"""Tells which reports may stand for a server in public: those of complete runs that asked for everything."""

from __future__ import annotations

from attrs import frozen

from conformance.contract import Contract
from conformance.reports.layout import plural
from conformance.reports.report import Report

__all__ = ["PublishedFacts", "standing", "why_unfit"]

_SHOWN = 12  # digits of a digest


@frozen
class PublishedFacts:
    """What a published figure has to be read with: of what, by what, and when."""

    contract: str
    requirement_set: str | None
    tool: str
    started: str


def standing(report: Report) -> PublishedFacts:
    """Return what a report says of its own making."""
    return PublishedFacts(
        contract=report.contract["version"],
        requirement_set=report.requirement_set,
        tool=f"{report.tool['name']} {report.tool['version']}",
        started=report.run.started,
    )


def why_unfit(report: Report, contract: Contract) -> str | None:
    """Say why a report may not stand for its server; None where it may.

    Args:
        report: of a run.
        contract: that the run has to be of.
    """
    if report.trouble is not None or not report.complete:
        return f"its run is not complete: {report.trouble}"
    if report.contract["sha256"] != contract.sha256:
        theirs = f"{report.contract['version']} ({report.contract['sha256'][:_SHOWN]}…)"
        ours = f"{contract.path} is {contract.edition} ({contract.sha256[:_SHOWN]}…)"
        options = "--contract and --overlay" if report.contract.get("overlays") else "--contract"
        return f"its run is of another contract, {theirs}, and {ours}: name that one with {options}"
    if not report.ledger["requests"]:
        return "it is of a recording, in which nobody has asked for everything: run the suite"
    if report.left_out:
        left = plural(len(report.left_out), report.noun)
        return f"its run left out {left} ({report.left_out[0]} …): run without --only and --skip"
    return None
