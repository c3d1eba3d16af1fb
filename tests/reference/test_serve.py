"""The command that app developers start."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from conformance.cli.serve import serve_command as command
from conformance.contract import Contract
from conformance.reference.named_behaviours import named_behaviours
from tests.reference.caller import Caller, create_of, minimal


def _start(*arguments: str) -> subprocess.Popen[str]:
    program = "from conformance.cli.serve import serve_command; serve_command()"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", program, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_says_where_it_listens_and_stops_cleanly(contract: Contract) -> None:
    """URL, token, models and an example are printed; Ctrl-C ends it without a trace."""
    with _start("--token", "sk-mine", "--deterministic") as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        printed = "".join(lines)
        url = re.search(r"http://127\.0\.0\.1:\d+", printed)
        assert url
        parts = {part.name or "": (None, part.value) for part in minimal(contract)}
        headers = {"Authorization": "Bearer sk-mine"}
        assert httpx.post(url[0] + create_of(contract).path, files=parts, headers=headers).status_code == 200
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert "Stopped" in rest
    for expected in ("sk-mine", "curl ", *(v for f in create_of(contract).fields for v in f.schema.enum)):
        assert expected in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--behaviour", "forgets-teh-model"], "did you mean 'forgets-the-model'"),
        (["--contract", "/nowhere.yaml"], "/nowhere.yaml"),
        (["--port", "70000"], "70000"),
    ],
)
def test_a_mistake_is_one_clear_sentence(arguments: list[str], message: str) -> None:
    """Status 2, and no traceback."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_contract_that_is_none_is_refused(tmp_path: Path) -> None:
    """Status 2, with the file."""
    path = tmp_path / "empty.yaml"
    path.write_text("")
    result = CliRunner().invoke(command, ["--contract", str(path)])
    assert (result.exit_code, str(path) in result.stderr) == (2, True)


def test_a_taken_port_is_refused(caller: Caller) -> None:
    """Status 2, with the port."""
    port = caller.server.url.rpartition(":")[2]
    result = CliRunner().invoke(command, ["--port", port])
    assert (result.exit_code, f"port {port}" in result.stderr) == (2, True)


def test_all_behaviours_are_listed() -> None:
    """With a sentence each."""
    result = CliRunner().invoke(command, ["--list"])
    assert result.exit_code == 0
    for entry in named_behaviours().entries.values():
        assert entry.name in result.output
        assert entry.says in result.output
