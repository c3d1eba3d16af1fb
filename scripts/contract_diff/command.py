"""The command line of `./scripts/contract-diff`."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from conformance.errors import ConformanceError, UsageError
from scripts.contract_diff.comparing import compared
from scripts.contract_diff.oasdiff import second_opinion
from scripts.contract_diff.rendering import Told, as_json, as_markdown, as_text
from scripts.contract_diff.rules import Party
from scripts.contract_diff.sources import RELEASED, ROOT, kept_release, last_release, named_source, working_tree
from scripts.contract_diff.versions import version_verdict

__all__ = ["main"]

_PARTIES: dict[str, tuple[Party, ...]] = {
    "callers": ("callers",),
    "servers": ("servers",),
    "any": ("callers", "servers"),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True,
    help="How the changes are written.",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice(["callers", "servers", "any"]), help="End with 1 where a change breaks one of them."
)
@click.option("--check-version", is_flag=True, help="End with 1 where info.version is too low for what has changed.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing unless it ends with 1.")
@click.option("--second-opinion", "asks", is_flag=True, help="Ask oasdiff too, which needs Go, and is built once.")
def main(
    old: str | None,
    new: str | None,
    form: str,
    fail_on: str | None,
    *,
    check_version: bool,
    quiet: bool,
    asks: bool,
) -> None:
    """Compare two versions of the contract: each change, whom it breaks (callers, servers or nobody), and why.

    OLD and NEW are each a file, a revision of this repository (or REVISION:PATH), or a URL. Without them the last
    release is compared with the working tree. Nothing is fetched but a URL that you name.

    Exit codes: 0 done, 1 what --fail-on or --check-version name, 2 usage, 3 a URL that cannot be fetched.
    """
    try:
        if check_version and old is None and not (ROOT / RELEASED).is_file():
            if not quiet:
                click.echo(f"nothing is released yet ({RELEASED} is missing), so that the version is free")
            return
        told = _told(old, new, asks=asks, check_version=check_version)
    except ConformanceError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    broken = fail_on is not None and bool(told.comparison.breaking(*_PARTIES[fail_on]))
    too_low = check_version and told.version is not None and not told.version.is_enough
    if broken or too_low or not quiet:
        _print(told, form)
    if broken or too_low:
        sys.exit(1)


def _told(old: str | None, new: str | None, *, asks: bool, check_version: bool) -> Told:
    if old is not None:
        before = named_source(old)
    elif check_version:
        before = kept_release()  # CI's clone has neither history nor tags
    else:
        before = last_release()
    after = named_source(new) if new is not None else working_tree()
    comparison = compared(before.contract, after.contract)
    opinions = second_opinion(before.contract.document, after.contract.document) if asks else None
    try:
        verdict = version_verdict(comparison)
    except UsageError:
        if check_version:
            raise
        verdict = None  # somebody else's contract may count otherwise
    return Told(before, after, comparison, verdict, opinions)


def _print(told: Told, form: str) -> None:
    if form == "text":
        as_text(told, Console(highlight=False, soft_wrap=True))
    else:
        click.echo(as_json(told) if form == "json" else as_markdown(told), nl=False)
