"""Where the token comes from: one place of four, never the command line, and never shown."""

from __future__ import annotations

import os
import pty
import select
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli import main, tokens
from conformance.contract import Contract
from conformance.errors import ExitCode
from tests.suite.runs import ENV, ROOT, TOKEN, Said, command, environment, process, words
from tests.suite.serving import Serve

_AUTH = ("--only", "*/auth/missing", "--max-creates", 0)


def _asked(serve: Serve, small: Contract, *arguments: object, token: str | None = None) -> Said:
    """Run against a server that takes the token of these tests alone."""
    server = serve(contract=small)
    return command("run", "--url", server.url, "--contract", small.path, *_AUTH, *arguments, token=token)


def _prints(text: str) -> str:
    """A command that prints a text."""
    return shlex.join((sys.executable, "-c", f"import sys; sys.stdout.write({text!r})"))


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_holds_the_token(serve: Serve, small: Contract, tmp_path: Path, end: str) -> None:
    """The token of a file opens the server, whatever ends its line; the variable is not looked at."""
    path = tmp_path / "token"
    path.write_bytes(f"{TOKEN}{end}".encode())
    path.chmod(0o600)
    said = _asked(serve, small, "--token-file", path, token="another-1234")
    assert (said.code, said.stderr.strip()) == (ExitCode.CONFORMS, "")


def test_a_file_that_all_can_read_is_told_of(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """A file that everybody can read still works, with a warning that says what to do."""
    path = tmp_path / "token"
    path.write_text(TOKEN, encoding="utf-8")
    path.chmod(0o644)
    said = _asked(serve, small, "--token-file", path)
    assert said.code == ExitCode.CONFORMS
    assert "chmod 600" in said.stderr


def test_a_pipe_holds_the_token(serve: Serve, small: Contract) -> None:
    """What a shell puts in place of `<(pass show x)` is no ordinary file, and does."""
    reading, writing = os.pipe()
    os.write(writing, TOKEN.encode())
    os.close(writing)
    said = _asked(serve, small, "--token-file", f"/dev/fd/{reading}")
    os.close(reading)
    assert (said.code, said.stderr.strip()) == (ExitCode.CONFORMS, "")


def test_a_command_prints_the_token(serve: Serve, small: Contract) -> None:
    """The token that a command prints opens the server."""
    said = _asked(serve, small, "--token-command", _prints(f"{TOKEN}\n"))
    assert said.code == ExitCode.CONFORMS


def test_a_pipe_of_commands_is_run_by_a_shell_that_is_named(serve: Serve, small: Contract) -> None:
    """Words are split as a shell does, and nothing else is done with them."""
    said = _asked(serve, small, "--token-command", f"sh -c 'printf \"%s\\nuser: me\\n\" {TOKEN} | head -n 1'")
    assert said.code == ExitCode.CONFORMS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("\n", "it is empty"),
        (f"{TOKEN}\nuser: me\n", "holds 2 lines"),
        (f"{TOKEN} {TOKEN}", "a blank"),
        (f"Bearer {TOKEN}", "leave the word out"),
        (TOKEN + "\u00e9", "a header cannot carry"),
        ("x" * 70_000, "64 KiB"),
        (f"{TOKEN}\0", "a header cannot carry"),
    ],
)
def test_what_is_no_token_is_told(tmp_path: Path, text: str, told: str) -> None:
    """What a file or a command gives and no header can carry is an error that repeats none of it."""
    path = tmp_path / "token"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    for option in (("--token-file", path), ("--token-command", shlex.join(("cat", str(path))))):
        said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, *option, token=None)
        assert said.code == ExitCode.USAGE
        assert told in said.stderr
        assert option[0] in said.sentence
        assert TOKEN not in said.stdout + said.stderr
        assert "xxxxx" not in said.stderr


def test_text_in_another_coding_is_told(tmp_path: Path) -> None:
    """A file as some shells write it, in UTF-16, is an error and no token."""
    path = tmp_path / "token"
    path.write_bytes(TOKEN.encode("utf-16"))
    path.chmod(0o600)
    said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-file", path, token=None)
    assert (said.code, "no text in UTF-8" in said.sentence) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("false", "ended with status 1"),
        (f"sh -c 'echo {TOKEN}; echo locked >&2; exit 3'", "ended with status 3"),
        (f"{TOKEN} show", "no program"),
        (f"echo '{TOKEN}", "see to its quotes"),
        ("", "is empty"),
        (".", "no program"),
    ],
)
def test_a_command_that_fails_is_told(line: str, told: str) -> None:
    """Its status and what to do are told, and what it said on standard error; what it printed is not."""
    said = process("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-command", line)
    assert said.code == ExitCode.USAGE
    assert told in said.sentence
    assert TOKEN not in said.stdout + said.stderr
    assert ("locked" in said.stderr) is ("locked" in line)


