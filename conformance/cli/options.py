"""What several commands share: options, and the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.completing import requirement_ids
from conformance.errors import ContractError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.contract import Contract, ContractSource

__all__ = [
    "contract_options",
    "grouped",
    "load_contract",
    "only_option",
    "overlay_option",
    "skip_option",
    "source_of",
    "terminal",
]


class _OverlayName(click.ParamType[Path]):
    """An overlay of the user's by its path, or one that comes with the suite by its name."""

    name = "overlay"
    envvar_list_splitter = os.pathsep

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the file.

        Raises:
            UsageError: there is none of that name.
        """
        del param, ctx
        from conformance.contract.source import overlay_path

        return value if isinstance(value, Path) else overlay_path(value)

    def in_file(self, value: str, folder: Path) -> str:
        """Return one that stands in a file of configuration, whose folder paths start from."""
        path = Path(value).expanduser()
        return value if path.name == value and not path.suffix else str(folder / path)


_contract_option = click.option(
    "--contract",
    "contract_path",
    type=click.Path(path_type=Path),
    help="OpenAPI document; the project's own by default.",
)
overlay_option = click.option(
    "--overlay",
    "overlays",
    type=_OverlayName(),
    multiple=True,
    metavar="FILE",
    help="OpenAPI Overlay that adapts the contract: a file, or the bare name of one that comes with the suite."
    " May be repeated; they are applied in this order.",
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


def contract_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --contract and --overlay, which it takes as its argument `source`."""

    @wraps(command)
    def with_source(*args: Any, contract_path: Path | None, overlays: Sequence[Path], **settings: Any) -> Any:
        from conformance.contract import ContractSource

        return command(*args, source=ContractSource(contract_path, tuple(overlays)), **settings)

    made: Callable[..., Any] = grouped(_contract_option, overlay_option)(with_source)
    return made


def source_of(path: str | None, overlays: Sequence[str]) -> ContractSource:
    """Return the contract that options name, which were read elsewhere.

    Raises:
        UsageError: no overlay that comes with the suite has such a name.
    """
    from conformance.contract import ContractSource
    from conformance.contract.source import overlay_path

    return ContractSource(None if path is None else Path(path), tuple(map(overlay_path, overlays)))


def terminal() -> Console:
    """Return the terminal; what goes into a file or a pipe is not folded to 80 columns, unless COLUMNS says so."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160, highlight=False)


def load_contract(source: ContractSource) -> Contract:
    """Read a contract; where it cannot be used, say what the lint says, with line and JSON pointer.

    Raises:
        UsageError: it cannot be used.
    """
    from conformance.contract import load

    try:
        return load(source)
    except ContractError as error:
        from conformance.lint import lint

        try:
            document = source.document(strict=False)
            diagnostics = lint(document)
        except UsageError:  # it cannot even be read, or what the lint needs is not installed
            raise error from None
        if not diagnostics:
            raise
        raise UsageError("\n".join(diagnostic.in_file(document.path) for diagnostic in diagnostics)) from None
