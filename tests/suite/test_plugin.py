"""The plugin, as users of pytest meet it: what they select is tested, and nothing else is sent."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.plugin import PASSED_ON
from conformance.requirements import Layer, Level, catalogue
from tests.suite.pytests import Project
from tests.suite.runs import ENV, TOKEN
from tests.suite.serving import Serve

pytestmark = pytest.mark.thorough

FREE = ("--videos-max-creates=0",)
BROKEN = "createVideo/auth/invalid"


@pytest.fixture
def project(tmp_path: Path, small: Contract) -> Project:
    """An empty folder of somebody's own."""
    return Project(tmp_path, small.path)


def test_each_requirement_is_a_test_and_collecting_them_sends_nothing(
    project: Project, serve: Serve, small: Contract
) -> None:
    """Ids are those of the catalogue, in its order; no ceiling is needed for looking at them."""
    server = serve(contract=small)
    listed = project.pytest("--collect-only", f"--videos-url={server.url}", token=None)
    ids = [line.removeprefix("conformance::") for line in listed.said.splitlines() if line.startswith("conformance::")]
    assert (listed.code, ids) == (0, list(catalogue(small).by_id))
    assert server.requests == 0


def test_outcomes_are_the_verdicts_of_the_report(project: Project, serve: Serve, small: Contract) -> None:
    """A broken MUST fails, a broken SHOULD is expected to, what was not decided is skipped with its reason."""
    server = serve("accepts-any-token", "wants-an-accept", contract=small)
    ended = project.pytest(f"--videos-url={server.url}", "--videos-max-creates=30")
    lines = {line["id"]: line for line in ended.report["verdicts"]}
    outcome = {"pass": "passed", "inconclusive": "skipped", "not-run": "skipped"}
    expected = {
        name: outcome.get(line["verdict"]) or ("failure" if line["level"] == "MUST" else "xfailed")
        for name, line in lines.items()
    }
    assert {name: found for name, (found, _) in ended.cases.items()} == expected
    assert {*expected.values()} == {"passed", "failure", "xfailed", "skipped"}
    assert ended.code == 1
    for name, line in lines.items():
        assert line["verdict"] == "pass" or line["reason"].split("\n")[0] in ended.cases[name][1]
    spent = ended.report["ledger"]
    assert server.creates == spent["creates"]
    assert ended.said.count(f"{spent['requests']} requests, {server.creates} creates (ceiling 30)") == 1


def test_a_failure_says_what_the_report_says_and_nothing_of_the_plugin(
    project: Project, serve: Serve, small: Contract
) -> None:
    """Reason, source, a command that sends it again, how it is mended; no traceback, and never the token."""
    server = serve("accepts-any-token", contract=small)
    ended = project.pytest(f"--videos-url={server.url}", *FREE, "-k", "auth/", "--showlocals", "--tb=long")
    said = ended.cases[BROKEN][1]
    assert "MUST broken: `Authorization: Bearer sk-conformance-unknown` was accepted" in said
    assert '$ curl -sS -i -H "Authorization: Bearer sk-conformance-unknown"' in said
    assert {"asked", "source", "mend in", "why", "breaks", "mend"} <= {line[4:12].strip() for line in said.splitlines()}
    assert f"FAILED conformance::{BROKEN} - Failed: MUST broken: " in ended.said
    assert not re.search(r"Traceback|\.py:\d|^[>E] ", ended.said, re.MULTILINE)
    assert TOKEN not in ended.said + (project.folder / "junit.xml").read_text(encoding="utf-8")


def test_what_is_deselected_is_not_tested(project: Project, serve: Serve, small: Contract) -> None:
    """-k chooses what is sent, as --only does for the command."""
    server = serve(contract=small)
    ended = project.pytest(
        f"--videos-url={server.url}",
        "--videos-max-creates=30",
        "-k",
        "auth/missing or auth/inv",
        "--videos-args=--seed 7",
    )
    assert [line["id"].rpartition("/")[2] for line in ended.report["verdicts"]] == ["missing", "invalid"]
    assert (ended.code, ended.counts["passed"]) == (0, 2)
    assert 0 < server.requests < 60
    assert server.creates == 0


@pytest.mark.parametrize(
    ("expression", "takes"),
    [
        (
            "videos_must and not videos_hardening",
            lambda one: one.level is Level.MUST and one.layer is not Layer.HARDENING,
        ),
        ("videos_should", lambda one: one.level is Level.SHOULD),
        ("videos_http", lambda one: one.layer is Layer.HTTP),
    ],
    ids=["and-not", "level", "layer"],
)
def test_levels_and_layers_are_markers(project: Project, small: Contract, expression: str, takes: object) -> None:
    """They are registered, so that --strict-markers knows them; each is a set of requirements."""
    assert callable(takes)
    listed = project.pytest("--collect-only", "--strict-markers", "-m", expression)
    ids = {line.removeprefix("conformance::") for line in listed.said.splitlines() if line.startswith("conformance::")}
    assert ids == {one.id for one in catalogue(small) if takes(one)}


