"""Runs stock `st run`, and tells from its NDJSON report what it found, case by case, and what that cost.

A failure is news where the same run on the correct server, with the same seed, does not show it: either no case
there fails like it, or the very same request was sent there and did not. The second is more than the output of
`st run` gives a reader, who sees failures of one kind merged into one and has no correct server to compare with;
it is counted in its favour, and apart.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import httpx
from attrs import define, frozen

__all__ = [
    "NETWORK",
    "Case",
    "Failure",
    "Stock",
    "StockFindings",
    "StockRun",
    "compare",
    "plain",
    "read_report",
    "stock_run",
]

NETWORK = "network"
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
# What the data of a case leaves in a message: quoted values, numbers, and advice about that case.
_HINT = re.compile(r"\s*(Hint|Schema|Value|Instance|Example|Response):.*", re.DOTALL)
_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|\b(?=\w*\d)[\w.:-]+")


@frozen
class Stock:
    """How `st run` is called: without hooks, with a fixed seed, and as patient as our own runs."""

    contract: Path
    seed: int
    keep_going: bool
    timeout: float | None = None
    slowest: float | None = None

    def command(self, url: str, token: str, report: Path | None) -> list[str]:
        """Return the command line; to be run in an empty folder, as it remembers earlier runs."""
        words = [str(Path(sys.executable).with_name("st")), "run", str(self.contract), "--url", url]
        words += ["-H", f"Authorization: Bearer {token}", "--seed", str(self.seed)]
        words += ["--continue-on-failure"] if self.keep_going else []
        words += ["--request-timeout", str(self.timeout)] if self.timeout is not None else []
        words += ["--max-response-time", str(self.slowest)] if self.slowest is not None else []
        words += ["--report", "ndjson", "--report-ndjson-path", str(report)] if report is not None else []
        return words


@frozen
class Failure:
    """What tells one failure from another, whatever data the case happened to carry."""

    check: str
    title: str
    message: str
    status: int | None

    @property
    def kind(self) -> tuple[str, str, int | None]:
        """What `st run` merges into one failure of an operation."""
        return self.check, self.title, self.status


@frozen
class Case:
    """One request: a digest of what was sent, whether it made something, and what failed."""

    request: str
    created: bool
    failures: frozenset[Failure] = frozenset()


@frozen
class StockRun:
    """One run; `cases` in the order in which they were sent, `errors` those that belong to none of them."""

    cases: tuple[Case, ...]
    errors: frozenset[Failure] = frozenset()
    seconds: float = 0.0

    @cached_property
    def failures(self) -> frozenset[Failure]:
        """All that failed."""
        return self.errors.union(*(case.failures for case in self.cases))

    @cached_property
    def by_request(self) -> Mapping[str, frozenset[Failure]]:
        """What failed for each request."""
        found: dict[str, frozenset[Failure]] = defaultdict(frozenset)
        for case in self.cases:
            found[case.request] |= case.failures
        return found


@frozen
class StockFindings:
    """What a run showed that the correct server does not, and what it took until then."""

    found: bool
    shown: bool
    requests: int
    creates: int


@define
class _Reader:
    """Collects the cases of a report with the time at which each was sent."""

    timed: list[tuple[float, Case]]
    errors: set[Failure]

    def event(self, name: str, event: Mapping[str, Any]) -> None:
        if name in ("NonFatalError", "FatalError"):
            error = event.get("value") or event.get("exception") or {}
            self.errors.add(Failure(NETWORK, str(error.get("type", name)), "", None))
        recorder = event.get("recorder") or {}
        for case_id, interaction in (recorder.get("interactions") or {}).items():
            checks = (recorder.get("checks") or {}).get(case_id, [])
            self.timed.append((float(interaction["timestamp"]), _case(interaction, checks)))


def plain(message: str) -> str:
    """Take out of a message what depends on the data of its case."""
    return " ".join(_VALUE.sub("…", _HINT.sub("", message)).split())


def _case(interaction: Mapping[str, Any], checks: Iterable[Mapping[str, Any]]) -> Case:
    request = interaction["request"]
    status = (interaction.get("response") or {}).get("status_code")
    failures = set()
    if status is None:
        failures.add(Failure(NETWORK, "no answer", "", None))
    for check in checks:
        if check["status"] != "failure":
            continue
        told = (check.get("failure_info") or {}).get("failure") or {}
        title = f"{told.get('code') or ''} {told.get('title') or ''}".strip()
        failures.add(Failure(check["name"], title, plain(told.get("message") or ""), status))
    created = request["method"] == "POST" and status is not None and 200 <= status < 300
    return Case(_digest(request), created, frozenset(failures))


def _digest(request: Mapping[str, Any]) -> str:
    """Return the same for the same request, whatever boundary was drawn for it."""
    headers = {name.lower(): values for name, values in (request.get("headers") or {}).items()}
    content_type = " ".join(headers.get("content-type", ()))
    body = base64.b64decode((request.get("body") or {}).get("$base64", ""))
    if match := _BOUNDARY.search(content_type):
        body = body.replace(match[1].encode(), b"boundary")
        content_type = content_type.replace(match[1], "boundary")
    url = httpx.URL(request["uri"])
    made = hashlib.sha256()
    for piece in (request["method"].encode(), url.raw_path, content_type.encode(), body):
        made.update(len(piece).to_bytes(8, "big") + piece)
    made.update(b"authorized" if "authorization" in headers else b"")
    return made.hexdigest()


def read_report(lines: Iterable[str], seconds: float = 0.0) -> StockRun:
    """Read an NDJSON report.

    Raises:
        ValueError, KeyError: it is not one.
    """
    reader = _Reader([], set())
    for line in lines:
        for name, event in json.loads(line).items():
            reader.event(name, event or {})
    ordered = tuple(case for _, case in sorted(reader.timed, key=lambda timed: timed[0]))
    silent = any(failure.check == NETWORK for case in ordered for failure in case.failures)
    return StockRun(ordered, frozenset() if silent else frozenset(reader.errors), seconds)


def compare(run: StockRun, correct: StockRun) -> StockFindings:
    """Tell what a run on a server shows that the one on the correct server does not."""
    novel = run.failures - correct.failures
    telling = (number for number, case in enumerate(run.cases, 1) if case.failures & novel or _is_news(case, correct))
    first = next(telling, None)
    requests = len(run.cases) if first is None else first
    return StockFindings(
        found=first is not None or bool(novel),
        shown=bool(novel),
        requests=requests,
        creates=sum(case.created for case in run.cases[:requests]),
    )


def _is_news(case: Case, correct: StockRun) -> bool:
    """Whether the very same request failed in a way in which it did not on the correct server."""
    there = correct.by_request.get(case.request)
    return there is not None and bool(case.failures - there)


def stock_run(stock: Stock, url: str, token: str) -> StockRun:
    """Run `st run` once and read its report.

    Raises:
        click.ClickException: it could not run.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        report = Path(folder) / "report.ndjson"
        command = stock.command(url, token, report)
        started = time.perf_counter()
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        if done.returncode not in (0, 1) or not report.exists():
            said = (done.stderr or done.stdout).replace(token, "[token]").strip()[-2000:]
            raise click.ClickException(f"`st run` ended with {done.returncode}: {said}")
        with report.open(encoding="utf-8") as lines:
            return read_report(_whole(lines), seconds)


def _whole(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())
