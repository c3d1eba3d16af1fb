"""`--only` and `--skip` choose what is judged, and what is sent for it."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from attrs import evolve

from conformance.campaign import Options, plan
from conformance.contract import Contract, load
from conformance.contract.lives import lives
from conformance.engine.probe import Cost
from conformance.errors import ExitCode, UsageError
from conformance.reference import ReferenceServer
from conformance.requirements import Catalogue, Layer, Level, Source, catalogue
from conformance.requirements.lifecycle import content_id
from conformance.requirements.requirement import Requirement
from conformance.requirements.selection import Selection, select
from tests.suite.runs import ROOT, TOKEN, carry_out, command
from tests.suite.serving import Serve


def _requirement(name: str, level: str = "MUST", layer: str = "api") -> Requirement:
    return Requirement(name, Level(level), "It is.", Source("#", "convention"), layer=Layer(layer))


_KNOWN = Catalogue(
    (
        _requirement("op/request/a/type"),
        _requirement("op/request/a/robust", "SHOULD", "hardening"),
        _requirement("http/allow", "MUST", "http"),
        _requirement("http/unknown-query", "SHOULD", "hardening"),
        _requirement("json/syntax", "MUST", "http"),
    )
)


@pytest.mark.parametrize(
    ("only", "skip", "taken"),
    [
        ((), (), "op/request/a/type op/request/a/robust http/allow http/unknown-query json/syntax"),
        (("http/allow",), (), "http/allow"),
        (("http/*",), (), "http/allow http/unknown-query"),
        (("layer:http",), (), "http/allow json/syntax"),
        (("MUST",), (), "op/request/a/type http/allow json/syntax"),
        (("*/a/*", "json/*"), (), "op/request/a/type op/request/a/robust json/syntax"),
        (("MUST",), ("layer:http",), "op/request/a/type"),
        ((), ("SHOULD", "json/?yntax"), "op/request/a/type http/allow"),
    ],
)
def test_what_is_taken(only: tuple[str, ...], skip: tuple[str, ...], taken: str) -> None:
    """Patterns of one option add up, and what is skipped is left out of what is taken."""
    made = select(_KNOWN, only, skip)
    assert [requirement.id for requirement in made.of(_KNOWN)] == taken.split()


@pytest.mark.parametrize(
    ("only", "skip", "advice"),
    [
        (("http",), (), "`layer:http` for the layer or `http/*`"),
        (("hardening",), (), "`layer:hardening` for the layer"),
        (("json",), (), "`json/*` for the ids that begin so"),
        (("must",), (), "write the level as MUST"),
        (("layer:htp",), (), "the layers are layer:api, layer:hardening, layer:http"),
        ((), ("http/alow",), "did you mean http/allow"),
        ((), ("%",), "a glob of ids"),
        (("http/*",), ("layer:http", "SHOULD"), "leave no requirement"),
    ],
)
def test_a_pattern_that_matches_nothing(only: tuple[str, ...], skip: tuple[str, ...], advice: str) -> None:
    """A slip would look like a run in which all is well, so it is told, with what was probably meant."""
    with pytest.raises(UsageError, match="--") as told:
        select(_KNOWN, only, skip)
    assert advice in str(told.value)


def _sent(contract: Contract, **patterns: tuple[str, ...]) -> list[str]:
    """The ids of what is planned, but for the controls."""
    planned = plan(contract, Options(40, selection=Selection(**patterns)))
    return [probe.id for probe in planned if "/control/" not in probe.id]


def test_everything_is_sent_where_nothing_is_chosen(contract: Contract) -> None:
    """Without patterns the plan is whole, and so it is where the patterns take everything."""
    assert _sent(contract) == _sent(contract, only=("MUST", "SHOULD"))
    assert len(_sent(contract)) > 150


def test_what_serves_nothing_is_not_sent(contract: Contract) -> None:
    """A probe whose every requirement was left out is not sent; one with any that was taken is."""
    patterns = ("*/request/duration/*", "multipart/*")
    chosen = set(Selection(patterns).of(catalogue(contract)).by_id)
    sent = set(_sent(contract, only=patterns))
    for probe in plan(contract, Options(40)):
        named = {*probe.decides, *probe.concerns, *probe.guards}
        if named and "/control/" not in probe.id and probe.cost is Cost.FREE:
            assert (probe.id in sent) is bool(named & chosen), probe.id


def test_controls_are_always_sent(contract: Contract) -> None:
    """Answers are compared with the controls, whatever was chosen; what servers may do without is not looked for."""
    controls = [probe for probe in plan(contract, Options(40)) if "/control/" in probe.id]
    chosen = list(plan(contract, Options(40, selection=Selection(only=("http/unknown-path",)))))
    assert {probe.id for probe in controls if not probe.operation.optional} < {probe.id for probe in chosen}
    assert any(probe.operation.optional for probe in controls)
    assert not any(probe.operation.optional for probe in chosen)


def test_a_result_alone_can_be_asked_for(serve: Serve, contract: Contract) -> None:
    """Where only what a job ends in was chosen, its job is made and followed to its end all the same."""
    fetcher = next(operation for life in lives(contract) for operation in life.fetchers)
    chosen = Selection(only=(content_id(fetcher, "true-to-type"),))
    made = carry_out(contract, serve().url, 2, selection=chosen)
    assert [line.verdict for line in made.report.verdicts] == ["pass"]


@pytest.mark.parametrize("pattern", ["*/auth/invalid", "http/challenge", "secrecy/*", "json/*", "*/response/error/*"])
def test_refusals_cost_nothing(contract: Contract, pattern: str) -> None:
    """Where refusals can show all that was chosen, nothing that costs money is planned, and something is."""
    planned = list(plan(contract, Options(40, selection=Selection(only=(pattern,)))))
    assert [probe.id for probe in planned if probe.cost is Cost.BILLABLE] == []
    assert len([probe for probe in planned if "/control/" not in probe.id]) > 5


@pytest.mark.parametrize(
    "pattern", ["*/auth/*", "*/auth/valid", "http/request-id*", "wire/*", "*/robust", "*/fuzz/*", "state/no-leak"]
)
def test_what_refusals_decide_asks_for_no_money(serve: Serve, contract: Contract, pattern: str) -> None:
    """A selection that refusals decide plans no create, and a run of it makes none and decides it all the same."""
    selection = Selection(only=(pattern,))
    planned = list(plan(contract, Options(40, selection=selection)))
    assert [probe.id for probe in planned if probe.cost is Cost.BILLABLE] == []
    server = serve()
    made = carry_out(contract, server.url, 40, selection=selection)
    assert server.creates == 0
    assert made.report.exit_code() == ExitCode.CONFORMS
    assert {line.verdict for line in made.report.verdicts} == {"pass"}


@pytest.mark.parametrize(
    ("requirement", "creates"),
    [
        ("http/not-shared", 1),
        ("state/same-again", 2),
        ("state/refusals-unchanged", 1),
        ("meaning/not-assigned", 2),
        ("job/repeated-create", 40),
        ("*/offered", 40),
    ],
)
def test_what_creates_decide_is_paid_for(serve: Serve, contract: Contract, requirement: str, creates: int) -> None:
    """What only something that was made can show is decided, for no more creates than can show it."""
    server = serve()
    made = carry_out(contract, server.url, 40, selection=Selection(only=(requirement,)))
    assert [line.verdict for line in made.report.verdicts] == ["pass"]
    assert 0 < server.creates <= creates


@pytest.mark.parametrize("pattern", ["job/*", "*/response/200/*"])
def test_answers_need_creates(contract: Contract, pattern: str) -> None:
    """What only an accepted request can show is not chosen in vain."""
    planned = plan(contract, Options(40, selection=Selection(only=(pattern,))))
    assert sum(probe.cost is Cost.BILLABLE for probe in planned) > 20


def test_a_chosen_run(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """The report holds what was chosen and nothing else, finds what is wrong there, and leaves out what is not."""
    server = serve("challenges-nobody", "accepts-any-token", contract=small)
    path = tmp_path / "report.json"
    arguments = ("run", "--url", server.url, "--contract", small.path, "--max-creates", 1, "--report-json", path)
    said = command(*arguments, "--only", "http/*", "--skip", "layer:hardening")
    made = json.loads(path.read_text(encoding="utf-8"))
    ids = [line["id"] for line in made["verdicts"]]
    assert ids
    assert all(fnmatchcase(name, "http/*") for name in ids)
    assert "hardening" not in {line["layer"] for line in made["verdicts"]}
    assert [line["id"] for line in made["verdicts"] if line["verdict"] == "fail"] == ["http/challenge"]
    assert said.code == ExitCode.BROKEN_MUST
    assert command(*arguments, "--only", "http/allow").code == ExitCode.CONFORMS


def test_the_list_can_be_chosen_from() -> None:
    """`requirements` takes the same patterns, and shows the layer that they speak of."""
    said = command("requirements", "--json", "--only", "layer:http", "--skip", "SHOULD")
    listed = json.loads(said.stdout)
    assert {(entry["layer"], entry["level"]) for entry in listed} == {("http", "MUST")}
    assert command("requirements", "--only", "nothing/*").code == ExitCode.USAGE
    assert "layer:http" in command("requirements", "--only", "http/allow").stdout


def test_a_selection_is_a_value() -> None:
    """Options that differ in what was chosen are different."""
    assert evolve(Options(1), selection=Selection(("MUST",))) != Options(1)


def test_what_stands_behind_a_path_is_made_once() -> None:
    """Whether what was made is found takes one thing of each kind that can be made, and no more."""
    contract = load(ROOT / "tests" / "growth" / "contracts" / "openai-videos.yaml")
    with ReferenceServer(contract, token=TOKEN) as server:
        made = carry_out(contract, server.url, 9, selection=Selection(only=("get*/parameter/*/known",)))
        assert 0 < server.creates <= len(contract.billable)
    assert {line.verdict for line in made.report.verdicts} == {"pass"}
