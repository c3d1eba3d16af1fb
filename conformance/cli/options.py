"""What several commands share: options, and the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.completing import requirement_ids
from conformance.errors import ContractError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.contract import Contract

__all__ = [
    "contract_option",
    "grouped",
    "load_contract",
    "only_option",
    "skip_option",
    "terminal",
]

contract_option = click.option(
    "--contract",
    "contract_path",
    type=click.Path(path_type=Path),
    help="OpenAPI document; the project's own by default.",
)
only_option = click.option(
    "--only", "only", multiple=True, metavar="PATTERN", shell_complete=requirement_ids,
    help="Only these requirements: an id, a glob of ids (http/*),"
    " a level (MUST) or a layer (layer:http). May be repeated."
)  # fmt: skip
skip_option = click.option(
    "--skip",
    "skip",
    multiple=True,
    metavar="PATTERN",
    shell_complete=requirement_ids,
    help="Without these requirements; patterns as for --only.",
)


def grouped(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator for several options, which `--help` shows in this order."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


def terminal() -> Console:
    """Return the terminal; what goes into a file or a pipe is not folded to 80 columns, unless COLUMNS says so."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160, highlight=False)


def load_contract(path: Path | None) -> Contract:
    """Read a contract; where it cannot be used, say what the lint says, with line and JSON pointer.

    Raises:
        UsageError: it cannot be used.
    """
    from conformance.contract import default_path, load

    try:
        return load(path)
    except ContractError as error:
        from conformance.lint import lint_file

        place = default_path() if path is None else path
        try:
            diagnostics = lint_file(place)
        except UsageError:  # it cannot even be read, or what the lint needs is not installed
            raise error from None
        if not diagnostics:
            raise
        raise UsageError("\n".join(diagnostic.in_file(place) for diagnostic in diagnostics)) from None
