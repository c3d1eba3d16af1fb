"""Runs of the suite: in this process, through the command's own code, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen
from click.testing import CliRunner

from conformance.campaign import Options, Result, run
from conformance.checks.verdicts import Verdict
from conformance.cli import main
from conformance.contract import Contract
from conformance.engine.exchange import Exchange
from conformance.engine.network import Network
from conformance.engine.pace import Pace
from conformance.engine.runner import Skip
from conformance.engine.target import target
from conformance.reports.heading import FailOn, heading
from conformance.reports.line import Line
from conformance.reports.making import report
from conformance.reports.report import Report
from conformance.requirements.selection import Selection

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "sk-suite-5f0c2b7d9e"
ENV = "VIDEOS_TOKEN"
QUICK = Pace(timeout=5.0, create_timeout=5.0)
OFF_THE_WIRE = Selection(skip=("wire/*", "http/chunked"))
"""Everything but what raw sockets decide, which wait for servers that do not close them."""


@frozen
class Run:
    """What a run saw, found and cost."""

    result: Result
    report: Report = field(repr=False)
    events: tuple[Any, ...] = field(repr=False)

    @property
    def exchanges(self) -> list[Exchange]:
        return [event for event in self.events if isinstance(event, Exchange)]

    @property
    def skips(self) -> list[Skip]:
        return [event for event in self.events if isinstance(event, Skip)]

    def verdict(self, requirement: str) -> Verdict:
        return next(verdict for verdict in self.result.verdicts if verdict.requirement.id == requirement)

    def line(self, requirement: str) -> Line:
        return next(line for line in self.report.verdicts if line.id == requirement)

    def failed(self, level: str) -> set[str]:
        return {line.id for line in self.report.failed(level)}


def carry_out(
    contract: Contract,
    url: str,
    max_creates: int = 40,
    network: Network | None = None,
    fail_on: frozenset[FailOn] = frozenset(),
    **options: Any,
) -> Run:
    """Run the suite in this process."""
    events: list[Any] = []
    under_test = target(url, TOKEN, ENV, network)
    chosen = evolve(Options(max_creates, pace=QUICK), **options)
    begun, clock = heading(contract, under_test, chosen, fail_on), time.monotonic()
    result = run(contract, under_test, chosen, events.append)
    return Run(result, report(contract, under_test, result, begun, time.monotonic() - clock), tuple(events))


@frozen
class Said:
    """How a command ended, and what it said."""

    code: int
    stdout: str = field(repr=False)
    stderr: str

    @property
    def sentence(self) -> str:
        """The last line on standard error."""
        return self.stderr.strip().splitlines()[-1] if self.stderr.strip() else ""


def command(*arguments: object, token: str | None = TOKEN) -> Said:
    """Give the command its arguments in this process; whatever it leaves by must be an exit status."""
    made = CliRunner().invoke(
        main, [str(argument) for argument in arguments], env={ENV: token}, prog_name="videos-conformance"
    )
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    assert "Traceback" not in made.stderr
    return Said(made.exit_code, made.stdout, made.stderr)


def environment(**more: str) -> Mapping[str, str]:
    return {**os.environ, ENV: TOKEN, **more}


def process(*arguments: object, columns: int | None = None) -> Said:
    """Run the command as a user does."""
    width = {} if columns is None else {"COLUMNS": str(columns)}
    made = subprocess.run(
        words(*arguments), capture_output=True, text=True, timeout=120, cwd=ROOT, env=environment(**width), check=False
    )
    assert "Traceback" not in made.stderr, made.stderr
    return Said(made.returncode, made.stdout, made.stderr)


def words(*arguments: object) -> Sequence[str]:
    return [sys.executable, "-m", "conformance", *map(str, arguments)]
