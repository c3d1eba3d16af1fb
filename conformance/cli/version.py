"""What `--version` says: the tool, and what it judges by."""

from __future__ import annotations

from collections.abc import Iterator

import click

from conformance import __version__

__all__ = ["version_option"]


def _told(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's signature
    if asked and not context.resilient_parsing:
        click.echo("\n".join(_versions()))
        context.exit()


def _versions() -> Iterator[str]:
    """Yield a line for each thing that has a version of its own."""
    from conformance.contract import load
    from conformance.requirements.sets import newest

    yield f"videos-conformance {__version__}"
    yield f"contract {load().version}"
    scored = newest()
    if scored is not None:
        yield f"requirement set {scored.name}"


version_option = click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_told, help="Say what this is, and leave."
)
