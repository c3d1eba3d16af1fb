"""The command that judges clients: what it prints, writes, refuses and ends with."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from attrs import field, frozen
from click.testing import CliRunner

from conformance.cli import main
from conformance.cli.step_summary import VARIABLE
from conformance.clients.boundaries import COLLISION
from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reports.report import Report
from conformance.requirements.sets import names
from conformance.vectors import vectors
from tests.clients.judged import ROOT, broken, misbehaving

PYTHON = (sys.executable, str(ROOT / "conformance" / "clients" / "examples" / "adapter.py"))
QUICK = ("--silence-time", "0.5", "--wait-time", "1.5")
FEW = ("--only", "*/request/smallest", "--only", "*/request/everything")


@frozen
class Ended:
    """How a command ended."""

    code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)


def client(*words: object) -> Ended:
    """Run the command in this process."""
    made = CliRunner().invoke(main, ["client", *map(str, words)], env={"COLUMNS": "200"})
    return Ended(made.exit_code, made.stdout, made.stderr)


@pytest.fixture(autouse=True)
def _apart_from_a_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the runs of the tests out of the summary of the CI that runs them."""
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.thorough
def test_our_python_client_conforms(contract: Contract, tmp_path: Path) -> None:
    """The example's adapter and the generated client, sync and async, pass every vector there is."""
    adapter = ("env", f"PYTHONPATH={ROOT / 'generated/python'}", *PYTHON)
    judging = (sys.executable, "-m", "conformance", "client", *QUICK, "--report-json")
    paths = {tmp_path / "sync.json": (), tmp_path / "async.json": ("--async",)}
    runs = [
        subprocess.Popen((*judging, path, "--", *adapter, *more), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for path, more in paths.items()
    ]  # both at once, as they wait most of the time
    told = [run.communicate()[0] for run in runs]
    for run, path, said in zip(runs, paths, told, strict=True):
        made = Report.from_dict(json.loads(path.read_text(encoding="utf-8")))
        assert [(line.id, line.reason) for line in made.verdicts if line.verdict != "pass"] == []
        assert run.returncode == ExitCode.CONFORMS
        assert len(made.verdicts) == len(vectors(contract)) + 2  # the boundaries' collision, and the conduct
        assert "aiid-videos" in made.target["url"]
        assert f"of {len(made.verdicts)} vectors decided" in said


def test_the_example_is_printed_and_short() -> None:
    """What `--example python` prints is the adapter that passes, and has fewer than 60 lines of code."""
    said = client("--example", "python")
    assert said.code == ExitCode.CONFORMS
    assert said.stdout == Path(PYTHON[1]).read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in said.stdout.splitlines()) < 60


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    """A run on a client that sends files without names, written in every form."""
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        return client("--only", "kind:request", "--report-dir", folder, "--", *broken("no-filename")), folder


def test_what_is_broken_is_told_once_with_its_remedy(failed: tuple[Ended, Path]) -> None:
    """Vectors that fail for one reason are one cause, with how to mend it and the command that tries one alone."""
    said, _ = failed
    assert said.code == ExitCode.BROKEN_MUST
    assert "has no filename, and should have" in said.stdout
    assert "mend    Give every file a filename" in said.stdout
    assert "videos-conformance client --vector createVideo/" in said.stdout
    assert said.stdout.count("Give every file a filename") <= 2  # as a MUST, and as a SHOULD
    assert "requirement" not in said.stdout.partition("held of all")[2]


