"""Two mistakes that most readers keep silent about are told by every command, with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.growth.mistaking import CONTRACT_MISTAKES, ContractMistake
from tests.growth.running import regenerate
from tests.suite.runs import Said, command, process


@pytest.fixture(params=CONTRACT_MISTAKES, ids=lambda mistake: mistake.name)
def mistake(request: pytest.FixtureRequest) -> ContractMistake:
    """One of the mistakes."""
    made: ContractMistake = request.param
    return made


def assert_refused(said: Said, place: str, pointer: str) -> None:
    """Hold a command to one line with the place, and to the status for unusable input."""
    assert (said.code, said.stdout) == (2, "")
    (line,) = said.stderr.strip().split("\n")
    assert f"{place}: {pointer}" in line


def test_the_lint_names_the_mistake_once(mistake: ContractMistake, tmp_path: Path) -> None:
    """One line, with file, line and JSON pointer."""
    path, number = mistake.make(tmp_path)
    said = command("lint", path)
    assert said.code == 1
    (line,) = said.stdout.strip().split("\n")
    assert line.startswith(f"{path}:{number}: {mistake.pointer} [")


@pytest.mark.parametrize(
    "words", [("run",), ("run", "--dry-run"), ("requirements",), ("body", "any-probe")], ids=" ".join
)
def test_a_command_refuses_the_contract(words: tuple[str, ...], mistake: ContractMistake, tmp_path: Path) -> None:
    """What reads the contract never goes on with half of it."""
    path, number = mistake.make(tmp_path)
    assert_refused(command(*words, "--contract", path), f"{path}:{number}", mistake.pointer)


def test_the_reference_server_refuses_the_contract(mistake: ContractMistake, tmp_path: Path) -> None:
    """It says so and ends; it opens no port."""
    path, number = mistake.make(tmp_path)
    assert_refused(process("serve", "--contract", path, "--port", 0), f"{path}:{number}", mistake.pointer)


def test_the_generator_refuses_the_contract(mistake: ContractMistake, tmp_path: Path) -> None:
    """It writes nothing."""
    path, number = mistake.make(tmp_path)
    output = tmp_path / "generated"
    assert_refused(regenerate(path, output), f"{path.name}:{number}", mistake.pointer)
    assert not list(output.glob("*"))