@pytest.mark.parametrize("line", ["sleep 60", "sh -c 'sleep 60 & wait'", "sh -c 'exec >&-; sleep 60'"])
def test_a_command_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Neither the command nor a child of it that lives on is waited for longer than it may take."""
    monkeypatch.setattr(tokens, "_PATIENCE", 0.2)
    said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-command", line, token=None)
    assert (said.code, "did not end within" in said.sentence) == (ExitCode.USAGE, True)


def test_a_command_that_prints_no_end_is_told() -> None:
    """Of a command that never stops printing only so much is read."""
    said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-command", "yes", token=None)
    assert (said.code, "64 KiB" in said.sentence) == (ExitCode.USAGE, True)


def test_there_is_one_source() -> None:
    """Two places are one too many, since one of them would be looked at in vain."""
    said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-env", "A", "--token-prompt")
    assert said.code == ExitCode.USAGE
    assert "--token-env and --token-prompt" in said.sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ("--token", "sk-typed-0123456789"),
        ("--token=sk-typed-0123456789",),
        ("--token-env", "sk-typed-0123456789"),
        ("--token-env", "typed0123456789"),
        ("--token-file", "sk-typed-0123456789"),
        ("--token-prompt", "sk-typed-0123456789"),
        ("--token-command", "sk-typed-0123456789"),
        ("--url", "http://me:sk-typed-0123456789@127.0.0.1:99999"),
        ("--url", f"http://127.0.0.1:1/{TOKEN}"),
    ],
)
def test_a_token_that_is_typed_is_not_repeated(arguments: tuple[str, ...]) -> None:
    """Who gives the token itself is told what to do, and it is not shown once more, in a log perhaps."""
    said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, *arguments)
    assert said.code == ExitCode.USAGE
    assert said.stderr
    for secret in ("0123456789", TOKEN):
        assert secret not in said.stdout + said.stderr


def test_a_variable_that_is_not_set_is_named() -> None:
    """The name of a variable is no secret, and is what has to be mended."""
    said = command("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-env", "GATEWAY_KEY")
    assert "GATEWAY_KEY holds no token" in said.sentence


def test_a_prompt_needs_a_terminal() -> None:
    """Where nobody can be asked, the run says so and does not wait."""
    made = subprocess.run(
        words("run", "--url", "http://127.0.0.1:1", "--max-creates", 0, "--token-prompt"),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, env=environment(), check=False,
    )  # fmt: skip
    assert made.returncode == ExitCode.USAGE
    assert "asks on a terminal" in made.stderr


def test_what_is_typed_at_the_prompt_is_not_seen(serve: Serve, small: Contract) -> None:
    """On a terminal the token is asked for, opens the server, and stands nowhere on the screen."""
    server = serve(contract=small)
    arguments = words("run", "--url", server.url, "--contract", small.path, *_AUTH, "--token-prompt")
    child, screen = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execve(arguments[0], list(arguments), {**os.environ, ENV: ""})  # noqa: S606 - the command under test
    shown, is_typed = b"", False
    while select.select([screen], [], [], 60)[0]:
        try:
            piece = os.read(screen, 4096)
        except OSError:  # the other end is gone
            break
        if not piece:
            break
        shown += piece
        if b"Token: " in shown and not is_typed:
            is_typed = True
            os.write(screen, f"{TOKEN}\n".encode())
    _, status = os.waitpid(child, 0)
    os.close(screen)
    assert os.waitstatus_to_exitcode(status) == ExitCode.CONFORMS, shown
    assert TOKEN.encode() not in shown
    assert b"requests" in shown


@pytest.mark.parametrize("option", ["--token-file", "--token-command"])
def test_the_commands_of_a_report_say_how_they_get_the_token(
    serve: Serve, small: Contract, tmp_path: Path, option: str
) -> None:
    """Commands take the token from a variable, also where the run did not; the report says what to put into it."""
    path, report = tmp_path / "token", tmp_path / "report.json"
    path.write_text(TOKEN, encoding="utf-8")
    path.chmod(0o600)
    server = serve("accepts-any-token", contract=small)
    value = path if option == "--token-file" else shlex.join(("cat", str(path)))
    run = ("run", "--url", server.url, "--contract", small.path, "--max-creates", 0, "--report-json", report)
    said = command(*run, option, value, token=None)
    assert f"take the token from ${ENV}: set it to what {option} gave" in " ".join(said.stdout.split())
    assert "take the token" in " ".join(command("report", report).stdout.split())
    assert "take the token" not in " ".join(command(*run).stdout.split())
    assert TOKEN not in report.read_text(encoding="utf-8")


def test_a_token_that_is_refused_is_named_by_its_source(serve: Serve, small: Contract) -> None:
    """Where the server refuses the token, the message names the place that the user has to mend."""
    said = _asked(serve, small, "--token-command", _prints("sk-wrong-0123456789"))
    assert said.code == ExitCode.INCOMPLETE
    assert "the token from --token-command" in " ".join(said.stdout.split())


def test_a_token_that_is_an_ordinary_word_is_told_of(serve: Serve, small: Contract) -> None:
    """The run says at once what it cannot do with such a token, and judges nothing by it."""
    server = serve(contract=small)
    said = command(
        "run", "--url", server.url, "--contract", small.path, "--only", "secrecy/credential", "--max-creates", 0,
        token="EMPTY",
    )  # fmt: skip
    assert "ordinary word" in said.stderr


def test_the_help_names_every_source() -> None:
    """All places are found by who looks for them, and no option takes the token itself."""
    from click.testing import CliRunner

    shown = CliRunner().invoke(main, ["run", "--help"]).output
    for option in ("--token-env", "--token-file", "--token-command", "--token-prompt"):
        assert option in shown
    assert "--token " not in shown
