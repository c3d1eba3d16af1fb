"""The command `videos-conformance replay`."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.excusing import baseline_options, excuses_of, set_option
from conformance.cli.failing import fail_on, failing_options
from conformance.cli.options import contract_options, load_contract, only_option, skip_option, terminal
from conformance.cli.output import outputs_of, report_options
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["replay_command"]

_SECONDS = click.FloatRange(min=0, min_open=True, max=1e9)


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", help="Base URL of the server that is judged; that of the first call of the contract by default.")
@click.option("--base-path", help="What stands in front of the contract's paths; found in the recording by default.")
@contract_options
@only_option
@skip_option
@click.option("--max-response-time", type=_SECONDS, help="Seconds that an answer may take.")
@click.option("--body", "entry", metavar="ENTRY", help="Write the body of one request of it to standard output.")
@failing_options
@set_option
@baseline_options
@report_options
def replay_command(
    file: Path, url: str | None, base_path: str | None, source: ContractSource, entry: str | None, **settings: Any
) -> ExitCode:
    """Judge recorded traffic: a HAR of a browser, a proxy or Schemathesis, or the --events FILE of a run.

    Nothing is sent. What recorded requests cannot show is not decided; no secret of the recording is shown.
    """
    if entry is not None:
        return _write_body(file, entry)
    from conformance.campaign import Options
    from conformance.recordings.replay import replay
    from conformance.reports.heading import heading
    from conformance.reports.making import report
    from conformance.reports.terminal import render
    from conformance.requirements import catalogue
    from conformance.requirements.selection import select

    failing, contract, clock = fail_on(settings), load_contract(source), time.monotonic()
    selection = select(catalogue(contract), settings["only"], settings["skip"])
    excuses, outputs = excuses_of(contract, settings), outputs_of(settings)
    outputs.prepare(has_events=False)
    found = replay(
        contract, file, selection, url=url, base_path=base_path, max_response_time=settings["max_response_time"]
    )
    begun = heading(contract, found.target, Options(0, "free", selection=selection), failing)
    outputs.clear()
    made = excuses.applied(report(contract, found.target, found.result, begun, time.monotonic() - clock, file))
    unwritten = outputs.write(made, None)
    render(made, terminal(), verbose=settings["verbose"])
    if unwritten is not None:
        raise unwritten
    return made.exit_code()


def _write_body(file: Path, entry: str) -> ExitCode:
    """Write the body of an entry, so that a report's command can send it again.

    Raises:
        UsageError: there is none.
    """
    from conformance.recordings.replay import recorded_body

    number = re.fullmatch(r"(?:entry/)?0*([1-9]\d{0,11})", entry)
    body = recorded_body(file, int(number[1])) if number is not None else None
    if body is None:
        raise UsageError(f"{file} has no body of {entry!r}: write the entry as a report does, like entry/000017")
    sys.stdout.buffer.write(body)
    return ExitCode.CONFORMS
