"""What a user gets wrong, and what a server is not: one clear sentence, the right status, never a traceback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract import Contract, default_path, load
from conformance.errors import ConformanceError, ExitCode
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from conformance.requirements import catalogue
from tests.suite.runs import ENV, ROOT, TOKEN, command, environment, process, words
from tests.suite.servers import Recorder, Request, listening, serving
from tests.suite.serving import Serve


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_nothing_listens() -> None:
    """A server that is not there ends the run with status 3 and one sentence that says what to do."""
    said = process("run", "--url", f"http://127.0.0.1:{_free_port()}")
    assert said.code == ExitCode.INCOMPLETE
    assert len(said.stderr.strip().splitlines()) == 1
    assert "nothing answers" in said.stderr
    assert said.stdout == ""


async def _speaks_ssh(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()


async def _is_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def _hangs_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def _drips(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _never_ends(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        writer.write(b"." * 100)
        await writer.drain()
        await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    "handler", [_speaks_ssh, _is_silent, _hangs_up, _drips, _never_ends], ids=lambda handler: handler.__name__
)
def test_what_listens_is_no_http_server(handler: Any) -> None:
    """A peer that never gives a whole HTTP answer ends the run with status 3, well within a minute."""
    with listening(handler) as peer:
        began = time.monotonic()
        said = command("run", "--url", peer.url, "--timeout", "0.6")
    assert said.code == ExitCode.INCOMPLETE
    assert said.stderr.strip().count("\n") == 0
    assert peer.url in said.sentence
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("127.0.0.1:8000", "--url"),
        ("ftp://127.0.0.1", "absolute"),
        ("http://", "absolute"),
        ("", "absolute"),
        ("http://[::1", "--url"),
        ("http://127.0.0.1:99999", "--url"),
        ("http://127.0.0.1:port", "--url"),
        ("http://user:hunter2@127.0.0.1:1", "credentials"),
        ("http://127.0.0.1:1/?key=hunter2", "query"),
        ("http://127.0.0.1:1/#part", "fragment"),
        ("http://127.0.0.1:1/\x00", "--url"),
    ],
)
def test_a_url_that_is_none(url: str, word: str) -> None:
    """A URL that cannot be a base URL is refused with status 2, without repeating credentials in it."""
    said = command("run", "--url", url)
    assert said.code == ExitCode.USAGE
    assert word in said.stderr
    assert "hunter2" not in said.stderr + said.stdout


@pytest.mark.parametrize("token", [None, ""])
def test_no_token(serve: Serve, token: str | None) -> None:
    """Without a token nothing is sent, and the sentence names the variable."""
    server = serve()
    said = command("run", "--url", server.url, token=token)
    assert said.code == ExitCode.USAGE
    assert ENV in said.sentence
    assert server.requests == 0


@pytest.mark.parametrize("token", ["sk with a blank", "sk-\u00e9l\u00e9gant"])
def test_a_token_that_no_header_carries(serve: Serve, token: str) -> None:
    """A token that cannot stand in a header is refused before anything is sent, and not shown."""
    server = serve()
    said = command("run", "--url", server.url, token=token)
    assert said.code == ExitCode.USAGE
    assert ENV in said.sentence
    assert server.requests == 0
    assert token not in said.stderr + said.stdout


def test_a_wrong_token(serve: Serve, tmp_path: Path) -> None:
    """A token that the server does not know ends the run early, with a sentence about it, and breaks no MUST."""
    server = serve()
    path = tmp_path / "report.json"
    said = command("run", "--url", server.url, "--report-json", path, token="sk-not-the-right-one")
    made = json.loads(path.read_text(encoding="utf-8"))
    assert said.code == ExitCode.INCOMPLETE
    assert made["complete"] is False
    assert ENV in made["trouble"]
    assert ENV in said.stdout + said.stderr
    assert {line["id"] for line in made["verdicts"] if line["verdict"] == "fail" and line["level"] == "MUST"} == set()
    assert server.creates == 0
    assert server.requests < 50


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--max-creates", "-1"), "'--max-creates'"),
        (("--max-creates", "many"), "'--max-creates'"),
        (("--timeout", "0"), "'--timeout'"),
        (("--timeout", "nan"), "--timeout: nan"),
        (("--concurrency", "0"), "'--concurrency'"),
        (("--seed", "-1"), "'--seed'"),
        (("--explore", "0"), "'--explore'"),
        (("--tier", "cheap"), "'--tier'"),
        (("--models", "no-such-model"), "does not list no-such-model"),
        (("--models", ","), "does not list none"),
        (("--values", "of-no-form"), "FIELD=VALUE"),
        (("--values", "no-such-field=1"), "'no-such-field'"),
        (("--surprises", "0"), "'--surprises'"),
        (("--no-such-option",), "'--no-such-option'"),
        (("argument",), "(argument)"),
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense(serve: Serve, arguments: tuple[str, ...], what: str) -> None:
    """An option out of its range is refused with status 2 before anything is sent, and the sentence says which."""
    server = serve()
    said = command("run", "--url", server.url, *arguments)
    assert said.code == ExitCode.USAGE
    assert what in said.sentence
    assert server.requests == 0


def test_an_unknown_model_is_named() -> None:
    """Whoever mistypes a model is told which one, and which there are."""
    listed = next(f for f in load().billable[0].fields if f.schema.enum).schema.enum
    said = command("run", "--models", f"{listed[0]},no-such-model")
    assert said.code == ExitCode.USAGE
    assert "no-such-model" in said.sentence
    assert listed[-1] in said.sentence


def test_off_loopback_a_ceiling_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's server costs money, so that without an explicit ceiling nothing is looked up or sent."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up a name"))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("opened a connection"))
    said = command("run", "--url", "http://example.invalid")
    assert said.code == ExitCode.USAGE
    assert "--max-creates" in said.sentence


_GOOD = default_path().read_text(encoding="utf-8")
_DOCUMENTS: dict[str, bytes] = {
    "empty": b"",
    "broken": _GOOD.replace("paths:", "paths: [", 1).encode(),
    "tabbed": b"openapi: 3.1.0\n\tinfo: x\n",
    "binary": bytes(range(256)),
    "not-utf-8": b"openapi: 3.1.0\ninfo: {title: \xff\xfe}\n",
    "list": b"- 1\n- 2\n",
    "number": b"5\n",
    "of-3.0": _GOOD.replace("openapi: 3.1.0", "openapi: 3.0.3", 1).encode(),
    "bare": b"openapi: 3.1.0\n",
    "without-paths": b"openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n",
    "with-null-for-paths": b"openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: null\n",
    "dangling": _GOOD.replace("#/components/schemas/CreateVideoRequest'", "#/components/schemas/None'").encode(),
    "alias-of-nothing": b"openapi: *nothing\n",
    "of-python": b"openapi: !!python/object/apply:os.system ['true']\n",
    "deep": b"openapi: 3.1.0\nx: " + b"[" * 5000 + b"]" * 5000 + b"\n",
    "of-itself": b"&a\nopenapi: 3.1.0\npaths: *a\n",
}
_WITH_A_LINE = {"broken", "tabbed", "alias-of-nothing", "of-python"}


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_a_contract_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    """A contract that is broken, empty or something else is refused with its path, and its line where it has one."""
    path = tmp_path / "openapi.yaml"
    path.write_bytes(_DOCUMENTS[name])
    said = command("run", "--contract", path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.stderr
    if name in _WITH_A_LINE:
        assert f"{path}:" in said.stderr.replace(f"{path}: ", "")


@pytest.mark.parametrize("kind", ["missing", "folder", "in-a-file"])
def test_a_contract_that_is_not_there(kind: str, tmp_path: Path) -> None:
    """A contract that cannot be read is named, with what the system says about it."""
    (tmp_path / "file").touch()
    path = {"missing": tmp_path / "none.yaml", "folder": tmp_path, "in-a-file": tmp_path / "file" / "openapi.yaml"}[
        kind
    ]
    said = command("run", "--contract", path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.sentence
    assert "cannot be read" in said.sentence


def _spoilt() -> list[tuple[str, Any]]:
    """Some places of the contract, each with something that does not belong there."""
    places: list[tuple[str, ...]] = []

    def walk(node: Any, place: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                places.append((*place, str(key)))
                walk(child, (*place, str(key)))

    walk(load().document.data, ())
    odd: list[Any] = [None, [], "text", 5, {"$ref": "#/none"}, {"$ref": 5}, {}]
    return [("\0".join(place), odd[index % len(odd)]) for index, place in enumerate(places)][::19]


def test_a_contract_with_something_odd_in_it(tmp_path: Path) -> None:
    """Whatever stands at any place of a contract, reading it gives a contract or a sentence, never a crash."""
    path = tmp_path / "openapi.yaml"
    crashed = []
    for place, odd in _spoilt():
        document = json.loads(json.dumps(load().document.data, default=str))
        *steps, last = place.split("\0")
        node = document
        for step in steps:
            node = node[step]
        node[last] = odd
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            catalogue(load(path))
        except ConformanceError:
            continue
        except Exception as error:  # noqa: BLE001 - collected, to show all places together
            crashed.append((place.replace("\0", "/"), odd, repr(error)))
    assert crashed == []


@pytest.mark.parametrize("option", ["--report-json", "--events"])
@pytest.mark.parametrize("kind", ["folder", "no-folder", "in-a-file"])
def test_a_report_that_cannot_be_written(serve: Serve, tmp_path: Path, option: str, kind: str) -> None:
    """A path that nothing can be written to is refused before a single request is sent."""
    server = serve()
    (tmp_path / "file").touch()
    path = {"folder": tmp_path, "no-folder": tmp_path / "none" / "r.json", "in-a-file": tmp_path / "file" / "r.json"}[
        kind
    ]
    said = command("run", "--url", server.url, option, path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.sentence
    assert server.requests == 0


def test_a_report_goes_where_its_name_leads(small: Contract, tmp_path: Path) -> None:
    """A link or a pipe in the place of the report is written through, not replaced by a file."""
    path, link = tmp_path / "report.json", tmp_path / "link.json"
    link.symlink_to(path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    command("run", "--contract", small.path, "--tier", "free", "--report-json", link)
    assert link.is_symlink()
    made = json.loads(path.read_text(encoding="utf-8"))
    said = command("report", path, "--report-json", pipe)
    assert said.code == ExitCode.CONFORMS
    assert pipe.is_fifo()
    reader.join(10)
    assert json.loads(read[0]) == made


def test_an_unknown_probe_has_no_body() -> None:
    """`body` of a probe that is not planned says how to find those that are."""
    said = command("body", "no/such/probe")
    assert said.code == ExitCode.USAGE
    assert "--dry-run" in said.sentence


_NOT_REPORTS: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\n",
    "binary": bytes(range(256)),
    "text": b"no report\n",
    "list": b"[]",
    "number": b"5",
    "null": b"null",
    "object": b"{}",
    "of-another-format": b'{"format": 99, "verdicts": []}',
    "without-the-rest": b'{"format": 1, "verdicts": []}',
    "with-more": b'{"format": 1, "verdicts": [], "more": 1}',
    "with-text-for-verdicts": b'{"format": 1, "verdicts": "none"}',
    "with-null-for-verdicts": b'{"format": 1, "verdicts": null}',
    "with-numbers-for-verdicts": b'{"format": 1, "verdicts": [1]}',
    "hollow": (
        b'{"format": 1, "complete": true, "trouble": null, "target": {}, "contract": {}, "verdicts": [],'
        b' "ledger": {}, "summary": {}}'
    ),
    "mistyped": (
        b'{"format": 1, "complete": true, "trouble": null, "target": 1, "contract": 2, "verdicts": [],'
        b' "ledger": 3, "summary": 4}'
    ),
    "events-without-an-end": b'{"event": "started", "format": 1}\n{"event": "exchange"}\n',
    "events-cut": b'{"event": "started", "format": 1}\n{"event": "finis',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", _NOT_REPORTS)
def test_a_file_that_is_no_report(name: str, tmp_path: Path) -> None:
    """`report` of something else is refused with its path and one sentence."""
    path = tmp_path / "report.json"
    path.write_bytes(_NOT_REPORTS[name])
    said = command("report", path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.stderr
    assert said.stderr.strip().count("\n") == 0


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    """`report` of a missing file, or of a folder, says so."""
    for path in (tmp_path / "none.json", tmp_path):
        said = command("report", path)
        assert said.code == ExitCode.USAGE
        assert str(path) in said.sentence


def test_an_interrupted_run(contract: Contract, tmp_path: Path) -> None:
    """Ctrl-C in mid-run ends with status 3, and leaves a report and events of what was seen until then."""
    path, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    middle = threading.Event()

    async def arrived(requests: list[Request]) -> None:
        if len(requests) > 100:
            middle.set()
            await asyncio.Event().wait()

    world = World(contract, TOKEN)
    with serving(Recorder(Application(world, pipeline_for(contract, ())), arrived=arrived)) as url:
        arguments = ("run", "--url", url, "--report-json", path, "--events", events)
        with subprocess.Popen(
            words(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
        ) as running:
            assert middle.wait(60)
            running.send_signal(signal.SIGINT)
            stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == ExitCode.INCOMPLETE
    assert "Traceback" not in stderr
    assert "interrupted" in stdout
    made = json.loads(path.read_text(encoding="utf-8"))
    assert made["complete"] is False
    assert made["ledger"]["requests"] >= 100
    assert {"pass", "not-run"} <= {line["verdict"] for line in made["verdicts"]}
    again = command("report", events)
    assert again.code == ExitCode.INCOMPLETE


def test_a_defect_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours is never shown as the server's: it ends with a status of its own."""

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("conformance.cli.run.run", broken)
    made = CliRunner().invoke(main, ["run"], prog_name="videos-conformance")
    assert isinstance(made.exception, SystemExit)
    assert made.exit_code == ExitCode.SUITE_DEFECT
