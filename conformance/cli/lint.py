"""The command `videos-conformance lint`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.cli.options import overlay_option
from conformance.errors import UsageError

__all__ = ["lint_command"]

_DEMAND = "the set of the own version has what is asked of servers and clients, and released sets stay as they are"
_SIDES = ("examples", "errors", "encodings", "provenance", "rules", "any")


@click.command("lint")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@overlay_option
@click.option("--rules", is_flag=True, help="List the rules and end.")
@click.option("--report", is_flag=True, help="Say how FILE stands, which may be anybody's OpenAPI document.")
@click.option("--json", "as_json", is_flag=True, help="With --report: as JSON, for other tools.")
@click.option("--markdown", "as_markdown", is_flag=True, help="With --report: as Markdown.")
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(_SIDES),
    help="With --report: end with 1 where that side has something to mend; may be repeated.",
)
@click.pass_context
def lint_command(
    context: click.Context,
    file: Path | None,
    overlays: tuple[Path, ...],
    fail_on: tuple[str, ...],
    *,
    rules: bool,
    report: bool,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Hold a contract to the rules of this project, or report on any OpenAPI document.

    FILE is an OpenAPI 3.1 document, this project's own by default. Each finding is one line: file and line, JSON
    pointer, rule, what to do; what an --overlay brings is found in its own file. Ends with 0 where there is none, 1
    where there are some, 2 where a file cannot be read.

    With --report FILE is of OpenAPI 3.0, 3.1 or 3.2, and need not know this project: are its examples valid, which
    operations document no refusals, which parts of its forms are left to chance, where does it come from, and what do
    the rules say that hold for any document. Ends with 0 unless --fail-on says otherwise, or it cannot be read (2).
    """
    if report:
        if rules or (as_json and as_markdown):
            raise UsageError("--report: leave out --rules, and one of --json and --markdown")
        _tell(context, file, overlays, fail_on, as_json=as_json, as_markdown=as_markdown)
        return
    if as_json or as_markdown or fail_on:
        raise UsageError("--json, --markdown and --fail-on are of --report; add it, or leave them out")
    from conformance.clients.judged_by import levels
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
        contract = load(path)
        findings = list(map(str, drift.drift(contract, levels(contract))))
    for finding in findings:
        click.echo(finding)
    if findings:
        click.echo(f"{len(findings)} to mend", err=True)
        context.exit(1)


def _tell(
    context: click.Context,
    file: Path | None,
    overlays: tuple[Path, ...],
    fail_on: tuple[str, ...],
    *,
    as_json: bool,
    as_markdown: bool,
) -> None:
    from conformance.contract import ContractSource
    from conformance.lint.survey import as_markdown as in_markdown
    from conformance.lint.survey import as_text, surveyed

    said = surveyed(ContractSource(file, overlays).document(strict=False))
    if as_json:
        click.echo(json.dumps(said.as_json(), indent=2, ensure_ascii=False))
    else:
        for line in in_markdown(said) if as_markdown else as_text(said):
            click.echo(line)
    if any(section.findings for section in said.sections if section.name in fail_on or "any" in fail_on):
        context.exit(1)
