"""The command `videos-conformance diff`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.choosing import choosing_options
from conformance.cli.networking import network_of, network_options
from conformance.cli.options import contract_options, load_contract, terminal
from conformance.cli.pacing import pacing_options
from conformance.cli.planning import planned
from conformance.cli.publishing import write_file
from conformance.cli.spending import spending_options
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract, ContractSource
    from conformance.engine.target import Target

__all__ = ["diff_command"]

_VARIABLE = "VIDEOS_TOKEN"


@click.command("diff")
@click.option("--url", "urls", multiple=True, metavar="URL", help="Base URL of a server; to be given twice.")
@click.option(
    "--token-env",
    "token_envs",
    multiple=True,
    metavar="NAME",
    help=f"Environment variable with the token: one for both servers, or one for each, in their order.  [{_VARIABLE}]",
)
@network_options
@contract_options
@spending_options
@choosing_options
@pacing_options
@click.option("--report-json", type=click.Path(path_type=Path), help="Write the differences as JSON.")
def diff_command(
    urls: tuple[str, ...],
    token_envs: tuple[str, ...],
    source: ContractSource,
    report_json: Path | None,
    **settings: Any,
) -> ExitCode:
    """Send the same bytes to two servers, and tell in what they differ: what costs nothing first, creates in pairs.

    --max-creates is the ceiling of both servers together. Ids, times and other changing parts are not compared. Ends
    with 1 where the servers differ.
    """
    from conformance.diffing.both import compare_servers
    from conformance.reports.diff_report import diff_dict, diff_exit_code, render_diff
    from conformance.reports.files import check_writable

    contract = load_contract(source)
    targets = _targets(contract, urls, token_envs, settings)
    if settings["max_creates"] is None:
        raise UsageError(
            "both servers may cost money: say with --max-creates N how many jobs they may make together, or"
            " --max-creates 0 for refusals alone"
        )
    if report_json is not None:
        check_writable(report_json)
    compared = compare_servers(contract, targets, planned(contract, settings))
    if report_json is not None:
        write_file(report_json, json.dumps(diff_dict(compared), indent=2, ensure_ascii=False) + "\n")
    render_diff(compared, terminal())
    return diff_exit_code(compared)


def _targets(
    contract: Contract, urls: Sequence[str], names: Sequence[str], settings: dict[str, Any]
) -> tuple[Target, Target]:
    """Return both servers, each with its token.

    Raises:
        UsageError: there are not two of them, or one has no token.
    """
    if len(urls) != 2:
        raise UsageError(f"--url: two servers are compared, and {len(urls)} given; write --url A --url B")
    if len(names) > 2:
        raise UsageError(f"--token-env: {len(names)} given; name one for both servers, or one for each")
    given = [*names] or [_VARIABLE]
    return _target(contract, urls[0], given[0], settings), _target(contract, urls[1], given[-1], settings)


def _target(contract: Contract, url: str, name: str, settings: dict[str, Any]) -> Target:
    from conformance.engine.target import target

    token = os.environ.get(name)
    if not token:
        raise UsageError(f"the environment variable {name} holds no token; set it, or name another with --token-env")
    target(url, token, name)  # what is wrong with the address comes before what is wrong with the way
    made = target(url, token, name, network_of(contract, url, settings))
    for warning in made.network.warnings:
        click.echo(f"warning: {warning}", err=True)
    return made
