"""What several commands share: options, and the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

__all__ = ["contract_option", "report_option", "terminal", "verbose_option"]

contract_option = click.option(
    "--contract",
    "contract_path",
    type=click.Path(path_type=Path),
    help="OpenAPI document; the project's own by default.",
)
verbose_option = click.option("--verbose", is_flag=True, help="A row for every single requirement.")
report_option = click.option("--report-json", type=click.Path(path_type=Path), help="Write the report as JSON.")


def terminal() -> Console:
    """Return the terminal; what goes into a file or a pipe is not folded to 80 columns."""
    return Console(width=None if sys.stdout.isatty() else 160)
