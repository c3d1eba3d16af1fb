"""The files of a run: all of them by one option, each whole or not at all, and none that was not asked for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from asyncio import StreamReader, StreamWriter
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reference import ReferenceServer
from conformance.reports.formats import EVENTS_NAME, FORMATS, Format
from tests.suite.rendered import HOST, Rendered, shows_the_token
from tests.suite.runs import ROOT, command, environment, words
from tests.suite.servers import listening
from tests.suite.serving import Serve

_EVERYTHING = {EVENTS_NAME, *(form.file_name for form in FORMATS)}
_WITHOUT_EXCHANGES = {form.file_name for form in FORMATS if not form.needs_events}


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_gets_all_of_them(faulty: Rendered, spiteful: Rendered) -> None:
    """`--report-dir` makes the folder and writes every form, under the name that the table says, and nothing else."""
    assert faulty.said.code == spiteful.said.code == ExitCode.BROKEN_MUST
    for made in (faulty, spiteful):
        assert _names(made.folder) == _EVERYTHING
        assert all(path.stat().st_size for path in made.folder.iterdir())


@pytest.mark.parametrize("name", sorted(_EVERYTHING))
def test_spite_gets_nowhere(spiteful: Rendered, name: str) -> None:
    """Each file is UTF-8 without control characters or a token, whatever the server answered; what it said is there."""
    text = spiteful.text(name)
    assert not shows_the_token(text)
    assert HOST in text or name == "report.sarif"
    assert [char for char in text if ord(char) < 32 and char not in "\n\t"] == []


def test_events_give_all_of_them_again(faulty: Rendered, tmp_path: Path) -> None:
    """`report` writes the same files to the byte from the event stream alone, when the server is long gone."""
    said = command("report", faulty.events, "--report-dir", tmp_path / "again")
    assert (said.code, said.stdout) == (faulty.said.code, faulty.said.stdout)
    assert _read(tmp_path / "again") == _read(faulty.folder)


def test_a_json_report_gives_all_but_the_exchanges(faulty: Rendered, tmp_path: Path) -> None:
    """A JSON report holds no exchanges: what needs them is left out, which is said, and the rest is the same."""
    said = command("report", faulty.folder / "report.json", "--report-dir", tmp_path)
    assert said.code == faulty.said.code
    assert "no exchanges" in said.stderr
    whole = _read(faulty.folder)
    assert _read(tmp_path) == {name: whole[name] for name in _WITHOUT_EXCHANGES}


def test_a_folder_is_rendered_into_itself(faulty: Rendered, tmp_path: Path) -> None:
    """Reading a file of the folder that is written to loses nothing of it."""
    for name, data in _read(faulty.folder).items():
        (tmp_path / name).write_bytes(data)
    for name in (EVENTS_NAME, "report.json"):
        assert command("report", tmp_path / name, "--report-dir", tmp_path).code == faulty.said.code
        assert _read(tmp_path) == _read(faulty.folder)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_each_form_has_its_option(faulty: Rendered, tmp_path: Path, form: Format) -> None:
    """`--report-NAME FILE` writes the one form, as the folder has it, and nothing beside it."""
    path = tmp_path / "file"
    assert command("report", faulty.events, form.option, path).code == faulty.said.code
    assert _read(tmp_path) == {"file": (faulty.folder / form.file_name).read_bytes()}
    assert f"{form.option} FILE" in command("run", "--help").stdout


def test_exchanges_are_there_without_events(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """`--report-har` needs no `--events` beside it: each request that was booked stands in the file."""
    server = serve(contract=small)
    options = ("--contract", small.path, "--max-creates", 0, "--only", "*/auth/*")
    outputs = ("--report-har", tmp_path / "t.har", "--report-json", tmp_path / "r.json")
    command("run", "--url", server.url, *options, *outputs)
    assert _names(tmp_path) == {"t.har", "r.json"}
    har, report = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("t.har", "r.json"))
    assert len(har["log"]["entries"]) == report["ledger"]["requests"] > 20


def test_events_are_where_they_are_asked_for(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """`--events FILE` beside `--report-dir` leaves the stream in both places, to the byte."""
    folder, events = tmp_path / "reports", tmp_path / "e.jsonl"
    options = ("--contract", small.path, "--max-creates", 0, "--only", "*/auth/*")
    command("run", "--url", serve(contract=small).url, *options, "--events", events, "--report-dir", folder)
    assert _names(folder) == _EVERYTHING
    assert (folder / EVENTS_NAME).read_bytes() == events.read_bytes()


def test_har_cannot_be_made_of_a_json_report(faulty: Rendered, tmp_path: Path) -> None:
    """What cannot be made is refused before anything is written, with what to do."""
    options = ("--report-har", tmp_path / "t.har", "--report-junit", tmp_path / "j.xml")
    said = command("report", faulty.folder / "report.json", *options)
    assert said.code == ExitCode.USAGE
    assert "--events" in said.sentence
    assert _names(tmp_path) == set()


def test_two_outputs_are_two_files(faulty: Rendered, tmp_path: Path) -> None:
    """Two reports for one file would leave the one that was written last; that is refused, links included."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "r")
    said = command("report", faulty.events, "--report-json", tmp_path / "r", "--report-junit", link)
    assert said.code == ExitCode.USAGE
    assert str(link) in said.sentence
    assert _names(tmp_path) == {"link"}


