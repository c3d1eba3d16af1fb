"""Renders the page: the template with what stands in a report, style and script within it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import TextIO

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance import __version__
from conformance.errors import ExitCode
from conformance.reports.formats import Material
from conformance.reports.grouping import causes, excuses_counted, not_offered, times, undecided
from conformance.reports.html.entries import SIGNS, PageLines
from conformance.reports.html.matrices import overviews
from conformance.reports.layout import plural, printable
from conformance.reports.report import LEVELS, Report
from conformance.requirements import Layer

__all__ = ["RunVerdict", "asset", "foreign", "page", "policy", "prose", "run_verdict", "write"]

_LONGEST = 4_000  # characters of one text that somebody else wrote; what is longer stands in the JSON report
_OPEN = 3  # causes that are open from the beginning
_CODE = re.compile(r"`([^`]+)`")


@frozen
class RunVerdict:
    """What the whole run says, in a word."""

    kind: str
    sign: str
    word: str


def run_verdict(report: Report) -> RunVerdict:
    """Return what a run says as a whole."""
    if not report.complete:
        return RunVerdict("inconclusive", "!", "Incomplete")
    code = report.exit_code()
    if code is ExitCode.BROKEN_MUST:
        return RunVerdict("fail", SIGNS["fail"], "Does not conform")
    if code is not ExitCode.CONFORMS:
        return RunVerdict("inconclusive", SIGNS["inconclusive"], "Not decided")
    return RunVerdict("pass", SIGNS["pass"], "Conforms")


def write(material: Material, stream: TextIO) -> None:
    """Write a report as one HTML document."""
    stream.write(page(material.report))


def page(report: Report) -> str:
    """Return a report as one HTML document."""
    entries = PageLines(report)
    lines = report.verdicts
    style, script = asset("page.css"), asset("page.js")
    template = _environment().get_template("page.html.jinja")
    return template.render(
        report=report,
        entries=entries,
        run_verdict=run_verdict(report),
        causes=causes(report),
        excuses=excuses_counted(report),
        times=times,
        undecided=undecided(report),
        not_offered=not_offered(report),
        overviews=overviews(entries),
        verdicts=_counted(Counter(line.verdict for line in lines), SIGNS),
        levels=_counted(Counter(line.level for line in lines), LEVELS),
        layers=_counted(Counter(line.layer for line in lines), (layer.value for layer in Layer)),
        signs=SIGNS,
        open=_OPEN,
        version=__version__,
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        policy=policy(style, script),
    )


def _counted(counts: Mapping[str, int], order: Iterable[str]) -> dict[str, int]:
    """Return what occurs, with how often, in an order."""
    return {name: counts[name] for name in order if counts[name]}


def policy(style: str, script: str) -> str:
    """Return what a browser may do with the page: apply this style, run this script, and nothing else."""
    allowed = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def asset(name: str) -> str:
    """Return the style or the script of the page."""
    return (resources.files("conformance.reports.html") / name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("conformance.reports.html"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters.update(foreign=foreign, prose=prose, plural=plural)
    return made


def foreign(text: str, longest: int | None = _LONGEST) -> str:
    """Write out what could command a browser or turn a line round, but for line ends; cut what is long."""
    shown = "\n".join(printable(line) for line in re.split(r"\r\n|\n", text[:longest]))
    return shown if longest is None or len(text) <= longest else f"{shown} … ({len(text)} characters)"


def prose(text: str) -> Markup:
    """Return a sentence as markup; what stands in backticks is code."""
    pieces = _CODE.split(foreign(text))
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )
