"""Runs that do not come to their end: whatever ends them, what was learned and paid for is kept, and carried on."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from click.testing import CliRunner
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from conformance.cli import main
from conformance.contract import Contract
from conformance.engine.pace import Pace
from conformance.errors import ExitCode
from conformance.reference.world import World
from conformance.reports.events import read_report
from tests.suite.halting import LONGEST_WAIT, Halting
from tests.suite.runs import ENV, OFF_THE_WIRE, ROOT, TOKEN, Said, carry_out, command, environment, words
from tests.suite.servers import serving
from tests.suite.serving import Serve

pytestmark = pytest.mark.thorough

CEILING = 40
_OFF_THE_WIRE = tuple(word for pattern in OFF_THE_WIRE.skip for word in ("--skip", pattern))


def after_requests(count: int) -> Callable[[World, Scope], bool]:
    return lambda world, _: world.requests >= count


def at_create(count: int) -> Callable[[World, Scope], bool]:
    """The request after so many creates: while there is money left it is one more."""
    return lambda world, scope: world.creates >= count and scope["method"] == "POST"


@frozen
class Ended:
    """A run that was ended, the server that it was of, and its journal."""

    server: Halting = field(repr=False)
    url: str
    events: Path
    said: Said
    report: Path


@contextmanager
def ended(
    contract: Contract, folder: Path, halts: Callable[[World, Scope], bool], *numbers: int, ceiling: int = CEILING
) -> Iterator[Ended]:
    """End a run by signals at one request; yield it when it is gone, and the server has dealt with the request."""
    server = Halting(World(contract, TOKEN), halts)
    events, report = folder / "events.jsonl", folder / "report.json"
    with serving(server) as url:
        outputs = ("--events", events, "--report-json", report)
        where = ("--url", url, "--contract", contract.path)
        arguments = ("run", *where, "--max-creates", ceiling, *_OFF_THE_WIRE, *outputs)
        with subprocess.Popen(
            words(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
        ) as running:
            assert server.reached.wait(LONGEST_WAIT)
            for number in numbers:
                running.send_signal(number)
            stdout, stderr = running.communicate(timeout=LONGEST_WAIT)
        server.released.set()
        assert server.answered.wait(LONGEST_WAIT)
        yield Ended(server, url, events, Said(running.returncode, stdout, stderr), report)
    assert server.world.defects == []


@pytest.fixture(scope="module")
def verdicts(small: Contract) -> dict[str, str]:
    """The verdicts of a run that nothing ended."""
    server = Halting(World(small, TOKEN), lambda *_: False)
    with serving(server) as url:
        made = carry_out(small, url, CEILING, selection=OFF_THE_WIRE, pace=Pace())
    assert made.result.complete
    return {line.id: line.verdict for line in made.report.verdicts}


def spent(report: Any) -> int:
    return int(report["ledger"]["creates"] + report["ledger"]["possible_creates"])


def resumed(run: Ended, *arguments: object) -> tuple[Said, dict[str, Any]]:
    """Carry a run on; return what the command said, and its report."""
    path = run.report.with_name("resumed.json")
    said = command("run", "--resume", run.events, "--report-json", path, *arguments)
    return said, json.loads(path.read_text(encoding="utf-8"))


POINTS = {
    "at-the-controls": after_requests(4),
    "among-refusals": after_requests(90),
    "at-the-first-create": at_create(1),
    "among-creates": at_create(4),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_is_rendered_and_carried_on(
    small: Contract, tmp_path: Path, verdicts: dict[str, str], point: str
) -> None:
    """Kill -9 between sending and answer: the report has what was learned, --resume the rest, the ledger every job."""
    with ended(small, tmp_path, POINTS[point], signal.SIGKILL) as run:
        assert run.said.code == -signal.SIGKILL
        shown = command("report", run.events, "--report-json", run.report)
        assert shown.code == ExitCode.INCOMPLETE
        assert "the run is not complete" in shown.stdout
        partial = json.loads(run.report.read_text(encoding="utf-8"))
        assert partial["complete"] is False
        decided = {line["id"]: line["verdict"] for line in partial["verdicts"] if line["verdict"] in ("pass", "fail")}
        assert decided.items() <= verdicts.items()
        assert point == "at-the-controls" or len(decided) > 30
        made = run.server.world.creates
        assert made <= spent(partial) <= made + 4  # what was under way may have made something
        before = run.server.world.requests
        said, report = resumed(run)
        assert said.code == ExitCode.CONFORMS, said.stderr
        assert {line["id"]: line["verdict"] for line in report["verdicts"]} == verdicts
        assert run.server.world.creates <= spent(report) <= CEILING
        ids = {job["id"] for job in report["jobs"]}
        assert run.server.world.creates - len(ids) <= partial["ledger"]["possible_creates"]
        again = run.server.world.requests - before
        assert again + before <= report["ledger"]["requests"] + 6
        assert command("report", run.events, "--report-json", run.report).code == ExitCode.CONFORMS
        assert json.loads(run.report.read_text(encoding="utf-8")) == report


def test_no_number_of_kills_gets_past_the_ceiling(small: Contract, tmp_path: Path) -> None:
    """A run that is killed in a create, and again when it is carried on, never makes more jobs than it may."""
    ceiling = 5
    with ended(small, tmp_path, at_create(1), signal.SIGKILL, ceiling=ceiling) as run:
        for event in (run.server.reached, run.server.released, run.server.answered):
            event.clear()
        run.server.halts = at_create(run.server.world.creates + 1)
        with subprocess.Popen(
            words("run", "--resume", run.events), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
            env=environment(),
        ) as running:  # fmt: skip
            assert run.server.reached.wait(LONGEST_WAIT)
            running.kill()
            running.wait()
        run.server.released.set()
        assert run.server.answered.wait(LONGEST_WAIT)
        run.server.halts = lambda *_: False
        _, report = resumed(run)
    assert run.server.world.creates <= spent(report) <= ceiling
    assert run.server.world.creates >= ceiling - 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_with_its_report(
    small: Contract, tmp_path: Path, verdicts: dict[str, str], number: signal.Signals
) -> None:
    """Ctrl-C, SIGTERM and SIGHUP: exit 3 with a report, what was under way told as possible, and the rest resumable."""
    with ended(small, tmp_path, after_requests(90), number) as run:
        assert run.said.code == ExitCode.INCOMPLETE
        assert "Traceback" not in run.said.stderr
        assert "the run is not complete" in run.said.stdout
        assert f"--resume {run.events}" in run.said.stderr
        partial = json.loads(run.report.read_text(encoding="utf-8"))
        assert {"pass", "not-run"} <= {line["verdict"] for line in partial["verdicts"]}
        assert command("report", run.events).code == ExitCode.INCOMPLETE
        said, report = resumed(run)
        assert said.code == ExitCode.CONFORMS, said.stderr
        assert {line["id"]: line["verdict"] for line in report["verdicts"]} == verdicts
        assert run.server.world.creates <= spent(report) <= CEILING


def test_a_create_that_is_under_way_is_waited_for(small: Contract, tmp_path: Path) -> None:
    """SIGTERM in mid-create: the answer is awaited, so that the job is known by its id and nothing is only possible."""
    server = Halting(World(small, TOKEN), at_create(5))
    events, path = tmp_path / "events.jsonl", tmp_path / "report.json"
    with serving(server) as url:
        outputs = ("--events", events, "--report-json", path)
        arguments = ("run", "--url", url, "--contract", small.path, "--max-creates", CEILING, *outputs)
        with subprocess.Popen(
            words(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
        ) as running:
            assert server.reached.wait(LONGEST_WAIT)
            running.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(1)
            server.released.set()
            stdout, _ = running.communicate(timeout=LONGEST_WAIT)
    report = json.loads(path.read_text(encoding="utf-8"))
    assert running.returncode == ExitCode.INCOMPLETE
    assert "ended by SIGTERM" in stdout
    assert (report["ledger"]["creates"], report["ledger"]["possible_creates"]) == (server.world.creates, 0)
    assert len({job["id"] for job in report["jobs"]}) == server.world.creates
    assert all(job["id"] in stdout for job in report["jobs"][:3])


def test_a_second_signal_is_not_argued_with(small: Contract, tmp_path: Path) -> None:
    """Ctrl-C twice: the run ends at once, and what it did not wait for is told as possible."""
    server = Halting(World(small, TOKEN), at_create(5))
    path = tmp_path / "report.json"
    with serving(server) as url:
        arguments = ("run", "--url", url, "--contract", small.path, "--max-creates", CEILING, "--report-json", path)
        with subprocess.Popen(
            words(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
        ) as running:
            assert server.reached.wait(LONGEST_WAIT)
            running.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(1)
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=LONGEST_WAIT)  # while the create is still not answered
        server.released.set()
        assert server.answered.wait(LONGEST_WAIT)
    report = json.loads(path.read_text(encoding="utf-8"))
    assert running.returncode == ExitCode.INCOMPLETE
    assert report["ledger"]["possible_creates"] == 1
    assert server.world.creates <= spent(report)


def test_a_full_disk_ends_a_run(small: Contract, serve: Serve, tmp_path: Path, verdicts: dict[str, str]) -> None:
    """What cannot be written down is not sent: exit 3, the report on the terminal, and the file as good as it was."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"
    where = ("--url", server.url, "--contract", small.path)
    arguments = ("run", *where, "--max-creates", CEILING, *_OFF_THE_WIRE, "--events", events)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    made = subprocess.run(
        words(*arguments),
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT,
        cwd=ROOT,
        env=environment(),
        check=False,
        preexec_fn=no_room,
    )
    assert made.returncode == ExitCode.INCOMPLETE
    assert "Traceback" not in made.stderr
    assert "cannot be written any more" in " ".join(made.stdout.split())
    assert "requirements decided" in made.stdout
    assert events.read_bytes().endswith(b"}\n")
    booked = [json.loads(line) for line in events.read_text(encoding="utf-8").strip().split("\n")]
    assert 20 < server.requests <= 1 + sum(line["event"] == "sending" for line in booked)
    shown = command("report", events)
    assert shown.code == ExitCode.INCOMPLETE
    said = command("run", "--resume", events, "--report-json", tmp_path / "report.json")
    assert said.code == ExitCode.CONFORMS, said.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {line["id"]: line["verdict"] for line in report["verdicts"]} == verdicts
    assert server.creates <= spent(report) <= CEILING


