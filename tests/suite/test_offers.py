"""What servers may do without: an operation that is not there fails nothing, and one that is there is held to it."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from conformance.contract import Contract
from conformance.contract.resources import Resources
from conformance.errors import ExitCode
from conformance.reference import ReferenceServer
from conformance.reference.generic_faults import generic_faults
from conformance.reports.badge import badge
from conformance.reports.grouping import areas, undecided
from conformance.reports.html.page import page
from conformance.reports.markdown import in_short
from conformance.reports.report import Report
from conformance.reports.terminal import render
from conformance.requirements import catalogue
from conformance.requirements.selection import Selection
from tests.suite.absences import STYLES, Nothing, answering_alike, behind_a_prefix, without
from tests.suite.gateways import correct
from tests.suite.runs import OFF_THE_WIRE, TOKEN, Run, carry_out
from tests.suite.servers import serving


def _optional(contract: Contract) -> list[str]:
    return [operation.id for operation in contract.operations if operation.optional]


def _about(contract: Contract) -> Selection:
    return Selection(only=tuple(f"{name}/*" for name in _optional(contract)))


def _judged(made: Run, contract: Contract) -> dict[str, bool]:
    """Whether each of the optional operations was judged; all of its requirements, or none of them."""
    found = {}
    for name in _optional(contract):
        lines = [line for line in made.report.verdicts if line.id.startswith(f"{name}/")]
        (found[name],) = {not line.not_offered for line in lines}
        assert found[name] or {line.verdict for line in lines} == {"not-run"}
    return found


@pytest.mark.parametrize("creates", [1, 0], ids=["with-a-job", "without"])
@pytest.mark.parametrize("nothing", STYLES.values(), ids=STYLES)
def test_what_is_not_offered_is_known_for_that(nothing: Nothing, creates: int, siblings: Contract) -> None:
    """However a server says that there is nothing; without a job it is said that more would show with one."""
    says_so = nothing is STYLES["405"]
    with serving(without(correct(siblings), siblings, nothing, beside=not says_so)) as url:
        made = carry_out(siblings, url, creates, selection=_about(siblings))
    assert _judged(made, siblings) == dict.fromkeys(_optional(siblings), False)
    doubts = {line.reason.endswith("would show more") for line in made.report.verdicts}
    assert doubts == {creates == 0}
    assert made.report.exit_code() is ExitCode.CONFORMS
    assert made.report.ledger["creates"] == creates


def test_a_server_without_them_conforms(siblings: Contract) -> None:
    """A whole run finds nothing, though what could not be decided was to fail it, and says how much was left out."""
    with serving(without(correct(siblings), siblings, STYLES["json-of-a-framework"])) as url:
        made = carry_out(siblings, url, 8, selection=OFF_THE_WIRE, fail_on=frozenset({"inconclusive"}))
    assert made.report.exit_code() is ExitCode.CONFORMS
    assert not any(_judged(made, siblings).values())
    assert not made.failed("MUST") | made.failed("SHOULD")
    left_out = [line for line in made.report.verdicts if line.not_offered]
    assert made.report.summary["not_offered"] == len(left_out) > 0
    assert {line.id.partition("/")[0] for line in left_out} == {*_optional(siblings)}
    _is_told(made.report, siblings)
    assert Report.from_dict(json.loads(json.dumps(made.report.to_dict()))) == made.report


def _is_told(report: Report, contract: Contract) -> None:
    """Each short form says it in one line, with the operation; what is counted as undecided is so without it."""
    screen = io.StringIO()
    render(report, Console(file=screen, width=200))
    summary, texts = report.summary, (screen.getvalue(), in_short(report, 1_000_000))
    for operation in (contract.operation(name) for name in _optional(contract)):
        said = f"{operation.method} {operation.path} is not offered"
        for text in texts:
            assert [line.count(said) for line in text.splitlines() if said in line] == [1]
        assert said in page(report)
    asked = summary["total"] - summary["not_offered"]
    assert all(f"{summary['decided']} of {asked} requirements decided" in text for text in texts)
    assert all(f"{summary['not_offered']} not offered" in text for text in texts)
    assert sum(area.total for area in areas(report.verdicts)) == asked
    assert not any(line.not_offered for group in undecided(report) for line in group.lines)
    assert f"of {asked} hold" in badge(report)


def test_of_two_the_one_that_is_there_is_judged(siblings: Contract) -> None:
    """A server may have one of them and not the other."""
    first, second = (operation for operation in siblings.operations if operation.optional)
    with serving(
        without(correct(siblings), siblings, STYLES["a-gateway-that-names-the-path"], lacking=[second])
    ) as url:
        made = carry_out(siblings, url, 1, selection=_about(siblings))
    assert _judged(made, siblings) == {first.id: True, second.id: False}
    assert not made.report.failed("SHOULD")


@pytest.mark.parametrize("creates", [1, 0], ids=["with-a-job", "without"])
@pytest.mark.parametrize(
    ("style", "status"),
    [("json-of-a-framework", 404), ("json-of-a-framework", 400), ("another-text-each-time", 404)],
)
def test_what_is_offered_is_not_taken_for_absent(style: str, status: int, creates: int, siblings: Contract) -> None:
    """An unknown id is refused as nothing is, or nearly so; a job that is found, or a 401, shows that there is more."""
    with serving(answering_alike(correct(siblings), siblings, STYLES[style], status)) as url:
        made = carry_out(siblings, url, creates, selection=_about(siblings))
    assert _judged(made, siblings) == dict.fromkeys(_optional(siblings), True)


def test_what_a_proxy_keeps_back_is_no_difference(siblings: Contract) -> None:
    """A proxy may send only what is below the API's own path on to it, and answer everything else itself."""
    prefix = siblings.billable[0].path
    lacking = without(correct(siblings), siblings, STYLES["json-of-a-framework"])
    with serving(behind_a_prefix(lacking, prefix, STYLES["a-page-that-names-the-path"])) as url:
        made = carry_out(siblings, url, 0, selection=_about(siblings))
    assert _judged(made, siblings) == dict.fromkeys(_optional(siblings), False)


def test_a_job_that_is_lost_is_no_absence(siblings: Contract) -> None:
    """A server that has the operation, and finds nothing that it made, breaks what it offers."""
    reader = next(o for o in siblings.operations if o.optional and Resources(siblings).action(o) == "read")
    (known,) = (line.id for line in catalogue(siblings) if line.id.startswith(reader.id) and line.id.endswith("/known"))
    losing = next(entry for entry in generic_faults(siblings) if entry.fails == (known,))
    with ReferenceServer(siblings, token=TOKEN, behaviours=[losing]) as server:
        made = carry_out(siblings, server.url, 1, selection=_about(siblings))
    assert _judged(made, siblings)[reader.id]
    assert known in made.failed("SHOULD")


@pytest.mark.parametrize(("status", "verdicts"), [(500, {"fail"}), (503, {"fail", "inconclusive"})])
def test_one_that_is_down_ends_no_run(status: int, verdicts: set[str], siblings: Contract) -> None:
    """It breaks down, or is not available, whenever it is asked: that is told, and the rest is judged as ever."""
    down = Nothing(status, "application/json", '{"error":{"message":"try again","type":"server_error","code":""}}')
    with serving(without(correct(siblings), siblings, down, beside=False)) as url:
        made = carry_out(siblings, url, 8, selection=OFF_THE_WIRE)
    assert made.report.exit_code() is ExitCode.CONFORMS
    told = {f"{name}/valid/no-server-error" for name in _optional(siblings)}
    assert {line.verdict for line in made.report.verdicts if line.id in told} == verdicts
