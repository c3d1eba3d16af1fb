"""Two runs compared: what got worse ends with 1, what is of another contract is refused, what changed is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reports.markup import cell, code
from tests.suite.edited_reports import write_edited, write_of_client
from tests.suite.runs import command
from tests.suite.serving import Serve, Shared

Json = dict[str, Any]
Edited = Callable[..., Path]


@pytest.fixture
def edited(shared: Shared, tmp_path: Path) -> Edited:
    """Writes the full run's report with some verdicts changed, by id; None leaves a requirement out."""

    def write(name: str, verdicts: dict[str, str | None] | None = None, **more: Any) -> Path:
        return write_edited(tmp_path / f"{name}.json", shared.report, verdicts, **more)

    return write


def _passed(shared: Shared, level: str) -> list[str]:
    return [line["id"] for line in shared.report["verdicts"] if (line["level"], line["verdict"]) == (level, "pass")]


def _compared(*arguments: object) -> Json:
    made: Json = json.loads(command("compare", *arguments, "--json").stdout)
    return made


def test_a_server_that_got_worse(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """Two real runs, the second on a server with a fault: the broken requirement is named, and the status is 1."""
    paths = {}
    for name, behaviours in (("before", ()), ("after", ("accepts-any-token",))):
        server = serve(*behaviours, contract=small)
        paths[name] = tmp_path / f"{name}.json"
        run = ("run", "--contract", small.path, "--url", server.url, "--max-creates", 0, "--only", "*/auth/*")
        command(*run, "--report-json", paths[name])
    said = command("compare", paths["before"], paths["after"])
    assert said.code == ExitCode.BROKEN_MUST
    assert "createVideo/auth/invalid  pass -> fail" in said.stdout
    back = command("compare", paths["after"], paths["before"])
    assert back.code == ExitCode.CONFORMS
    assert "better: " in back.stdout


def test_every_kind_of_change_is_told(shared: Shared, edited: Edited) -> None:
    """Better, worse, decided or not, asked or not: each change stands under its own heading, in all three forms."""
    worse, lost, gone, better, fresh, decided = _passed(shared, "SHOULD")[:6]
    before = edited("before", {better: "fail", fresh: None, decided: "inconclusive"})
    after = edited("after", {worse: "fail", lost: "not-run", gone: None})
    made = _compared(before, after)
    kinds = {change["kind"]: change["id"] for change in made["changes"]}
    assert kinds == {
        "worse": worse, "better": better, "no-longer-decided": lost, "newly-decided": decided, "new": fresh,
        "removed": gone,
    }  # fmt: skip
    assert made["unchanged"] == len(shared.report["verdicts"]) - 6
    assert made["before"]["ledger"] == shared.report["ledger"]
    for option in ([], ["--markdown"]):
        shown = command("compare", before, after, *option).stdout
        assert all(name in shown for name in kinds.values())


def test_an_events_file_is_a_report_too(shared: Shared) -> None:
    """Whatever a run has left can be compared; with itself it has no change."""
    assert _compared(shared.path, shared.events)["changes"] == []


@pytest.mark.parametrize(
    ("level", "verdict", "options", "code"),
    [
        ("MUST", "fail", (), ExitCode.BROKEN_MUST),
        ("SHOULD", "fail", (), ExitCode.CONFORMS),
        ("SHOULD", "fail", ("--fail-on", "should"), ExitCode.BROKEN_MUST),
        ("MUST", "not-run", (), ExitCode.CONFORMS),
        ("MUST", "inconclusive", ("--fail-on", "inconclusive"), ExitCode.INCOMPLETE),
        ("SHOULD", "inconclusive", ("--fail-on", "inconclusive"), ExitCode.CONFORMS),
    ],
)
def test_what_fails_a_comparison(
    shared: Shared, edited: Edited, level: str, verdict: str, options: tuple[str, ...], code: ExitCode
) -> None:
    """A MUST that held and is broken fails it; anything else only where that was asked for."""
    after = edited("after", {_passed(shared, level)[0]: verdict})
    assert command("compare", shared.path, after, *options).code == code
    assert command("compare", after, shared.path, *options).code == ExitCode.CONFORMS


def test_a_run_that_was_cut_short_is_no_clean_bill(shared: Shared, edited: Edited) -> None:
    """Nothing got worse in what an incomplete run saw; that is said, and is not a success."""
    after = edited("after", complete=False, trouble="interrupted")
    said = command("compare", shared.path, after)
    assert said.code == ExitCode.INCOMPLETE
    assert "the second run is not complete: interrupted" in said.stdout


def test_other_contracts_are_refused_unless_asked_for(shared: Shared, edited: Edited) -> None:
    """Verdicts on two contracts are about different sentences."""
    other = edited("other", contract={**shared.report["contract"], "version": "9.9", "sha256": "0" * 64})
    said = command("compare", shared.path, other)
    assert said.code == ExitCode.USAGE
    assert "9.9" in said.sentence
    assert "--across-contracts" in said.sentence
    assert command("compare", shared.path, other, "--across-contracts").code == ExitCode.CONFORMS


def test_a_server_is_not_compared_with_a_client(shared: Shared, tmp_path: Path) -> None:
    """Requirements and vectors have nothing in common, so that everything would seem new."""
    client = write_of_client(tmp_path, "client")
    said = command("compare", shared.path, client, "--across-contracts")
    assert (said.code, "of a client" in said.sentence) == (ExitCode.USAGE, True)
    assert command("compare", client, client).code == ExitCode.CONFORMS


def test_one_form_at_a_time(shared: Shared) -> None:
    """Two forms on one output would be neither."""
    said = command("compare", shared.path, shared.path, "--json", "--markdown")
    assert said.code == ExitCode.USAGE


def test_what_a_server_says_formats_nothing(shared: Shared, edited: Edited) -> None:
    """A reason that a server chose ends no cell, opens no tag and mentions nobody."""
    name = _passed(shared, "MUST")[0]
    after = edited("after", {name: "fail"})
    data = json.loads(after.read_text(encoding="utf-8"))
    for line in data["verdicts"]:
        line["reason"] = "a | b <img src=x> @everyone [x](http://x) `c`\n# d"
    after.write_text(json.dumps(data), encoding="utf-8")
    row = next(row for row in command("compare", shared.path, after, "--markdown").stdout.splitlines() if name in row)
    assert row.replace("\\|", "").count("|") == 6
    assert "<img" not in row
    assert "@everyone" not in row
    assert cell("a|b") == "a&#124;b"
    assert cell("<b>&") == "&#60;b&#62;&#38;"
    assert code("a`b") == "``a`b``"
