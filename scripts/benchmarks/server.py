"""Measures the suite: its speed beside `st run` and bare HTTP, or what both find, and at what price.

Times are ratios of things run turn by turn on the same server, as medians; a busy machine is busy for both.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from attrs import asdict
from rich.console import Console
from rich.progress import track

from conformance.contract import load
from conformance.errors import ConformanceError
from conformance.reference.named_behaviours import named_behaviours
from conformance.reports.files import check_writable
from scripts.benchmarks.creates import measure_creates
from scripts.benchmarks.speed import TOKEN, Speed, measure, our_command, race, served
from scripts.benchmarks.stock import Stock
from scripts.benchmarks.tables import markdown, speed_table, summary_table
from scripts.benchmarks.versus import (
    CONTINUED,
    FREE,
    FULL,
    OURS,
    SIX,
    STOCK,
    Examined,
    Plan,
    baseline,
    compare_all,
    rows,
    spread,
)

ROOT = Path(__file__).resolve().parents[2]
_OPTIONS = {FULL: ("--max-creates", "40"), SIX: ("--max-creates", "6"), FREE: ("--tier", "free", "--max-creates", "40")}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--against-schemathesis",
    "versus",
    is_flag=True,
    help="Compare what both find on the reference server's faults and variants, and what that costs.",
)
@click.option("--sample", type=click.IntRange(min=1), help="Only so many faults, evenly spread; all by default.")
@click.option(
    "--guises", "variants", type=click.IntRange(min=0), help="Only so many variants; all, or as many as the sample."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of both.")
@click.option(
    "--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Turns that each one is timed."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default=True,
    help="Servers examined at the same time.",
)
@click.option(
    "--contract",
    "contract",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    help="OpenAPI document; the project's own by default.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write all figures as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the comparison as Markdown.")
def main(
    *,
    versus: bool,
    sample: int | None,
    variants: int | None,
    seed: int,
    rounds: int,
    workers: int,
    contract: Path | None,
    json_path: Path | None,
    as_markdown: bool,
) -> None:
    """Measure the suite beside stock `st run`: by default how long a run takes, also beside bare HTTP."""
    if not versus and (sample is not None or variants is not None or as_markdown):
        raise click.UsageError("--sample, --guises and --markdown belong to --against-schemathesis")
    try:
        if json_path is not None:
            check_writable(json_path)
        load(contract)
        if versus:
            figures = _versus(
                Plan(contract, contract or ROOT / "openapi.yaml", seed),
                sample,
                variants,
                rounds,
                workers,
                as_markdown=as_markdown,
            )
        else:
            figures = _speed(contract, seed, rounds)
    except ConformanceError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    if json_path is not None:
        json_path.write_text(json.dumps({**_circumstances(seed), **figures}, indent=1) + "\n", encoding="utf-8")


def _circumstances(seed: int) -> dict[str, Any]:
    return {
        "schemathesis": importlib.metadata.version("schemathesis"),
        "seed": seed,
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def _laps(speed: Speed) -> dict[str, Any]:
    return {name: [asdict(lap) for lap in laps] for name, laps in speed.laps.items()}


def _speed(contract: Path | None, seed: int, rounds: int) -> dict[str, Any]:
    stock = Stock(contract or ROOT / "openapi.yaml", seed, keep_going=True)
    outside, inside = measure(stock, contract, rounds)
    rate = measure_creates(contract, rounds)
    Console().print(speed_table(outside, inside, rate))
    return {"laps": {**_laps(outside), **_laps(inside)}, "creates_per_second": rate.laps}


def _versus(
    plan: Plan, sample: int | None, variants: int | None, rounds: int, workers: int, *, as_markdown: bool
) -> dict[str, Any]:
    notes = Console(stderr=True)
    known = named_behaviours()
    chosen = [*spread(known.variants, sample if variants is None else variants), *spread(known.faults, sample)]
    with notes.status("the correct server"):
        plan, outcomes, noise = baseline(plan)
    times = _times(plan, rounds, notes)
    ratios = {tool: times.ratio(tool, CONTINUED) for tool in times.laps}
    examined = compare_all(plan, chosen, workers)
    try:
        for _, made in track(examined, "servers", len(chosen), console=notes, transient=True):
            outcomes.extend(made)
    except KeyboardInterrupt:
        notes.print("[yellow]interrupted; what follows is about the servers that were done[/]")
    summed = rows(outcomes)
    if as_markdown:
        click.echo(markdown(_command(plan, sample, variants, rounds), summed, ratios))
    else:
        Console(width=None if Console().is_terminal else 160).print(summary_table(summed, ratios))
    for tool, differs in noise.items():
        if differs:
            notes.print(f"[yellow]{tool}: two runs on the correct server differ, so some of what it found is chance")
    for line in _trouble(outcomes):
        notes.print(line)
    return {
        "laps": _laps(times),
        "ratios": ratios,
        "noise": noise,
        "summary": [asdict(row) for row in summed],
        "outcomes": [asdict(one) for one in outcomes],
    }


def _times(plan: Plan, rounds: int, notes: Console) -> Speed:
    """Time every tool as a command on the correct server."""
    with notes.status("times on the correct server"), served(plan.contract) as server:
        ours = {tool: our_command(server.url, plan.contract, plan.seed, *_OPTIONS[tool]) for tool in OURS}
        stock = {tool: plan.stock(tool).command(server.url, TOKEN, None) for tool in STOCK}
        return race(server, {**ours, **stock}, rounds)


def _command(plan: Plan, sample: int | None, variants: int | None, rounds: int) -> str:
    words = ["./scripts/bench", "--against-schemathesis", "--markdown", "--seed", str(plan.seed)]
    words += ["--rounds", str(rounds)]
    words += ["--sample", str(sample)] if sample is not None else []
    words += ["--guises", str(variants)] if variants is not None else []
    return " ".join(words)


def _trouble(outcomes: Sequence[Examined]) -> list[str]:
    return [f"{one.tool} on {one.server}: {one.trouble}" for one in outcomes if one.trouble is not None]


if __name__ == "__main__":
    main()