@pytest.mark.parametrize("name", ["file", "file/reports", "."])
def test_a_folder_that_cannot_be(serve: Serve, tmp_path: Path, name: str) -> None:
    """A folder that cannot be made, or has a folder where a report would be, is refused before anything is sent."""
    server = serve()
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    (tmp_path / "report.json").mkdir()
    folder = tmp_path / name
    said = command("run", "--url", server.url, "--max-creates", 0, "--report-dir", folder)
    assert said.code == ExitCode.USAGE
    assert str(folder) in said.sentence
    assert server.requests == 0
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_a_pipe_of_events_makes_no_exchanges(serve: Serve, tmp_path: Path) -> None:
    """Events that go into a pipe cannot be read again for what is made of them; that is said before the run."""
    server, pipe = serve(), tmp_path / "pipe"
    os.mkfifo(pipe)
    for option in ("--report-har", "--report-dir"):
        outputs = ("--events", pipe, option, tmp_path / "out")
        said = command("run", "--url", server.url, "--max-creates", 0, *outputs)
        assert said.code == ExitCode.USAGE
        assert option in said.sentence
    assert server.requests == 0


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_pipe_gets_what_a_file_gets(faulty: Rendered, tmp_path: Path, form: Format) -> None:
    """Each form can go into a pipe, for the program that reads it there."""
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert command("report", faulty.events, form.option, pipe).code == faulty.said.code
    reader.join(10)
    assert read == [(faulty.folder / form.file_name).read_bytes()]


def test_what_cannot_be_written_spoils_nothing_else(faulty: Rendered, tmp_path: Path) -> None:
    """A full disk is told with the file's name; the verdict is shown all the same, and the other files are written."""
    options = ("--report-json", "/dev/full", "--report-junit", tmp_path / "j.xml")
    said = command("report", faulty.events, *options)
    assert said.code == ExitCode.USAGE
    assert said.stderr.strip() == "error: /dev/full: cannot be written: No space left on device"
    assert said.stdout == faulty.said.stdout
    assert (tmp_path / "j.xml").read_bytes() == (faulty.folder / "junit.xml").read_bytes()


def test_a_file_is_whole_or_as_it_was(faulty: Rendered, tmp_path: Path) -> None:
    """Where the room ends in the midst of a file, what stood there before stands there still, and nothing beside it."""
    path = tmp_path / "report.json"
    path.write_text("of yesterday", encoding="utf-8")
    arguments = " ".join(map(str, words("report", faulty.events, "--report-json", path)))
    made = subprocess.run(
        ("bash", "-c", f"ulimit -f 8; exec {arguments}"), env=environment(), capture_output=True, text=True, check=False
    )
    assert made.returncode == ExitCode.USAGE
    assert f"{path}: cannot be written: File too large" in made.stderr
    assert "Traceback" not in made.stderr
    assert _read(tmp_path) == {"report.json": b"of yesterday"}


