"""The log of requests: what it tells people and programs, and what it never tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from attrs import frozen
from click.testing import CliRunner

from conformance.cli.serve import serve_command
from conformance.contract import Contract
from conformance.mock.record import FIELDS, RequestRecord, printable
from tests.mock.calling import OTHERS, ROOT, TOKEN, form, loaded, maker_of, words_of
from tests.mock.conftest import StartMock
from tests.mock.running import Served, served

WRONG = "sk-that-nobody-knows"


@frozen
class Told:
    """What a server that was called in several ways printed, and wrote for programs."""

    printed: str
    lines: list[dict[str, object]]
    job: str


def _calls(server: Served, contract: Contract) -> str:
    create = maker_of(contract)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as http:
        job = str(http.post(create.path, files=form(contract), headers=headers).json()["id"])
        http.post(create.path, files=form(contract, **{words_of(contract).name: ""}), headers=headers)
        http.post(create.path, files=form(contract), headers={"Authorization": f"Bearer {WRONG}"})
        http.get(f"/{TOKEN}?api_key={WRONG}&x=1", headers=headers)
        http.post(create.path, files=form(contract), headers={**headers, "Prefer": 'job=failed, "odd", code=418'})
    return job


@pytest.fixture(scope="module")
def told(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Told:
    file = tmp_path_factory.mktemp("log") / "log.jsonl"
    with served("--token", TOKEN, "--log-json", str(file)) as server:
        job = _calls(server, contract)
    return Told(server.rest, [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()], job)


def test_people_read_a_line_for_each_request(told: Told, contract: Contract) -> None:
    """Method, path, status, time, job, model, and what was refused and why."""
    create = maker_of(contract)
    lines = [line for line in told.printed.splitlines() if re.match(r"\d\d:\d\d:\d\d  ", line)]
    assert len(lines) == len(told.lines) == 5
    model = next(declared for declared in create.fields if declared.schema.role == "model")
    assert re.search(rf"  200 +\d+ ms  POST {create.path}  made {told.job}  ", lines[0])
    assert any(value in lines[0] for value in model.schema.enum)
    assert re.search(rf"  4\d\d .*refused: {words_of(contract).name}: ", lines[1])
    assert "  401 " in lines[2]
    assert "Prefer: job=failed" in lines[4]
    assert "Prefer ignored: code=418 (" in lines[4]


def test_programs_read_all_documented_fields(told: Told, contract: Contract) -> None:
    """Each line is an object with all of them, and with none besides."""
    assert [list(line) for line in told.lines] == [list(FIELDS)] * len(told.lines)
    made, refused, unknown, nowhere, preferring = told.lines
    assert (made["job"], made["made"], made["status"], made["stage"]) == (told.job, True, 200, "waiting")
    assert made["operation"] == maker_of(contract).id
    assert (refused["field"], refused["made"], refused["job"]) == (words_of(contract).name, False, None)
    assert (unknown["status"], nowhere["status"], nowhere["operation"]) == (401, 404, None)
    assert preferring["followed"] == ["job=failed"]
    assert [each["preference"] for each in preferring["ignored"]] == ['"odd"', "code=418"]  # type: ignore[attr-defined]  # JSON is of any type


def test_no_token_is_told(told: Told) -> None:
    """Neither the right one nor a wrong one, in a header, a path or a query; not even half of what was asked."""
    written = told.printed + json.dumps(told.lines)
    assert TOKEN not in written
    assert WRONG not in written
    assert "/***?api_key=***&x=1" in written


def test_the_documented_fields_stand_in_the_docs() -> None:
    """Who reads the log by program finds each of its members explained."""
    page = (ROOT / "docs" / "application-developers.md").read_text(encoding="utf-8")
    assert [name for name, says in FIELDS.items() if f"| `{name}` | {says} |" not in page] == []


def test_standard_output_is_for_programs_alone(contract: Contract) -> None:
    """With `--log-json -`, what people read goes elsewhere, so that a pipe gets nothing but JSON."""
    with served("--token", TOKEN, "--log-json", "-", apart=True) as server:
        _calls(server, contract)
    assert len([json.loads(line) for line in server.rest.splitlines()]) == 5


def test_a_log_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    """Status 2 with the file, before anything is served."""
    result = CliRunner().invoke(serve_command, ["--port", "0", "--log-json", str(tmp_path)])
    assert (result.exit_code, f"--log-json {tmp_path}" in result.stderr) == (2, True)


def test_what_a_caller_sends_does_not_steer_the_terminal() -> None:
    """Escapes, line ends and marks that turn text around are written out."""
    record = RequestRecord(0, 1, "GET", "/\x1b[2J\n\u202e", None, 404, 0.0, refused="\r\x9b0m\u2028")
    assert all(character.isprintable() for character in record.line)
    assert printable("a\x1bü") == "a\\x1bü"


@pytest.fixture(params=OTHERS, ids=lambda path: path.stem)
def other(request: pytest.FixtureRequest) -> Contract:
    return loaded(request.param)


def test_any_contract_has_its_log(mock: StartMock, other: Contract) -> None:
    """Things that are no jobs, JSON and forms, keys and passwords: what is made and looked up is told by its id."""
    caller = mock(other)
    job = caller.job()
    assert (caller.last.made, caller.last.job, caller.last.operation) == (True, job, caller.maker.id)
    caller.read(job)
    assert (caller.last.made, caller.last.job, caller.last.status) == (False, job, 200)
    assert TOKEN not in repr(caller.records)


def test_what_is_no_http_is_logged(mock: StartMock) -> None:
    """A request that cannot be read is refused, and told of."""
    import socket

    caller = mock()
    address = httpx.URL(caller.server.url)
    with socket.create_connection((address.host, address.port or 0), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nbroken\r\n\r\n")
        assert b" 400 " in connection.recv(4096)
    assert (caller.last.status, caller.last.method) == (400, "")
