"""Frozen sets: a suite that grows turns no CI red until its user takes the newer set, and no set drifts unseen."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve, frozen

from conformance.clients.judged_by import levels
from conformance.contract import Contract, load
from conformance.errors import ExitCode
from conformance.reference import ReferenceServer
from conformance.reports.events import read_report
from conformance.reports.report import Report
from conformance.reports.scoring import scored_by
from conformance.requirements import Level, catalogue
from conformance.requirements.sets import Member, RequirementSet, names, newest, set_for, sets_with
from conformance.requirements.sets.drift import set_name
from tests.clients.judged import broken
from tests.growth.project_copy import ProjectCopy, unreleased
from tests.suite.contracts import form_of, reduced, sound
from tests.suite.runs import ROOT, TOKEN, Said, command
from tests.suite.serving import Serve, Shared

pytestmark = pytest.mark.thorough

_NEW = "takes-of-a-scene"
"""A field that no contract here has."""


@frozen
class Checkout(ProjectCopy):
    """A copy of the project, whose own contract is a short one; its commands are run as a developer runs them."""

    @property
    def sets(self) -> Path:
        return self.folder / "conformance" / "requirements" / "sets"

    def command(self, *arguments: object) -> Said:
        return self.run("-m", "conformance", *arguments)

    def write_set(self, *arguments: str) -> Said:
        return self.regenerate("--only", "set", *arguments)

    def release(self) -> None:
        """Freeze the set as it stands, as a release does."""
        digest = hashlib.sha256((self.sets / "1.0.yaml").read_bytes()).hexdigest()
        (self.sets / "released.yaml").write_text(f'"1.0": {digest}\n', encoding="utf-8")

    def grow(self, name: str) -> None:
        """Give the form a field more: a documented whole number."""
        document = yaml.safe_load(self.contract.read_text(encoding="utf-8"))
        form = form_of(load(self.contract), document)
        form["properties"][name] = {"type": "integer", "description": "How many.", "examples": [2]}
        self.write(document)

    def version(self, version: str) -> None:
        document = yaml.safe_load(self.contract.read_text(encoding="utf-8"))
        document["info"]["version"] = version
        self.write(document)

    def write(self, document: dict[str, Any]) -> None:
        self.contract.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _type(checkout: Checkout) -> str:
    """Return the id of the requirement that the field which was added is a number."""
    return f"{load(checkout.contract).billable[0].id}/request/{_NEW}/type"


@pytest.fixture(scope="module")
def clean(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of the project that nothing is to be mended in."""
    made = Checkout(tmp_path_factory.mktemp("clean"))
    for name in ("conformance", "scripts"):
        shutil.copytree(ROOT / name, made.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("generator-config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, made.folder)
    unreleased(made.folder)
    made.write(sound(contract, reduced(contract)))
    assert made.write_set().code == 0
    assert made.lint() == Said(0, "", "")
    return made


@pytest.fixture
def checkout(clean: Checkout, tmp_path: Path) -> Checkout:
    """A copy of that copy, which a test may change."""
    return Checkout(Path(shutil.copytree(clean.folder, tmp_path / "checkout")))


def test_the_set_follows_a_version_that_is_not_released(checkout: Checkout) -> None:
    """A field more needs one command and no other edit; until then lint and `--check` tell what is missing."""
    checkout.grow(_NEW)
    said, checked = checkout.lint(), checkout.write_set("--check")
    assert (said.code, checked.code) == (1, 1)
    path = checkout.sets / "1.0.yaml"
    line, of_clients = said.stdout.splitlines()
    assert line.startswith(f"{path}:1: {_type(checkout).removesuffix('type')}")
    assert "[frozen-set] the catalogue has it and 3 more, and the set does not: run ./scripts/regenerate" in line
    assert of_clients.startswith(f"{path}:1: {_type(checkout).removesuffix('type')}")
    assert "[frozen-set] the list of vectors has it and " in of_clients
    assert f"+  {_type(checkout)}: MUST" in checked.stdout
    brought = {name: level for name, level in levels(load(checkout.contract)).items() if f"/{_NEW}/" in name}
    assert brought
    assert {f"+  {name}: {level.value}" for name, level in brought.items()} <= set(checked.stdout.splitlines())
    assert checkout.write_set().code == 0
    assert checkout.lint() == Said(0, "", "")
    assert checkout.write_set("--check") == Said(0, "", "")


def test_what_the_set_says_wrongly_is_told_with_its_line(checkout: Checkout) -> None:
    """A requirement that is gone, and one of another level, each with the line of the set and what to do."""
    path = checkout.sets / "1.0.yaml"
    text = path.read_text(encoding="utf-8")
    lines = [*text.replace("http/challenge: MUST", "http/challenge: SHOULD").splitlines(), "  client/gone: MUST"]
    lines.insert(gone := lines.index("vectors:"), "  http/gone: MUST")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = checkout.lint()
    assert (said.code, said.stderr) == (1, "3 to mend\n")
    level = 1 + lines.index("  http/challenge: SHOULD")
    assert f"{path}:{level}: http/challenge [frozen-set] it is a MUST now, and a SHOULD in the set: " in said.stdout
    assert f"{path}:{gone + 1}: http/gone [frozen-set] the set has it, and the catalogue does not: " in said.stdout
    of_clients = f"{path}:{len(lines)}: client/gone [frozen-set] the set has it, and the list of vectors does not: "
    assert of_clients in said.stdout
    assert checkout.write_set().code == 0
    assert path.read_text(encoding="utf-8") == text


def test_a_set_that_cannot_be_read_is_told(checkout: Checkout) -> None:
    """A slip of the hand in a set ends in one sentence that names the file, and no trace."""
    path = checkout.sets / "1.0.yaml"
    text = path.read_text(encoding="utf-8")
    for wrong in ("http/challenge: {level: MUST}", "http/challenge: ["):
        path.write_text(text.replace("http/challenge: MUST", wrong), encoding="utf-8")
        said = checkout.lint()
        assert said.code == ExitCode.SUITE_DEFECT
        assert "sets/1.0.yaml cannot be used" in said.sentence
    path.unlink()
    said = checkout.lint()
    assert said.code == 1
    assert "#/info/version [frozen-set] there is no set of version 1.0" in said.stdout
    assert checkout.write_set().code == 0
    assert path.read_text(encoding="utf-8") == text


def test_a_released_set_stays_and_what_is_newer_is_news(checkout: Checkout, small: Contract, tmp_path: Path) -> None:
    """The whole way: release, growth, another version; the older set keeps its exit code on a server of its time."""
    checkout.release()
    path = checkout.sets / "1.0.yaml"
    kept = path.read_bytes()
    assert checkout.write_set() == Said(0, "", "")

    path.write_bytes(kept + b"# a remark\n")
    assert "this set is released and must not change" in checkout.lint().stdout
    path.write_bytes(kept)

    checkout.grow(_NEW)
    said = checkout.write_set()
    assert said.code == ExitCode.USAGE
    assert "which is released; raise info.version" in said.sentence
    assert f"{checkout.contract}:" in said.sentence
    assert "1.0 is released: raise the version and run ./scripts/regenerate" in checkout.lint().stdout

    checkout.version("1.1.0")
    assert "there is no set of version 1.1" in checkout.lint().stdout
    assert checkout.write_set().code == 0
    assert checkout.lint() == Said(0, "", "")
    assert path.read_bytes() == kept

    report = tmp_path / "report.json"
    with ReferenceServer(small, token=TOKEN) as server:  # which has never heard of the new field
        run = ("run", "--url", server.url, "--max-creates", 30, "--report-json", report)
        older = checkout.command(*run, "--set", "1.0")
        made = json.loads(report.read_text(encoding="utf-8"))
        newer = checkout.command(*run)
    broken = {line["id"] for line in made["verdicts"] if line["verdict"] == "fail" and line["level"] == "MUST"}
    assert _type(checkout) in broken
    assert all(line["news"] for line in made["verdicts"] if line["id"] in broken)
    assert (older.code, newer.code) == (ExitCode.CONFORMS, ExitCode.BROKEN_MUST)
    assert (made["requirement_set"], made["summary"]["failed_must"]) == ("1.0", 0)
    assert made["summary"]["news"] >= len(broken)
    told = " ".join(older.stdout.split())
    assert "news to the set 1.0, which fails nothing: " in told
    assert "contract 1.1.0, set 1.0" in told
    assert "contract 1.1.0, set 1.1" in " ".join(newer.stdout.split())
    listed = checkout.command("requirements", "--set", "1.0", "--only", f"*/{_NEW}/type")
    assert "MUST, layer:api, news to set 1.0: " in listed.stdout
    explained = checkout.command("explain", _type(checkout), "http/challenge")
    assert "sets    1.1 (MUST)" in explained.stdout
    assert "sets    1.0 (MUST), 1.1 (MUST)" in explained.stdout


def test_a_client_of_an_older_set_stays_green(checkout: Checkout, tmp_path: Path) -> None:
    """What is new, or has become a MUST, fails no client until its user takes the newer set."""
    checkout.release()
    choice, report = ("--only", "*/line-feed", "--only", "*/takes"), tmp_path / "report.json"
    adapter = ("--", *broken("rewrites-line-ends", str(checkout.contract)))
    run = ("client", "--report-json", report)
    assert checkout.command(*run, *choice[:2], *adapter).code == ExitCode.CONFORMS

    vectors = checkout.folder / "conformance" / "vectors"
    rule = "- id: client/request/line-ends\n  level: "
    text = (vectors / "requirements.yaml").read_text(encoding="utf-8")
    assert f"{rule}SHOULD" in text
    (vectors / "requirements.yaml").write_text(text.replace(f"{rule}SHOULD", f"{rule}MUST"), encoding="utf-8")
    with (vectors / "texts.yaml").open("a", encoding="utf-8") as texts:
        texts.write('- {name: takes, in: [body], says: a list of takes, text: "one\\ntwo"}\n')
    added, *raised = checkout.lint().stdout.splitlines()
    assert "/takes [frozen-set] the list of vectors has it, and the set does not: 1.0 is released: " in added
    assert raised
    assert all("it is a MUST now, and a SHOULD in the set: 1.0 is released: " in line for line in raised)
    assert checkout.write_set().code == ExitCode.USAGE
    checkout.version("1.1.0")
    assert checkout.write_set().code == 0
    assert checkout.lint() == Said(0, "", "")

    older = checkout.command(*run, *choice, "--set", "1.0", *adapter)
    made = json.loads(report.read_text(encoding="utf-8"))
    newer = checkout.command(*run, *choice, *adapter)
    everything = checkout.command(*run, *choice, "--set", "none", *adapter)
    assert (older.code, newer.code, everything.code) == (ExitCode.CONFORMS, *[ExitCode.BROKEN_MUST] * 2)
    assert (made["requirement_set"], made["headlines"], made["summary"]["news"]) == ("1.0", [], 1)
    failed = {line["id"].rpartition("/")[2]: line for line in made["verdicts"] if line["verdict"] == "fail"}
    assert {name: (line["level"], line["news"]) for name, line in failed.items()} == {
        "line-feed": ("SHOULD", False),
        "takes": ("MUST", True),
    }
    told = " ".join(older.stdout.split())
    assert "news to the set 1.0, which fails nothing: 1 newer than the set, 0 held, 1 broken" in told
    assert "contract 1.1.0, set 1.0" in told
    assert "contract 1.1.0, set 1.1" in " ".join(newer.stdout.split())
    listed = checkout.command("client", "--list", *choice, "--set", "1.0").stdout.splitlines()
    assert [line.partition(", news to set 1.0  ")[0].rpartition("/")[2] for line in listed if ", news" in line] == [
        "takes"
    ]


def test_what_is_not_scored_says_why_and_fails_nothing(checkout: Checkout, small: Contract) -> None:
    """A reason that was written into the set by hand is kept, and told where the requirement is broken."""
    path = checkout.sets / "1.0.yaml"
    text = path.read_text(encoding="utf-8")
    reason = '{level: MUST, not_scored: "the gateway\'s proxy is not ours"}'
    path.write_text(text.replace("http/challenge: MUST", f"http/challenge: {reason}"), encoding="utf-8")
    assert checkout.write_set("--check").code == 0
    with ReferenceServer(small, token=TOKEN, behaviours=("challenges-nobody",)) as server:
        run = ("run", "--url", server.url, "--max-creates", 0, "--only", "http/*")
        said = checkout.command(*run)
        everything = checkout.command(*run, "--set", "none")
    assert (said.code, everything.code) == (ExitCode.CONFORMS, ExitCode.BROKEN_MUST)
    told = " ".join(said.stdout.split())
    assert "not scored by the set 1.0, so that it fails nothing: 1 MUST http/challenge" in told
    assert "not scored: the gateway's proxy is not ours" in told
    assert "set" not in everything.stdout.partition("contract 1.0.0")[2].partition("\n")[0]


def test_the_newest_set_is_of_the_version_of_the_contract(contract: Contract) -> None:
    """What `--version` tells is what a run is scored by."""
    chosen = newest()
    assert chosen is not None
    assert chosen.name == names()[-1] == set_name(contract)
    assert chosen == set_for(contract, None)
    assert set(chosen.members) == set(catalogue(contract).by_id)
    assert sets_with("http/challenge")[-1] == (chosen.name, Member(Level.MUST))
    assert sets_with("no/such") == ()
    of_clients = set_for(contract, None, "vectors")
    assert of_clients is not None
    assert {name: member.level for name, member in of_clients.members.items()} == levels(contract)


def test_a_run_of_the_own_contract_is_scored_by_the_newest_set(shared: Shared) -> None:
    """Without an option nothing is news, and the report names the set."""
    assert shared.report["requirement_set"] == names()[-1]
    assert not any(line["news"] or line["not_scored"] for line in shared.report["verdicts"])


def test_another_contract_has_no_set(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """A contract that is not ours to the byte is judged by all that it asks, whatever its title and version."""
    server, path = serve("challenges-nobody", contract=small), tmp_path / "report.json"
    run = ("run", "--url", server.url, "--contract", small.path, "--max-creates", 0, "--only", "http/*")
    assert command(*run, "--report-json", path).code == ExitCode.BROKEN_MUST
    assert read_report(path).requirement_set is None
    assert set_for(small, "1.0") is not None  # who asks for it gets it, as it is of a contract of that title


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--set", "0.1"), f"there is no set '0.1'; there is: {', '.join((*names(), 'none'))}"),
        (
            ("--set", names()[-1], "--contract", ROOT / "tests" / "growth" / "contracts" / "library-loans.yaml"),
            "leave --set out",
        ),
    ],
)
def test_a_set_that_does_not_fit_is_told(serve: Serve, arguments: tuple[object, ...], advice: str) -> None:
    """Another name, and a set of another contract, are usage errors before the first request."""
    server = serve()
    said = command("run", "--url", server.url, "--max-creates", 0, *arguments)
    assert said.code == ExitCode.USAGE
    assert advice in said.sentence
    assert server.requests == 0


def _set_of(report: Report, **changed: Member | None) -> RequirementSet:
    """Return a set of all that a report has, but for some requirements."""
    members = {line.id: Member(Level(line.level)) for line in report.verdicts}
    given = {name.replace("__", "/").replace("_", "-"): member for name, member in changed.items()}
    members.update({name: member for name, member in given.items() if member is not None})
    left = {name: member for name, member in members.items() if given.get(name, member) is not None}
    return RequirementSet("0.9", "AIID video generation", "0.9.0", left)


def test_a_requirement_has_its_level_of_the_set(shared: Shared) -> None:
    """What was a SHOULD when the set was frozen fails no run by being a MUST today."""
    made = read_report(shared.path)
    lines = [evolve(line, verdict="fail") if line.id == "http/challenge" else line for line in made.verdicts]
    broken = made.having(lines)
    assert broken.exit_code() == ExitCode.BROKEN_MUST
    scored = scored_by(broken, _set_of(made, http__challenge=Member(Level.SHOULD)))
    assert scored.exit_code() == ExitCode.CONFORMS
    strict = evolve(scored, run=evolve(scored.run, fail_on=("should",)))
    assert strict.exit_code() == ExitCode.BROKEN_MUST
    assert (scored.summary["failed_must"], scored.summary["failed_should"]) == (0, 1)


@pytest.mark.parametrize("blocker", [None, Member(Level.MUST, "nobody agrees on it yet")])
def test_news_hides_no_failure_that_the_set_has(shared: Shared, blocker: Member | None) -> None:
    """What follows from a failure that does not count is a failure of its own: an older suite would have said so."""
    made = read_report(shared.path)
    reason = "follows from http/challenge: it was seen"
    lines = [
        evolve(line, verdict="fail")
        if line.id == "http/challenge"
        else evolve(line, verdict="inconclusive", blocked_by="http/challenge", reason=reason)
        if line.id == "http/allow"
        else line
        for line in made.verdicts
    ]
    scored = scored_by(made.having(lines), _set_of(made, http__challenge=blocker))
    line = next(line for line in scored.verdicts if line.id == "http/allow")
    assert (line.verdict, line.blocked_by, line.reason) == ("fail", None, "it was seen")
    assert scored.exit_code() == ExitCode.BROKEN_MUST
    assert [found.id for found in scored.failed("MUST")] == ["http/allow"]


def test_what_the_suite_no_longer_asks_is_told(shared: Shared) -> None:
    """A requirement of an older set that is gone fails nothing, and is not passed over in silence."""
    made = read_report(shared.path)
    chosen = _set_of(made, http__retired=Member(Level.MUST))
    scored = scored_by(made, chosen)
    assert scored.headlines == ("the set 0.9 has 1 that this version of the suite no longer asks: http/retired",)
    assert scored.exit_code() == ExitCode.CONFORMS
    assert scored_by(evolve(made, left_out=("http/retired",)), chosen).headlines == ()