def test_a_run_that_is_killed_leaves_no_report_of_another(tmp_path: Path) -> None:
    """What an earlier run left in the folder is gone when a run begins: nobody takes it for that run's."""
    for form in FORMATS:
        (tmp_path / form.file_name).write_text("of yesterday", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    asked = threading.Event()

    async def handle(reader: StreamReader, _: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()

    with listening(handle) as peer:
        arguments = words("run", "--url", peer.url, "--max-creates", 0, "--report-dir", tmp_path)
        run = subprocess.Popen(arguments, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert asked.wait(60)
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert _names(tmp_path) == {EVENTS_NAME, "notes.txt"}


def test_a_run_that_found_nobody_is_reported(tmp_path: Path) -> None:
    """A server that is not there leaves reports too, and each says that the run is not complete."""

    async def handle(_: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    with listening(handle) as peer:
        url = peer.url
    said = command("run", "--url", url, "--max-creates", 0, "--timeout", 1, "--report-dir", tmp_path)
    assert said.code == ExitCode.INCOMPLETE
    assert _names(tmp_path) == _EVERYTHING
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["complete"] is False
    assert "is not complete" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert 'errors="1"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert not json.loads((tmp_path / "report.sarif").read_text(encoding="utf-8"))["runs"][0]["invocations"][0][
        "executionSuccessful"
    ]


def test_a_page_lists_them() -> None:
    """Who reads of reports finds each form with its option and its name, and no other."""
    rows = re.findall(
        r"^\| `(--[\w-]+)` \| `([\w.]+)` \|", (ROOT / "docs" / "reports.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert dict(rows) == {**{form.option: form.file_name for form in FORMATS}, "--events": EVENTS_NAME}


def test_a_plain_run_loads_no_writer() -> None:
    """Who asks for no file waits for none of the libraries that write them."""
    script = (
        "import sys; import conformance.cli.run; print([name for name in sys.modules if name in"
        " ('junitparser', 'harfile', 'conformance.reports.sarif', 'conformance.reports.junit')])"
    )
    made = subprocess.run((sys.executable, "-c", script), capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


_LEAVES = [
    ("complete",), ("trouble",), ("headlines",), ("tool", "name"), ("run",), ("run", "started"), ("run", "seconds"),
    ("run", "seed"), ("run", "tier"), ("run", "fail_on"), ("target", "url"), ("contract", "title"),
    ("contract", "file"), ("ledger", "creates"), ("summary", "pass"), ("summary",), ("verdicts", 0, "id"),
    ("verdicts", 0, "level"), ("verdicts", 0, "layer"), ("verdicts", 0, "verdict"), ("verdicts", 0, "line"),
    ("verdicts", 0, "blocked_by"), ("verdicts", 0, "evidence"), ("verdicts", 0, "evidence", "answer"),
    ("verdicts", 0, "evidence", "status"), ("verdicts", 0, "evidence", "headers"),
]  # fmt: skip


@pytest.mark.parametrize("place", _LEAVES, ids=lambda place: "-".join(map(str, place)))
@pytest.mark.parametrize("value", [[3.5], {"a": None}], ids=["list", "object"])
def test_a_report_with_something_else_in_it(
    faulty: Rendered, tmp_path: Path, place: tuple[str | int, ...], value: object
) -> None:
    """A report that somebody has spoilt is refused with one sentence, and nothing is made of it."""
    report = json.loads(faulty.text("report.json"))
    report["verdicts"].sort(key=lambda line: line["verdict"] != "fail")
    node = report
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    said = command("report", path, "--report-dir", tmp_path / "out")
    assert said.code == ExitCode.USAGE
    assert said.stderr.strip().count("\n") == 0
    assert _names(tmp_path) == {"report.json"}


def test_sums_that_do_not_add_up_are_no_report(faulty: Rendered, tmp_path: Path) -> None:
    """The sums of a report are those of its verdicts, or it is refused: two figures for one thing are none."""
    report = json.loads(faulty.text("report.json"))
    report["summary"]["pass"] += 1
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    said = command("report", path)
    assert said.code == ExitCode.USAGE
    assert "does not add up" in said.sentence


def test_secrets_are_hidden_however_short_they_are(small: Contract, tmp_path: Path) -> None:
    """What is too short to be looked for in texts, of a token or of -H, still stands in no request that is written."""
    token, value = "Zq9!", "Yp8%"
    with ReferenceServer(small, token=token) as server:
        options = ("--contract", small.path, "--max-creates", 0, "--only", "*/auth/*", "--only", "wire/*")
        arguments = ("--url", server.url, *options, "-H", f"X-Tenant: {value}", "--report-dir", tmp_path)
        assert command("run", *arguments, token=token).code == ExitCode.CONFORMS
    for secret in (token, value):
        assert [name for name, data in _read(tmp_path).items() if secret.encode() in data] == []
    events = list(map(json.loads, (tmp_path / EVENTS_NAME).read_text(encoding="utf-8").strip().split("\n")))
    sent = [event["as_sent"] for event in events if event["event"] == "exchange"]
    assert sum(["X-Tenant", "[secret]"] in one.get("headers", []) for one in sent) > 20
    assert sum("X-Tenant: [secret]\r\n" in one.get("head", "") for one in sent) > 10
    assert "Bearer [token]" in json.dumps(sent)
