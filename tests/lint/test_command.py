"""What a user of `videos-conformance lint` sees."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.cli.lint import lint_command
from conformance.contract import default_path
from conformance.errors import ContractError, ExitCode
from conformance.lint import RULES
from conformance.requirements.sets import drift


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lint_command, [str(argument) for argument in arguments])


def test_a_clean_contract_says_nothing() -> None:
    """Exit status 0 and no output, as a linter is expected to."""
    result = run()
    assert (result.exit_code, result.output) == (0, "")


def test_a_finding_is_one_line_with_everything_in_it(tmp_path: Path) -> None:
    """File and line first, as editors and CI systems read it."""
    path = tmp_path / "copy.yaml"
    shutil.copy(default_path(), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("x-role:", "x-rule:", 1), encoding="utf-8")

    result = run(path)

    line = 1 + text[: text.index("x-role:")].count("\n")
    assert result.exit_code == 1
    assert re.fullmatch(
        rf"{re.escape(str(path))}:{line}: #/\S+/x-rule \[extension\] .*did you mean `x-role`\?", result.stdout.strip()
    )
    assert result.stderr == "1 to mend\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"a: [1,\nb: 2", ":1: is not YAML: the `[` that is opened here is never closed"),
        (b"\xff\xfe\x00\x00", "is text in UTF-16; save it as text in UTF-8"),
        (b"a: {b}: c", ":1: is not YAML: "),
        (b"a: &a\n  b: *a\n", "is not YAML: an alias (`*name`) stands inside of what it repeats"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"- a\n- b\n", "is not an OpenAPI document"),
        (b"just text", "is not an OpenAPI document"),
        (b"a: 1\n---\nb: 2\n", "is not YAML"),
    ],
)
def test_a_file_that_is_no_document_is_a_usage_error(content: bytes, reason: str, tmp_path: Path) -> None:
    """One sentence with the file's name, and the status of a usage error."""
    path = tmp_path / "openapi.yaml"
    path.write_bytes(content)
    error = run(path).exception
    assert isinstance(error, ContractError)
    assert error.exit_code is ExitCode.USAGE
    assert str(error).startswith(str(path))
    assert reason in str(error)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """Missing files and directories alike."""
    for path in (tmp_path / "nothing.yaml", tmp_path):
        error = run(path).exception
        assert isinstance(error, ContractError)
        assert "cannot be read" in str(error)


def test_a_document_of_nothing_gives_findings(tmp_path: Path) -> None:
    """A mapping that is no OpenAPI document is judged, not refused."""
    path = tmp_path / "openapi.yaml"
    path.write_text("openapi: 3.1.0\n", encoding="utf-8")
    assert run(path).exit_code == 1


def test_the_rules_list_themselves() -> None:
    """One line for each rule, with what it demands."""
    lines = run("--rules").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*(rule.id for rule in RULES), drift.RULE]
    assert all(len(line.split()) > 4 for line in lines)


def test_without_what_only_the_lint_needs_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who only judges servers did not install it, and is told of a broken contract all the same."""
    monkeypatch.setitem(sys.modules, "openapi_spec_validator", None)
    linted = CliRunner().invoke(main, ["lint"])
    assert (linted.exit_code, "install videos-conformance[lint]" in linted.stderr) == (2, True)
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {/a: {get: {}}}\n", encoding="utf-8")
    listed = CliRunner().invoke(main, ["requirements", "--contract", str(broken)])
    assert (listed.exit_code, f"{broken}:3: #/paths/~1a/get" in listed.stderr) == (2, True)
