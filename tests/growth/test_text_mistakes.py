"""What is wrong with the text of a contract is told by every command: file, line, and what to do, in plain words."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.contract import default_path, load
from conformance.errors import ContractError
from scripts.contract_diff.command import main as contract_diff
from scripts.source_page.checking import main as check_source
from tests.growth.mistaking import TEXTS, ContractMistake
from tests.growth.running import regenerate
from tests.suite.runs import Said, command

_READERS = (("run",), ("run", "--dry-run"), ("requirements",), ("explain", "any"), ("serve",), ("body", "any"))
# Readers do not agree about these, so that the lint lists them among its findings.
_AMBIGUOUS = "to some readers of YAML"


def compared(path: Path) -> Said:
    """Compare with the project's own contract, by the script's own code."""
    made = CliRunner().invoke(contract_diff, [str(default_path()), str(path)])
    return Said(made.exit_code, made.stdout, made.stderr)


def witnessed(page: Path, contract: Path) -> Said:
    """Hold a page against a contract, by the script's own code."""
    said, blamed = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(blamed):
        code = check_source([str(page), "--contract", str(contract)])
    return Said(code, said.getvalue(), blamed.getvalue())


def assert_told(said: Said, place: str, words: str) -> None:
    """Hold a command to one line that says where and what, and to the status for unusable input."""
    assert (said.code, said.stdout) == (2, ""), said
    (line,) = said.stderr.strip().split("\n")
    assert f"{place}: " in line
    assert words in line


@pytest.mark.parametrize("mistake", TEXTS, ids=lambda mistake: mistake.name)
def test_every_command_tells_the_mistake(mistake: ContractMistake, tmp_path: Path) -> None:
    """Nobody goes on with half of a contract, and nobody is told in a parser's words."""
    path, number = mistake.make(tmp_path)
    place = f"{path}:{number}"
    for words in _READERS:
        assert_told(command(*words, "--contract", path), place, mistake.words)
    assert_told(regenerate(path, tmp_path / "generated"), place, mistake.words)
    assert_told(compared(path), place, mistake.words)
    assert_told(witnessed(default_path(), path), place, mistake.words)
    linted = command("lint", path)
    if _AMBIGUOUS in mistake.words:
        assert linted.code == 1
        assert linted.stdout.startswith(f"{place}: ")
        assert mistake.words in linted.stdout
    else:
        assert_told(linted, place, mistake.words)
        assert_told(witnessed(path, default_path()), place, mistake.words)


@pytest.mark.parametrize("mistake", TEXTS, ids=lambda mistake: mistake.name)
def test_an_overlay_is_told_alike(mistake: ContractMistake, tmp_path: Path) -> None:
    """Its own file is named, and not the contract's."""
    path, number = mistake.make_overlay(tmp_path)
    for words in (("requirements",), ("lint",)):
        assert_told(command(*words, "--overlay", path), f"{path}:{number}", mistake.words)


def _crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def _marked(raw: bytes) -> bytes:
    return b"\xef\xbb\xbf" + raw


@pytest.mark.parametrize("change", [_crlf, _marked], ids=lambda change: change.__name__)
def test_what_editors_of_windows_write_is_read(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """Ends of lines and the mark of UTF-8 are no mistake, and lines are counted as they are shown."""
    path = tmp_path / "openapi.yaml"
    path.write_bytes(change(default_path().read_bytes()))
    read = load(path)
    assert read.document.data == load().document.data
    assert read.document.line("#/paths") == load().document.line("#/paths")
    assert command("lint", path).code == 0


@pytest.mark.parametrize(
    ("coding", "words"),
    [
        ("utf-16", "is text in UTF-16; save it as text in UTF-8"),
        ("latin-1", ":4: has a byte that is not UTF-8 (0xe9); save the file as text in UTF-8"),
    ],
)
def test_another_coding_is_told(coding: str, words: str, tmp_path: Path) -> None:
    """With the line of the first byte that is none of UTF-8, where there is one."""
    path = tmp_path / "openapi.yaml"
    text = default_path().read_text(encoding="utf-8").replace("\n  version:", "\n  x-é: é\n  version:", 1)
    path.write_bytes(text.encode(coding, errors="replace"))
    said = command("requirements", "--contract", path)
    assert (said.code, words in said.stderr, str(path) in said.stderr) == (2, True, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- openapi: 3.1.0\n", ":1: is not an OpenAPI document: its root is a list, and no mapping"),
        ("openapi: 3.0.3\n", ":1: #/openapi: is not an OpenAPI 3.1 document: it says `openapi: 3.0.3`; convert it"),
        ("openapi: 3.1\n", ":1: #/openapi: is not an OpenAPI 3.1 document: it says `openapi: 3.1`; put it into quotes"),
        ("x: 1\nswagger: '2.0'\n", ":2: #/swagger: is not an OpenAPI 3.1 document: it says `swagger: 2.0`; convert it"),
        ("info: {}\n", "is not an OpenAPI 3.1 document: `openapi: 3.1.x` is missing at the top"),
        ("<!DOCTYPE html>\n<html><p>a: b: c\n", ":1: has a page in HTML or XML in place of YAML; save the file itself"),
        ('{\n\t"openapi": "3.1.0",\n\t"info": {"title": "a" "version": "1"}\n}\n', ":3: is not YAML: the line stands"),
    ],
    ids=["empty", "list", "3.0", "unquoted", "swagger", "no-version", "page", "json"],
)
def test_another_kind_of_document_is_told(text: str, words: str, tmp_path: Path) -> None:
    """What it is, and what would be one."""
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=r"openapi\.yaml") as caught:
        load(path)
    assert words in str(caught.value)


def test_a_document_of_tabs_is_json(tmp_path: Path) -> None:
    """JSON may be indented by tabs; its places are found all the same."""
    path = tmp_path / "openapi.json"
    path.write_text('{\n\t"openapi": "3.1.0",\n\t"info": {"title": "a", "version": "1"},\n\t"paths": 3\n}\n', "utf-8")
    said = command("lint", path)
    assert said.stdout.startswith(f"{path}:4: #/paths [structure]")
