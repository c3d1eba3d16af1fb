"""A wrong request of ours is a defect of ours: it ends the run with exit 4, and nothing is said about the server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.violations import UNLISTED
from conformance.campaign import Options, plan, planning
from conformance.contract import Contract
from conformance.engine.probe import Cost, Expect, Probe
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.credentials import credential_probes
from conformance.probes.framings import framing_cases, write_framed
from conformance.probes.vouching import vouch
from conformance.requirements.ids import input_prefix
from tests.suite.runs import command
from tests.suite.serving import Serve

Sabotage = Callable[[Builder], Probe]


def _required(builder: Builder) -> tuple[Part, ...]:
    return builder.required()


def _optional(builder: Builder, number: int = 0) -> Any:
    """An input that may be left out and has a type that text can break."""
    broken = [d for d in builder.operation.fields if not d.required and d.schema.types == {"integer"}]
    return broken[number]


def _dear(builder: Builder) -> Any:
    return next(d for d in builder.operation.fields if d.schema.multiplies_cost and d.schema.types == {"integer"})


def _refusing(builder: Builder, parts: tuple[Part, ...], **more: Any) -> Probe:
    declared = more.pop("about", _optional(builder))
    requirement = f"{input_prefix(builder.operation, declared)}/type"
    return builder.probe(
        f"{requirement}/sabotaged", parts, Expect.REFUSE, requirement,
        decides=(requirement,), subject=declared.name, **more,
    )  # fmt: skip


def _accepting(builder: Builder, parts: tuple[Part, ...]) -> Probe:
    return builder.probe(f"{builder.operation.id}/create/sabotaged", parts, Expect.ACCEPT, "sabotaged")


def _valid_where_it_should_be_refused(builder: Builder) -> Probe:
    return _refusing(builder, _required(builder))


def _wrong_in_another_field(builder: Builder) -> Probe:
    other = Part(_optional(builder, 1).name, b"abc")
    return _refusing(builder, (*_required(builder), Part(_optional(builder).name, b"abc"), other))


def _without_its_guard(builder: Builder) -> Probe:
    guard = builder.defects[0].requirement(builder.operation)
    odd = Part(_optional(builder).name, b"abc")
    request = builder.request((*_required(builder), odd))
    probe_id = f"{builder.operation.id}/grouped/sabotaged"
    return builder.of(probe_id, request, Expect.EITHER, "sabotaged", if_accepted=(guard,))


def _dear_without_a_guard(builder: Builder) -> Probe:
    dear = Part(_dear(builder).name, b"86400.5")
    return _refusing(builder, (*_required(builder), dear), about=_dear(builder))


def _invalid_where_it_should_be_accepted(builder: Builder) -> Probe:
    return _accepting(builder, (*_required(builder), Part(_optional(builder).name, b"abc")))


def _incomplete_where_it_should_be_accepted(builder: Builder) -> Probe:
    return _accepting(builder, _required(builder)[1:])


def _unlisted_where_it_should_be_accepted(builder: Builder) -> Probe:
    listed = next(d for d in builder.operation.fields if d.schema.enum)
    return _accepting(builder, builder.with_input(_required(builder), (Part(listed.name, UNLISTED.encode()),)))


def _unreadable_where_it_should_be_accepted(builder: Builder) -> Probe:
    request = builder.request(_required(builder), Framing(closed=False))
    return builder.of(f"{builder.operation.id}/create/sabotaged", request, Expect.ACCEPT, "sabotaged")


def _framed(builder: Builder, requirement: str, **wrong: Any) -> Probe:
    case = next(case for case in framing_cases("multipart") if case.requirement == requirement and case.shows)
    request = write_framed(builder, builder.defects[0].apply(_required(builder)), evolve(case, **wrong))
    broken = (builder.defects[0].requirement(builder.operation),)
    return builder.of(
        f"{builder.operation.id}/{case.id}/sabotaged", request, Expect.EITHER, "sabotaged",
        shows=case.shows, if_accepted=broken,
    )  # fmt: skip


def _a_boundary_that_is_too_short(builder: Builder) -> Probe:
    return _framed(builder, "multipart/boundary-long", framing=Framing(boundary="a" * 67))


def _a_framing_that_is_plain(builder: Builder) -> Probe:
    return _framed(builder, "multipart/part-headers", edits=())


def _free_though_it_is_valid(builder: Builder) -> Probe:
    request = builder.request(_required(builder))
    probe = builder.of(f"{builder.operation.id}/query/sabotaged", request, Expect.EITHER, "sabotaged")
    assert probe.cost is Cost.FREE
    return probe


SABOTAGES: tuple[Sabotage, ...] = (
    _valid_where_it_should_be_refused,
    _wrong_in_another_field,
    _without_its_guard,
    _dear_without_a_guard,
    _invalid_where_it_should_be_accepted,
    _incomplete_where_it_should_be_accepted,
    _unlisted_where_it_should_be_accepted,
    _unreadable_where_it_should_be_accepted,
    _a_boundary_that_is_too_short,
    _a_framing_that_is_plain,
    _free_though_it_is_valid,
)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.__name__.strip("_"))
def test_a_sabotaged_probe_ends_the_run(
    sabotage: Sabotage, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit 4, the claim that does not hold, what was spent, and no verdict: the server is not sent the probe."""
    honest = credential_probes

    def sabotaged(builder: Builder, taught: Controls) -> Iterator[Probe]:
        yield from honest(builder, taught)
        if builder.operation.billable:
            yield sabotage(builder)

    monkeypatch.setattr(planning, "credential_probes", sabotaged)
    server, report = serve(), tmp_path / "report.json"
    said = command("run", "--url", server.url, "--max-creates", "40", "--report-json", report)
    assert said.code == ExitCode.SUITE_DEFECT
    assert "sabotaged is not what it claims to be: " in said.stderr
    assert "pass" not in said.stdout
    made = json.loads(report.read_text(encoding="utf-8"))
    assert made["verdicts"] == []
    assert made["trouble"].startswith("a defect of the suite, not of the server: ")
    assert made["ledger"]["requests"] >= server.requests - 1 > 0  # one only asks who is there
    assert f"{made['ledger']['requests']} requests, 0 creates (ceiling 40)" in said.stdout
    assert server.creates == 0


def test_every_planned_probe_is_what_it_claims(contract: Contract) -> None:
    """Nothing that a run plans is refused by the suite itself."""
    for probe in plan(contract, Options(40)):
        vouch(probe)