def test_every_level_and_layer_has_a_registered_marker(contract: Contract) -> None:
    """A layer that is added to the requirements of servers is not forgotten here."""
    said = subprocess.run((sys.executable, "-m", "pytest", "--markers"), capture_output=True, text=True, check=True)
    registered = set(re.findall(r"^@pytest\.mark\.(videos\w*):", said.stdout, re.MULTILINE))
    used = {*Level, *(requirement.layer for requirement in catalogue(contract))}
    assert registered == {"videos", *(f"videos_{one.value.lower()}" for one in used)}


def test_stopping_at_the_first_failure_and_going_on_with_it(project: Project, serve: Serve, small: Contract) -> None:
    """-x ends at the failure; --lf tests what failed, and sends what that takes."""
    server = serve("accepts-any-token", contract=small)
    options = (f"--videos-url={server.url}", *FREE)
    first = project.pytest(*options, "-x")
    assert first.counts["failed"] == 1
    assert len(first.cases) < len(catalogue(small))
    before = server.requests
    again = project.pytest(*options, "--lf")
    assert [line["id"] for line in again.report["verdicts"]] == [BROKEN]
    assert server.requests - before < before / 2
    named = project.pytest(*options, f"conformance::{BROKEN}")
    assert [line["id"] for line in named.report["verdicts"]] == [BROKEN]


@pytest.mark.parametrize(
    ("failing", "outcomes"),
    [((), ("xfailed", "skipped")), (("--videos-fail-on=should,inconclusive",), ("failure", "failure"))],
    ids=["must", "all"],
)
def test_what_fails_is_chosen_as_for_the_command(
    project: Project, serve: Serve, small: Contract, failing: tuple[str, ...], outcomes: tuple[str, str]
) -> None:
    """A SHOULD and what stayed open fail where --videos-fail-on says so."""
    server = serve("wants-an-accept", contract=small)
    ended = project.pytest(f"--videos-url={server.url}", *FREE, *failing)
    lines = ended.report["verdicts"]
    should = {line["id"] for line in lines if (line["level"], line["verdict"]) == ("SHOULD", "fail")}
    opened = {line["id"] for line in lines if (line["level"], line["verdict"]) == ("MUST", "inconclusive")}
    assert should
    assert {ended.cases[name][0] for name in should} == {outcomes[0]}
    assert {ended.cases[name][0] for name in opened} <= {outcomes[1]}


