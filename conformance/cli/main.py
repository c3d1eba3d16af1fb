"""The group of all commands, and the place where errors become exit codes."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import Any

import click

from conformance.cli.configuration import configured, explained
from conformance.cli.version import version_option
from conformance.errors import ConformanceError, CrashError, ExitCode, UsageError

__all__ = ["main"]

_DEFECT = "this is a defect of the suite, not of a server"
# A command is imported when it is asked for: none waits for what another needs.
_COMMANDS = {
    "badge": "conformance.cli.badge",
    "body": "conformance.cli.body",
    "client": "conformance.cli.client",
    "compare": "conformance.cli.compare",
    "completion": "conformance.cli.completion",
    "config": "conformance.cli.config",
    "diff": "conformance.cli.diff",
    "explain": "conformance.cli.explain",
    "identify": "conformance.cli.identify",
    "lint": "conformance.cli.lint",
    "matrix": "conformance.cli.matrix",
    "replay": "conformance.cli.replay",
    "report": "conformance.cli.report",
    "requirements": "conformance.cli.requirements",
    "run": "conformance.cli.run",
    "selftest": "conformance.cli.selftest",
    "serve": "conformance.cli.serve",
}


class _Group(click.Group):
    """Ends with the statuses that the suite documents, and never with a traceback for a user's mistake."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Name all commands, loaded or not."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's own
        """Load a command where it is not loaded yet."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), f"{cmd_name}_command")
        return configured(command, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what is wrong with a value from the file of configuration names its place there."""
        try:
            return super().invoke(ctx)
        except (click.UsageError, UsageError) as error:
            raise explained(ctx, error) from None

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            if isinstance(error, click.UsageError) and "extra argument" in error.message:
                error = click.UsageError("Got a word too many; it is not repeated, for it may be a secret.", error.ctx)
            error.show()
            code = ExitCode.USAGE
        except click.Abort:
            click.echo("interrupted", err=True)
            code = ExitCode.INCOMPLETE
        except CrashError as error:
            click.echo(error.trace, err=True)
            click.echo(f"error: {_DEFECT}: {error}; please report it", err=True)
            code = error.exit_code
        except ConformanceError as error:
            click.echo(f"error: {error}", err=True)
            code = error.exit_code
        except Exception as error:  # noqa: BLE001 - the last border: a mistake of ours is never the server's
            traceback.print_exc()
            click.echo(f"error: {_DEFECT}: {error!r}; please report it", err=True)
            code = ExitCode.SUITE_DEFECT
        sys.exit(code if isinstance(code, int) else ExitCode.CONFORMS)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def main() -> None:
    """Tell where a /v1/videos server departs from the contract, without spending your money.

    Exit codes: 0 conforms, 1 a MUST is broken or an entry of the baseline holds no longer, 2 usage or configuration,
    3 server unreachable or run incomplete, 4 a defect of the suite.
    """
