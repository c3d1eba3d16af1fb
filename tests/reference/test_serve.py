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
from conformance.reference.sample_call import sample_call
from tests.reference.caller import Caller, create_of, minimal
from tests.reference.contracts import DATA, contract_named


def _start(*arguments: str) -> subprocess.Popen[str]:
    program = "from conformance.cli.serve import serve_command; serve_command()"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", program, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _welcome(process: subprocess.Popen[str]) -> str:
    """Return what is printed until the server waits."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert "Stopped" in rest


def test_it_says_where_it_listens_and_stops_cleanly(contract: Contract) -> None:
    """URL, token, models and an example are printed; Ctrl-C ends it without a trace."""
    with _start("--token", "sk-mine", "--deterministic") as process:
        printed = _welcome(process)
        url = re.search(r"http://127\.0\.0\.1:\d+", printed)
        assert url is not None
        parts = {part.name or "": (None, part.value) for part in minimal(contract)}
        headers = {"Authorization": "Bearer sk-mine"}
        assert httpx.post(url[0] + create_of(contract).path, files=parts, headers=headers).status_code == 200
        _stop(process)
    for expected in ("sk-mine", "curl ", *(str(v) for f in create_of(contract).fields for v in f.schema.enum)):
        assert expected in printed


@pytest.mark.parametrize(("name", "status"), [("own", 200), ("loans", 201), ("accounts", 201), ("studio", 200)])
def test_the_example_works_as_it_is_printed(name: str, status: int) -> None:
    """Whatever the contract: the command that is shown, pasted into a shell, is accepted."""
    chosen = [] if name == "own" else ["--contract", str(DATA / f"{name}.yaml")]
    with _start("--token", "me:s'cret&", *chosen) as process:
        command = _welcome(process).partition("Try:\n")[2].partition("\n\n")[0]
        shown = subprocess.run(["sh", "-c", f"{command} -s -i"], capture_output=True, text=True, check=True, timeout=30)
        _stop(process)
    assert shown.stdout.startswith(f"HTTP/1.1 {status} "), (command, shown.stdout)


def test_an_example_says_where_everything_goes() -> None:
    """Parameters and credentials stand in their places, files are left for the reader to name."""
    accounts, loans = contract_named("accounts"), contract_named("loans")
    assert sample_call(loans.operation("listLoans"), "http://x", "T") == (
        "curl 'http://x/loans?limit=1' \\\n  -H 'X-Library-Card: T'"
    )
    assert sample_call(loans.operation("furnish"), "http://x", "T").startswith("curl http://x/rooms/north \\\n  -X PUT")
    shown = sample_call(accounts.operation("showAccount"), "http://x", "me:x")
    assert shown == "curl http://x/accounts/sample \\\n  -H 'Authorization: Basic bWU6eA=='"


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
