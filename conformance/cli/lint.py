"""The command `videos-conformance lint`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["lint_command"]


@click.command("lint")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--rules", is_flag=True, help="List the rules and end.")
@click.pass_context
def lint_command(context: click.Context, file: Path | None, *, rules: bool) -> None:
    """Hold a contract to the rules of this project.

    FILE is an OpenAPI 3.1 document, this project's own by default. Each finding is one line: file and line, JSON
    pointer, rule, what to do. Ends with 0 where there is none, 1 where there are some, 2 where FILE cannot be read.
    """
    from conformance.contract import default_path
    from conformance.lint import RULES, lint_file

    if rules:
        width = max(len(rule.id) for rule in RULES)
        for rule in RULES:
            click.echo(f"{rule.id:<{width}}  {rule.demand}")
        return
    path = default_path() if file is None else file
    findings = lint_file(path)
    for finding in findings:
        click.echo(finding.in_file(path))
    if findings:
        click.echo(f"{len(findings)} to mend", err=True)
        context.exit(1)
