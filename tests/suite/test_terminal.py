"""What a person reads on a terminal: headlines, failures by cause, areas, reasons, totals, at any width."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console

from conformance.reports.grouping import areas, causes, undecided
from conformance.reports.heading import RunFacts
from conformance.reports.line import Evidence, Line
from conformance.reports.report import FORMAT, Report
from conformance.reports.terminal import render

_LONG = "https://gateway.example/" + "x" * 80
_PROSE = "A request that breaks the rule is refused, whatever else it carries, and however long the sentence is."


def _evidence(probe: str, status: int | None = 400, answer: str = '{"error": "no"}', size: int = 60) -> Evidence:
    return Evidence(probe, f"curl -sS -i {'x' * (size - 12)}", status, {}, answer, 0.1)


def _line(name: str, verdict: str = "pass", level: str = "MUST", **more: Any) -> Line:
    given: dict[str, Any] = {"reason": "", "line": None, "blocked_by": None, "evidence": None, "layer": "api", **more}
    return Line(id=name, level=level, verdict=verdict, statement=_PROSE, source="RFC 1, 2 (standard)", **given)


def _failed(name: str, level: str = "MUST", **more: Any) -> Line:
    return _line(name, "fail", level, **{"reason": f"`{name}` was accepted", "evidence": _evidence(name), **more})


def _report(*lines: Line, ledger: Mapping[str, int] | None = None, **more: Any) -> Report:
    spent: dict[str, Any] = {
        "requests": 7,
        "creates": 2,
        "possible_creates": 0,
        "unexpected_creates": 0,
        "ceiling": 6,
        "cost": None,
        "max_cost": None,
    }
    made = Report(
        format=FORMAT,
        tool={"name": "videos-conformance", "version": "0"},
        run=RunFacts("2026-11-29T17:00:00.000Z", 1.5, 1, "full"),
        complete=True,
        trouble=None,
        headlines=(),
        target={"url": "http://127.0.0.1:1"},
        contract={"title": "Videos", "version": "1", "sha256": "0" * 64, "file": "openapi.yaml"},
        ledger={**spent, **(ledger or {})},
        verdicts=lines,
    )
    return evolve(made, **more)


def _shown(report: Report, width: int = 100, *, verbose: bool = False, **settings: Any) -> str:
    out = io.StringIO()
    render(report, Console(file=out, width=width, highlight=False, **settings), verbose=verbose)
    return out.getvalue()


def test_what_one_answer_broke_is_one_cause() -> None:
    """Two requirements of one layer that one answer broke are told together, with one command."""
    both = [_failed(name, evidence=_evidence("same")) for name in ("op/response/200/a/type", "op/response/200/b/enum")]
    (cause,) = causes(_report(*both))
    assert cause.failed == tuple(both)
    assert _shown(_report(*both)).count("$ curl") == 1


def test_layers_are_told_apart() -> None:
    """One answer may be wrong in what the handler wrote and in what the proxy added: two people mend it."""
    handler = _failed("op/response/200/a/type", evidence=_evidence("same"))
    proxy = _failed("http/content-type-present", layer="http", evidence=_evidence("same"))
    report = _report(handler, proxy)
    assert [cause.failed for cause in causes(report)] == [(handler,), (proxy,)]
    shown = _shown(report)
    assert "mend in the handlers of the API (layer api)" in shown
    assert "mend in the framework, its parser or a proxy in front (layer http)" in shown


def test_breakdowns_that_look_the_same_are_one_cause() -> None:
    """A 500 whose text differs only in a number is one defect, whatever ran into it; another text is another one."""
    answers = ['{"error": "failed (request 17)"}', '{"error": "failed (request 3)"}', '{"error": "other"}']
    names = ("op/request/a/robust", "multipart/nested", "op/request/b/robust")
    lines = [_failed(name, evidence=_evidence(name, 500, text)) for name, text in zip(names, answers, strict=True)]
    assert [cause.failed for cause in causes(_report(*lines))] == [tuple(lines[:2]), (lines[2],)]


def test_one_rule_broken_alike_is_one_cause() -> None:
    """Every integer field takes words: that is one missing check, and each field is named with what it took."""
    lines = [_failed(f"op/request/f{n}/type", evidence=_evidence(f"p{n}", 200, f'{{"id": {n}}}')) for n in range(3)]
    other = _failed("op/request/f0/minimum", evidence=_evidence("p9", 200, '{"id": 9}'))
    found = causes(_report(*lines, other))
    assert [cause.failed for cause in found] == [tuple(lines), (other,)]
    shown = _shown(_report(*lines, other))
    assert all(f"`{line.id}` was accepted" in shown for line in lines)


def test_the_gravest_comes_first() -> None:
    """A broken MUST stands before what is merely advised, within a cause and among them."""
    should = _failed("a/b", "SHOULD")
    pair = [_failed("op/c/d", "SHOULD", evidence=_evidence("x")), _failed("op/c/e", evidence=_evidence("x"))]
    found = causes(_report(should, *pair))
    assert [line.id for cause in found for line in cause.failed] == ["op/c/e", "op/c/d", "a/b"]


def test_what_is_blocked_stands_with_its_cause() -> None:
    """What could not be decided because of a failure is counted there, and not among the riddles."""
    broken = _failed("op/request/a/accepted")
    blocked = _line("op/request/a/unrestricted", "inconclusive", reason="not known", blocked_by=broken.id)
    free = _line("op/request/b/unrestricted", "inconclusive", reason="not known", blocked_by="op/request/b/accepted")
    report = _report(broken, blocked, free)
    assert causes(report)[0].blocked == (blocked,)
    assert [line for group in undecided(report) for line in group.lines] == [free]
    assert "blocks  1 not decided because of it: request 1" in _shown(report)


def test_the_smallest_command_is_shown() -> None:
    """Where the gravest requirement has a command that nobody reads, a smaller one with the same answer stands in."""
    lines = [_failed(f"op/x/{n}", evidence=_evidence(str(n), 500, "x", size=size)) for n, size in ((1, 3000), (2, 90))]
    assert causes(_report(*lines))[0].evidence == lines[1].evidence
    alone = _shown(_report(lines[0]))
    assert "3000 characters" in alone
    assert "--report-json" in alone
    assert "xxxx" not in alone


def test_areas_have_a_line_each() -> None:
    """One line tells what held of an area, and what did not, in words."""
    lines = (_line("op/auth/a"), _failed("op/auth/b"), _line("http/c", "not-run", reason="never"), _line("http/d"))
    assert [(area.name, area.held, area.total) for area in areas(lines)] == [("auth", 1, 2), ("http", 1, 2)]
    shown = _shown(_report(*lines)).splitlines()
    assert "auth      1/2  1 MUST broken" in shown
    assert "http      1/2  1 not decided" in shown


def test_reasons_are_counted() -> None:
    """Many requirements with one reason take one line, though each was sent something else."""
    lines = [_line(f"op/request/f{n}/type", "inconclusive", reason=f"`f{n}=a` was answered with 503") for n in range(9)]
    shown = _shown(_report(*lines, _line("job/x", "not-run", reason="no answer showed it")))
    assert "not decided: 10" in shown
    assert "   9  `f0=a` was answered with 503, and the like (request 9)" in shown
    assert "   1  no answer showed it (job 1)" in shown


def test_headlines_stand_first() -> None:
    """What skews the whole run is read before anything that it skews."""
    shown = _shown(_report(_failed("a/b"), complete=False, trouble="it stopped", headlines=("no credit on 3 creates",)))
    assert shown.splitlines()[:2] == ["! the run is not complete: it stopped", "! no credit on 3 creates"]


def test_possible_creates_are_told() -> None:
    """What may have been created is said beside what was."""
    shown = _shown(_report(_line("a/b"), ledger={"possible_creates": 3}))
    assert "7 requests, 2 creates (ceiling 6), and 3 possible: the answer does not exclude" in shown


def _everything() -> Report:
    """A report with each kind of thing in it, and long words and sentences in every place."""
    names = [f"createSomething/request/quite_a_long_name_of_a_field_{n}/additionalProperties" for n in range(12)]
    fine = [_line(name) for name in names[:3]]
    broken = [
        _failed(name, "SHOULD", reason=_PROSE, evidence=_evidence(name, 200, "{}", size=300)) for name in names[3:11]
    ]
    silent = _failed("op/time/a", reason=_PROSE, evidence=_evidence("z", None, f"{_PROSE} {_LONG}", size=5000))
    open_ = _line(names[11], "inconclusive", reason=_PROSE, blocked_by="op/time/a")
    skipped = _line("job/a", "not-run", reason=f"{_PROSE} {_LONG}")
    return _report(*fine, *broken, silent, open_, skipped, headlines=(_PROSE, _PROSE), trouble=_PROSE)


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("verbose", [False, True])
def test_lines_fit_the_terminal(width: int, *, verbose: bool) -> None:
    """Nothing that can be wrapped is wider than the terminal; ids and commands stay whole, to be copied."""
    report = _everything()
    lines = _shown(report, width, verbose=verbose).splitlines()
    ids = {line.id for line in report.verdicts}
    wide = [
        line
        for line in lines
        if len(line) > width and not ids & set(line.replace(":", "").split()) and "$ curl" not in line
    ]
    assert wide == []
    assert [line for line in lines if line != line.rstrip()] == []
    words = {word for line in lines for word in line.split()}
    assert {line.id for line in causes(report)[0].failed} <= words
    shown = causes(report)[1].evidence
    assert shown is not None
    assert any(line.endswith(shown.curl) for line in lines)


def test_verbose_has_every_requirement() -> None:
    """`--verbose` adds a row for each requirement, in the order of the report; without it most are counted alone."""
    report = _everything()
    ids = [line.id for line in report.verdicts]
    for width in (60, 200):
        rows = [line.split()[2] for line in _shown(report, width, verbose=True).splitlines() if _is_row(line)]
        assert rows == ids
        assert not any(_is_row(line) for line in _shown(report, width).splitlines())


def _is_row(line: str) -> bool:
    words = line.split()
    return len(words) > 2 and words[0] in ("pass", "fail", "inconclusive", "not-run") and words[1] in ("MUST", "SHOULD")


def test_nothing_is_told_by_colour_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words are the same without colours, and under NO_COLOR nothing is dim."""
    report = _everything()
    plain = _shown(report, verbose=True)
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = _shown(report, verbose=True, force_terminal=True, legacy_windows=False)
    assert "\x1b[2m" not in coloured
    assert "\x1b[3" not in coloured
    out = coloured.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert out == plain


def test_what_a_server_chose_is_printable() -> None:
    """No control, no markup and no change of direction reaches the terminal, wherever a server may have put it."""
    evil = "[bold]x[/bold] [/] \x1b[31mred\x1b]0;title\x07 \r\n\u202etxet [link=http://x]y"
    line = _failed("a/b", reason=evil, evidence=Evidence("p", evil, 200, {}, evil, 0.1))
    shown = _shown(_report(line, headlines=(evil,), trouble=evil, target={"url": evil}), verbose=True)
    assert not any(char in shown for char in "\x1b\x07\r\u202e")
    assert shown.count("[bold]x[/bold]") >= 5
