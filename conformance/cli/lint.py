"""The command `videos-conformance lint`."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.options import overlay_option

__all__ = ["lint_command"]

_DEMAND = "the set of the project's own version has what the catalogue has, and released sets stay as they are"


@click.command("lint")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@overlay_option
@click.option("--rules", is_flag=True, help="List the rules and end.")
@click.pass_context
def lint_command(context: click.Context, file: Path | None, overlays: tuple[Path, ...], *, rules: bool) -> None:
    """Hold a contract to the rules of this project.

    FILE is an OpenAPI 3.1 document, this project's own by default. Each finding is one line: file and line, JSON
    pointer, rule, what to do; what an --overlay brings is found in its own file. Ends with 0 where there is none, 1
    where there are some, 2 where a file cannot be read.
    """
    from conformance.contract import default_path, load
    from conformance.lint import RULES, lint_file
    from conformance.requirements.sets import drift

    if rules:
        demands = {**{rule.id: rule.demand for rule in RULES}, drift.RULE: _DEMAND}
        width = max(map(len, demands))
        for name, demand in demands.items():
            click.echo(f"{name:<{width}}  {demand}")
        return
    path = default_path() if file is None else file
    findings = [finding.in_file(path) for finding in lint_file(path, overlays)]
    if not findings and not overlays and path.resolve() == default_path().resolve():
        findings = list(map(str, drift.drift(load(path))))
    for finding in findings:
        click.echo(finding)
    if findings:
        click.echo(f"{len(findings)} to mend", err=True)
        context.exit(1)
