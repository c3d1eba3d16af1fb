"""Tells which reports may stand for a server in public: those of complete runs that asked for everything."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import frozen

from conformance import __version__
from conformance.contract import Contract
from conformance.reports.report import Report

__all__ = ["Standing", "standing", "why_unfit"]

_SHOWN = 12  # digits of a digest
_UNKNOWN = "not recorded"


@frozen
class Standing:
    """What a published figure has to be read with: of what, by what, and when."""

    contract: str
    requirement_set: str | None
    tool: str
    started: str


def standing(report: Report) -> Standing:
    """Return what a report says of its own making; reports of older versions say less."""
    data: dict[str, Any] = report.to_dict()
    tool = data.get("tool") or {}
    named = f"{tool.get('name', '')} {tool.get('version', '')}".strip()
    chosen = data.get("set")
    given = chosen.get("name") if isinstance(chosen, dict) else chosen
    return Standing(
        contract=report.contract["version"],
        requirement_set=str(given) if given else None,
        tool=named or _UNKNOWN,
        started=str((data.get("run") or data).get("started") or _UNKNOWN),
    )


def why_unfit(report: Report, contract: Contract, asked: Collection[str]) -> str | None:
    """Say why a report may not stand for its server; None where it may.

    Args:
        report: of a run.
        contract: that the run has to be of.
        asked: ids of all requirements of that contract.
    """
    if report.trouble is not None or not report.complete:
        return f"its run is not complete: {report.trouble}"
    if report.contract["sha256"] != contract.sha256:
        theirs = f"{report.contract['version']} ({report.contract['sha256'][:_SHOWN]}…)"
        ours = f"{contract.path} is {contract.version} ({contract.sha256[:_SHOWN]}…)"
        return f"its run is of another contract, {theirs}, and {ours}: name that one with --contract"
    held = {line.id for line in report.verdicts}
    version = (report.to_dict().get("tool") or {}).get("version", __version__)
    left_out = [] if version != __version__ else [name for name in asked if name not in held]
    if left_out:
        return (
            f"its run asked for {len(held)} of {len(asked)} requirements (not for {left_out[0]}): run without --only"
            " and --skip"
        )
    return None
