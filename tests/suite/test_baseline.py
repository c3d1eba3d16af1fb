"""`--baseline`: known failures fail nothing, and an entry that holds no longer fails the run, with one clear line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from attrs import evolve

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reference import ReferenceServer
from conformance.reports.baseline import Baseline, BaselineEntry, EntryStanding, held_against, standings
from conformance.reports.events import read_report
from conformance.reports.excuses import Attempt
from conformance.reports.report import Report
from tests.suite.runs import TOKEN, Said, command
from tests.suite.serving import Serve

_BROKEN = "http/challenge"
_HELD = "http/allow"
_UNDECIDED = "job/id-unique"
_FAULTS = ("challenges-nobody",)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths of tests are long, and no line breaks them."""
    monkeypatch.setenv("COLUMNS", "500")


@pytest.fixture(scope="module")
def failing(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a complete run in which one MUST is broken."""
    path = tmp_path_factory.mktemp("failing") / "report.json"
    with ReferenceServer(small, token=TOKEN, behaviours=_FAULTS) as server:
        said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 0, "--report-json", path)
    assert said.code == ExitCode.BROKEN_MUST
    assert {line.id for line in read_report(path).failed("MUST")} == {_BROKEN}
    return path


def _written(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "baseline.yaml"
    path.write_text(yaml.safe_dump(list(entries), sort_keys=False), encoding="utf-8")
    return path


def _known(requirement: str, **more: Any) -> dict[str, Any]:
    return {"requirement": requirement, "reason": "the proxy strips it", **more}


def _lines(said: Said) -> str:
    return " ".join(said.stdout.split())


def test_a_known_failure_fails_nothing(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """It still runs, and is reported as known with its reason; the run ends with 0."""
    server, path = serve(*_FAULTS, contract=small), tmp_path / "report.json"
    baseline = _written(tmp_path, _known(_BROKEN, expires="2999-12-31", link="https://tickets.example/12"))
    said = command(
        *("run", "--url", server.url, "--contract", small.path, "--max-creates", 0),
        *("--baseline", baseline, "--report-json", path),
    )
    assert said.code == ExitCode.CONFORMS
    made = json.loads(path.read_text(encoding="utf-8"))
    line = next(line for line in made["verdicts"] if line["id"] == _BROKEN)
    assert line["verdict"] == "fail"
    assert line["known"] == {
        "reason": "the proxy strips it",
        "expires": "2999-12-31",
        "link": "https://tickets.example/12",
    }
    assert (made["summary"]["failed_must"], made["summary"]["known"], made["summary"]["fail"]) == (0, 1, 1)
    assert made["baseline"] == {"file": str(baseline), "stale": [], "told": [], "changes": []}
    told = _lines(said)
    assert "known failures, which fail nothing: 1 MUST http/challenge" in told
    assert "known: the proxy strips it (until 2999-12-31), https://tickets.example/12" in told
    assert "0 MUST and 0 SHOULD broken; excused: 1 known" in told
    assert command("report", path).code == ExitCode.CONFORMS


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (_known(_HELD), f"{_HELD} passes now: remove the entry"),
        (_known(_BROKEN, expires="2020-01-31"), f"{_BROKEN} still fails, and the entry expired on 2020-01-31"),
        (_known(_UNDECIDED, expires="2020-01-31"), f"{_UNDECIDED} is not-run now, and the entry expired on 2020-01-31"),
        (_known("http/chalenge"), "no requirement has the id 'http/chalenge'; did you mean http/challenge"),
        (_known("http/*"), "no requirement has the id 'http/*'"),
    ],
    ids=["passes", "expired", "expired-undecided", "misspelt", "pattern"],
)
def test_a_stale_entry_fails_the_run(failing: Path, tmp_path: Path, entry: dict[str, Any], sentence: str) -> None:
    """An entry that passes, has expired or names nothing is told with file and line, and is status 1."""
    others = [] if entry["requirement"] == _BROKEN else [_known(_BROKEN)]
    baseline = _written(tmp_path, *others, entry)
    said = command("report", failing, "--baseline", baseline)
    assert said.code == ExitCode.BROKEN_MUST
    line = 1 + 2 * len(others)
    assert f"! {baseline}:{line}: {sentence}" in _lines(said).replace("- ", "-")


def test_an_entry_that_was_not_decided_is_told(failing: Path, tmp_path: Path) -> None:
    """What this run could not look into proves nothing against an entry."""
    baseline = _written(tmp_path, _known(_BROKEN), _known(_UNDECIDED))
    said = command("report", failing, "--baseline", baseline)
    assert said.code == ExitCode.CONFORMS
    assert f"baseline {baseline}:3: {_UNDECIDED} is not-run: only an accepted request can show it" in _lines(said)


def test_an_entry_that_was_not_asked_for_is_told(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """`--only` and `--skip` leave entries alone, and a misspelt one is found all the same, by `report` too."""
    server, path = serve(*_FAULTS, contract=small), tmp_path / "report.json"
    baseline = _written(tmp_path, _known(_BROKEN))
    arguments = ("run", "--url", server.url, "--contract", small.path, "--max-creates", 0, "--only", "json/*")
    said = command(*arguments, "--baseline", baseline, "--baseline-prune", "--report-json", path)
    assert said.code == ExitCode.CONFORMS
    assert f"{baseline}:1: {_BROKEN} has no verdict in this run: it was not asked for" in _lines(said)
    assert yaml.safe_load(baseline.read_text(encoding="utf-8")) == [_known(_BROKEN)]
    assert command("report", path, "--baseline", baseline).code == ExitCode.CONFORMS
    wrong = command("report", path, "--baseline", _written(tmp_path, _known("http/chalenge")))
    assert wrong.code == ExitCode.BROKEN_MUST


def test_a_known_should_is_known_too(failing: Path, tmp_path: Path) -> None:
    """With `--fail-on should` a SHOULD fails the run, unless the baseline knows it."""
    made = read_report(failing)
    broken = [evolve(line, verdict="fail") if line.id == "time/answer" else line for line in made.verdicts]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(made.having(broken).to_dict()), encoding="utf-8")
    must = _written(tmp_path, _known(_BROKEN))
    assert command("report", path, "--baseline", must).code == ExitCode.CONFORMS
    assert command("report", path, "--baseline", must, "--fail-on", "should").code == ExitCode.BROKEN_MUST
    both = _written(tmp_path, _known(_BROKEN), _known("time/answer"))
    assert command("report", path, "--baseline", both, "--fail-on", "should").code == ExitCode.CONFORMS


def test_what_a_known_failure_blocks_is_excused_with_it(failing: Path, tmp_path: Path) -> None:
    """One defect is one entry: what could not be decided because of it fails no strict run either."""
    made = read_report(failing)
    lines = [
        evolve(line, verdict="inconclusive", blocked_by=_BROKEN, reason="follows from it")
        if line.id == _HELD
        else evolve(line, verdict="pass")
        if line.level == "MUST" and line.id != _BROKEN
        else line
        for line in made.verdicts
    ]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(made.having(lines).to_dict()), encoding="utf-8")
    strict = ("--fail-on", "inconclusive")
    assert command("report", path, "--baseline", _written(tmp_path, _known(_BROKEN)), *strict).code == 0
    musts = [line.id for line in read_report(path).verdicts if (line.verdict, line.level) == ("inconclusive", "MUST")]
    assert musts == [_HELD]


@pytest.mark.parametrize(
    ("today", "standing"),
    [(date(2027, 3, 31), EntryStanding.KNOWN), (date(2027, 4, 1), EntryStanding.EXPIRED)],
)
def test_an_entry_holds_to_the_end_of_its_last_day(failing: Path, today: date, standing: EntryStanding) -> None:
    """`expires` names the last day on which the failure is accepted."""
    entry = BaselineEntry(_BROKEN, "why", expires=date(2027, 3, 31))
    made, baseline = read_report(failing), Baseline(Path("b.yaml"), (entry,))
    assert standings(made, baseline, today) == {_BROKEN: standing}
    code = held_against(made, baseline, today).exit_code()
    assert code == (ExitCode.BROKEN_MUST if standing.is_stale else ExitCode.CONFORMS)


@pytest.mark.parametrize("flaky", [False, True])
def test_a_flaky_entry_may_pass(failing: Path, tmp_path: Path, *, flaky: bool) -> None:
    """What fails only at times would turn a baseline red at random: `flaky: true` says so, and it may pass."""
    baseline = _written(tmp_path, _known(_BROKEN), _known(_HELD, flaky=flaky))
    said = command("report", failing, "--baseline", baseline)
    assert said.code == (ExitCode.CONFORMS if flaky else ExitCode.BROKEN_MUST)
    assert (f"{_HELD} passes this time, and may" in _lines(said)) is flaky


def test_an_incomplete_run_stays_incomplete(failing: Path, tmp_path: Path) -> None:
    """Nothing excuses a run that did not come to its end, and it changes no file."""
    made = evolve(read_report(failing), complete=False, trouble="interrupted")
    path = tmp_path / "report.json"
    path.write_text(json.dumps(made.to_dict()), encoding="utf-8")
    baseline = _written(tmp_path, _known(_HELD))
    before = baseline.read_bytes()
    said = command(
        *("report", path, "--baseline", baseline, "--baseline-prune"),
        *("--baseline-update", "--baseline-reason", "why"),
    )
    assert said.code == ExitCode.INCOMPLETE
    assert baseline.read_bytes() == before
    assert f"{baseline} was left as it was: the run is not complete" in _lines(said)


def test_a_baseline_says_nothing_that_is_kept(failing: Path, tmp_path: Path) -> None:
    """A report that was held against one baseline and then against another knows only the other."""
    first = held_against(read_report(failing), Baseline(tmp_path, (BaselineEntry(_BROKEN, "why"),)), date(2027, 1, 1))
    assert first.summary["known"] == 1
    again = held_against(first, Baseline(tmp_path), date(2027, 1, 1))
    assert again.summary["known"] == 0
    assert again.exit_code() == ExitCode.BROKEN_MUST
    assert Report.from_dict(json.loads(json.dumps(first.to_dict()))) == first


def test_every_report_tells_known_failures_from_others(failing: Path, tmp_path: Path) -> None:
    """No page of a CI goes red for what is known, and each says why; one does for an entry that is stale."""
    made = read_report(failing)
    attempts = (Attempt("fail", 401, "", 0.1), Attempt("pass", 401, "", 0.1))
    lines = [evolve(line, flaky=True, attempts=attempts) if line.id == _BROKEN else line for line in made.verdicts]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(made.having(lines).to_dict()), encoding="utf-8")
    reason = "<the proxy> `strips` it"
    baseline = _written(tmp_path, {"requirement": _BROKEN, "reason": reason}, _known(_HELD))
    forms = {name: tmp_path / f"report.{name}" for name in ("junit", "markdown", "sarif")}
    options = [word for name, place in forms.items() for word in (f"--report-{name}", place)]
    said = command("report", path, "--baseline", baseline, *options)
    assert said.code == ExitCode.BROKEN_MUST
    cases = {case.get("name"): case for case in ET.parse(forms["junit"]).iter("testcase")}  # noqa: S314 - ours
    skipped, stale = cases[_BROKEN].find("skipped"), cases["run/baseline"].find("failure")
    assert skipped is not None
    assert stale is not None
    assert skipped.get("type") == "known"
    assert f"known: {reason}" in (skipped.text or "")
    assert f"{baseline}:3: {_HELD} passes now" in (stale.text or "")
    assert [case.get("name") for case in cases.values() if case.find("failure") is not None] == ["run/baseline"]
    assert "flaky: failed 1 of 2 times: fail, pass" in (skipped.text or "")
    results = {one["ruleId"]: one for one in json.loads(forms["sarif"].read_text("utf-8"))["runs"][0]["results"]}
    assert results[_BROKEN]["suppressions"] == [{"kind": "external", "justification": reason}]
    assert all(one["suppressions"] == [] for name, one in results.items() if name != _BROKEN)
    page = forms["markdown"].read_text("utf-8")
    assert "### Broken, and excused" in page
    assert f"- MUST `{_BROKEN}`: `` a 401 without `WWW-Authenticate` `` (``{reason}``)" in page
    assert f"> `{baseline}:3: {_HELD} passes now: remove the entry`" in page
    assert "; excused: 1 known" in page
    assert "| 1 excused |" in page
    assert "flaky, failed 1 of 2 times: fail, pass" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--baseline-update", "--baseline-reason", "x"), "name the file with --baseline FILE"),
        (("--baseline-prune",), "name the file with --baseline FILE"),
        (("--baseline", "{file}", "--baseline-update"), "say with --baseline-reason why"),
        (("--baseline", "{file}", "--baseline-update", "--baseline-reason", "  "), "say with --baseline-reason why"),
        (("--baseline", "{file}", "--baseline-reason", "x"), "give both"),
        (("--baseline", "{none}"), "none.yaml: does not exist; --baseline-update writes it"),
        (("--baseline", "{folder}"), "cannot be read: Is a directory"),
        (("--baseline", "{none}/b.yaml", "--baseline-update", "--baseline-reason", "x"), "does not exist"),
    ],
)
def test_options_that_do_not_fit_together(
    serve: Serve, small: Contract, tmp_path: Path, arguments: tuple[str, ...], advice: str
) -> None:
    """A slip is a usage error before the first request, with what to do."""
    names = {"file": _written(tmp_path), "none": tmp_path / "none.yaml", "folder": tmp_path}
    server = serve(contract=small)
    filled = [word.format(**names) for word in arguments]
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 0, *filled)
    assert said.code == ExitCode.USAGE
    assert advice in said.sentence
    assert server.requests == 0
