"""Options that say where the token comes from: a variable, a file, a command or a prompt, never the command line."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import IO, Any

import click
from attrs import field, frozen

from conformance.cli.options import grouped
from conformance.errors import UsageError

__all__ = ["SECOND", "USUAL", "Token", "second_token_of", "second_token_options", "token_of", "token_options"]

USUAL = "VIDEOS_TOKEN"
SECOND = "VIDEOS_SECOND_TOKEN"
"""What the commands of a report call the second token, where it came from no variable."""
_SOURCES = ("token_env", "token_file", "token_command", "token_prompt")
_LARGEST = 64 * 1024
_PATIENCE = 60.0  # seconds, in which somebody may have to unlock a key ring
_TOLD = re.compile(r"[A-Z_][A-Z0-9_]*")
_UNTOLD = "it is not repeated here, for it may be the token itself"


@frozen
class Token:
    """The token, and how a user gives it.

    Attributes:
        value: opens the server.
        variable: from which the commands of a report take it.
        option: that it came from, where that was not the variable.
    """

    value: str = field(repr=False)
    variable: str
    option: str = ""


def _refuse(_: click.Context, __: click.Parameter, value: str | None) -> None:
    """Say why there is no such option; the value is not repeated."""
    if value is not None:
        raise UsageError(
            "--token: a token on the command line is shown to everybody on this machine, and kept by the shell: put"
            f" it into the variable {USUAL}, or use --token-file, --token-command or --token-prompt"
        )


token_options: Callable[[Any], Any] = grouped(
    click.option("--token-env", metavar="NAME", show_default=USUAL, help="Environment variable that holds the token."),
    click.option(
        "--token-file", type=click.Path(path_type=Path), metavar="FILE", help="File that holds the token and no more."
    ),
    click.option(
        "--token-command",
        metavar="COMMAND",
        help="Command that prints the token, such as 'pass show videos'. It is run without a shell; for a pipe, write"
        " \"sh -c '…'\".",
    ),
    click.option("--token-prompt", is_flag=True, default=None, help="Ask for the token on the terminal, unseen."),
    click.option("--token", hidden=True, expose_value=False, callback=_refuse),
)


second_token_options: Callable[[Any], Any] = grouped(
    click.option(
        "--second-token-env",
        metavar="NAME",
        help="Environment variable that holds the token of another account, which must not see this one's jobs.",
    ),
    click.option(
        "--second-token-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File that holds the token of another account and no more.",
    ),
)


def token_of(settings: dict[str, Any]) -> Token:
    """Return the token from the one place that is named, or from the usual variable.

    Raises:
        UsageError: several are named, or there is no token.
    """
    given = [name for name in _SOURCES if settings[name] is not None]
    if len(given) > 1:
        told = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{told} both say where the token comes from: give one of them")
    source = given[0] if given else "token_env"
    variable = USUAL
    if source == "token_env":
        variable = settings["token_env"] or USUAL
        value = _from_variable(variable)
    elif source == "token_file":
        value = _from_file(settings["token_file"])
    elif source == "token_command":
        value = _from_command(settings["token_command"])
    else:
        value = _from_prompt()
    option = f"--{source.replace('_', '-')}" if source != "token_env" else ""
    return Token(_checked(value, option or f"${variable}"), variable, option)


def second_token_of(settings: dict[str, Any], first: str) -> Token | None:
    """Return the token of another account, where one is named.

    Args:
        settings: the options.
        first: the token that it has to differ from.

    Raises:
        UsageError: two places are named, there is none in the one that is, or it is the first one again.
    """
    name, path = settings.get("second_token_env"), settings.get("second_token_file")
    if name is not None and path is not None:
        raise UsageError("--second-token-env and --second-token-file both name the second token: give one of them")
    if path is not None:
        option = "--second-token-file"
        made = Token(_checked(_from_file(path, option), option), SECOND, option)
    elif name is not None:
        option = "--second-token-env"
        made = Token(_checked(_from_variable(name, option), f"${name}"), name)
    else:
        return None
    if made.value == first:
        raise UsageError(f"{option}: the second token is the first one: it has to be that of another account")
    return made


def _from_variable(name: str, option: str = "--token-env") -> str:
    value = os.environ.get(name)
    if value:
        return value
    if not _TOLD.fullmatch(name):
        raise UsageError(
            f"{option} takes the name of an environment variable, such as {USUAL}, and there is none of that name;"
            f" {_UNTOLD}"
        )
    others = ", or use --token-file, --token-command or --token-prompt" if option == "--token-env" else ""
    raise UsageError(f"the environment variable {name} holds no token; set it, or name another with {option}{others}")


def _from_file(path: Path, option: str = "--token-file") -> str:
    told = f"{option} {path}" if any(char in str(path) for char in "/.~") else option
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"{told}: there is no such file{'' if str(path) in told else f'; {_UNTOLD}'}") from None
    except OSError as error:
        raise UsageError(f"{told}: cannot be read: {error.strerror}") from None
    if stat.S_ISREG(mode) and mode & stat.S_IROTH:
        click.echo(f"warning: {told} can be read by everybody on this machine: `chmod 600` it", err=True)
    return _text(data, told)


def _from_command(line: str) -> str:
    """Run a command and return what it prints; what it says on standard error goes where ours goes."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"--token-command: {error}; see to its quotes") from None
    if not words:
        raise UsageError("--token-command is empty: name a command that prints the token")
    try:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603 - the user's own command
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"--token-command: its first word is no program that can be run ({reason}); {_UNTOLD}. It is run without a"
            " shell: for a pipe, an alias or a variable write --token-command \"sh -c '…'\""
        ) from None
    try:
        data = _printed(process)
    finally:
        is_endless = process.poll() is None
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
    if process.returncode != 0 and not is_endless:
        raise UsageError(
            f"--token-command ended with status {process.returncode}; what it said of that stands above. Run it by"
            " hand: it has to print the token, and end with 0"
        )
    return _text(data, "--token-command")


