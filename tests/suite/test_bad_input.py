"""What a user gets wrong on the command line, and what a server is not: one sentence, the right status."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract import Contract, load
from conformance.errors import ExitCode
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from conformance.reports.events import read_report
from tests.suite.runs import ENV, ROOT, TOKEN, command, environment, process, words
from tests.suite.servers import Recorder, Request, listening, serving
from tests.suite.serving import Serve


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_nothing_listens(tmp_path: Path) -> None:
    """A server that is not there ends the run with status 3, one sentence that says what to do, and what was spent."""
    path, url = tmp_path / "report.json", f"http://127.0.0.1:{_free_port()}"
    said = process("run", "--url", url, "--max-creates", 7, "--report-json", path)
    assert said.code == ExitCode.INCOMPLETE
    assert len(said.stderr.strip().splitlines()) == 1
    assert "nothing answers" in said.stderr
    assert said.stdout == "0 requests, 0 creates (ceiling 7)\n"
    made = json.loads(path.read_text(encoding="utf-8"))
    assert (made["complete"], made["verdicts"], made["ledger"]["ceiling"]) == (False, [], 7)
    assert made["trouble"] == said.sentence.removeprefix("error: ")
    again = command("report", path)
    assert again.code == ExitCode.INCOMPLETE
    assert "! the run is not complete: nothing answers" in again.stdout
    assert again.stdout.splitlines()[-1] == said.stdout.strip()


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
        said = command("run", "--url", peer.url, "--max-creates", 0, "--timeout", "0.6")
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
    said = command("run", "--url", server.url, "--max-creates", 6, "--report-json", path, token="sk-not-the-right-one")
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
        (("--create-timeout", "inf"), "--create-timeout: inf"),
        (("--fail-on", "should,must,may"), "--fail-on may"),
        (("--strict",), "'--strict'"),
        (("--no-such-option",), "'--no-such-option'"),
        (("argument",), "a word too many"),
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense(serve: Serve, arguments: tuple[str, ...], what: str) -> None:
    """An option out of its range is refused with status 2 before anything is sent, and the sentence says which."""
    server = serve()
    said = command("run", "--url", server.url, "--max-creates", 6, *arguments)
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


@pytest.mark.parametrize(
    "url", ["http://example.invalid", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"]
)
def test_with_an_address_a_ceiling_is_demanded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server costs money, a local one that passes on to a paid one too: without a ceiling nothing is looked up."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up a name"))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("opened a connection"))
    said = command("run", "--url", url)
    assert said.code == ExitCode.USAGE
    assert "--max-creates N" in said.sentence
    assert "--max-creates 0" in said.sentence


def test_an_unknown_probe_has_no_body() -> None:
    """`body` of a probe that is not planned says how to find those that are."""
    said = command("body", "no/such/probe")
    assert said.code == ExitCode.USAGE
    assert "--dry-run" in said.sentence


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
        arguments = ("run", "--url", url, "--max-creates", 40, "--report-json", path, "--events", events)
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

    monkeypatch.setattr("conformance.campaign.run", broken)
    made = CliRunner().invoke(main, ["run"], prog_name="videos-conformance")
    assert isinstance(made.exception, SystemExit)
    assert made.exit_code == ExitCode.SUITE_DEFECT


def test_a_defect_in_mid_run_tells_what_was_spent(
    monkeypatch: pytest.MonkeyPatch, serve: Serve, small: Contract, tmp_path: Path
) -> None:
    """Whatever breaks in the suite while it judges, the jobs that were made by then are told, and no verdict is."""
    server, path, events = serve(contract=small), tmp_path / "report.json", tmp_path / "events.jsonl"

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(import_module("conformance.campaign.run"), "headlines", broken)
    arguments = ("--url", server.url, "--contract", small.path, "--max-creates", 2, "--only", "job/id-unique")
    made = CliRunner().invoke(
        main, ["run", *map(str, arguments), "--report-json", str(path), "--events", str(events)], env={ENV: TOKEN}
    )
    assert made.exit_code == ExitCode.SUITE_DEFECT
    assert "please report it" in made.stderr
    assert server.creates == 2
    assert f"{server.requests - 1} requests, 2 creates (ceiling 2)" in made.stdout
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (written["ledger"]["creates"], written["verdicts"]) == (2, [])
    assert read_report(events) == read_report(path)