def test_without_a_ceiling_nothing_is_sent(project: Project, serve: Serve, small: Contract) -> None:
    """The command's own sentence, with the option as pytest knows it."""
    server = serve(contract=small)
    ended = project.pytest(f"--videos-url={server.url}")
    assert f"{server.url} may cost money, itself or behind it: say with --videos-max-creates N how many" in ended.said
    assert (ended.code, server.requests) == (2, 0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--videos-only=nothing/*",), "--videos-only nothing/*: no requirement matches"),
        (("--videos-fail-on=much",), "--videos-fail-on much: write must, should, inconclusive"),
        (("--videos-contract=nowhere.yaml",), "nowhere.yaml"),
        (("conformance::createVideo/auth/none",), "conformance::createVideo/auth/none: no such requirement"),
    ],
    ids=["only", "fail-on", "contract", "named"],
)
def test_an_option_that_cannot_be_used_is_said_once(project: Project, options: tuple[str, ...], sentence: str) -> None:
    """While collecting, without a traceback."""
    ended = project.pytest("--videos-url=http://127.0.0.1:9", *FREE, *options)
    assert sentence in ended.said
    assert "Traceback" not in ended.said
    assert (ended.code, ended.counts) == (2, {"error": 1})


@pytest.mark.parametrize(
    ("options", "token", "sentence"),
    [
        ((), TOKEN, "there is no server to test: name one with --videos-url URL"),
        (("--videos-app=nowhere:app",), TOKEN, '--videos-app nowhere:app: Could not import module "nowhere"'),
        (
            ("--videos-url=http://127.0.0.1:9",),
            None,
            f"variable {ENV} holds no token; set it, or name another with --vid",
        ),
        (("--videos-url=ftp://127.0.0.1",), TOKEN, "--videos-url ftp://127.0.0.1: write an absolute URL"),
        (("--videos-url=http://127.0.0.1:9",), TOKEN, "the run is not complete: "),
        (("--videos-url=http://127.0.0.1:9", "--videos-timeout=soon"), TOKEN, "Invalid value for '--videos-timeout'"),
        (
            ("--videos-url=http://127.0.0.1:9", "--videos-max-creates=x"),
            TOKEN,
            "Invalid value for '--videos-max-creates'",
        ),
        (
            ("--videos-url=http://127.0.0.1:9", "--videos-report-json=no/where.json"),
            TOKEN,
            "the folder no does not exist",
        ),
        (
            ("--videos-url=http://127.0.0.1:9", "--videos-args=--only http/*"),
            TOKEN,
            "--videos-args: pytest has an option of its own for this: --videos-only",
        ),
    ],
    ids=["no-server", "no-module", "no-token", "no-url", "unreachable", "no-number", "no-count", "no-folder", "own"],
)
def test_a_run_that_does_not_come_about_is_one_error(
    project: Project, options: tuple[str, ...], token: str | None, sentence: str
) -> None:
    """Told once, with no requirement to blame; nothing passes, and the session fails."""
    ended = project.pytest(*FREE, *options, "-k", "auth/", token=token)
    assert sentence in ended.said
    assert "Traceback" not in ended.said
    assert (ended.code, ended.counts["error"], ended.of("passed")) == (1, 1, set())
    assert ended.counts["skipped"] > 5


def test_what_is_no_gateway_passes_nothing(project: Project, serve: Serve, small: Contract) -> None:
    """A path too many: the preflight's advice is told once, beside the requirements that were not tested."""
    server = serve(contract=small)
    ended = project.pytest(f"--videos-url={server.url}/v1/videos", *FREE)
    assert (ended.code, ended.counts["error"], ended.of("passed"), ended.of("failure")) == (1, 1, set(), set())
    assert ended.said.count("ERROR conformance::") == 1
    assert re.search(r"^\d+ requests, 0 creates", ended.said, re.MULTILINE)


def test_the_report_is_written_where_it_is_wanted(project: Project, serve: Serve, small: Contract) -> None:
    """A file of the user's own, the same as the one in the session's folder."""
    ended = project.pytest(
        f"--videos-url={serve(contract=small).url}", *FREE, "-k", "auth/missing", "--videos-report-json=mine.json"
    )
    assert (project.folder / "mine.json").read_text(encoding="utf-8").count('"id"') == 1
    assert ended.report["summary"]["total"] == 1


def test_every_option_that_is_handed_on_is_one_of_the_command(project: Project) -> None:
    """What the plugin offers the command knows, and pytest shows in its help."""
    from conformance.cli.run import run_command

    known = {option for parameter in run_command.params for option in parameter.opts}
    assert {f"--{name}" for name in PASSED_ON} <= known
    shown = project.pytest("--help").said
    assert {name for name in PASSED_ON if f"--videos-{name}=" not in shown} == set()


def test_who_does_not_ask_for_it_does_not_pay_for_it(project: Project) -> None:
    """A run of other tests imports the plugin, and nothing that it needs for its own."""
    project.write(
        "test_mine.py",
        "import sys\n"
        "def test_mine():\n"
        "    ours = {name for name in sys.modules if name.partition('.')[0] == 'conformance'}\n"
        "    assert ours == {'conformance', 'conformance.plugin'}\n",
    )
    command: list[str | Path] = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "test_mine.py"]
    ended = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_a_folder_that_holds_the_package_is_searched_for_tests_as_any_other(tmp_path: Path) -> None:
    """Requirements are collected where the package is named, not where somebody's search comes across it."""
    package = Path(str(sys.modules["conformance"].__file__)).parent
    (tmp_path / "conformance").symlink_to(package)
    command: list[str | Path] = [sys.executable, "-m", "pytest", "-q", "--collect-only", tmp_path]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "no tests collected" in ended.stdout


def test_nothing_goes_to_another_machine_without_a_yes(project: Project, serve: Serve, small: Contract) -> None:
    """The sentence names the option that pytest has for it; with that the run sets out, and finds no such name."""
    server = serve(contract=small)
    port = server.url.rpartition(":")[2]
    elsewhere = (f"--videos-url=http://gateway.invalid:{port}", *FREE, "-k", "auth/")
    asked = project.pytest(*elsewhere)
    assert "is not on this machine, and there is no terminal to ask at: --videos-yes sends this" in asked.said
    assert (asked.code, server.requests) == (1, 0)
    agreed = project.pytest(*elsewhere, "--videos-yes", HOME=str(project.folder))
    assert "is not on this machine" not in agreed.said
    assert agreed.code == 1, "there is no such name"