def _printed(process: subprocess.Popen[bytes]) -> bytes:
    """Return what a command prints until it ends; a child of it that lives on is not waited for.

    Raises:
        UsageError: it does not end in time.
    """
    output: IO[bytes] | None = process.stdout
    if output is None:
        return b""
    until, data = time.monotonic() + _PATIENCE, bytearray()
    with output, selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        while ready.select(max(0.0, until - time.monotonic())):
            piece = os.read(output.fileno(), _LARGEST)
            data += piece
            if len(data) > _LARGEST:
                raise UsageError(
                    f"--token-command prints more than {_LARGEST // 1024} KiB: it has to print the token alone"
                )
            if not piece:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, until - time.monotonic()))
                    return bytes(data)
                break
    raise UsageError(
        f"--token-command did not end within {_PATIENCE:g} s; run it by hand: it may wait for something to be unlocked"
    )


def _from_prompt() -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            "--token-prompt asks on a terminal, and there is none: use --token-env, --token-file or --token-command"
        )
    try:
        return getpass("Token: ")
    except EOFError:
        raise UsageError("--token-prompt: no token was given") from None


def _text(data: bytes, told: str) -> str:
    """Return what a file or a command says, without the end of its last line."""
    if len(data) > _LARGEST:
        raise UsageError(f"{told}: has more than {_LARGEST // 1024} KiB: it has to hold the token alone")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{told}: is no text in UTF-8: it has to hold the token alone") from None
    return text.removesuffix("\n").removesuffix("\r")


def _checked(value: str, place: str) -> str:
    """Return a token that a header can carry; nothing of another one is repeated.

    Raises:
        UsageError: it is another one.
    """
    if not value:
        raise UsageError(f"{place} holds no token: it is empty")
    if len(lines := value.splitlines()) > 1:
        raise UsageError(
            f"{place} holds {len(lines)} lines, and a token is one: for the first of a command's write"
            " --token-command \"sh -c '… | head -n 1'\""
        )
    scheme, blank, rest = value.partition(" ")
    if blank and rest and scheme.lower() in ("bearer", "basic", "token"):
        raise UsageError(
            f"{place} holds `{scheme}` and a token: leave the word out, it is put in front by the contract"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise UsageError(f"{place} holds a token with a blank or another character that a header cannot carry")
    return value
