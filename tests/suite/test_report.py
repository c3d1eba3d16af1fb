"""The JSON report is public: its keys, its closed sets, its sums, and the status that the command ends with."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console

from conformance import __version__
from conformance.checks.verdicts import Decision
from conformance.contract import Contract
from conformance.engine.target import target
from conformance.errors import ExitCode
from conformance.reports.events import EventWriter, read_report
from conformance.reports.heading import FailOn, Heading
from conformance.reports.report import FORMAT, Report
from conformance.reports.terminal import render
from conformance.requirements import Level, catalogue
from tests.suite.runs import ENV, ROOT, TOKEN, carry_out, command, process
from tests.suite.serving import Serve, Shared


def test_the_keys_are_public(shared: Shared) -> None:
    """Whoever reads the report finds the keys that were published, and no others."""
    made = shared.report
    run = ["format", "tool", "run", "target", "contract", "complete", "trouble", "headlines"]
    scoring = ["requirement_set", "left_out", "baseline", "combinations", "jobs"]
    assert list(made) == [*run, "ledger", *scoring, "summary", "verdicts"]
    assert made["format"] == FORMAT == 4
    assert set(made["tool"]) == {"name", "version"}
    assert set(made["run"]) == {"started", "seconds", "seed", "tier", "fail_on"}
    assert set(made["target"]) == {"url", "token", "token_source"}
    assert set(made["contract"]) == {"title", "version", "sha256", "file"}
    counts = {"requests", "creates", "possible_creates", "unexpected_creates", "ceiling"}
    assert set(made["ledger"]) == {*counts, "cost", "max_cost"}
    assert len({job["id"] for job in made["jobs"]}) == len(made["jobs"]) == shared.creates
    assert all(set(job) == {"id", "model", "probe", "time"} for job in made["jobs"])
    keys = {"id", "level", "layer", "verdict", "statement", "source", "line", "reason", "blocked_by", "evidence"}
    keys |= {"subject", "not_offered"}
    excuses = {"known", "news", "not_scored", "flaky", "attempts", "not_repeated"}
    assert all(set(line) == keys | excuses for line in made["verdicts"])
    evidence = {"probe", "curl", "status", "headers", "answer", "protocol", "seconds", "request"}
    assert all(set(line["evidence"]) == evidence for line in made["verdicts"] if line["evidence"])


def test_a_report_tells_which_run_it_is_of(shared: Shared, contract: Contract) -> None:
    """Who finds a report months later knows what made it, when, how long it took, and of which contract it speaks."""
    made = shared.report
    assert made["tool"] == {"name": "videos-conformance", "version": __version__}
    started = datetime.fromisoformat(made["run"]["started"])
    assert made["run"]["started"].endswith("Z")
    exchanges = [line for line in shared.lines if line["event"] == "exchange"]
    ends = [datetime.fromisoformat(one["at"]) + timedelta(seconds=one["seconds"]) for one in exchanges]
    assert started <= min(datetime.fromisoformat(one["at"]) for one in exchanges)
    assert max(ends) <= started + timedelta(seconds=made["run"]["seconds"]) + timedelta(milliseconds=5)
    assert (made["run"]["seed"], made["run"]["tier"], made["run"]["fail_on"]) == (1, "full", [])
    assert made["contract"]["title"] == contract.title
    assert (ROOT / made["contract"]["file"]).samefile(contract.path)


def test_a_place_in_the_contract_has_its_line(shared: Shared, contract: Contract) -> None:
    """Who reads a verdict finds the line of the contract that asks for it; what a standard asks for has none."""
    for line in shared.report["verdicts"]:
        reference, _, _ = line["source"].rpartition(" ")
        assert line["line"] == (contract.document.line(reference) if reference.startswith("#") else None)


def test_levels_and_verdicts_are_closed_sets(shared: Shared) -> None:
    """A script can switch over levels and verdicts without a default."""
    assert {line["level"] for line in shared.report["verdicts"]} <= {level.value for level in Level}
    assert {line["verdict"] for line in shared.report["verdicts"]} <= {decision.value for decision in Decision}
    assert {decision.value for decision in Decision} == {"pass", "fail", "inconclusive", "not-run"}
    assert {level.value for level in Level} == {"MUST", "SHOULD", "MAY"}


def test_every_requirement_has_one_verdict(shared: Shared, contract: Contract) -> None:
    """The report holds each requirement of the catalogue once, in its order."""
    assert [line["id"] for line in shared.report["verdicts"]] == [found.id for found in catalogue(contract)]


def test_the_summary_counts_the_verdicts(shared: Shared) -> None:
    """Counts that do not add up would make every other number doubtful."""
    lines, summary = shared.report["verdicts"], shared.report["summary"]
    for decision in Decision:
        assert summary[decision.value] == sum(line["verdict"] == decision.value for line in lines)
    assert summary["failed_must"] == summary["failed_should"] == 0
    assert set(summary) == {
        *(decision.value for decision in Decision),
        "failed_must",
        "failed_should",
        "known",
        "news",
        "not_scored",
        "flaky",
        "not_offered",
        "decided",
        "total",
    }
    assert summary["decided"] == summary["pass"] + summary["fail"]
    assert summary["total"] == len(lines)


def test_the_correct_server_passes(shared: Shared) -> None:
    """On the correct server at least 200 requirements are decided, none fails, and the command says 0."""
    verdicts = [line["verdict"] for line in shared.report["verdicts"]]
    assert verdicts.count("pass") >= 200
    assert verdicts.count("fail") == 0
    assert shared.report["complete"] is True
    assert shared.report["trouble"] is None
    assert shared.said.code == ExitCode.CONFORMS


def test_what_was_not_decided_says_why(shared: Shared) -> None:
    """A verdict that is none has a reason, and one that is rests on something that was seen."""
    for line in shared.report["verdicts"]:
        if line["verdict"] in ("inconclusive", "not-run"):
            assert line["reason"], line["id"]
        if line["verdict"] in ("pass", "fail"):
            assert line["evidence"] is not None, line["id"]


def test_every_source_leads_somewhere(shared: Shared, contract: Contract) -> None:
    """A statement can be looked up: in the contract, or in a standard."""
    for line in shared.report["verdicts"]:
        reference, _, provenance = line["source"].rpartition(" ")
        assert provenance in ("(documented)", "(observed)", "(convention)", "(standard)")
        assert reference.startswith(("#", "RFC ", "HTML", "OpenAPI")), line["source"]
        assert line["statement"].endswith("."), line["id"]
        if line["level"] == "MUST":
            assert provenance in ("(documented)", "(standard)"), line["id"]
    assert contract.version == shared.report["contract"]["version"]
    assert contract.sha256 == shared.report["contract"]["sha256"]


def test_events_give_the_same_report(shared: Shared, tmp_path: Path) -> None:
    """The server is gone, and the events still give the report to the byte."""
    path = tmp_path / "again.json"
    said = command("report", shared.events, "--report-json", path)
    assert said.code == shared.said.code
    assert path.read_bytes() == shared.path.read_bytes()
    assert command("report", shared.path).stdout == said.stdout


def test_a_report_reads_itself_back(shared: Shared) -> None:
    """What is written can be read: the form loses nothing."""
    made = read_report(shared.path)
    assert Report.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert json.loads(json.dumps(made.to_dict())) == shared.report


def test_events_are_framed(shared: Shared) -> None:
    """The stream begins with its version and ends with the report; between, each exchange stands once."""
    lines = shared.lines
    assert (lines[0]["event"], lines[0]["format"]) == ("started", FORMAT)
    assert lines[-1]["event"] == "finished"
    exchanges = [line for line in lines if line["event"] == "exchange"]
    assert len(exchanges) == shared.report["ledger"]["requests"]
    assert len({line["probe"] for line in exchanges}) == len(exchanges)
    assert all(line["seconds"] >= 0 and line["started"] >= 0 for line in exchanges)


def test_a_run_without_a_footer_is_told(shared: Shared, tmp_path: Path) -> None:
    """Events of a run that was killed are judged as far as they go, and are told from a report that was written."""
    path = tmp_path / "cut.jsonl"
    path.write_text("\n".join(shared.events.read_text(encoding="utf-8").strip().split("\n")[:-1]), encoding="utf-8")
    said = command("report", path)
    assert said.code == ExitCode.INCOMPLETE
    assert "stopped" in said.stdout
    made, whole = read_report(path), read_report(shared.events)
    assert not made.complete
    assert {line.id: line.verdict for line in made.verdicts} == {line.id: line.verdict for line in whole.verdicts}


def _with(report: Report, level: str, *, complete: bool = True, verdict: str = "fail") -> Report:
    lines = list(report.verdicts)
    index = next(i for i, line in enumerate(lines) if line.level == level)
    lines[index] = evolve(lines[index], verdict=verdict, reason="it was seen")
    return evolve(report, verdicts=tuple(lines), complete=complete)


@pytest.mark.parametrize(
    ("level", "verdict", "fail_on", "complete", "code"),
    [
        ("MUST", "fail", (), True, 1),
        ("MUST", "fail", ("should",), True, 1),
        ("SHOULD", "fail", (), True, 0),
        ("SHOULD", "fail", ("inconclusive",), True, 0),
        ("SHOULD", "fail", ("should",), True, 1),
        ("MUST", "fail", (), False, 3),
        ("SHOULD", "fail", ("should",), False, 3),
        ("MUST", "inconclusive", (), True, 0),
        ("MUST", "inconclusive", ("inconclusive",), True, 3),
        ("SHOULD", "inconclusive", ("inconclusive",), True, 0),
        ("MUST", "not-run", ("should", "inconclusive"), True, 0),
    ],
)
def test_statuses_of_the_command(
    shared: Shared, level: str, verdict: str, fail_on: tuple[FailOn, ...], *, complete: bool, code: int
) -> None:
    """A broken MUST is 1, the rest counts where it was asked to, and an incomplete run is 3 whatever it saw."""
    made = _with(read_report(shared.path), level, complete=complete, verdict=verdict)
    assert evolve(made, run=evolve(made.run, fail_on=fail_on)).exit_code() == code


def test_what_fails_a_run_is_kept(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """A report that is rendered again ends as its run did, unless another strictness is asked for."""
    server, path = serve("takes-what-is-discouraged", contract=small), tmp_path / "report.json"
    options = ("--contract", small.path, "--max-creates", 6, "--fail-on", "should", "--report-json", path)
    assert command("run", "--url", server.url, *options).code == ExitCode.BROKEN_MUST
    assert command("report", path).code == ExitCode.BROKEN_MUST
    assert command("report", path, "--fail-on", "must").code == ExitCode.CONFORMS


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), ExitCode.CONFORMS),
        (("--fail-on", "must"), ExitCode.CONFORMS),
        (("--fail-on", "must, should"), ExitCode.BROKEN_MUST),
        (("--fail-on", "inconclusive", "--fail-on", "should"), ExitCode.BROKEN_MUST),
    ],
)
def test_strictness_of_the_command(serve: Serve, small: Contract, arguments: tuple[str, ...], code: ExitCode) -> None:
    """`--fail-on should` turns a broken SHOULD into a failed run, and nothing else does."""
    server = serve("takes-what-is-discouraged", contract=small)
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 6, *arguments)
    assert said.code == code
    assert "SHOULD broken" in said.stdout


def test_a_broken_must_is_status_1(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """A fault ends the command with 1, and the terminal shows the requirement, a curl and the answer."""
    server = serve("challenges-nobody", contract=small)
    path = tmp_path / "report.json"
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 0, "--report-json", path)
    assert said.code == ExitCode.BROKEN_MUST
    assert "1.  MUST    http/challenge\n            a 401 without `WWW-Authenticate`\n" in said.stdout
    assert "$ curl" in said.stdout
    assert "HTTP 401" in said.stdout
    assert command("report", path).code == ExitCode.BROKEN_MUST


def test_markup_of_a_server_is_text(shared: Shared) -> None:
    """What a server answers is shown as it is, and colours or controls no terminal."""
    made = read_report(shared.path)
    line = next(line for line in made.verdicts if line.evidence is not None)
    assert line.evidence is not None
    evil = "[bold]x[/bold] [/] \x1b[31mred\x1b]0;title\x07 \r\n[link=http://x]y"
    broken = evolve(line, verdict="fail", reason=evil, evidence=evolve(line.evidence, answer=evil, curl=evil))
    out = io.StringIO()
    render(evolve(made, verdicts=(broken,)), Console(file=out, width=200))
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()
    assert "[bold]x[/bold]" in out.getvalue()


def test_a_pipe_gets_plain_text(shared: Shared) -> None:
    """Piped output has no colour and no bar."""
    assert "\x1b" not in shared.said.stdout
    assert "\x1b" not in shared.said.stderr
    assert "MUST" in shared.said.stdout
    again = process("report", shared.path, columns=80)
    assert "\x1b" not in again.stdout


@pytest.mark.parametrize(
    "fault",
    [
        "repeats-the-token-in-a-job",
        "repeats-the-token-in-a-header",
        "repeats-the-token-in-a-refusal",
        "repeats-an-unknown-token",
    ],
)
def test_the_token_is_shown_nowhere(serve: Serve, small: Contract, tmp_path: Path, fault: str) -> None:
    """A server that repeats the token is found out, and no output of ours repeats it again."""
    server = serve(fault, contract=small)
    path, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    outputs = ("--report-json", path, "--events", events)
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 3, "--verbose", *outputs)
    made = json.loads(path.read_text(encoding="utf-8"))
    found = next(line for line in made["verdicts"] if line["id"] == "secrecy/credential")
    assert found["verdict"] == "fail"
    for text in (said.stdout, said.stderr, path.read_text(encoding="utf-8"), events.read_text(encoding="utf-8")):
        assert TOKEN not in text
        assert TOKEN[:-1] not in text
        assert TOKEN.swapcase() not in text


def test_a_line_of_events_ends_where_it_should(shared: Shared, tmp_path: Path) -> None:
    """Characters that some take for the end of a line do not cut the report in two."""
    made = read_report(shared.path)
    path = tmp_path / "events.jsonl"
    begun = Heading(made.tool, made.run, made.target, made.contract)
    with EventWriter(path, target("http://127.0.0.1", TOKEN, ENV), begun) as writer:
        writer.finished(evolve(made, trouble="a\u2028b\u0085c\x0cd\x1ee"))
    assert read_report(path).trouble == "a\u2028b\u0085c\x0cd\x1ee"


def test_the_token_is_in_no_repr(small: Contract, serve: Serve) -> None:
    """Whoever prints a value while debugging prints no token."""
    made: Any = carry_out(small, serve(contract=small).url, 1, tier="free")
    assert TOKEN not in repr(made.result) + repr(made.events[:50]) + repr(made.report)
    assert TOKEN not in repr(made)
