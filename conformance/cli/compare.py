"""The command `videos-conformance compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from conformance.cli.failing import fail_on, failing_options
from conformance.cli.options import terminal
from conformance.errors import ExitCode, UsageError

__all__ = ["compare_command"]

_FILE = click.Path(path_type=Path)


@click.command("compare")
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@failing_options
@click.option("--across-contracts", is_flag=True, help="Compare even where the reports are of different contracts.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown, for a comment on a change.")
def compare_command(
    before: Path, after: Path, *, across_contracts: bool, as_json: bool, as_markdown: bool, **settings: Any
) -> ExitCode:
    """Compare two runs, each a --report-json or --events file: better, worse, newly decided, and what each cost.

    Ends with 1 where a MUST that held BEFORE is broken AFTER; with --fail-on should, a SHOULD too; with --fail-on
    inconclusive it ends with 3 where a MUST was decided and no longer is.
    """
    from conformance.reports.comparison import compare
    from conformance.reports.comparison_text import comparison_markdown, render_comparison
    from conformance.reports.events import read_report

    if as_json and as_markdown:
        raise UsageError("--json and --markdown: choose one of them")
    failing = fail_on(settings)
    found = compare(read_report(before), read_report(after), across_contracts=across_contracts)
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    elif as_markdown:
        click.echo(comparison_markdown(found), nl=False)
    else:
        render_comparison(found, terminal())
    return found.exit_code(failing)