def test_a_disk_that_is_full_from_the_beginning(serve: Serve, small: Contract) -> None:
    """Nothing is sent where not even the first line can be written."""
    server = serve(contract=small)
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 1, "--events", "/dev/full")
    assert said.code == ExitCode.USAGE
    assert "/dev/full" in said.sentence
    assert server.requests == 0


def test_a_crash_of_ours_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, serve: Serve, small: Contract, tmp_path: Path, verdicts: dict[str, str]
) -> None:
    """A defect of the suite, exit 4: when it is mended the run is carried on from its stream, for nothing."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr(import_module("conformance.campaign.run"), "headlines", broken)
        where = ("--url", server.url, "--contract", small.path)
        arguments = ("run", *where, "--max-creates", CEILING, *_OFF_THE_WIRE, "--events", events)
        made = CliRunner().invoke(main, [*map(str, arguments)], env={ENV: TOKEN})
    assert made.exit_code == ExitCode.SUITE_DEFECT
    before = server.requests, server.creates
    assert command("report", events).code == ExitCode.INCOMPLETE
    said = command("run", "--resume", events, "--report-json", tmp_path / "report.json")
    assert said.code == ExitCode.CONFORMS, said.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {line["id"]: line["verdict"] for line in report["verdicts"]} == verdicts
    assert (server.requests, server.creates) == before


@pytest.mark.parametrize(
    "behaviour", ["", "rate-limit", "repeats-the-token-in-a-refusal", "repeats-the-token-in-a-header"]
)
def test_a_stream_without_its_footer_gives_the_same_verdicts(
    serve: Serve, small: Contract, tmp_path: Path, behaviour: str
) -> None:
    """All that judging needs is on record: offline, without the token, each verdict has the same reason."""
    server, events = serve(*filter(None, [behaviour]), contract=small), tmp_path / "events.jsonl"
    command("run", "--url", server.url, "--contract", small.path, "--max-creates", 8, "--events", events)
    whole = read_report(events)
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join(lines[:-1]))
    before = server.requests
    again = read_report(events)
    assert again.complete is False
    told, retold = (
        {line.id: (line.verdict, line.reason.replace("*" * len(TOKEN), "[token]")) for line in made.verdicts}
        for made in (whole, again)
    )
    assert told == retold
    assert (again.ledger, again.jobs) == (whole.ledger, whole.jobs)
    assert server.requests == before
    assert TOKEN not in events.read_text(encoding="utf-8")


def test_a_stream_that_is_cut_anywhere_is_rendered(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """A stream may end in the middle of a line: what is whole is shown, and never a verdict that was not earned."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"
    command("run", "--url", server.url, "--contract", small.path, "--max-creates", 3, "--events", events)
    data = events.read_bytes()
    whole = {line.id: line.verdict for line in read_report(events).verdicts}
    for share in (0.1, 0.45, 0.8):
        cut = tmp_path / "cut.jsonl"
        cut.write_bytes(data[: int(len(data) * share)])
        said = command("report", cut)
        assert said.code == ExitCode.INCOMPLETE, said.stderr
        made = read_report(cut)
        earned = {line.id: line.verdict for line in made.verdicts if line.verdict == "pass"}
        assert earned.items() <= whole.items()
        assert made.failed("MUST") == ()


