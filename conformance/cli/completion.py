"""The command `videos-conformance completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from conformance.errors import ExitCode, SuiteError

__all__ = ["completion_command"]

_COMMAND, _VARIABLE = "videos-conformance", "_VIDEOS_CONFORMANCE_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> ExitCode:
    """Print what teaches a SHELL to complete commands, options, ids of requirements and models.

    For bash: eval "$(videos-conformance completion bash)", in ~/.bashrc; for fish: videos-conformance completion fish
    | source.
    """
    found = get_completion_class(shell)
    if found is None:
        raise SuiteError(f"click completes nothing in {shell}")
    click.echo(found(context.find_root().command, {}, _COMMAND, _VARIABLE).source())
    return ExitCode.CONFORMS
