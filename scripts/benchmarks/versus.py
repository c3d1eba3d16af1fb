"""Sets the suite and stock `st run` on the same servers: the correct one, its variants, and one for each fault."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

import click
from attrs import evolve, field, frozen

from conformance.campaign import Options
from conformance.contract import Contract, load
from conformance.errors import ConformanceError
from conformance.reference import ReferenceServer
from conformance.reference.named_behaviours import Entry, named_behaviours
from conformance.selftest import CORRECT, LIMIT, PACE
from scripts.benchmarks.ours import our_run
from scripts.benchmarks.speed import TOKEN
from scripts.benchmarks.stock import Stock, StockRun, compare, stock_run

__all__ = [
    "CONTINUED",
    "FREE",
    "FULL",
    "OURS",
    "SIX",
    "STOCK",
    "Examined",
    "Plan",
    "SummaryRow",
    "baseline",
    "compare_all",
    "rows",
    "spread",
]

FULL, SIX, FREE = "ours, full", "ours, --max-creates 6", "ours, --tier free"
DEFAULTS, CONTINUED = "st run", "st run --continue-on-failure"
OURS: Mapping[str, Options] = {
    FULL: Options(40, max_response_time=LIMIT, pace=PACE),
    SIX: Options(6, max_response_time=LIMIT, pace=PACE),
    FREE: Options(0, "free", max_response_time=LIMIT, pace=PACE),
}
STOCK: Mapping[str, bool] = {DEFAULTS: False, CONTINUED: True}

_Item = TypeVar("_Item")


@frozen
class Examined:
    """What one tool made of one server.

    Attributes:
        found: whether the fault was found; of a correct server, without meaning.
        shown: whether a reader of the tool's own output could see it; see `scripts.benchmarks.stock`.
        failed: MUSTs that failed, or kinds of failures; on a server that is correct, all of them are false.
    """

    tool: str
    server: str
    kind: str
    found: bool = False
    shown: bool = False
    requests_until: int = 0
    creates_until: int = 0
    requests: int = 0
    creates: int = 0
    failed: tuple[str, ...] = ()
    seconds: float = 0.0
    trouble: str | None = None


@frozen
class Plan:
    """What is compared with what; pickled into the workers."""

    contract: Path | None
    document: Path
    seed: int
    correct: Mapping[str, StockRun] = field(factory=dict, repr=False)

    def stock(self, tool: str) -> Stock:
        """Return how `st run` is called as one of the tools."""
        return Stock(self.document, self.seed, STOCK[tool], PACE.timeout, LIMIT)


@frozen
class SummaryRow:
    """One line of the summary."""

    tool: str
    found: int
    shown: int
    faults: int
    requests: float | None
    creates: float | None
    healthy_creates: int
    false_verdicts: int
    wrongly_accused: int
    correct_servers: int


def spread(items: Sequence[_Item], count: int | None) -> list[_Item]:
    """Return some items, evenly spread over the list; always the same ones."""
    if count is None or count >= len(items):
        return list(items)
    return [items[(2 * index + 1) * len(items) // (2 * count)] for index in range(count)]


def baseline(plan: Plan) -> tuple[Plan, list[Examined], dict[str, int]]:
    """Examine the correct server twice with `st run`; return what it shows, and how much of that is chance.

    Every difference between two runs on the correct server is noise that would count as a fault found.
    """
    contract = load(plan.contract)
    first = {tool: _stock(contract, None, plan, tool) for tool in STOCK}
    plan = evolve(plan, correct={tool: run for tool, (run, _) in first.items()})
    again = {tool: compare(_stock(contract, None, plan, tool)[0], plan.correct[tool]) for tool in STOCK}
    ours = [_ours(contract, None, plan, tool) for tool in OURS]
    stock = [_outcome(tool, None, plan, run, server) for tool, (run, server) in first.items()]
    return plan, ours + stock, {tool: int(found.found) for tool, found in again.items()}


def compare_all(plan: Plan, entries: Sequence[Entry], workers: int) -> Iterator[tuple[str, list[Examined]]]:
    """Examine servers with every tool, in the order in which they are done."""
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        tasks = {pool.submit(examine, plan, entry.name): entry.name for entry in entries}
        try:
            for task in as_completed(tasks):
                yield tasks[task], task.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def examine(plan: Plan, name: str) -> list[Examined]:
    """Examine one server with every tool; a tool that breaks down on it found nothing there."""
    contract = load(plan.contract)
    entry = named_behaviours()[name]
    return [_attempt(contract, entry, plan, tool) for tool in (*OURS, *STOCK)]


def _attempt(contract: Contract, entry: Entry, plan: Plan, tool: str) -> Examined:
    try:
        if tool in OURS:
            return _ours(contract, entry, plan, tool)
        return _outcome(tool, entry, plan, *_stock(contract, entry, plan, tool))
    except (ConformanceError, click.ClickException) as error:
        said = error.message if isinstance(error, click.ClickException) else f"{type(error).__name__}: {error}"
        return Examined(tool, entry.name, entry.kind, trouble=said)


def _server(contract: Contract, entry: Entry | None) -> ReferenceServer:
    return ReferenceServer(contract, token=TOKEN, behaviours=(entry.name,) if entry is not None else ())


def _ours(contract: Contract, entry: Entry | None, plan: Plan, tool: str) -> Examined:
    started = time.perf_counter()
    with _server(contract, entry) as server:
        run = our_run(contract, server.url, TOKEN, entry, evolve(OURS[tool], seed=plan.seed))
    return Examined(
        tool,
        entry.name if entry is not None else CORRECT,
        entry.kind if entry is not None else "variant",
        run.found,
        run.found,
        run.until.requests,
        run.until.creates,
        server.requests,
        server.creates,
        run.failed_musts,
        time.perf_counter() - started,
        run.trouble or _defects(server),
    )


def _stock(contract: Contract, entry: Entry | None, plan: Plan, tool: str) -> tuple[StockRun, ReferenceServer]:
    with _server(contract, entry) as server:
        return stock_run(plan.stock(tool), server.url, TOKEN), server


def _outcome(tool: str, entry: Entry | None, plan: Plan, run: StockRun, server: ReferenceServer) -> Examined:
    told = compare(run, plan.correct[tool])
    return Examined(
        tool,
        entry.name if entry is not None else CORRECT,
        entry.kind if entry is not None else "variant",
        told.found,
        told.shown,
        told.requests,
        told.creates,
        server.requests,
        server.creates,
        tuple(sorted({" ".join(map(str, failure.kind)) for failure in run.failures})),
        run.seconds,
        _defects(server),
    )


def _defects(server: ReferenceServer) -> str | None:
    """Say where the reference server itself broke down, so that nobody takes that for a fault found."""
    return f"the reference server broke down: {server.defects[0]!r}" if server.defects else None


def rows(outcomes: Sequence[Examined]) -> list[SummaryRow]:
    """Sum up, one row for each tool."""
    return [_row(tool, [one for one in outcomes if one.tool == tool]) for tool in (*OURS, *STOCK)]


def _row(tool: str, outcomes: Sequence[Examined]) -> SummaryRow:
    faults = [one for one in outcomes if one.kind == "fault"]
    correct = [one for one in outcomes if one.kind != "fault"]
    found = [one for one in faults if one.found]
    return SummaryRow(
        tool,
        len(found),
        sum(one.shown for one in faults),
        len(faults),
        statistics.median(one.requests_until for one in found) if found else None,
        statistics.median(one.creates_until for one in found) if found else None,
        next(one.creates for one in correct if one.server == CORRECT),
        sum(len(one.failed) for one in correct),
        sum(bool(one.failed) for one in correct),
        len(correct),
    )