def test_a_request_is_on_disk_before_it_is_sent(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """Each exchange stands behind the line that says that it sets out, with what was in the books until then."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"
    command("run", "--url", server.url, "--contract", small.path, "--max-creates", 3, "--events", events)
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").strip().split("\n")]
    set_out: list[str] = []
    for line in lines:
        if line["event"] == "sending":
            set_out.append(line["probe"])
        elif line["event"] == "exchange":
            set_out.remove(line["probe"])
    assert set_out == []
    sending = [line for line in lines if line["event"] == "sending"]
    assert [line["booked"]["requests"] for line in sending] == list(range(1, len(sending) + 1))
    assert max(line["booked"]["creates"] + line["booked"]["possible_creates"] for line in sending) <= 3 + 1


def test_a_server_that_was_down_is_asked_again(small: Contract, tmp_path: Path, verdicts: dict[str, str]) -> None:
    """A run that the server ended by breaking down is carried on when it is well: its last answers are not believed."""
    server = Halting(World(small, TOKEN), lambda *_: False)
    events, is_down = tmp_path / "events.jsonl", [True]

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if is_down[0] and server.world.requests >= 90:
            await PlainTextResponse("down for a while", 503)(scope, receive, send)
            return
        await server(scope, receive, send)

    with serving(application) as url:
        where = ("--url", url, "--contract", small.path)
        said = command("run", *where, "--max-creates", CEILING, *_OFF_THE_WIRE, "--events", events)
        assert said.code == ExitCode.INCOMPLETE
        assert "a run cannot tell more" in " ".join(said.stdout.split())
        is_down[0] = False
        said = command("run", "--resume", events, "--report-json", tmp_path / "report.json")
    assert said.code == ExitCode.CONFORMS, said.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {line["id"]: line["verdict"] for line in report["verdicts"]} == verdicts
    assert server.world.creates <= spent(report) <= CEILING


def test_what_is_not_asked_for_again_stays_in_the_books(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """Where a run takes another way than the one on record, the jobs on record are paid for: none is made again."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"
    where = ("--url", server.url, "--contract", small.path)
    command("run", *where, "--max-creates", 4, *_OFF_THE_WIRE, "--events", events)
    whole = read_report(events)
    assert server.creates == whole.ledger["creates"] == 4
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").strip().split("\n")]
    for line in [line for line in lines if line["event"] == "exchange" and line["counts"]][1:3]:
        line["request"]["digest"] = "0" * 64
    events.write_text("".join(json.dumps(line) + "\n" for line in lines[:-1]), encoding="utf-8")
    made = read_report(events)
    assert (spent(made.to_dict()), made.ledger["possible_creates"]) == (4, 2)
    assert {job.id for job in made.jobs} == {job.id for job in whole.jobs}
    said = command("run", "--resume", events, "--report-json", tmp_path / "report.json")
    assert said.code in (ExitCode.CONFORMS, ExitCode.INCOMPLETE)
    assert spent(json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))) == server.creates == 4
