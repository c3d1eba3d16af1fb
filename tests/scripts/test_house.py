"""What the project asks of its own code and no other tool looks at."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    ROOT / name
    for name in subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    if not name.startswith("generated/") and (ROOT / name).is_file()
]
PYTHON = [path for path in FILES if path.suffix == ".py"]
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")
IGNORE = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:|pyright:\s*ignore)(?P<rest>.*)")
CODE = re.compile(r"[A-Z]+[0-9]+|\[[a-z, -]+\]")
REASONED = re.compile(r"(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|\[[a-z, -]+\]|\s*no cover|\[\w+\])\s*(-|#)\s*\S.{3,}")


def of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_nothing_is_left_unfinished() -> None:
    """A mark in the code is a promise that nobody keeps; an issue is one that somebody reads."""
    marked = [
        f"{of(path)}:{number}"
        for path in FILES
        if path.suffix in {"", ".py", ".sh", ".jinja", ".yml", ".yaml", ".toml"}
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert marked == []


def bare_ignores(path: Path) -> list[str]:
    """Places that ignore without a reason; one reason serves a file for one rule."""
    reasoned: set[str] = set()
    bare = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := IGNORE.search(line):
            codes = set(CODE.findall(match["rest"].partition(" -")[0].partition("#")[0]))
            if REASONED.fullmatch(match["rest"]):
                reasoned |= codes
            elif not codes or codes - reasoned:
                bare.append(f"{of(path)}:{number}")
    return bare


def test_every_ignore_says_what_and_why() -> None:
    """`# noqa: RULE - reason`, `# type: ignore[code]  # reason`."""
    assert [place for path in PYTHON if path != Path(__file__).resolve() for place in bare_ignores(path)] == []


def test_every_skip_has_a_reason() -> None:
    """Somebody who sees an `s` must be able to find out why."""
    bare = [
        f"{of(path)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith(("pytest.mark.skip", "pytest.mark.xfail"))
        and "reason=" not in ast.unparse(decorator)
    ]
    assert bare == []


@pytest.mark.parametrize("path", [path for path in PYTHON if path.name.startswith("test_")], ids=of)
def test_every_test_has_its_sentence(path: Path) -> None:
    """A test's docstring names the promise that it guards."""
    silent = [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("options", "matrix", "slow"),
    [((), True, False), (("-m", "not matrix"), False, False), (("-m", "slow"), False, True)],
    ids=["all", "quick", "slow"],
)
def test_marks_choose_what_contributing_says(options: tuple[str, ...], *, matrix: bool, slow: bool) -> None:
    """Of files that are named the matrix is in unless it is left out, and a slow test is out unless it is asked for."""
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", *options)
    files = ("tests/scripts/test_bootstrap.py", "tests/selftest/test_matrix.py")
    said = subprocess.run((*command, *files), cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert ("test_a_fault_is_found_by_what_it_names[" in said) is matrix
    assert ("test_a_fresh_clone_sets_itself_up" in said) is slow


@pytest.mark.parametrize(
    ("options", "on_ci", "matrix", "thorough"),
    [((), False, False, False), ((), True, True, True), (("-m", "matrix"), False, True, False)],
    ids=["everything", "ci", "asked-for"],
)
def test_a_whole_run_leaves_to_ci_what_takes_long(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, *, on_ci: bool, matrix: bool, thorough: bool
) -> None:
    """Who names no file runs neither the matrix nor a thorough test, unless CI does, or they are asked for."""
    monkeypatch.delenv("CI", raising=False)
    if on_ci:
        monkeypatch.setenv("CI", "true")
    few = "testpaths=tests/selftest/test_matrix.py tests/growth/test_whole_path.py tests/scripts/test_pages.py"
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", few, *options)
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert ("test_a_fault_is_found_by_what_it_names[" in said) is matrix
    assert ("test_whole_path.py" in said) is thorough
