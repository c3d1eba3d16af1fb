"""Two runs are one run: the same bytes, the same verdicts, the same corpus."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.campaign import Options, plan
from conformance.checks.schemathesis_adapter import draw_bodies
from conformance.contract import Contract
from conformance.engine.probe import Probe
from conformance.probes.fuzz import Corpora, Corpus
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from tests.suite.runs import TOKEN, Run, carry_out
from tests.suite.servers import Recorder, Request, serving


def _recorded(contract: Contract, ceiling: int) -> tuple[list[Request], Run]:
    recorder = Recorder(Application(World(contract, TOKEN), pipeline_for(contract, ())))
    with serving(recorder) as url:
        made = carry_out(contract, url, ceiling)
    jobs = [job.id.encode() for job in made.result.jobs]
    return sorted((evolve(one, target=_named(one.target, url, jobs)) for one in recorder.requests), key=repr_of), made


def _named(target: bytes, url: str, jobs: Sequence[bytes]) -> bytes:
    """Write what a server chooses by its kind: its address, and the ids of jobs."""
    for job in jobs:
        target = target.replace(job, b"{job}")
    return target.replace(url.encode(), b"{url}")


def repr_of(request: Request) -> tuple[Any, ...]:
    return (request.method, request.target, request.headers, request.body)


def test_two_runs_are_the_same(small: Contract) -> None:
    """The same contract and server give the same requests to the byte, and the same verdicts."""
    first, one = _recorded(small, 20)
    second, other = _recorded(small, 20)
    assert len(first) == len(second) > 200
    assert first == second
    assert [(v.requirement.id, v.decision, v.reason) for v in one.result.verdicts] == [
        (v.requirement.id, v.decision, v.reason) for v in other.result.verdicts
    ]
    assert one.result.spend == other.result.spend


def _essence(probe: Probe) -> tuple[Any, ...]:
    return (probe.id, probe.request, probe.expect, probe.cost, probe.decides, probe.guards, probe.group)


def test_a_plan_is_the_same_every_time(contract: Contract) -> None:
    """What would be sent depends on nothing but the contract and the options."""
    first, second = (list(map(_essence, plan(contract, Options(40)))) for _ in range(2))
    assert first == second


def test_ids_of_a_plan_are_unique(contract: Contract) -> None:
    """A probe can be named: no two of a plan have one id, confirmations included, which may be planned themselves."""
    planned = list(plan(contract, Options(40)))
    named = {probe.id: probe for probe in planned}
    assert len(named) == len(planned)
    confirmations = {probe.confirm.id: probe.confirm for probe in planned if probe.confirm is not None}
    assert len(confirmations) == sum(probe.confirm is not None for probe in planned)
    assert all(named.get(name, found) is found for name, found in confirmations.items())


def _corpus(contract: Contract, seed: int, draws: int) -> Corpus:
    return Corpora(contract, draw_bodies, seed).kept(contract.billable[0], draws)


def test_another_seed_is_another_corpus(small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The corpus is the same for one seed, and another for another."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a"))
    first = _corpus(small, 1, 5)
    other = _corpus(small, 2, 5)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert _corpus(small, 1, 5) == first
    assert other.forms != first.forms


def test_a_corpus_does_not_depend_on_other_code(
    small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is drawn is the same whatever else is loaded, a module of the user's that is full of constants included."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "before"))
    first = _corpus(small, 1, 20)
    module = tmp_path / "constants_of_a_user.py"
    lines = (f"A{number} = ('text-{number}', {number * 7919}, {number / 7})" for number in range(300))
    module.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module(module.stem)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "after"))
    try:
        assert _corpus(small, 1, 20) == first
    finally:
        del sys.modules[module.stem]


def test_a_corpus_is_drawn_once(small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run reads the corpus from the cache; a cache that is spoilt, or cannot be written, hurts nobody."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = _corpus(small, 1, 4)
    (kept,) = (tmp_path / "videos-conformance").iterdir()
    undrawn = Corpora(small, lambda *_: pytest.fail("drawn again"), 1)
    assert undrawn.kept(small.billable[0], 4) == first
    for spoilt in ("", "{", "[[1]]", "null"):
        kept.write_text(spoilt, encoding="utf-8")
        assert _corpus(small, 1, 4) == first
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    assert _corpus(small, 1, 4) == first