def test_every_form_of_report_tells_it(failed: tuple[Ended, Path]) -> None:
    """JSON, JUnit, Markdown, HTML and SARIF say what failed and how it is mended, and of which client."""
    _, folder = failed
    for name in ("report.json", "junit.xml", "report.md", "report.html", "report.sarif"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "Give every file a filename" in text, name
        assert "no-filename 1.0 (python)" in text, name
        assert "sk-judge-" not in text, name
    cases = ET.parse(folder / "junit.xml").getroot().iter("testcase")  # noqa: S314 - written above
    assert {case.find("failure") is not None for case in cases} == {True, False}
    assert not (folder / "events.jsonl").exists()


def test_a_report_is_read_back(failed: tuple[Ended, Path], tmp_path: Path) -> None:
    """`report` renders a client's run again, and `badge` refuses one that did not try everything."""
    said, folder = failed
    again = CliRunner().invoke(main, ["report", str(folder / "report.json")], env={"COLUMNS": "200"})
    assert (again.exit_code, again.stdout) == (said.code, said.stdout)
    badge = CliRunner().invoke(main, ["badge", str(folder / "report.json"), "-o", str(tmp_path / "badge.svg")])
    assert badge.exit_code == ExitCode.USAGE
    assert "vectors" in badge.stderr


def test_a_baseline_excuses_what_is_known(tmp_path: Path) -> None:
    """A known failure fails no run, and its entry does where the vector passes again."""
    path = tmp_path / "known.yaml"
    more = (*FEW, "--baseline", path)
    first = client(*more, "--baseline-update", "--baseline-reason", "a file is next", "--", *broken("no-filename"))
    assert first.code == ExitCode.CONFORMS
    assert client(*more, "--", *broken("no-filename")).code == ExitCode.CONFORMS
    mended = client(*more, "--", *broken("honest"))
    assert mended.code == ExitCode.BROKEN_MUST
    assert "passes now: remove the entry" in mended.stdout


def test_one_vector_is_shown_with_its_requests(contract: Contract) -> None:
    """`--vector` tries one alone: the call, the request as it came without the token, and what was said."""
    name = next(vector.id for vector in vectors(contract) if vector.id.endswith("request/smallest"))
    said = client("--vector", name, "--", *broken("honest"))
    assert said.code == ExitCode.CONFORMS
    assert "request 1 (here):" in said.stdout
    assert "Content-Disposition: form-data; name=" in said.stdout
    assert "Bearer [token]" in said.stdout
    assert "sk-judge-" not in said.stdout


def test_the_collision_of_boundaries_is_tried_alone(contract: Contract) -> None:
    """The vector that is made at run time is chosen by its id as any other; a boundary is learnt for it first."""
    name = f"{contract.billable[0].id}/request/{COLLISION}"
    said = client("--vector", name, "--", *broken("fixed-boundary"))
    assert said.code == ExitCode.BROKEN_MUST
    assert "the boundary is the same in each call" in said.stdout
    assert "2 of 2 vectors decided" in said.stdout
    assert client("--vector", name, "--", *broken("honest")).code == ExitCode.CONFORMS
    assert COLLISION not in client("--verbose", *FEW, "--", *broken("honest")).stdout


def test_where_no_boundary_is_learnt_the_report_says_so(contract: Contract, tmp_path: Path) -> None:
    """A client that sends no form at all has a line for the vector that would be made of its boundary, and its set."""
    name, path = f"{contract.billable[0].id}/request/{COLLISION}", tmp_path / "report.json"
    said = client("--vector", name, "--report-json", path, "--", *misbehaving("works"))
    assert said.code == ExitCode.INCOMPLETE
    made = Report.from_dict(json.loads(path.read_text(encoding="utf-8")))
    assert [line.reason for line in made.verdicts if line.id == name] == [
        "no form with a text came through, from which a boundary could be learnt"
    ]
    assert (made.requirement_set, made.headlines) == (names()[-1], ())
    assert not any(line.news for line in made.verdicts)


def test_vectors_are_listed_and_chosen(contract: Contract) -> None:
    """`--list` names them all, or those that patterns of ids, requirements, levels and kinds choose."""
    every = client("--list").stdout.splitlines()
    assert len(every) == len(vectors(contract)) + 1  # and the collision of boundaries
    money = client("--list", "--only", "kind:money", "--skip", "SHOULD").stdout.splitlines()
    assert money
    assert all(line.startswith("MUST") and "/money/" in line for line in money)
    assert client("--list", "--only", "client/money/one-create").stdout.splitlines()


def test_a_client_that_can_nothing_decides_nothing() -> None:
    """A run of nothing but `unsupported` ends with 3, and says why nothing was tried."""
    said = client(*FEW, "--", *misbehaving("works"))
    assert said.code == ExitCode.INCOMPLETE
    assert "no vector could be decided" in said.stdout
    assert "the client cannot do this: it is a fake" in said.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), ExitCode.USAGE, "name the command that starts your adapter behind `--`"),
        (("--", "no-such-adapter"), ExitCode.USAGE, "no-such-adapter: there is no such command on the PATH"),
        (("--", "./adapter"), ExitCode.USAGE, "./adapter: there is no such command;"),
        (("--", str(ROOT)), ExitCode.USAGE, "cannot be run: Permission denied"),
        (("--only", "createvideo/*", "--", "x"), ExitCode.USAGE, "no vector matches; did you mean createVideo/"),
        (("--only", "kind:requests", "--", "x"), ExitCode.USAGE, "the kinds are kind:request, kind:answer, kind:money"),
        (("--vector", "x", "--", "x"), ExitCode.USAGE, "--vector x: there is no such vector"),
        (("--report-json", "-", "--", "x"), ExitCode.USAGE, "--report-json -: standard output is for people"),
        (("--report-har", "x.har", "--", "x"), ExitCode.USAGE, "No such option '--report-har'"),
        (("--example", "cobol"), ExitCode.USAGE, "python"),
        (("--", sys.executable, "-c", "raise SystemExit('no client')"), ExitCode.INCOMPLETE, "last words: no client"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], code: ExitCode, said: str) -> None:
    """One sentence says what to do, and the status whose mistake it is."""
    ended = client(*words)
    assert (ended.code, said in " ".join(ended.stderr.split())) == (code, True), ended.stderr
    assert "Traceback" not in ended.stderr


def test_should_can_fail_a_run() -> None:
    """`--fail-on should` fails a run for what is a SHOULD, as for servers."""
    words = ("--only", "client/answer/request-id", "--", *broken("loses-the-request-id"))
    assert client(*words).code == ExitCode.CONFORMS
    assert client("--fail-on", "should", *words).code == ExitCode.BROKEN_MUST


@pytest.mark.thorough
@pytest.mark.usefixtures("uncounted")
@pytest.mark.parametrize("path", sorted((ROOT / "tests/growth/contracts").glob("*.yaml")), ids=lambda path: path.stem)
def test_clients_of_other_services_are_judged(path: Path) -> None:
    """Vectors are made from any contract: other bodies, other credentials, the same judge, the same honest client."""
    said = client("--contract", path, *QUICK, "--", *broken("honest", str(path)))
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert " 0 fail" in said.stdout


def test_the_command_runs_as_a_program() -> None:
    """The words behind `--` are the adapter's, whatever they look like."""
    name = broken("honest")
    ended = subprocess.run(
        (sys.executable, "-m", "conformance", "client", *FEW, "--", *name),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr.strip()) == (0, "")
    assert "honest 1.0 (python)" in ended.stdout
    assert shlex.join(name) not in ended.stdout  # nothing has failed, so that nothing is to be tried again
