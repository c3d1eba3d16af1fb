"""How the command starts: quickly, since it imports what it needs and no more; and what a shell completes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli.main import main
from conformance.contract import Contract
from tests.suite.runs import command

_HEAVY = {
    "hypothesis", "schemathesis", "httpx", "httpcore", "h11", "h2", "httplint", "jsonschema_rs", "rich", "yaml",
    "starlette", "uvicorn", "asyncio", "referencing", "openapi_spec_validator", "allpairspy", "multipart",
}  # fmt: skip


@pytest.mark.parametrize(
    "words", [["--help"], *([name, "--help"] for name in sorted(main.list_commands(main.make_context("x", ["run"]))))],
    ids=" ".join,
)  # fmt: skip
def test_help_waits_for_nothing(words: list[str], tmp_path: Path) -> None:
    """Help imports nothing of what a run needs, which is all that makes it slow."""
    code = (
        "import sys\n"
        "from conformance.cli import main\n"
        f"try:\n main({words!r})\n"
        "finally:\n print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "Usage:" in made.stdout
    assert set(made.stderr.split()) & _HEAVY == set()


def _completed(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    env = {
        **os.environ,
        "_VIDEOS_CONFORMANCE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("videos-conformance", *words)),
        "COMP_CWORD": str(len(words)),
    }
    code = "from conformance.cli import main; main(prog_name='videos-conformance')"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert made.stderr == ""
    return [line.partition(",")[2] for line in made.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_taught(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is a script of that shell, which asks the command; no file in the folder is in its way."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "videos-conformance.toml").write_text("wrong", encoding="utf-8")
    said = command("completion", shell)
    assert said.code == 0
    assert f"_VIDEOS_CONFORMANCE_COMPLETE={shell}_complete" in said.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n", "-c", said.stdout], check=True)


def test_what_a_shell_is_offered(contract: Contract) -> None:
    """Commands, options, ids of requirements and models, those of the contract that the words before name."""
    models = next(
        declared.schema.enum
        for operation in contract.operations
        for declared in operation.inputs
        if declared.schema.role == "model"
    )
    assert "completion" in _completed("comp")
    assert "--max-creates" in _completed("run", "--max-c")
    assert _completed("explain", "secrecy/cr") == ["secrecy/credential"]
    assert _completed("run", "--only", "secrecy/cr") == ["secrecy/credential"]
    assert _completed("run", "--models", str(models[0])[:-1])[0] == models[0]
    assert f"{models[0]},{models[1]}" in _completed("run", "--models", f"{models[0]},")
    assert _completed("run", "--contract", "/nowhere.yaml", "--only", "secrecy/cr") == []
